"""Points of units 扣分预警: entries that are only added; what is given back is another entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, tuple_row

from store.cases import values_of
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("points")


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """What a year took from a unit (``change``, 0 or less), and by how many cases."""

    id: int
    code: str
    name: str
    change: int
    cases: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a case has taken from a unit in a year."""

    year: int
    unit_id: int
    change: int


async def add(
    conn: Connection, *, unit_id: int, year: int, change: int, case_id: int, event_number: int, at: datetime
) -> None:
    """Takes points from a unit (less than 0), or gives them back."""
    values = {"unit_id": unit_id, "year": year, "change": change, "case_id": case_id, "event": event_number, "at": at}
    await conn.execute(_queries["add"], values)


async def taken_by(conn: Connection, case_id: int) -> list[Taken]:
    """What a case has taken and not given back."""
    async with conn.cursor(row_factory=class_row(Taken)) as cursor:
        await cursor.execute(_queries["of_case"], {"case_id": case_id})
        return await cursor.fetchall()


async def confirmed_before(conn: Connection, *, unit_id: int, year: int, case_id: int) -> int:
    """How many other cases cost the unit points in the year. Holds the unit's points until the transaction ends."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["hold_unit"], {"unit_id": unit_id})
        await cursor.execute(_queries["confirmed_before"], {"unit_id": unit_id, "year": year, "case_id": case_id})
        (count,) = await cursor.fetchone() or (0,)
    return int(count)


async def standing(conn: Connection, year: int, *, scope: Scope) -> list[UnitStanding]:
    """All units with vehicles, the one that lost most first."""
    async with conn.cursor(row_factory=class_row(UnitStanding)) as cursor:
        await cursor.execute(_queries["standing"], {"year": year} | values_of(scope))
        return await cursor.fetchall()
