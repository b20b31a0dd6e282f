"""The outbox 发件箱: letters that were put in with what they tell about, and what became of each at each target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, dict_row, tuple_row

from fleet.role import Role
from fleet.violation import Severity
from oversight.delivery import MOST_IN_BUNDLE, Settled
from oversight.letter import Letter, LetterKind, Wording
from store.cases import values_of as scope_values
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("outbox")


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter with its number. ``takes_back``: the key of one that was wrong; ``withdrawn``: not to be sent."""

    id: int
    letter: Letter
    put_at: datetime
    takes_back: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A letter that is to go to a target now."""

    id: int
    attempts: int
    again: bool
    stored: StoredLetter


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """An attempt that nobody has told the end of."""

    id: int
    target_id: int
    attempts: int
    again: bool
    begun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDelivery:
    """A letter and what became of it at one target; ``id`` None: of one that no target is meant by."""

    letter_id: int
    key: str
    kind: str
    severity: str
    subject_zh: str
    subject_en: str
    path: str
    put_at: datetime
    addressed_at: datetime | None
    withdrawn_at: datetime | None
    is_confidential: bool
    unit_id: int | None
    unit: str | None
    id: int | None
    target: str | None
    state: str | None
    attempts: int | None
    again: bool | None
    next_at: datetime | None
    waits_for: str | None
    begun_at: datetime | None
    settled_at: datetime | None
    error: str | None


async def put(conn: Connection, letter: Letter, at: datetime) -> bool:
    """Puts a letter in, in the transaction of what it tells about; False when its key was put before."""
    return await _put(conn, values_of(letter, at))


def values_of(letter: Letter, at: datetime, takes_back: str | None = None) -> dict[str, Any]:
    """A letter as the query ``put`` takes it."""
    return {
        "key": letter.key,
        "kind": letter.kind.value,
        "severity": letter.severity.value,
        "subject_zh": letter.subject.zh,
        "subject_en": letter.subject.en,
        "body_zh": letter.body.zh,
        "body_en": letter.body.en,
        "roles": sorted(role.value for role in letter.roles),
        "unit_id": letter.unit_id,
        "is_confidential": letter.is_confidential,
        "path": letter.path,
        "at": at,
        "takes_back": takes_back,
    }


async def _put(conn: Connection, values: dict[str, Any]) -> bool:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["put"], values)
        return await cursor.fetchone() is not None


# Addressing ---------------------------------------------------------------------------------------------------


async def unaddressed(conn: Connection, limit: int) -> list[StoredLetter]:
    """Letters whose targets nobody has looked for, held; by number."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_queries["unaddressed"], {"limit": limit})
        return [stored_of(row) for row in await cursor.fetchall()]


async def reached_by(conn: Connection, key: str) -> set[int]:
    """Targets that the letter of this key may have arrived at."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["reached_by"], {"key": key})
        return {int(row[0]) for row in await cursor.fetchall()}


async def address(conn: Connection, letter_id: int, target_ids: Iterable[int], at: datetime) -> None:
    """The letter is to go to these targets, and no others later."""
    for target_id in target_ids:
        await conn.execute(_queries["deliver"], {"letter_id": letter_id, "target_id": target_id, "at": at})
    await conn.execute(_queries["addressed"], {"id": letter_id, "at": at})


async def drop_taken_back(conn: Connection, at: datetime) -> None:
    """What waits of letters that were taken back is not sent."""
    await conn.execute(_queries["drop_taken_back"], {"at": at})


# Sending ------------------------------------------------------------------------------------------------------


async def hold_due_target(conn: Connection, now: datetime, but: Collection[int]) -> int | None:
    """A target that something is to go to and nobody sends to, held until the transaction ends; none of ``but``."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["due_target"], {"now": now, "but": sorted(but)})
        row = await cursor.fetchone()
        if row is None:
            return None
        await cursor.execute(_queries["is_sent_to"], {"target_id": row[0]})
        (is_sent_to,) = await cursor.fetchone() or (False,)
    return None if is_sent_to else int(row[0])


async def due(conn: Connection, target_id: int, now: datetime) -> list[DueDelivery]:
    """What is to go to a held target now, in order."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_queries["due"], {"target_id": target_id, "now": now, "limit": MOST_IN_BUNDLE + 1})
        return [
            DueDelivery(row["delivery_id"], row["attempts"], row["again"], stored_of(row))
            for row in await cursor.fetchall()
        ]


async def hold_until(conn: Connection, delivery_id: int, until: datetime) -> None:
    """It is quiet there until then."""
    await conn.execute(_queries["hold_until"], {"id": delivery_id, "until": until})


async def begin(conn: Connection, delivery_ids: Sequence[int], at: datetime) -> None:
    """An attempt begins; committed before anything is sent."""
    await conn.execute(_queries["begin"], {"ids": list(delivery_ids), "at": at})


async def settle(
    conn: Connection, delivery_id: int, begun_at: datetime, outcome: Settled, *, at: datetime, error: str
) -> bool:
    """How an attempt ended; False when it was taken for dead meanwhile. ``error`` holds no secret."""
    values = {"id": delivery_id, "begun_at": begun_at, "state": outcome.state.value, "again": outcome.again}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["settle"], values | {"next_at": outcome.next_at, "at": at, "error": error})
        return await cursor.fetchone() is not None


async def arrived_after_all(conn: Connection, delivery_id: int, begun_at: datetime, at: datetime) -> None:
    """An attempt that was taken for dead has arrived; nothing where another has begun since."""
    await conn.execute(_queries["arrived_after_all"], {"id": delivery_id, "begun_at": begun_at, "at": at})


async def broken_off(conn: Connection, before: datetime) -> list[BrokenOff]:
    """Attempts begun before a moment that nobody has told the end of, held."""
    async with conn.cursor(row_factory=class_row(BrokenOff)) as cursor:
        await cursor.execute(_queries["broken_off"], {"before": before})
        return await cursor.fetchall()


# People's -----------------------------------------------------------------------------------------------------


async def listed(
    conn: Connection, *, scope: Scope, state: str | None = None, key: str | None = None, limit: int = 200
) -> list[ListedDelivery]:
    """What failed, what waits, then the newest. ``state``: of DeliveryState, ``trouble`` (failed or unsure) or ``open``
    (what is not at its end besides); ``key``: one letter and what takes it back."""
    async with conn.cursor(row_factory=class_row(ListedDelivery)) as cursor:
        asked = {"state": state, "key": key, "limit": limit}
        await cursor.execute(_queries["listed"], asked | scope_values(scope))
        return await cursor.fetchall()


async def count_by_state(conn: Connection, *, scope: Scope) -> dict[str, int]:
    """How many deliveries are in each state; those without any are left out."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count_by_state"], scope_values(scope))
        return {str(state): int(count) for state, count in await cursor.fetchall()}


async def retry(conn: Connection, delivery_id: int, at: datetime, *, scope: Scope) -> tuple[str, str, bool] | None:
    """A delivery that failed is tried anew: the letter's key, the target's name, whether it may be a repeat. None
    where it did not fail, its letter was taken back or its target is disabled."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["retry"], {"id": delivery_id, "at": at} | scope_values(scope))
        row = await cursor.fetchone()
    return (str(row[0]), str(row[1]), bool(row[2])) if row else None


def stored_of(row: dict[str, Any]) -> StoredLetter:
    """A row of ``letters`` as the queries give it."""
    letter = Letter(
        key=row["key"],
        kind=LetterKind(row["kind"]),
        severity=Severity(row["severity"]),
        subject=Wording(row["subject_zh"], row["subject_en"]),
        body=Wording(row["body_zh"], row["body_en"]),
        roles=frozenset(Role(role) for role in row["roles"]),
        unit_id=row["unit_id"],
        is_confidential=row["is_confidential"],
        path=row["path"],
    )
    return StoredLetter(row["id"], letter, row["put_at"], row["takes_back"], row.get("withdrawn_at") is not None)
