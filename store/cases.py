"""Cases 案件: their events, which are only added, and the rows that repeat what events make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from fleet.decision import Outcome
from oversight.case import Act, Case, Event, Step, opened
from oversight.sanction import Sanction, SanctionKind
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("cases")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """A case with the names of what it is about, as its events have made it."""

    id: int
    vehicle_id: int
    plate: str
    use_class: str
    unit_id: int
    unit: str
    opened_at: datetime
    state: str
    step: str | None
    since: datetime
    deadline: date | None
    """where people told one"""
    round: int
    outcome: str | None
    events: int
    rule_ids: list[str]
    violations: int
    evidence_changed: bool
    """of one of its violations, since that was decided"""
    verifiers: list[str]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its number in the case and the role of who did it."""

    number: int
    role: str
    event: Event


@dataclass(frozen=True, slots=True)
class CaseViolation:
    """A violation of a case, or one that could come into it."""

    id: int
    rule_id: str
    start_at: datetime
    end_at: datetime
    severity: str
    provisional: bool
    insufficient: bool
    evidence_changed: bool
    withdrawn_at: datetime | None
    left_out: bool
    outcome: str | None


@dataclass(frozen=True, slots=True)
class CaseOfViolation:
    """The case that a violation is in."""

    id: int
    state: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What was ordered to be put right, with where it stands."""

    case_id: int
    plate: str
    unit: str
    number: int
    ordered_at: datetime
    task: str
    person: str
    deadline: date
    reported_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A paper of a case, without its content."""

    id: int
    event: int
    name: str
    media_type: str
    size_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """What was due to be sent about a case, and when that was written down."""

    kind: str
    step: str | None
    duty: str | None
    due: date | None
    provisional: bool
    at: datetime


async def open_case(conn: Connection, vehicle_id: int, event: Event, role: str, about: datetime | None = None) -> int:
    """A new case of a vehicle, with its first event; its id.

    It is of the unit that the car had when the event's violation began; where there is none at the time that it is
    ``about``, else now.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            _queries["open"],
            {"vehicle_id": vehicle_id, "violation_id": event.violation_id, "at": event.at, "about": about or event.at},
        )
        (case_id,) = await cursor.fetchone() or (None,)
    if case_id is None:
        raise ValueError(f"there is no vehicle {vehicle_id}")
    await _add(conn, int(case_id), 1, event, role)
    await conn.execute(_queries["settle"], _settled(int(case_id), opened(event)))
    return int(case_id)


async def hold(conn: Connection, case_id: int) -> list[StoredEvent]:
    """The events of a case that nobody else changes until the transaction ends; none where there is no such case."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["hold"], {"id": case_id})
        if await cursor.fetchone() is None:
            return []
    return await events(conn, case_id)


async def add_event(conn: Connection, case_id: int, after: Case, event: Event, role: str) -> None:
    """Adds what was done to a held case; ``after``: what it makes of the case."""
    await _add(conn, case_id, after.events, event, role)
    await conn.execute(_queries["settle"], _settled(case_id, after))


async def events(conn: Connection, case_id: int) -> list[StoredEvent]:
    """What was done to a case, in order."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["events"], {"id": case_id})
        return [_event(row) for row in await cursor.fetchall()]


async def join(conn: Connection, case_id: int, violation_id: int, event_number: int) -> bool:
    """Takes a violation of the case's vehicle in; False where it is another's or was withdrawn.

    Raises StoreConflictError where it is in a case already.
    """
    return await _one(conn, "join", case_id, violation_id, event_number)


async def leave_out(conn: Connection, case_id: int, violation_id: int, event_number: int) -> bool:
    """Leaves a violation out; False where the case does not hold it."""
    return await _one(conn, "leave_out", case_id, violation_id, event_number)


async def _one(conn: Connection, query: str, case_id: int, violation_id: int, event_number: int) -> bool:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        values = {"case_id": case_id, "violation_id": violation_id, "event": event_number}
        await cursor.execute(_queries[query], values)
        return await cursor.fetchone() is not None


async def listed(
    conn: Connection,
    *,
    scope: Scope,
    state: str = "open",
    unit_id: int | None = None,
    plate: str | None = None,
    limit: int = 500,
) -> list[ListedCase]:
    """Cases, the open ones first, newest first. ``state``: of :class:`oversight.case.State`, ``open`` or ``all``."""
    asked = {"id": None, "state": state, "unit_id": unit_id, "plate": plate, "limit": limit}
    return await _rows(conn, "listed", ListedCase, asked | values_of(scope))


async def one(conn: Connection, case_id: int, *, scope: Scope) -> ListedCase | None:
    """The case with this id, if the scope shows it."""
    asked = {"id": case_id, "state": "all", "unit_id": None, "plate": None, "limit": 1}
    return next(iter(await _rows(conn, "listed", ListedCase, asked | values_of(scope))), None)


async def count_by_state(conn: Connection, *, scope: Scope) -> dict[str, int]:
    """How many cases are in each state; those without any are left out."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count_by_state"], values_of(scope))
        return {str(state): int(count) for state, count in await cursor.fetchall()}


async def violations_of(conn: Connection, case_id: int) -> list[CaseViolation]:
    """The violations of a case, those left out last."""
    return await _rows(conn, "violations", CaseViolation, {"id": case_id})


async def joinable(conn: Connection, case_id: int) -> list[CaseViolation]:
    """Violations that could come into a case, newest first."""
    return await _rows(conn, "joinable", CaseViolation, {"id": case_id})


async def cases_of(conn: Connection, violation_ids: Sequence[int], *, scope: Scope) -> dict[int, int | None]:
    """Of some violations those that stand, by start, each with the case that it is in."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["cases_of"], {"ids": list(violation_ids)} | values_of(scope))
        return {int(violation): case for violation, case in await cursor.fetchall()}


async def of_violation(conn: Connection, violation_id: int, *, scope: Scope) -> CaseOfViolation | None:
    """The case that a violation is in."""
    asked = {"violation_id": violation_id} | values_of(scope)
    return next(iter(await _rows(conn, "of_violation", CaseOfViolation, asked)), None)


async def open_of_vehicle(conn: Connection, violation_id: int) -> list[int]:
    """Cases of a violation's vehicle that it could still come into."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["open_of_vehicle"], {"violation_id": violation_id})
        return [int(row[0]) for row in await cursor.fetchall()]


async def without_case(conn: Connection, *, scope: Scope) -> int:
    """How many severe violations stand that nobody has decided and no case holds."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["without_case"], values_of(scope))
        (count,) = await cursor.fetchone() or (0,)
    return int(count)


async def vehicle_of_violation(conn: Connection, violation_id: int, *, scope: Scope) -> int | None:
    """The vehicle of a violation that stands."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["vehicle_of_violation"], {"violation_id": violation_id} | values_of(scope))
        row = await cursor.fetchone()
    return int(row[0]) if row else None


async def ledger(conn: Connection, *, scope: Scope, limit: int = 500) -> list[LedgerRow]:
    """The rectification ledger 台账: what is not done first, by its deadline."""
    return await _rows(conn, "rectifications", LedgerRow, {"limit": limit} | values_of(scope))


async def add_file(
    conn: Connection, case_id: int, event_number: int, *, name: str, media_type: str, content: bytes, sha256: bytes
) -> None:
    """A paper that came with an event."""
    values = {"case_id": case_id, "event": event_number, "name": name, "media_type": media_type}
    await conn.execute(_queries["add_file"], values | {"content": content, "sha256": sha256})


async def files_of(conn: Connection, case_id: int) -> list[StoredFile]:
    """The papers of a case."""
    return await _rows(conn, "files", StoredFile, {"id": case_id})


async def file(conn: Connection, case_id: int, file_id: int) -> tuple[str, str, bytes] | None:
    """Name, media type and content of one paper of a case."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(_queries["file"], {"case_id": case_id, "id": file_id})
        row = await cursor.fetchone()
    return (row[0], row[1], bytes(row[2])) if row else None


async def add_notice(
    conn: Connection,
    key: str,
    *,
    unit_id: int,
    kind: str,
    at: datetime,
    case_id: int | None = None,
    step: str | None = None,
    duty: str | None = None,
    due: date | None = None,
    provisional: bool = False,
    points: int | None = None,
) -> bool:
    """Writes down what is due to be sent; False where that was done before."""
    values = {"key": key, "case_id": case_id, "unit_id": unit_id, "kind": kind, "step": step, "duty": duty, "due": due}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["add_notice"], values | {"provisional": provisional, "points": points, "at": at})
        return await cursor.fetchone() is not None


async def notices_of(conn: Connection, case_id: int) -> list[StoredNotice]:
    """What was due to be sent about a case."""
    return await _rows(conn, "notices", StoredNotice, {"id": case_id})


def values_of(scope: Scope) -> dict[str, Any]:
    """A scope as the queries of the office take it: all units where it names none."""
    return {"unit_ids": None} | scope.values


async def _add(conn: Connection, case_id: int, number: int, event: Event, role: str) -> None:
    sanction = event.sanction
    await conn.execute(
        _queries["add_event"],
        {
            "case_id": case_id,
            "number": number,
            "act": event.act.value,
            "at": event.at,
            "by": event.by,
            "role": role,
            "text": event.text,
            "outcome": event.outcome.value if event.outcome else None,
            "violation_id": event.violation_id,
            "person": event.person,
            "deadline": event.deadline,
            "sanction": Jsonb(asdict(sanction) | {"decided_on": str(sanction.decided_on)}) if sanction else None,
        },
    )


def _settled(case_id: int, case: Case) -> dict[str, Any]:
    return {
        "id": case_id,
        "state": case.state.value,
        "step": case.step.value if case.step else None,
        "since": case.since,
        "deadline": case.told_deadline,
        "round": case.round,
        "outcome": case.outcome.value if case.outcome else None,
        "events": case.events,
    }


def _event(row: Sequence[Any]) -> StoredEvent:
    number, act, at, by, role, text, outcome, violation_id, person, deadline, sanction = row
    event = Event(
        act=Act(act),
        by=by,
        at=at,
        text=text,
        outcome=Outcome(outcome) if outcome else None,
        violation_id=violation_id,
        person=person,
        deadline=deadline,
        sanction=_sanction(sanction) if sanction else None,
    )
    return StoredEvent(number, role, event)


def _sanction(written: dict[str, Any]) -> Sanction:
    return Sanction(
        kind=SanctionKind(written["kind"]),
        person=written["person"],
        decided_by=written["decided_by"],
        decided_on=date.fromisoformat(written["decided_on"]),
        document=written["document"],
    )


def step_of(case: ListedCase) -> Step | None:
    """What a listed case waits for."""
    return Step(case.step) if case.step else None


async def _rows(conn: Connection, name: str, row_type: type[Row], values: dict[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(row_type)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()
