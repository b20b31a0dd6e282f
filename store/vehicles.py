"""Vehicles 公务用车 and units 用车单位 as pages look for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, tuple_row

from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("vehicles")


@dataclass(frozen=True, slots=True)
class ListedVehicle:
    """A vehicle with its newest position and the number of violations that stand since a moment."""

    id: int
    plate: str
    use_class: str
    model: str
    unit_id: int
    unit: str
    seen_at: datetime | None
    speed_kmh: float | None
    flags: int | None
    violations: int
    enrolled: bool


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A unit with the number of its vehicles."""

    id: int
    code: str
    name: str
    vehicles: int


async def search(
    conn: Connection,
    text: str,
    *,
    scope: Scope,
    now: datetime,
    since: datetime,
    unit_id: int | None = None,
    after: str = "",
    limit: int = 100,
) -> list[ListedVehicle]:
    """Vehicles whose plate or unit contains ``text``, by plate, after the plate ``after``."""
    values: dict[str, object] = {
        "text": text,
        "unit_id": unit_id,
        "now": now,
        "since": since,
        "after": after,
        "limit": limit,
    }
    values |= scope.values
    async with conn.cursor(row_factory=class_row(ListedVehicle)) as cursor:
        await cursor.execute(_queries["search"], values)
        return await cursor.fetchall()


async def count(conn: Connection, text: str, unit_id: int | None = None, *, scope: Scope) -> int:
    """How many vehicles :func:`search` finds in all."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count"], {"text": text, "unit_id": unit_id} | scope.values)
        (number,) = await cursor.fetchone() or (0,)
    return int(number)


async def one(
    conn: Connection, vehicle_id: int, *, scope: Scope, now: datetime, since: datetime
) -> ListedVehicle | None:
    """The vehicle with this id; its violations counted since a moment."""
    async with conn.cursor(row_factory=class_row(ListedVehicle)) as cursor:
        await cursor.execute(_queries["one"], {"id": vehicle_id, "now": now, "since": since} | scope.values)
        return await cursor.fetchone()


async def units(conn: Connection, *, scope: Scope) -> list[ListedUnit]:
    """Units that have vehicles, by code."""
    async with conn.cursor(row_factory=class_row(ListedUnit)) as cursor:
        await cursor.execute(_queries["units"], scope.values)
        return await cursor.fetchall()
