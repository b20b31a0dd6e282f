"""Positions, written: columns → binary COPY into a staging table → what is new into the table, in one transaction.

Storing the same twice changes nothing. Reading them is the judge's (``store.judging``) and the pages'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from fleet.clock import day_start_us, local_day
from fleet.position import Positions
from oversight.tracker_health import LATE
from store.binary import encode
from store.newest import Newest
from store.sql import load

_queries = load("positions")
_STORE_LATER = _queries["store_staged"].replace("on conflict do nothing", "", 1)
"""For positions of which none is stored: the same without looking for repeats."""


@dataclass(frozen=True, slots=True)
class StoreResult:
    """How many positions were new, and how many were there already."""

    stored: int
    repeated: int


async def store_positions(
    conn: AsyncConnection[Any], positions: Positions, zone: ZoneInfo | None = None, newest: Newest | None = None
) -> StoreResult:
    """Stores positions in any order, marks their vehicles to be judged since the earliest new one.

    With a ``zone`` they are counted to their trackers, on the local day that they were received on: those that came
    from trackers now, not those of a file. With ``newest`` what is later than anything that it knows is stored without
    looking for repeats first, which takes a third less time; whatever it knows, the result is the same. Runs in the
    caller's transaction, or in one of its own when there is none.
    """
    if not len(positions):
        return StoreResult(0, 0)
    stored = 0
    async with conn.transaction(), conn.cursor() as cursor:
        await _make_staging(conn)
        for day, some in _by_day(positions, zone):
            ordered = some.in_order()
            async with cursor.copy(_queries["copy_to_staging"]) as copy:
                await copy.write(binary_rows(ordered))
            stored += await _store_staged(conn, ordered, {"day": day, "late": LATE}, newest)
            await cursor.execute(_queries["empty_staging"])
    return StoreResult(stored, len(positions) - stored)


async def _store_staged(
    conn: AsyncConnection[Any], ordered: Positions, values: dict[str, Any], newest: Newest | None
) -> int:
    """How many rows were new."""
    if newest is not None:
        are_later = newest.are_before(ordered)
        newest.saw(ordered)
        if are_later:
            with suppress(UniqueViolation):  # somebody else stored some of them
                async with conn.transaction():
                    return await _executed(conn, _STORE_LATER, values)
    return await _executed(conn, _queries["store_staged"], values)


async def _executed(conn: AsyncConnection[Any], query: str, values: dict[str, Any]) -> int:
    row = await (await conn.execute(query, values, prepare=True)).fetchone()
    return int(row[0]) if row else 0


def _by_day(positions: Positions, zone: ZoneInfo | None) -> Iterator[tuple[date | None, Positions]]:
    """Positions by the local day of their receipt; nearly always one. All at once without a zone."""
    if zone is None:
        yield None, positions
        return
    while len(positions):
        day = local_day(int(positions.received_us.min()), zone)
        is_later = positions.received_us >= day_start_us(day + timedelta(days=1), zone)
        yield day, positions.take(~is_later) if is_later.any() else positions
        positions = positions.take(is_later)


async def _make_staging(conn: AsyncConnection[Any]) -> None:
    made = await (await conn.execute(_queries["has_staging"], prepare=True)).fetchone()
    if not (made and made[0]):
        await conn.execute(_queries["make_staging"])


_COLUMNS = {
    "vehicle_id": "int4", "ts_us": "timestamptz", "lon_e7": "int4", "lat_e7": "int4", "speed_kmh": "float4",
    "heading_deg": "float4", "altitude_m": "float4", "satellites": "int2", "odometer_km": "float8",
    "fuel_l": "float4", "flags": "int4", "tracker_id": "int4", "received_us": "timestamptz",
}  # fmt: skip


def binary_rows(positions: Positions) -> bytes:
    """The rows as a stream for COPY, made column by column: no Python object for a position."""
    return encode([getattr(positions, name) for name in _COLUMNS], list(_COLUMNS.values()))
