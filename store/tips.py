"""Public tips 群众举报: what was told, what the track said, what became of it. Nothing of it is changed later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from psycopg.rows import class_row, tuple_row

from fleet.clock import us_of
from fleet.position import Positions
from oversight.tip import Sighting
from store.cases import values_of
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("tips")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTip:
    """What somebody told of a plate. ``place_e7``: longitude and latitude in 1e-7 degrees, WGS-84."""

    plate: str
    at: datetime
    place: str
    place_e7: tuple[int, int] | None
    what: str
    tipster: str
    received_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A tip with the newest check and the answer, so far as the scope shows its car."""

    id: int
    plate: str
    at: datetime
    place: str
    lon_e7: int | None
    lat_e7: int | None
    what: str
    tipster: str
    received_at: datetime
    entered_by: str
    vehicle_id: int | None
    """None: no such car within the scope"""
    unit: str | None
    verdict: str | None
    fixes: int | None
    nearest_m: float | None
    nearest_at: datetime | None
    checked_at: datetime | None
    answered: bool
    answer: str | None
    case_id: int | None
    answered_at: datetime | None
    answered_by: str | None

    @property
    def place_e7(self) -> tuple[int, int] | None:
        return None if self.lon_e7 is None or self.lat_e7 is None else (self.lon_e7, self.lat_e7)


async def add(conn: Connection, tip: NewTip) -> int:
    """A new tip; its id."""
    lon_e7, lat_e7 = tip.place_e7 or (None, None)
    values = {
        "plate": tip.plate,
        "at": tip.at,
        "place": tip.place,
        "lon_e7": lon_e7,
        "lat_e7": lat_e7,
        "what": tip.what,
        "tipster": tip.tipster,
        "received_at": tip.received_at,
        "entered_by": tip.entered_by,
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["add"], values)
        (tip_id,) = await cursor.fetchone() or (None,)
    if tip_id is None:
        raise RuntimeError("an insert that returns its id returned none")
    return int(tip_id)


async def listed(conn: Connection, *, scope: Scope, limit: int = 200) -> list[Tip]:
    """Tips, those without an answer first, newest first."""
    return await _tips(conn, scope, limit=limit)


async def one(conn: Connection, tip_id: int, *, scope: Scope) -> Tip | None:
    """The tip with this id."""
    return next(iter(await _tips(conn, scope, tip_id=tip_id)), None)


async def of_case(conn: Connection, case_id: int, *, scope: Scope) -> Tip | None:
    """The tip that a case came from."""
    return next(iter(await _tips(conn, scope, case_id=case_id)), None)


async def hold(conn: Connection, tip_id: int) -> None:
    """Holds a tip, so that nobody else answers it, until the transaction ends."""
    await conn.execute(_queries["hold"], {"id": tip_id})


async def add_check(
    conn: Connection, tip_id: int, vehicle_id: int | None, found: Sighting, *, at: datetime, by: str
) -> None:
    """What the track said when somebody asked."""
    values = {
        "tip_id": tip_id,
        "vehicle_id": vehicle_id,
        "verdict": found.verdict.value,
        "fixes": found.fixes,
        "nearest_m": found.nearest_m,
        "nearest_at": found.nearest_at,
        "at": at,
        "by": by,
    }
    await conn.execute(_queries["check"], values)


async def add_answer(conn: Connection, tip_id: int, *, case_id: int | None, text: str, at: datetime, by: str) -> None:
    """What became of a tip. Raises StoreConflictError where it is answered already."""
    await conn.execute(_queries["answer"], {"tip_id": tip_id, "case_id": case_id, "text": text, "at": at, "by": by})


async def around(conn: Connection, vehicle_id: int, since: datetime, until: datetime) -> Positions:
    """Positions of a vehicle in a span, and the fixes next before and after it, at most a week away."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(_queries["around"], {"vehicle_id": vehicle_id, "since": since, "until": until})
        rows = await cursor.fetchall()
    if not rows:
        return Positions.empty()
    ts, lon, lat, flags = zip(*rows, strict=True)
    return Positions.of(vehicle_id, np.array([us_of(moment) for moment in ts]), lon, lat, flags=flags)


async def _tips(
    conn: Connection, scope: Scope, *, tip_id: int | None = None, case_id: int | None = None, limit: int = 1
) -> list[Tip]:
    values = {"id": tip_id, "case_id": case_id, "limit": limit} | values_of(scope)
    async with conn.cursor(row_factory=class_row(Tip)) as cursor:
        await cursor.execute(_queries["listed"], values)
        return await cursor.fetchall()
