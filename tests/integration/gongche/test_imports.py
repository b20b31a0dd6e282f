"""Whole imports into a real PostgreSQL: what goes in, what comes back, and that twice is once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from shapely.geometry import Polygon, box, mapping

from fleet.vehicle_state import StateKind
from geofence.datum import Datum
from gongche.exports.zones import geojson_of, kml_of
from gongche.imports.calendar_days import import_calendar_days
from gongche.imports.states import import_states
from gongche.imports.waivers import import_waivers
from gongche.imports.zones import import_zones
from store.calendar_days import calendar_days
from store.fleet import vehicles
from store.orders import orders, waivers
from store.vehicle_states import states
from store.zones import ALWAYS, zones, zones_told
from tests.builders.importing import HEADINGS, SHANGHAI, Office, counts, refusals


def zone(name: str, kind: str, boundary: Polygon, **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, "kind": kind, **properties},
        "geometry": mapping(boundary),
    }


# Zones ------------------------------------------------------------------------------------------------------

YARD = box(118.30, 33.90, 118.31, 33.91)
GROWN = box(118.30, 33.90, 118.32, 33.91)
DISTRICT = box(118.0, 33.5, 119.0, 34.5)


async def test_good_zones_go_in_and_bad_ones_come_back_by_number_and_name(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    bow_tie = Polygon([(118.3, 33.9), (118.31, 33.91), (118.31, 33.9), (118.3, 33.91)])
    report = await office.zones(
        zone("水利局大院", "home", YARD, unit="水利局"),
        zone("乱", "sensitive", bow_tie),
        zone("无主", "home", YARD),
    )
    assert report.counts == counts(new=1, refused=2)
    assert [(r.at, r.name, r.column) for r in report.refused] == [(2, "乱", "geometry"), (3, "无主", "unit")]
    assert report.as_json()["refused"][0]["feature"] == 2
    assert [stored.name for stored in await zones(office.conn)] == ["水利局大院"]
    assert await office.marks() == 1


async def test_the_same_zones_again_change_nothing(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    features = [zone("一中", "sensitive", YARD), zone("辖区线", "jurisdiction", DISTRICT)]
    await office.zones(*features)
    assert await office.marks() == 2
    assert (await office.zones(*features)).counts == counts(same=2)
    assert await office.marks() == 0


async def test_a_changed_zone_asks_for_a_date_and_then_is_a_new_version(office: Office) -> None:
    await office.zones(zone("一中", "sensitive", YARD))
    report = await office.zones(zone("一中", "sensitive", GROWN))
    assert refusals(report) == [(1, "valid_from")]
    assert "State valid_from" in report.refused[0].en
    report = await office.zones(zone("一中", "sensitive", GROWN, valid_from="2026-09-01"))
    assert report.counts == counts(new=1)
    versions = await zones(office.conn)
    assert [version.boundary.bounds[2] for version in versions] == [118.31, 118.32]
    assert versions[0].valid_to_us == versions[1].valid_from_us is not None
    # A second change to the same day is no way round.
    report = await office.zones(zone("一中", "sensitive", YARD, valid_from="2026-09-01"))
    assert refusals(report) == [(1, "valid_from")]


async def test_a_version_that_was_wrong_is_corrected_with_a_reason(office: Office) -> None:
    await office.zones(zone("一中", "sensitive", YARD))
    (was,) = await zones(office.conn)
    file = office.file(
        json.dumps({"type": "FeatureCollection", "datum": "wgs84", "features": [zone("一中", "sensitive", GROWN)]})
    )
    report = await import_zones(office.conn, file, SHANGHAI, datum=None, correcting_because="界址有误", dry_run=False)
    assert report.counts == counts(changed=1)
    (now,) = await zones(office.conn)
    assert (now.id != was.id, now.boundary.bounds[2]) == (True, 118.32)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
@pytest.mark.parametrize("form", ["geojson", "kml"])
async def test_what_was_exported_is_the_same_when_it_is_imported(office: Office, datum: Datum, form: str) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    holed = Polygon(DISTRICT.exterior, [YARD.exterior])
    await office.zones(
        zone("水利局大院", "home", YARD, unit="水利局", source="测绘"),
        zone("水利局大院", "home", GROWN, unit="水利局", valid_from="2026-09-01"),
        zone("辖区线", "jurisdiction", holed, valid_to="2026-12-31"),
    )
    await office.marks()
    told = await zones_told(office.conn)
    text = kml_of(told, datum, SHANGHAI) if form == "kml" else json.dumps(geojson_of(told, datum, SHANGHAI))
    report = await import_zones(office.conn, office.file(text), SHANGHAI, datum=None, dry_run=False)
    assert report.counts == counts(same=3)
    assert await office.marks() == 0


async def test_two_features_of_one_name_need_dates_that_follow(office: Office) -> None:
    report = await office.zones(zone("一中", "sensitive", YARD), zone("一中", "sensitive", GROWN))
    assert (report.counts, refusals(report)) == (counts(new=1, refused=1), [(2, "valid_from")])


async def test_a_dry_run_of_zones_stores_none(office: Office) -> None:
    assert (await office.zones(zone("一中", "sensitive", YARD), dry_run=True)).counts == counts(new=1)
    assert await zones(office.conn) == []


# Orders -----------------------------------------------------------------------------------------------------

ORDERS = "单号,车牌号,开始,结束,事由,目的地,目的地经度,目的地纬度,出区,申请时间,审批时间,作废时间\n"


async def vehicle_id(office: Office, plate: str = "苏N12345") -> int:
    return next(vehicle.id for vehicle in await vehicles(office.conn) if vehicle.plate == plate)


async def test_an_order_goes_in_with_local_times(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    report = await office.orders(
        ORDERS + "A1,苏N·12345,2026-10-02 08:00,2026-10-03,防汛,骆马湖,,,,2026-10-01 16:20,2026-10-01T09:05Z,\n"
    )
    assert report.counts == counts(new=1)
    (order,) = await orders(office.conn, await vehicle_id(office), ALWAYS)
    assert order.during.start == datetime(2026, 10, 2, 8, tzinfo=SHANGHAI)
    assert order.during.end == datetime(2026, 10, 4, tzinfo=SHANGHAI)
    assert order.filed_at == datetime(2026, 10, 1, 16, 20, tzinfo=SHANGHAI)
    assert order.approved_at == datetime(2026, 10, 1, 17, 5, tzinfo=SHANGHAI)
    assert order.cancelled_at is None


async def test_bad_orders_come_back(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    good = "苏N12345,2026-10-02 08:00,2026-10-02 18:00,防汛,湖"
    report = await office.orders(
        ORDERS
        + f"A1,{good},,,,2026-10-01,,\n"
        + "A2,苏N12345,2026-10-02 18:00,2026-10-02 08:00,防汛,湖,,,,2026-10-01,,\n"
        + "A3,苏N99999,2026-10-02 08:00,2026-10-02 18:00,防汛,湖,,,,2026-10-01,,\n"
        + f"A1,{good},,,,2026-10-01,,\n"
        + f"A5,{good},,,,,,\n"
        + f"A6,{good},118.3,33.9,,2026-10-01,,\n"  # of which datum?
        + f"A7,{good},,,也许,2026-10-01,,\n"
        + f",{good},,,,2026-10-01,,\n"
        + "A9,苏N12345,2026-10-02 08:00,2026-10-02 18:00,,湖,,,,2026-10-01,,\n",
    )
    assert report.counts == counts(new=1, refused=8)
    assert refusals(report) == [
        (3, "end"),
        (4, "plate"),
        (5, "number"),
        (6, "filed_at"),
        (7, "datum"),
        (8, "out_of_district"),
        (9, "number"),
        (10, "reason"),
    ]


async def test_a_destination_that_names_a_zone_is_that_zone_in_its_time(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    await office.zones(zone("滨湖（一期）", "sensitive", YARD, valid_to="2026-10-31"))
    await office.orders(
        ORDERS
        + "A1,苏N12345,2026-10-02,2026-10-02,防汛,滨湖(一期),,,,2026-10-01,,\n"
        + "A2,苏N12345,2026-11-02,2026-11-02,防汛,滨湖（一期）,,,,2026-10-01,,\n",
    )
    found = await orders(office.conn, await vehicle_id(office), ALWAYS)
    assert [order.destination_zone for order in found] == ["滨湖（一期）", None]


async def test_out_of_district_is_derived_from_the_destination_or_stated(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    await office.zones(zone("辖区线", "jurisdiction", DISTRICT), zone("外地", "sensitive", box(120, 33, 120.1, 33.1)))
    start = "苏N12345,2026-10-02,2026-10-02,会议"
    report = await office.orders(
        ORDERS
        + f"A1,{start},近,118.5,34.0,,2026-10-01,,\n"
        + f"A2,{start},远,119.5,34.0,,2026-10-01,,\n"
        + f"A3,{start},外地,,,,2026-10-01,,\n"
        + f"A4,{start},不知何处,,,,2026-10-01,,\n"
        + f"A5,{start},不知何处,,,是,2026-10-01,,\n"
        + f"A6,{start},远,119.5,34.0,否,2026-10-01,,\n",
        datum="wgs84",
    )
    assert report.counts == counts(new=6)
    found = await orders(office.conn, await vehicle_id(office), ALWAYS)
    assert {order.number: order.out_of_district for order in found} == {
        "A1": False,
        "A2": True,
        "A3": True,
        "A4": False,
        "A5": True,
        "A6": False,
    }


async def test_ten_thousand_orders_go_in_once(office: Office) -> None:
    await office.vehicles(HEADINGS + "".join(f"苏N{n},水利局,,,\n" for n in range(10_000, 10_403)))
    sheet = ORDERS + "".join(
        f"D{n},苏N{10_000 + n % 403},2026-{n % 12 + 1:02}-{n % 28 + 1:02} 08:00,"
        f"2026-{n % 12 + 1:02}-{n % 28 + 1:02} 18:00,公务,街道,,,,2026-{n % 12 + 1:02}-{n % 28 + 1:02} 07:00,,\n"
        for n in range(10_000)
    )
    assert (await office.orders(sheet)).counts == counts(new=10_000)
    assert await office.marks() == 10_000
    assert (await office.orders(sheet)).counts == counts(same=10_000)
    assert await office.marks() == 0


# Waivers and calendar days ------------------------------------------------------------------------------------


async def test_waivers_go_in(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    sheet = "车牌号,类型,开始,结束,事由\n苏N12345,值班,2026-10-01,2026-10-07,节日值班\n"
    bad = (
        "苏N12345,duty,2026-10-01,2026-10-07,又\n苏N12345,休假,2026-10-01,2026-10-07,假\n苏N12346,维修,2026-10-01,,修\n"
    )
    report = await import_waivers(office.conn, office.file(sheet + bad), SHANGHAI, dry_run=False)
    assert report.counts == counts(new=1, refused=3)
    assert refusals(report) == [(3, "start"), (4, "kind"), (5, "plate")]
    (waiver,) = await waivers(office.conn, await vehicle_id(office), ALWAYS)
    assert waiver.during.end == datetime(2026, 10, 8, tzinfo=SHANGHAI)
    report = await import_waivers(office.conn, office.file(sheet), SHANGHAI, dry_run=False)
    assert report.counts == counts(same=1)


async def test_states_go_in_and_end_each_other(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    await office.marks()
    headings = "车牌号,状态,开始,结束,文件\n"
    sheet = headings + "苏N12345,停用,2026-09-01,,宿豫车管〔2026〕31号\n"
    bad = "苏N12345,停驶,2026-10-01,,文\n苏N99999,停用,2026-10-01,,文\n苏N12345,停用,,,文\n"
    report = await import_states(office.conn, office.file(sheet + bad), SHANGHAI, dry_run=False)
    assert report.counts == counts(new=1, refused=3)
    assert refusals(report) == [(3, "state"), (4, "plate"), (5, "start")]
    assert await office.marks() == 1
    earlier = headings + "苏N12345,报废,2026-08-01,,文\n"
    report = await import_states(office.conn, office.file(earlier), SHANGHAI, dry_run=False)
    assert (report.counts, refusals(report)) == (counts(refused=1), [(2, "start")])
    assert (await import_states(office.conn, office.file(sheet), SHANGHAI, dry_run=False)).counts == counts(same=1)
    assert await office.marks() == 0
    later = headings + "苏N12345,报废,2026-11-15,,宿豫车管〔2026〕40号\n"
    assert (await import_states(office.conn, office.file(later), SHANGHAI, dry_run=True)).counts == counts(new=1)
    assert len(await states(office.conn)) == 1
    assert (await import_states(office.conn, office.file(later), SHANGHAI, dry_run=False)).counts == counts(new=1)
    scrapped = datetime(2026, 11, 15, tzinfo=SHANGHAI)
    assert [(one.state, one.during.end, one.document) for one in await states(office.conn)] == [
        (StateKind.LAID_UP, scrapped, "宿豫车管〔2026〕31号"),
        (StateKind.SCRAPPED, None, "宿豫车管〔2026〕40号"),
    ]


async def test_a_state_ends_when_its_row_comes_with_an_end(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,,,\n")
    headings = "车牌号,状态,开始,结束,文件\n"
    for end, outcome in (("", counts(new=1)), ("2026-09-30", counts(changed=1)), ("2026-09-30", counts(same=1))):
        file = office.file(f"{headings}苏N12345,停用,2026-09-01,{end},文\n")
        assert (await import_states(office.conn, file, SHANGHAI, dry_run=False)).counts == outcome
    assert [one.during.end for one in await states(office.conn)] == [datetime(2026, 10, 1, tzinfo=SHANGHAI)]


async def test_calendar_days_go_in(office: Office) -> None:
    sheet = (
        "日期,安排,节日,文件,录入人,复核人\n"
        "2027-01-01,休,元旦,国办发明电〔2026〕7号,张三,李四\n"
        "2027年1月3日,班,,国办发明电〔2026〕7号,张三,\n"
        "2027-01-01,班,,国办发明电〔2026〕7号,张三,李四\n"
        "2027-02-30,休,春节,国办发明电〔2026〕7号,张三,李四\n"
        "2027-02-06,半天,春节,国办发明电〔2026〕7号,张三,李四\n"
        "2027-02-07,休,春节,,张三,李四\n"
    )
    report = await import_calendar_days(office.conn, office.file(sheet), SHANGHAI, dry_run=False)
    assert report.counts == counts(new=2, refused=4)
    assert refusals(report) == [(4, "day"), (5, "day"), (6, "off"), (7, "source")]
    assert [(str(day.day), day.is_off, day.checked_by) for day in await calendar_days(office.conn)] == [
        ("2027-01-01", True, "李四"),
        ("2027-01-03", False, None),
    ]
