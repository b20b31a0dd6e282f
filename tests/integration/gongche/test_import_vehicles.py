"""Vehicles, their units, trackers and enrolments, imported into a real PostgreSQL: what goes in, what comes back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gongche.imports.report import Report
from gongche.imports.vehicles import import_vehicles
from store.fleet import units, vehicles
from tests.builders.importing import HEADINGS, NOW, SHANGHAI, Office, counts, refusals
from tests.builders.workbooks import workbook


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_a_sheet_of_any_encoding_makes_the_same_fleet(office: Office, encoding: str) -> None:
    sheet = HEADINGS + "苏Ｎ·１２３４５,水利局,T1,2026-01-05,2026-01-06\n\n苏n 12346,水利局,,,\n"
    report = await office.vehicles(sheet.encode(encoding))
    assert (report.counts, report.exit_status) == (counts(new=2), 0)
    assert [vehicle.plate for vehicle in await vehicles(office.conn)] == ["苏N12345", "苏N12346"]
    assert [unit.name for unit in await units(office.conn)] == ["水利局"]
    assert await office.fittings() == [("T1", "苏N12345", "2026-01-05", None)]
    assert await office.rows("select lower(during) from enrolments") == [(datetime(2026, 1, 6, tzinfo=SHANGHAI),)]


async def test_a_workbook_makes_the_same_fleet_and_refusals_name_its_cells(office: Office, tmp_path: Path) -> None:
    day = datetime(2026, 1, 5)  # noqa: DTZ001 - a workbook knows no time zones
    headings = HEADINGS.strip().split(",")
    rows = [
        ("台账",),
        headings,
        ("苏Ｎ·１２３４５", "水利局", "T1", day, 46027),
        ("苏N1", "水利局"),
        ("苏N12346", "水利局", 7, day),
    ]
    path = workbook(tmp_path / "fleet.xlsx", *rows)
    report = await import_vehicles(office.conn, path, SHANGHAI, dry_run=False, now=NOW)
    assert report.counts == counts(new=2, refused=1)
    assert await office.fittings() == [("7", "苏N12346", "2026-01-05", None), ("T1", "苏N12345", "2026-01-05", None)]
    assert await office.rows("select lower(during) from enrolments") == [(datetime(2026, 1, 5, tzinfo=SHANGHAI),)]
    told = report.as_json()
    assert [refused["cell"] for refused in told["refused"]] == ["台账!A4"]
    assert [(warned["cell"], warned["value"]) for warned in told["warnings"]] == [("台账!C5", "7")]
    # What only the history can refuse names its cell, too.
    moved = workbook(path, headings, ("苏N12346", "水利局", "T1", day))
    report = await import_vehicles(office.conn, moved, SHANGHAI, dry_run=False, now=NOW)
    assert [refusal.cell for refusal in report.refused] == ["台账!D2"]


async def test_good_rows_go_in_and_bad_ones_come_back_with_line_column_and_reason(office: Office) -> None:
    report = await office.vehicles(
        HEADINGS
        + "苏N12345,水利局,T1,2026-01-05,2026-01-05\n"  # good
        + "苏N123,水利局,,,\n"
        + '苏N12346,"水利局\n（本级）",,,\n'  # good, two lines
        + "苏N12347,,,,\n"
        + "苏N·12345,城管局,,,\n"  # again
        + "苏N12348,教育局,T8,,\n"
        + "苏N12349,教育局,8.60123E+14,2026-01-05,\n"
        + "苏N12350,教育局,T9,2026-13-05,\n"
        + "苏N12351,教育局,,2026-01-05,\n"
        + "苏N12352,教育局,T1,2026-01-05,\n"  # the tracker of line 2, the same day
        + "苏N12353,财政局,T3,2026-01-05,,多\n",
    )
    assert report.counts == counts(new=2, refused=9)
    assert report.exit_status == 1
    assert refusals(report) == [
        (3, "plate"),
        (6, "unit"),
        (7, "plate"),
        (8, "fitted_from"),
        (9, "tracker"),
        (10, "fitted_from"),
        (11, "fitted_from"),
        (12, "fitted_from"),
        (13, ""),
    ]
    again = report.refused[2]
    assert (again.value, again.en) == ("苏N·12345", "the same as line 2 is about. Keep one of them")
    # Nothing of a refused row stays: no unit, no tracker.
    assert {unit.name for unit in await units(office.conn)} == {"水利局", "水利局（本级）"}
    assert await office.rows("select code from trackers") == [("T1",)]


async def test_the_same_sheet_again_changes_nothing(office: Office) -> None:
    sheet = HEADINGS + "苏N12345,水利局,T1,2026-01-05,2026-01-05\n苏N12346,水利局,T2,2026-01-05,\n"
    await office.vehicles(sheet)
    assert await office.marks() == 3  # two trackers fitted, one car enrolled
    report = await office.vehicles(sheet)
    assert report.counts == counts(same=2)
    assert await office.marks() == 0


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,T1,2026-01-05,2026-01-05\n")
    await office.marks()
    report = await office.vehicles(
        "plate,unit,model,tracker,fitted_from\n苏N12345,城管局,帕萨特,T2,2026-03-01\n苏N12346,城管局,,,\n", dry_run=True
    )
    assert report.counts == counts(new=1, changed=1)
    assert report.as_json()["rows"] == [
        {
            "line": 2,
            "name": "苏N12345",
            "outcome": "changed",
            "fields": {
                "unit_code": ["水利局", "城管局"],
                "unit_from": [None, "2026-10-12"],
                "model": ["", "帕萨特"],
                "tracker": [None, "T2"],
                "fitting": [None, "2026-03-01 – …"],
            },
        },
        {"line": 3, "name": "苏N12346", "outcome": "new", "fields": {}},
    ]
    assert report.as_json()["also"] == {"units": {"new": 1, "changed": 0, "same": 0}}
    assert len(await vehicles(office.conn)) == 1
    assert await office.fittings() == [("T1", "苏N12345", "2026-01-05", None)]
    assert [unit.name for unit in await units(office.conn)] == ["水利局"]
    assert await office.marks() == 0


HANDED = "车牌号,用车单位,调入日期\n"


async def units_of(office: Office, plate: str) -> list[tuple[Any, ...]]:
    """Unit, and since which local day; the last is the unit of today."""
    return await office.rows(
        "select u.code, to_char(lower(h.during) at time zone 'Asia/Shanghai', 'MM-DD HH24:MI')"
        " from vehicle_units h join units u on u.id = h.unit_id join vehicles v on v.id = h.vehicle_id"
        f" where v.plate = '{plate}' order by h.during"
    )


async def test_a_car_is_handed_to_another_unit_from_the_day_that_the_sheet_names(office: Office) -> None:
    await office.vehicles(HANDED + "苏N12345,水利局,2026-01-05\n苏N12346,水利局,\n")
    sheet = HANDED + "苏N12345,城管局,2026-10-01\n苏N12346,城管局,\n"
    tried = await office.vehicles(sheet, dry_run=True)
    assert [row["fields"] for row in tried.as_json()["rows"]] == [
        {"unit_code": ["水利局", "城管局"], "unit_from": [None, "2026-10-01"]},
        {"unit_code": ["水利局", "城管局"], "unit_from": [None, "2026-10-12"]},
    ]
    assert await units_of(office, "苏N12345") == [("水利局", None)]
    assert (await office.vehicles(sheet)).counts == counts(changed=2)
    assert await units_of(office, "苏N12345") == [("水利局", None), ("城管局", "10-01 00:00")]
    assert await units_of(office, "苏N12346") == [("水利局", None), ("城管局", "10-12 00:00")]
    assert (await office.vehicles(sheet)).counts == counts(same=2)
    back = await office.vehicles(HANDED + "苏N12345,水利局,2026-10-12\n")
    assert back.results[0].fields[1].old != back.results[0].fields[1].new
    assert (await units_of(office, "苏N12345"))[1:] == [("城管局", "10-01 00:00"), ("水利局", "10-12 00:00")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("城管局,2026-10-13", "a day to come"),
        ("城管局,2026-10-01 08:00", "a day alone is wanted"),
        ("教育局,2026-09-30", "with 城管局 since 2026-10-01, which does not go with 教育局 since 2026-09-30"),
        ("教育局,2026-10-01", "A change comes after 2026-10-01"),
        ("城管局,2026-09-01", "corrected by gongche import vehicles --correct"),
    ],
)
async def test_a_change_of_unit_that_cannot_be_is_refused_with_what_to_do(office: Office, row: str, told: str) -> None:
    await office.vehicles(HANDED + "苏N12345,水利局,\n")
    await office.vehicles(HANDED + "苏N12345,城管局,2026-10-01\n")
    await office.marks()
    report = await office.vehicles(HANDED + f"苏N12346,水利局,\n苏N12345,{row}\n")
    (refusal,) = report.refused
    assert (refusal.at, refusal.name, refusal.column) == (3, "苏N12345", "unit_from")
    assert told in refusal.en
    assert refusal.zh
    assert report.counts == counts(new=1, refused=1)
    assert await units_of(office, "苏N12345") == [("水利局", None), ("城管局", "10-01 00:00")]
    assert await office.marks() == 0


async def test_a_wrong_day_of_a_change_of_unit_is_corrected_with_the_reason(office: Office) -> None:
    await office.vehicles(HANDED + "苏N12345,水利局,\n苏N12346,水利局,\n")
    await office.vehicles(HANDED + "苏N12345,城管局,2026-10-01\n")

    async def correct(rows: str) -> Report:
        path = office.file(HANDED + rows)
        return await import_vehicles(
            office.conn, path, SHANGHAI, dry_run=False, now=NOW, correcting_because="划转日期记错"
        )

    assert (await correct("苏N12345,城管局,2026-09-01\n苏N12346,水利局,\n")).counts == counts(changed=1, same=1)
    assert await units_of(office, "苏N12345") == [("水利局", None), ("城管局", "09-01 00:00")]
    assert await office.rows("select superseded_because from superseded_vehicle_units") == [("划转日期记错",)]
    (refusal,) = (await correct("苏N12346,城管局,\n")).refused
    assert (refusal.column, "needs the day" in refusal.en) == ("unit_from", True)
    assert (await correct("苏N12345,水利局,2026-09-01\n")).counts == counts(changed=1)
    assert await units_of(office, "苏N12345") == [("水利局", None)]


async def test_a_tracker_moves_to_another_car(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,T1,2026-01-05,\n苏N12346,水利局,T2,2026-01-05,\n")
    report = await office.vehicles(HEADINGS + "苏N12346,水利局,T1,2026-03-01,\n苏N12345,水利局,,,\n")
    assert report.counts == counts(changed=1, same=1)
    assert await office.fittings() == [
        ("T1", "苏N12345", "2026-01-05", "2026-03-01"),
        ("T2", "苏N12346", "2026-01-05", "2026-03-01"),
        ("T1", "苏N12346", "2026-03-01", None),
    ]


async def test_trackers_swapped_between_two_cars_in_one_sheet(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,T1,2026-01-05,\n苏N12346,水利局,T2,2026-01-05,\n")
    report = await office.vehicles(HEADINGS + "苏N12345,水利局,T2,2026-03-01,\n苏N12346,水利局,T1,2026-03-01,\n")
    assert report.counts == counts(changed=2)
    assert (await office.fittings())[2:] == [
        ("T1", "苏N12346", "2026-03-01", None),
        ("T2", "苏N12345", "2026-03-01", None),
    ]


async def test_a_fitting_that_overlaps_history_is_refused_with_both_spans(office: Office) -> None:
    await office.vehicles(HEADINGS + "苏N12345,水利局,T1,2026-02-01,2026-02-01\n")
    report = await office.vehicles(
        HEADINGS + "苏N12346,水利局,T1,2026-01-01,\n苏N12345,水利局,T1,2026-02-01,2026-01-15\n"
    )
    fitting, enrolment = report.refused
    assert (fitting.at, fitting.column) == (2, "fitted_from")
    for text in (fitting.zh, fitting.en):
        assert "2026-01-01 – …" in text
        assert "2026-02-01 – …" in text
        assert "苏N12345" in text
    assert (enrolment.at, enrolment.column) == (3, "enrolled_from")
    assert "2026-02-01 – …" in enrolment.en
    assert [vehicle.plate for vehicle in await vehicles(office.conn)] == ["苏N12345"]


async def test_columns_that_mean_nothing_are_named(office: Office) -> None:
    report = await office.vehicles("车牌号,用车单位,司机\n苏N12345,水利局,张三\n")
    assert report.ignored_columns == ("司机",)


async def test_the_whole_districts_fleet_goes_in(office: Office) -> None:
    sheet = HEADINGS + "".join(f"苏N{n:05},单位{n % 40},T{n},2026-01-05,2026-01-05\n" for n in range(10_000, 10_403))
    report = await office.vehicles(sheet)
    assert report.counts == counts(new=403)
    assert len(await units(office.conn)) == 40
    assert (await office.vehicles(sheet)).counts == counts(same=403)
