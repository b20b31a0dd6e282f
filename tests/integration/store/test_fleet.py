"""The fleet side of the store, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from shapely.geometry import Polygon, box

from fleet.clock import SHANGHAI, us_of
from fleet.history import Conflicts, Outcome
from fleet.order import WaiverKind
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_unit import UnitChangeError
from geofence.zone import ZoneKind
from store.calendar_days import CalendarDay, calendar_days, save_calendar_days
from store.changes import FieldChange
from store.database import Connection, connect
from store.fleet import (
    NewEnrolment,
    NewFitting,
    NewTracker,
    NewUnit,
    NewVehicle,
    save_enrolments,
    save_fittings,
    save_trackers,
    save_units,
    save_vehicles,
    tracker_ids,
    units,
    vehicles,
)
from store.orders import NewOrder, NewWaiver, orders, save_orders, save_waivers, waivers
from store.zones import NewZone, save_zones, zones

NEW, CHANGED, SAME = Outcome.NEW, Outcome.CHANGED, Outcome.SAME
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
YARD = box(118.30, 33.90, 118.31, 33.91)


def day(n: int) -> datetime:
    return JANUARY + timedelta(days=n)


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def fleet(conn: Connection) -> Connection:
    """Two units, three vehicles, three trackers; nothing to be judged."""
    await save_units(conn, [NewUnit("gov", "区政府"), NewUnit("water", "水利局", "gov")])
    cars = [("苏N10001", "water"), ("苏N10002", "water"), ("苏N10003", "gov")]
    await save_vehicles(conn, [NewVehicle(plate, unit) for plate, unit in cars])
    await save_trackers(conn, [NewTracker("T1"), NewTracker("T2"), NewTracker("T3", "gcj02")])
    assert await marks(conn) == []
    return conn


async def rows(conn: Connection, sql: Any) -> list[tuple[Any, ...]]:
    return await (await conn.execute(sql)).fetchall()


async def marks(conn: Connection) -> list[tuple[Any, ...]]:
    """Plates and since when they are to be judged; taken, so that the next look sees only what is newer."""
    found = await rows(
        conn,
        "select plate, nullif(since, '-infinity') from marks join vehicles on vehicles.id = vehicle_id order by 1, 2",
    )
    await conn.execute("delete from marks")
    return found


async def fittings(conn: Connection) -> list[tuple[Any, ...]]:
    return await rows(
        conn,
        """select t.code, v.plate, lower(during), upper(during) from fittings
        join trackers t on t.id = tracker_id join vehicles v on v.id = vehicle_id order by 3, 1""",
    )


async def test_units_form_a_tree_whatever_order_they_come_in(conn: Connection) -> None:
    saved = await save_units(conn, [NewUnit("b", "乙", "a"), NewUnit("a", "甲")])
    assert [change.outcome for change in saved] == [NEW, NEW]
    by_code = {unit.code: unit for unit in await units(conn)}
    assert by_code["b"].parent_id == by_code["a"].id
    assert by_code["a"].parent_id is None


async def test_a_unit_without_a_parent_given_keeps_the_one_it_has(fleet: Connection) -> None:
    (change,) = await save_units(fleet, [NewUnit("water", "水务局")])
    assert change.fields == (FieldChange("name", "水利局", "水务局"),)
    by_code = {unit.code: unit for unit in await units(fleet)}
    assert by_code["water"].parent_id == by_code["gov"].id


async def test_an_unknown_parent_is_refused(conn: Connection) -> None:
    with pytest.raises(LookupError, match="no such unit: nobody"):
        await save_units(conn, [NewUnit("a", "甲", "nobody")])


async def test_vehicles_say_what_changed(fleet: Connection) -> None:
    changes = await save_vehicles(
        fleet,
        [
            NewVehicle("苏N10001", "water", UseClass.EMERGENCY, "大众"),
            NewVehicle("苏N10002", "water"),
            NewVehicle("苏N10009", "gov"),
        ],
    )
    assert [change.outcome for change in changes] == [CHANGED, SAME, NEW]
    assert changes[0].fields == (
        FieldChange("use_class", UseClass.GENERAL, UseClass.EMERGENCY),
        FieldChange("model", "", "大众"),
    )
    stored = {vehicle.plate: vehicle for vehicle in await vehicles(fleet)}
    assert stored["苏N10001"].use_class is UseClass.EMERGENCY
    assert (stored["苏N10009"].use_class, stored["苏N10009"].model) == (UseClass.GENERAL, "")
    # What is not said stays.
    (change,) = await save_vehicles(fleet, [NewVehicle("苏N10001", "water")])
    assert change.outcome is SAME


async def test_a_vehicle_that_moves_to_another_unit_is_judged_anew(fleet: Connection) -> None:
    october = datetime(2026, 10, 1, tzinfo=SHANGHAI)
    cars = [NewVehicle("苏N10001", "gov", unit_from=october), NewVehicle("苏N10002", "water", model="丰田")]
    moved, other = await save_vehicles(fleet, cars)
    assert moved.fields == (FieldChange("unit_code", "water", "gov"), FieldChange("unit_from", None, october))
    assert [field.name for field in other.fields] == ["model"]
    assert await marks(fleet) == [("苏N10001", october - timedelta(days=1))] * 2
    assert await units_over_time(fleet, "苏N10001") == [("water", None), ("gov", october)]
    assert await units_over_time(fleet, "苏N10002") == [("water", None)]


async def test_a_change_of_unit_without_its_day_counts_from_today(fleet: Connection) -> None:
    today = datetime(2026, 10, 12, tzinfo=SHANGHAI)
    await save_vehicles(fleet, [NewVehicle("苏N10001", "gov")], today=today)
    assert await units_over_time(fleet, "苏N10001") == [("water", None), ("gov", today)]


async def test_a_change_of_unit_before_the_last_one_is_refused_and_nothing_is_written(fleet: Connection) -> None:
    october = datetime(2026, 10, 1, tzinfo=SHANGHAI)
    await save_vehicles(fleet, [NewVehicle("苏N10001", "gov", unit_from=october)])
    await marks(fleet)
    earlier = NewVehicle("苏N10001", "water", unit_from=october - timedelta(days=3))
    with pytest.raises(UnitChangeError):
        await save_vehicles(fleet, [NewVehicle("苏N10002", "gov", unit_from=october), earlier])
    assert await marks(fleet) == []
    assert await units_over_time(fleet, "苏N10002") == [("water", None)]


async def test_a_correction_of_a_unit_keeps_what_was_wrong_aside(fleet: Connection) -> None:
    october, september = (datetime(2026, month, 1, tzinfo=SHANGHAI) for month in (10, 9))
    await save_vehicles(fleet, [NewVehicle("苏N10001", "gov", unit_from=october)])
    await marks(fleet)
    change, same = await save_vehicles(
        fleet,
        [NewVehicle("苏N10001", "gov", unit_from=september), NewVehicle("苏N10002", "water")],
        correcting_because="日期记错",
    )
    assert (change.outcome, change.fields) == (CHANGED, (FieldChange("unit_from", october, september),))
    assert same.outcome is SAME
    assert await units_over_time(fleet, "苏N10001") == [("water", None), ("gov", september)]
    assert ("苏N10001", september - timedelta(days=1)) in await marks(fleet)
    kept = await (
        await fleet.execute("select lower(during), superseded_because from superseded_vehicle_units")
    ).fetchall()
    assert kept == [(october, "日期记错")]


async def units_over_time(conn: Connection, plate: str) -> list[tuple[str, datetime | None]]:
    """Codes and since when; the last is the unit of today."""
    rows = await (
        await conn.execute(
            "select u.code, lower(h.during), h.unit_id = v.unit_id"
            " from vehicle_units h join units u on u.id = h.unit_id join vehicles v on v.id = h.vehicle_id"
            " where v.plate = %s order by h.during",
            (plate,),
        )
    ).fetchall()
    assert rows[-1][2]
    return [(code, since) for code, since, _ in rows]


async def test_a_thing_that_comes_twice_is_the_callers_mistake(fleet: Connection) -> None:
    with pytest.raises(ValueError, match="NewVehicle comes twice: '苏N10001'"):
        await save_vehicles(fleet, [NewVehicle("苏N10001", "gov"), NewVehicle("苏N10001", "water")])


async def test_a_tracker_keeps_its_datum_unless_told(fleet: Connection) -> None:
    assert [c.outcome for c in await save_trackers(fleet, [NewTracker("T3"), NewTracker("T1", "bd09")])] == [
        SAME,
        CHANGED,
    ]
    assert await rows(fleet, "select code, datum from tracker_profiles order by 1") == [
        ("T1", "bd09"),
        ("T2", "wgs84"),
        ("T3", "gcj02"),
    ]
    assert set(await tracker_ids(fleet)) == {"T1", "T2", "T3"}


async def test_a_moved_tracker_ends_its_earlier_fitting_at_the_new_ones_start(fleet: Connection) -> None:
    await save_fittings(fleet, [NewFitting("T1", "苏N10001", Span(day(0), None))])
    assert (await save_fittings(fleet, [NewFitting("T1", "苏N10002", Span(day(30), None))])).outcomes == [NEW]
    history = [("T1", "苏N10001", day(0), day(30)), ("T1", "苏N10002", day(30), None)]
    assert await fittings(fleet) == history
    # The first sheet again: its claim is history by now, and stays.
    assert (await save_fittings(fleet, [NewFitting("T1", "苏N10001", Span(day(0), None))])).outcomes == [SAME]
    assert await fittings(fleet) == history


async def test_fittings_that_overlap_are_told_with_both_and_nothing_is_written(fleet: Connection) -> None:
    await save_fittings(fleet, [NewFitting("T1", "苏N10001", Span(day(10), None))])
    before = await fittings(fleet)
    with pytest.raises(Conflicts) as told:
        await save_fittings(
            fleet,
            [
                NewFitting("T2", "苏N10002", Span(day(0), None)),
                NewFitting("T1", "苏N10003", Span(day(5), None)),
            ],
        )
    (conflict,) = [told.value.by_index[1]]
    assert (conflict.standing.during, conflict.asked.during) == (Span(day(10), None), Span(day(5), None))
    assert set(told.value.by_index) == {1}
    assert await fittings(fleet) == before


async def test_fittings_of_the_unknown_are_refused(fleet: Connection) -> None:
    with pytest.raises(LookupError, match="no such tracker: T9"):
        await save_fittings(fleet, [NewFitting("T9", "苏N10001", Span(day(0), None))])
    with pytest.raises(LookupError, match="no such vehicle: 苏N99999"):
        await save_fittings(fleet, [NewFitting("T1", "苏N99999", Span(day(0), None))])


async def test_an_enrolment_ends_and_begins_again(fleet: Connection) -> None:
    plate = "苏N10001"
    assert await save_enrolments(fleet, [NewEnrolment(plate, Span(day(0), None))]) == [NEW]
    assert await save_enrolments(fleet, [NewEnrolment(plate, Span(day(0), day(9)))]) == [CHANGED]
    assert await save_enrolments(fleet, [NewEnrolment(plate, Span(day(20), None))]) == [NEW]
    assert await rows(fleet, "select lower(during), upper(during) from enrolments order by 1") == [
        (day(0), day(9)),
        (day(20), None),
    ]
    with pytest.raises(Conflicts):
        await save_enrolments(fleet, [NewEnrolment(plate, Span(day(5), None))])


async def test_a_zone_comes_back_as_it_was_saved(fleet: Connection) -> None:
    asked = NewZone("水利局大院", ZoneKind.HOME, YARD, "gcj02", "water", Span(day(3), None), "测绘 2026-01")
    assert await save_zones(fleet, [asked]) == [NEW]
    (zone,) = await zones(fleet)
    unit_id = next(unit.id for unit in await units(fleet) if unit.code == "water")
    assert (zone.name, zone.kind, zone.unit_id, zone.datum_given) == (
        "水利局大院",
        ZoneKind.HOME,
        unit_id,
        "gcj02",
    )
    assert zone.boundary.equals(YARD)
    assert (zone.valid_from_us, zone.valid_to_us) == (us_of(day(3)), None)
    assert await marks(fleet) == [("苏N10001", day(3)), ("苏N10002", day(3))]


async def test_the_same_zone_again_is_the_same_from_whatever_corner_it_is_drawn(fleet: Connection) -> None:
    await save_zones(fleet, [NewZone("学校", ZoneKind.SENSITIVE, YARD, "wgs84")])
    await marks(fleet)
    corners = list(YARD.exterior.coords)[:-1]
    turned = Polygon(corners[2:] + corners[:2])
    for again in (YARD, turned):
        assert await save_zones(fleet, [NewZone("学校", ZoneKind.SENSITIVE, again, "wgs84")]) == [SAME]
        later = NewZone("学校", ZoneKind.SENSITIVE, again, "wgs84", valid=Span(day(40), None))
        assert await save_zones(fleet, [later]) == [SAME]
    assert await marks(fleet) == []


async def test_a_zone_that_changed_gets_a_new_version_and_the_earlier_one_ends(fleet: Connection) -> None:
    await save_zones(fleet, [NewZone("学校", ZoneKind.SENSITIVE, YARD, "wgs84")])
    await marks(fleet)
    grown = box(118.30, 33.90, 118.32, 33.91)
    with pytest.raises(Conflicts):
        await save_zones(fleet, [NewZone("学校", ZoneKind.SENSITIVE, grown, "wgs84")])
    version = NewZone("学校", ZoneKind.SENSITIVE, grown, "wgs84", valid=Span(day(40), None))
    assert await save_zones(fleet, [version]) == [NEW]
    first, second = await zones(fleet)
    assert (first.valid_from_us, first.valid_to_us) == (None, us_of(day(40)))
    assert (second.valid_from_us, second.valid_to_us) == (us_of(day(40)), None)
    assert second.boundary.equals(grown)
    # A zone of no unit concerns every vehicle.
    assert {plate for plate, _ in await marks(fleet)} == {"苏N10001", "苏N10002", "苏N10003"}


async def test_an_order_marks_its_vehicle_once_and_not_again_when_it_is_the_same(fleet: Connection) -> None:
    order = NewOrder("2026-001", "苏N10001", Span(day(5), day(6)), "防汛检查", day(4), "骆马湖", day(4))
    assert [c.outcome for c in await save_orders(fleet, [order])] == [NEW]
    assert await marks(fleet) == [("苏N10001", day(5))]
    assert [c.outcome for c in await save_orders(fleet, [order])] == [SAME]
    assert await marks(fleet) == []


async def test_an_order_that_changes_its_vehicle_marks_both(fleet: Connection) -> None:
    await save_orders(fleet, [NewOrder("1", "苏N10001", Span(day(5), day(6)), "检查", day(4))])
    await marks(fleet)
    (change,) = await save_orders(fleet, [NewOrder("1", "苏N10002", Span(day(5), day(6)), "检查", day(4))])
    assert change.fields == (FieldChange("plate", "苏N10001", "苏N10002"),)
    assert await marks(fleet) == [("苏N10001", day(5)), ("苏N10002", day(5))]


async def test_an_order_comes_back_as_it_was_saved(fleet: Connection) -> None:
    ids = {vehicle.plate: vehicle.id for vehicle in await vehicles(fleet)}
    await save_orders(
        fleet,
        [
            NewOrder(
                "1", "苏N10001", Span(day(5), day(6)), "检查", day(4), "湖边", day(4), None, "骆马湖", 1_183_000_001, 3
            ),
            NewOrder("2", "苏N10001", Span(day(8), day(9)), "开会", day(8), out_of_district=True),
        ],
    )
    (order,) = await orders(fleet, ids["苏N10001"], Span(day(0), day(6)))
    assert (order.number, order.during, order.destination) == ("1", Span(day(5), day(6)), "湖边")
    assert (order.filed_at, order.approved_at, order.cancelled_at) == (day(4), day(4), None)
    assert (order.destination_zone, order.destination_lon, order.destination_lat) == ("骆马湖", 118.3000001, 3e-7)
    assert [o.number for o in await orders(fleet, ids["苏N10001"], Span(None, None))] == ["1", "2"]
    assert await orders(fleet, ids["苏N10002"], Span(None, None)) == []


async def test_a_cancelled_order_stays_cancelled_when_the_sheet_does_not_say_so(fleet: Connection) -> None:
    during = Span(day(5), day(6))
    await save_orders(fleet, [NewOrder("1", "苏N10001", during, "检查", day(4), "", day(4), day(5))])
    (change,) = await save_orders(fleet, [NewOrder("1", "苏N10001", during, "检查", day(4))])
    assert change.outcome is SAME


async def test_waivers_are_known_by_vehicle_kind_and_span(fleet: Connection) -> None:
    waiver = NewWaiver("苏N10001", WaiverKind.REPAIR, Span(day(1), day(3)), "保养")
    assert [c.outcome for c in await save_waivers(fleet, [waiver])] == [NEW]
    assert await marks(fleet) == [("苏N10001", day(1))]
    assert [c.outcome for c in await save_waivers(fleet, [waiver])] == [SAME]
    assert await marks(fleet) == []
    other = NewWaiver("苏N10001", WaiverKind.REPAIR, Span(day(1), day(3)), "大修")
    assert [c.outcome for c in await save_waivers(fleet, [other])] == [CHANGED]
    ids = {vehicle.plate: vehicle.id for vehicle in await vehicles(fleet)}
    (stored,) = await waivers(fleet, ids["苏N10001"], Span(day(2), None))
    assert (stored.kind, stored.during, stored.reason) == (WaiverKind.REPAIR, Span(day(1), day(3)), "大修")


async def test_a_checked_day_stays_checked_until_it_says_something_else(fleet: Connection) -> None:
    new_year = CalendarDay(date(2027, 1, 1), True, "国办发明电〔2026〕1号", "张三", "元旦", "李四")
    assert [c.outcome for c in await save_calendar_days(fleet, [new_year])] == [NEW]
    assert {plate for plate, _ in await marks(fleet)} == {"苏N10001", "苏N10002", "苏N10003"}
    unchecked = CalendarDay(date(2027, 1, 1), True, "国办发明电〔2026〕1号", "张三", "元旦")
    assert [c.outcome for c in await save_calendar_days(fleet, [unchecked])] == [SAME]
    assert await marks(fleet) == []
    worked = CalendarDay(date(2027, 1, 1), False, "国办发明电〔2026〕1号", "张三")
    assert [c.outcome for c in await save_calendar_days(fleet, [worked])] == [CHANGED]
    stored = await calendar_days(fleet)
    assert [(entry.is_off, entry.checked_by) for entry in stored] == [(True, "李四"), (False, None)]
    assert await marks(fleet) == [], "what waits for its second checker changes nothing"


async def test_a_districts_year_of_orders_goes_in_by_one_call(fleet: Connection) -> None:
    many = [
        NewOrder(f"2026-{n:05}", f"苏N1000{n % 3 + 1}", Span(day(n % 300), day(n % 300 + 1)), "公务", day(n % 300))
        for n in range(10_000)
    ]
    async with fleet.transaction():
        saved = await save_orders(fleet, many)
    assert {change.outcome for change in saved} == {NEW}
    assert await rows(fleet, "select count(*) from orders") == [(10_000,)]
    await marks(fleet)
    assert {change.outcome for change in await save_orders(fleet, many)} == {SAME}
    assert await marks(fleet) == []


async def test_what_a_caller_rolls_back_is_gone(fleet: Connection) -> None:
    async with fleet.transaction(force_rollback=True):
        await save_units(fleet, [NewUnit("a", "甲")])
        await save_orders(fleet, [NewOrder("1", "苏N10001", Span(day(5), day(6)), "检查", day(4))])
    assert {unit.code for unit in await units(fleet)} == {"gov", "water"}
    assert await marks(fleet) == []


async def test_the_database_itself_excludes_overlaps(fleet: Connection) -> None:
    await save_fittings(fleet, [NewFitting("T1", "苏N10001", Span(day(0), None))])
    with pytest.raises(psycopg.errors.ExclusionViolation):
        await fleet.execute(
            "insert into fittings (tracker_id, vehicle_id, during) select tracker_id, vehicle_id, during from fittings"
        )
