"""Violations 疑似违规 as they are read: the list, one with its history, alerts. Judging writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg.rows import class_row, tuple_row

from fleet.decision import Decision, Outcome
from fleet.digest import Digest
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("violations")


class State(StrEnum):
    """Which violations a list holds: those that stand, of them the provisional or the changed, and so on. Those on
    insufficient evidence are listed apart."""

    CURRENT = "current"
    PROVISIONAL = "provisional"
    INSUFFICIENT = "insufficient"
    CHANGED = "changed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    ALL = "all"


class Sorting(StrEnum):
    """In which order; what is equal follows by start."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SEVERITY = "severity"
    LONGEST = "longest"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list asks for; ``None`` asks for nothing. ``since`` ≤ start < ``until``."""

    rule_id: str | None = None
    severity: str | None = None
    unit_id: int | None = None
    vehicle_id: int | None = None
    plate: str | None = None
    """a part of one"""
    since: datetime | None = None
    until: datetime | None = None
    state: State = State.CURRENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedViolation:
    """A violation with the names of what it is about. ``total_s``: its spans added up."""

    id: int
    vehicle_id: int
    plate: str
    unit: str
    rule_id: str
    rule_version: int
    start_at: datetime
    end_at: datetime
    severity: str
    provisional: bool
    insufficient: bool
    evidence_changed: bool
    outcome: str | None
    """of the decision that counts; None when nobody has decided"""
    withdrawn_at: datetime | None
    found_at: datetime
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FullViolation(ListedViolation):
    """One violation with its evidence, as the judge wrote it, and the digest of its positions."""

    evidence: dict[str, Any] = field(default_factory=dict)
    use_class: str
    model: str
    unit_id: int
    raised_at: datetime | None
    positions_count: int | None
    positions_sha256: bytes | None
    found_now: list[dict[str, Any]] | None
    """of a decided one what judging finds now at its time, where that is not the very same"""
    positions_now_count: int | None
    positions_now_sha256: bytes | None

    @property
    def digest(self) -> Digest:
        """Of the positions that it was judged by."""
        return Digest.of(self.positions_count, self.positions_sha256)

    @property
    def changed_digest(self) -> Digest:
        """Of the positions that a decided one has now, where they are not those that it was decided on."""
        return Digest.of(self.positions_now_count, self.positions_now_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(ListedViolation):
    """A violation that was found while it still mattered at once."""

    alert_id: int
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page ended; the next one follows it, in whichever order."""

    id: int
    start_at: datetime
    end_at: datetime
    severity: str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, and the key that the next page follows (``None`` at the end)."""

    rows: list[ListedViolation]
    next_key: Key | None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many violations of one rule."""

    rule_id: str
    count: int
    high: int


@dataclass(frozen=True, slots=True)
class Change:
    """What judging did to a violation, and what it spanned from then on."""

    at: datetime
    change: str
    start_at: datetime
    end_at: datetime


async def page(
    conn: Connection,
    wanted: Filter,
    *,
    scope: Scope,
    sorting: Sorting = Sorting.NEWEST,
    after: Key | None = None,
    limit: int = 50,
) -> Page:
    """One page of at most ``limit`` violations that follow ``after``."""
    values = _values(wanted, scope) | {
        "sorting": sorting.value,
        "last_id": after.id if after else None,
        "last_start": after.start_at if after else None,
        "last_end": after.end_at if after else None,
        "last_severity": after.severity if after else None,
        "limit": limit + 1,
    }
    async with conn.cursor(row_factory=class_row(ListedViolation)) as cursor:
        await cursor.execute(_queries["page"], values)
        found = await cursor.fetchall()
    rows = found[:limit]
    last = rows[-1] if len(found) > limit else None
    return Page(rows, Key(last.id, last.start_at, last.end_at, last.severity) if last else None)


async def count_by_rule(conn: Connection, wanted: Filter, *, scope: Scope) -> list[RuleCount]:
    """How many violations of each rule the filter leaves; its own ``rule_id`` is not asked for."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count_by_rule"], _values(wanted, scope))
        return [RuleCount(*row) for row in await cursor.fetchall()]


async def one(conn: Connection, violation_id: int, *, scope: Scope) -> FullViolation | None:
    """The violation with this id."""
    async with conn.cursor(row_factory=class_row(FullViolation)) as cursor:
        await cursor.execute(_queries["one"], {"id": violation_id} | scope.values)
        return await cursor.fetchone()


async def changes(conn: Connection, violation_id: int) -> list[Change]:
    """The history of a violation, oldest first."""
    async with conn.cursor(row_factory=class_row(Change)) as cursor:
        await cursor.execute(_queries["changes"], {"id": violation_id})
        return await cursor.fetchall()


async def decisions(conn: Connection, violation_id: int) -> list[Decision]:
    """What people made of a violation, oldest first; the last one counts."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["decisions"], {"id": violation_id})
        return [
            Decision(
                id=id_,
                outcome=Outcome(outcome),
                reason=reason,
                decided_by=by,
                decided_at=at,
                was_found=was_found,
                start_at=start,
                end_at=end,
            )
            for id_, outcome, reason, by, at, was_found, start, end in await cursor.fetchall()
        ]


async def digest_now(conn: Connection, violation: FullViolation) -> Digest:
    """The digest of the violation's positions as they are stored now; judging kept what it was."""
    values = {"vehicle": violation.vehicle_id, "start": violation.start_at, "end": violation.end_at}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["digest"], values)
        return Digest.of(*(await cursor.fetchone() or (0, None)))


async def alerts(conn: Connection, since: datetime, limit: int, *, scope: Scope) -> list[Alert]:
    """The newest alerts raised since a moment."""
    async with conn.cursor(row_factory=class_row(Alert)) as cursor:
        await cursor.execute(_queries["alerts"], {"since": since, "limit": limit} | scope.values)
        return await cursor.fetchall()


async def alerted_car(conn: Connection, alert_id: int) -> tuple[str, int] | None:
    """The class of use and the unit's id of the car that an alert is about."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["alerted_car"], {"id": alert_id})
        row = await cursor.fetchone()
    return None if row is None else (str(row[0]), int(row[1]))


async def count_alerts(conn: Connection, since: datetime, *, scope: Scope) -> int:
    """How many alerts were raised since a moment."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count_alerts"], {"since": since} | scope.values)
        (count,) = await cursor.fetchone() or (0,)
    return int(count)


def _values(wanted: Filter, scope: Scope) -> dict[str, Any]:
    return {
        **scope.values,
        "rule_id": wanted.rule_id,
        "severity": wanted.severity,
        "unit_id": wanted.unit_id,
        "vehicle_id": wanted.vehicle_id,
        "plate": wanted.plate,
        "since": wanted.since,
        "until": wanted.until,
        "state": wanted.state.value,
    }
