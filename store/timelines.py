"""What one vehicle did between two moments: its facts, orders, waivers and positions, as they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from psycopg.rows import class_row, tuple_row

from fleet.clock import us_of
from fleet.order import Order, Waiver
from fleet.position import Positions
from fleet.span import Span
from store import orders
from store.database import Connection
from store.sql import load

_queries = load("timelines")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip 行程, with where it began and ended (1e-7 degrees, WGS-84)."""

    start_at: datetime
    end_at: datetime
    distance_m: float
    fixes: int
    max_speed_kmh: float
    start_lon_e7: int
    start_lat_e7: int
    end_lon_e7: int
    end_lat_e7: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop 停留; ``inferred_s`` of it the tracker slept."""

    start_at: datetime
    end_at: datetime
    lon_e7: int
    lat_e7: int
    fixes: int
    inferred_s: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap 失联: nothing is claimed about it."""

    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit 进出: from the first to the last fix inside a zone."""

    name: str
    kind: str
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class ZoneName:
    """What a zone is called, and its kind."""

    name: str
    kind: str


_LATE_S = 600.0
_STEADY_S = 120.0


@dataclass(frozen=True, slots=True)
class Quality:
    """What the data of a span are worth. Delays: from report to arrival; ``over_s``: from the first to the last."""

    fixes: int
    without_fix: int
    late: int
    longest_delay_s: float | None
    shortest_delay_s: float | None
    over_s: float

    @property
    def behind_s(self) -> float | None:
        """How far the tracker's clock seems to be behind; None where nothing says so.

        All came late, and by the same: what was kept in a blind area came with delays that differ as its times do.
        """
        if self.shortest_delay_s is None or self.longest_delay_s is None:
            return None
        is_steady = self.longest_delay_s - self.shortest_delay_s <= _STEADY_S < self.over_s
        return self.shortest_delay_s if is_steady and self.shortest_delay_s >= _LATE_S else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything of one vehicle that touches a span, each list by start."""

    trips: list[Trip]
    stops: list[Stop]
    gaps: list[Gap]
    visits: list[Visit]
    orders: list[Order]
    waivers: list[Waiver]


async def timeline(conn: Connection, vehicle_id: int, since: datetime, until: datetime) -> Timeline:
    """What touches [since, until)."""
    span = {"vehicle_id": vehicle_id, "since": since, "until": until}
    return Timeline(
        await _rows(conn, "trips", Trip, span),
        await _rows(conn, "stops", Stop, span),
        await _rows(conn, "gaps", Gap, span),
        await _rows(conn, "visits", Visit, span),
        await orders.orders(conn, vehicle_id, Span(since, until)),
        await orders.waivers(conn, vehicle_id, Span(since, until)),
    )


async def quality(conn: Connection, vehicle_id: int, since: datetime, until: datetime) -> Quality:
    """What the data of [since, until) are worth."""
    span = {"vehicle_id": vehicle_id, "since": since, "until": until}
    (row,) = await _rows(conn, "quality", Quality, span)
    return row


async def track(conn: Connection, vehicle_id: int, since: datetime, until: datetime) -> Positions:
    """The positions of a vehicle in [since, until), in the order in which they are judged."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(_queries["track"], {"vehicle_id": vehicle_id, "since": since, "until": until})
        rows = await cursor.fetchall()
    if not rows:
        return Positions.empty()
    ts, lon, lat, speed, heading, altitude, satellites, odometer, fuel, flags, tracker, received = zip(
        *rows, strict=True
    )
    return Positions.of(
        vehicle_id,
        [us_of(moment) for moment in ts],
        lon,
        lat,
        speed_kmh=_reported(speed),
        heading_deg=_reported(heading),
        altitude_m=_reported(altitude),
        satellites=[-1 if value is None else value for value in satellites],
        odometer_km=_reported(odometer),
        fuel_l=_reported(fuel),
        flags=flags,
        tracker_id=tracker,
        received_us=[us_of(moment) for moment in received],
    )


def _reported(column: tuple[float | None, ...]) -> list[float]:
    return [np.nan if value is None else value for value in column]


async def zone_names(conn: Connection, zone_ids: list[int]) -> list[ZoneName]:
    """The zones with these ids, by kind and name."""
    return await _rows(conn, "zone_names", ZoneName, {"ids": zone_ids})


async def _rows(conn: Connection, name: str, row_type: type[Row], values: dict[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(row_type)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()
