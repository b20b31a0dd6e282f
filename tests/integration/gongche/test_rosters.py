"""Duty rosters into a real PostgreSQL: what they excuse, and what another reading of one changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gongche.imports.report import Report
from gongche.imports.rosters import import_rosters
from gongche.imports.vehicles import import_vehicles
from gongche.imports.waivers import import_waivers
from gongche.problem import Problem
from store.database import Connection, connect
from tests.builders.workbooks import workbook

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY1, DAY2 = "2026-10-01", "2026-10-02"


class Office:
    """Someone with three cars and a roster."""

    def __init__(self, conn: Connection, folder: Path) -> None:
        self.conn = conn
        self.path = folder / "国庆值班表.csv"

    async def read(self, sheet: str, **options: Any) -> Report:
        self.path.write_text(sheet, encoding="utf-8")
        return await import_rosters(self.conn, self.path, SHANGHAI, **{"dry_run": False, **options})

    async def rows(self, sql: Any) -> list[tuple[Any, ...]]:
        return await (await self.conn.execute(sql)).fetchall()

    async def duties(self) -> list[tuple[str, str, str, str]]:
        """Plate, local start and end, reason of the waivers that stand."""
        found = await self.rows(
            "select plate, lower(during), upper(during), reason from waivers join vehicles v on v.id = vehicle_id"
            " where withdrawn_at is null and kind = 'duty' order by 2, 1"
        )
        return [(plate, local(start), local(end), reason) for plate, start, end, reason in found]

    async def marks(self) -> list[tuple[str, str]]:
        """Plates with the local time since when; taken."""
        found = await self.rows(
            "select distinct plate, since from marks join vehicles v on v.id = vehicle_id order by 2, 1"
        )
        await self.conn.execute("delete from marks")
        return [(plate, local(since)) for plate, since in found]


def local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with await connect(database, autocommit=True) as conn:
        cars = tmp_path / "cars.csv"
        cars.write_text("plate,unit\n苏N00001,水利局\n苏N00002,水利局\n苏N00003,水利局\n", encoding="utf-8")
        await import_vehicles(conn, cars, SHANGHAI, dry_run=False, now=datetime(2026, 10, 1, 12, tzinfo=SHANGHAI))
        await conn.execute("delete from marks")
        yield Office(conn, tmp_path)


async def test_a_day_has_24_hours_and_a_cell_several_cars(office: Office) -> None:
    report = await office.read(f"日期,车牌号,值班人员,联系电话\n{DAY1},苏N·00001、苏N00002,张三,13800000000\n")
    assert report.counts == {"new": 1, "changed": 0, "same": 0, "refused": 0}
    assert await office.duties() == [
        ("苏N00001", "10-01 00:00", "10-02 00:00", "值班：张三"),
        ("苏N00002", "10-01 00:00", "10-02 00:00", "值班：张三"),
    ]
    assert await office.rows("select name, source from rosters") == [("国庆值班表", "国庆值班表.csv")]


async def test_a_phone_number_is_stored_nowhere_and_that_is_said(office: Office) -> None:
    report = await office.read(f"日期,车牌号,联系电话\n{DAY1},苏N00001,13800000000\n")
    assert [warned.column for warned in report.warnings] == ["phone"]
    assert "13800000000" not in str(report.as_json())
    stored = await office.rows("select waivers.*::text, rosters.*::text from waivers, rosters")
    assert stored
    assert "13800000000" not in str(stored)


async def test_shifts_by_a_column_by_hours_and_as_columns(office: Office) -> None:
    await office.read(f"日期,班次,车牌号\n{DAY1},白班,苏N00001\n{DAY1},夜班,苏N00002\n{DAY2},17:30-次日8:30,苏N00003\n")
    assert [duty[:3] for duty in await office.duties()] == [
        ("苏N00001", "10-01 08:00", "10-01 20:00"),
        ("苏N00002", "10-01 20:00", "10-02 08:00"),
        ("苏N00003", "10-02 17:30", "10-03 08:30"),
    ]
    await office.read(f"日期,白班（07:30-19:30）,夜班\n{DAY1},苏N00001,苏N00002 苏N00003\n", name="国庆值班表")
    assert [duty[:3] for duty in await office.duties()] == [
        ("苏N00001", "10-01 07:30", "10-01 19:30"),
        ("苏N00002", "10-01 20:00", "10-02 08:00"),
        ("苏N00003", "10-01 20:00", "10-02 08:00"),
    ]


async def test_days_from_to_are_days_each(office: Office) -> None:
    await office.read("开始日期,结束日期,车牌号\n2026-10-01,2026-10-03,苏N00001\n")
    assert [duty[1] for duty in await office.duties()] == ["10-01 00:00", "10-02 00:00", "10-03 00:00"]


async def test_a_workbook_with_merged_days_is_read(office: Office, tmp_path: Path) -> None:
    rows = [
        ("值班表",),
        ("日期", "班次", "车牌号"),
        (datetime(2026, 10, 1), "白班", "苏N00001"),  # noqa: DTZ001 - a workbook knows no time zones
        (None, "夜班", "苏N00002"),
    ]
    path = workbook(tmp_path / "r.xlsx", *rows, more=lambda sheet: sheet.merge_cells("A3:A4"))
    report = await import_rosters(office.conn, path, SHANGHAI, dry_run=False)
    assert report.counts["new"] == 2
    assert [duty[1] for duty in await office.duties()] == ["10-01 08:00", "10-01 20:00"]


async def test_the_same_roster_again_changes_and_marks_nothing(office: Office) -> None:
    sheet = f"日期,车牌号,值班人员\n{DAY1},苏N00001,张三\n{DAY1},苏N00001,李四\n{DAY2},苏N00002,王五\n"
    await office.read(sheet)
    assert await office.marks() == [("苏N00001", "10-01 00:00"), ("苏N00002", "10-02 00:00")]
    other_order = f"日期,车牌号,值班人员\n{DAY2},苏N00002,王五\n{DAY1},苏N00001,李四\n{DAY1},苏N00001,张三\n"
    for again in (sheet, other_order):
        report = await office.read(again)
        assert (report.counts["same"], report.also["duties"]["same"]) == (3, 2)
    assert await office.marks() == []
    assert len(await office.rows("select from rosters")) == 1


async def test_another_reading_replaces_and_marks_only_what_changed(office: Office) -> None:
    await office.read(f"日期,车牌号,值班人员\n{DAY1},苏N00001,张三\n{DAY2},苏N00002,李四\n{DAY2},苏N00003,\n")
    await office.marks()
    report = await office.read(f"日期,车牌号,值班人员\n{DAY1},苏N00001,张三\n{DAY2},苏N00002,王五\n")
    assert report.also["duties"] == {"new": 0, "changed": 1, "same": 1, "withdrawn": 1}
    assert await office.marks() == [("苏N00002", "10-02 00:00"), ("苏N00003", "10-02 00:00")]
    assert [(plate, reason) for plate, _, _, reason in await office.duties()] == [
        ("苏N00001", "值班：张三"),
        ("苏N00002", "值班：王五"),
    ]
    # What stood before is there to be read, with the reading that ended it.
    gone = await office.rows(
        "select plate, reason, withdrawn_by > roster_id from waivers join vehicles v on v.id = vehicle_id"
        " where withdrawn_at is not null order by 1"
    )
    assert gone == [("苏N00002", "值班：李四", True), ("苏N00003", "值班", True)]


async def test_while_rows_are_refused_nothing_is_withdrawn(office: Office) -> None:
    await office.read(f"日期,车牌号\n{DAY1},苏N00001\n{DAY2},苏N00002\n")
    report = await office.read(f"日期,车牌号\n{DAY1},苏N00001\n{DAY2},苏N0000\n")
    assert (report.counts["refused"], report.also["duties"]["withdrawn"]) == (1, 0)
    assert "1 duties" in report.warnings[0].en
    assert len(await office.duties()) == 2


async def test_rosters_of_other_names_and_waivers_are_left_alone(office: Office) -> None:
    waivers = office.path.with_name("w.csv")
    waivers.write_text(f"plate,kind,start,end,reason\n苏N00001,值班,{DAY1},{DAY1},口头\n", encoding="utf-8")
    await import_waivers(office.conn, waivers, SHANGHAI, dry_run=False)
    await office.read(f"日期,车牌号\n{DAY1},苏N00001\n")
    await office.read(f"日期,车牌号\n{DAY2},苏N00001\n", name="另一张")
    assert [(start, reason) for _, start, _, reason in await office.duties()] == [
        ("10-01 00:00", "口头"),
        ("10-01 00:00", "值班"),
        ("10-02 00:00", "值班"),
    ]
    assert (await import_waivers(office.conn, waivers, SHANGHAI, dry_run=False)).counts["same"] == 1


async def test_a_dry_run_stores_nothing(office: Office) -> None:
    report = await office.read(f"日期,车牌号\n{DAY1},苏N00001\n", dry_run=True)
    assert report.counts["new"] == 1
    assert (await office.duties(), await office.marks(), await office.rows("select from rosters")) == ([], [], [])


async def test_bad_rows_come_back_whole(office: Office) -> None:
    report = await office.read(
        "日期,结束日期,车牌号,班次\n"
        f"{DAY1},,苏N00001、苏N99999,\n"
        f"{DAY1},,苏N00001、张三,\n"
        f"{DAY1},,,\n"
        f"{DAY1},,苏N00001,上午\n"
        f"{DAY2},{DAY1},苏N00001,\n"
        ",,苏N00001,\n"
    )
    assert [(r.at, r.column, r.value) for r in report.refused] == [
        (2, "plate", "苏N99999"),
        (3, "plate", "张三"),
        (4, "plate", ""),
        (5, "shift", "上午"),
        (6, "to", DAY1),
        (7, "day", ""),
    ]
    assert await office.duties() == []


async def test_a_sheet_without_plates_or_with_strange_hours_is_no_roster(office: Office) -> None:
    with pytest.raises(Problem, match="no column of plates"):
        await office.read(f"日期,值班人员\n{DAY1},张三\n")
    with pytest.raises(Problem, match="cannot be read"):
        await office.read(f"日期,白班（7点半起）\n{DAY1},苏N00001\n")
