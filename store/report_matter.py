"""What reports are made from, read within a scope: a span's violations, units, cases, points, orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from psycopg.rows import class_row, tuple_row

from oversight.report_matter import ToldViolation, UnitCars
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("report_matter")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCase:
    """A case that was decided, without its history. ``points``: what it costs its unit now."""

    id: int
    unit_id: int
    unit: str
    plate: str
    rule_ids: list[str]
    first_at: datetime
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMonth:
    """A unit's month as it is counted. ``year_change``: points of the year up to the month's end, 0 or less."""

    unit_id: int
    unit: str
    cars: int
    year_change: int
    taken: int
    confirmed: int
    procedural: int
    suspected: int
    sheets: int
    signed: int


async def violations(
    conn: Connection, since: datetime, until: datetime, *, scope: Scope, vehicles: Sequence[int] | None = None
) -> list[ToldViolation]:
    """Those that stand and began in [since, until), by start."""
    values = {"vehicles": None if vehicles is None else list(vehicles)}
    return await _rows(conn, "violations", ToldViolation, _span(since, until, scope) | values)


async def units(conn: Connection, since: datetime, until: datetime, *, scope: Scope) -> list[UnitCars]:
    """Units by code, with their cars that were enrolled at some time of [since, until)."""
    return await _rows(conn, "units", UnitCars, _span(since, until, scope))


async def waiting(conn: Connection, *, scope: Scope) -> int:
    """How many cars have something that waits to be judged."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["waiting"], scope.values)
        (count,) = await cursor.fetchone() or (0,)
    return int(count)


async def decided(conn: Connection, since: datetime, until: datetime, *, scope: Scope) -> list[FoundCase]:
    """Cases with a decision in [since, until); whether that still stands is told by their events."""
    return await _rows(conn, "decided", FoundCase, _span(since, until, scope))


async def points_of_case(conn: Connection, case_id: int) -> int:
    """What a case costs its unit now."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["points_of_case"], {"case_id": case_id})
        (points,) = await cursor.fetchone() or (0,)
    return int(points)


async def month(
    conn: Connection, since: datetime, until: datetime, *, year: int, now: datetime, scope: Scope
) -> list[FoundMonth]:
    """Units by code, with what a month brought them. ``now``: cars count as they are enrolled then, or at its end."""
    return await _rows(conn, "month", FoundMonth, _span(since, until, scope) | {"year": year, "now": now})


async def orders(conn: Connection, since: datetime, until: datetime, *, scope: Scope) -> list[tuple[int, int]]:
    """Units by id, each with its approved orders for a time in [since, until)."""
    return await _pairs(conn, "orders", _span(since, until, scope))


async def cases(
    conn: Connection, since: datetime, until: datetime, rules: Sequence[str], *, scope: Scope
) -> list[tuple[int, int]]:
    """Units by id, each with its cases about violations of these rules that began in [since, until)."""
    return await _pairs(conn, "cases", _span(since, until, scope) | {"rules": list(rules)})


def _span(since: datetime, until: datetime, scope: Scope) -> dict[str, Any]:
    return {"since": since, "until": until} | scope.values


async def _rows(conn: Connection, name: str, row_type: type[Row], values: dict[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(row_type)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()


async def _pairs(conn: Connection, name: str, values: dict[str, Any]) -> list[tuple[int, int]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[name], values)
        return [(int(one), int(other)) for one, other in await cursor.fetchall()]
