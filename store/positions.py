"""Positions, written: columns → binary COPY into a staging table → what is new into the table, in one transaction.

Storing the same twice changes nothing. Reading them is the judge's (``store.judging``) and the pages'.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from psycopg import AsyncConnection

from fleet.clock import us_of
from fleet.position import Positions
from store.sql import load

_queries = load("positions")


@dataclass(frozen=True, slots=True)
class StoreResult:
    """How many positions were new, and how many were there already."""

    stored: int
    repeated: int


async def store_positions(conn: AsyncConnection[Any], positions: Positions) -> StoreResult:
    """Stores positions in any order, marks their vehicles to be judged since the earliest new one.

    Runs in the caller's transaction, or in one of its own when there is none.
    """
    if not len(positions):
        return StoreResult(0, 0)
    async with conn.transaction(), conn.cursor() as cursor:
        await _make_staging(conn)
        async with cursor.copy(_queries["copy_to_staging"]) as copy:
            await copy.write(binary_rows(positions))
        row = await (await cursor.execute(_queries["store_staged"], prepare=True)).fetchone()
        await cursor.execute(_queries["empty_staging"])
    stored = int(row[0]) if row else 0
    return StoreResult(stored, len(positions) - stored)


async def _make_staging(conn: AsyncConnection[Any]) -> None:
    made = await (await conn.execute(_queries["has_staging"], prepare=True)).fetchone()
    if not (made and made[0]):
        await conn.execute(_queries["make_staging"])


_PG_EPOCH_US = us_of(datetime(2000, 1, 1, tzinfo=UTC))
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_COPY_END = struct.pack("!h", -1)
_COLUMNS = (
    ("vehicle_id", ">i4"), ("ts_us", ">i8"), ("lon_e7", ">i4"), ("lat_e7", ">i4"), ("speed_kmh", ">f4"),
    ("heading_deg", ">f4"), ("altitude_m", ">f4"), ("satellites", ">i2"), ("odometer_km", ">f8"),
    ("fuel_l", ">f4"), ("flags", ">i4"), ("tracker_id", ">i4"), ("received_us", ">i8"),
)  # fmt: skip
_MOMENTS = ("ts_us", "received_us")
_ROW = np.dtype(
    [("fields", ">i2")] + [part for name, kind in _COLUMNS for part in ((f"{name} bytes", ">i4"), (name, kind))]
)


def binary_rows(positions: Positions) -> bytes:
    """The rows in PostgreSQL's binary COPY format, made column by column: no Python object for a position.

    Format: https://www.postgresql.org/docs/current/sql-copy.html (Binary Format).
    """
    rows = np.empty(len(positions), _ROW)
    rows["fields"] = len(_COLUMNS)
    for name, kind in _COLUMNS:
        values = getattr(positions, name)
        rows[f"{name} bytes"] = np.dtype(kind).itemsize
        rows[name] = values - _PG_EPOCH_US if name in _MOMENTS else values
    return _COPY_HEADER + rows.tobytes() + _COPY_END
