"""A year's schedule from a sheet: entered by one person, checked by another, odd things told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from gongche.calendar_desk import checked_day, checked_year, year_shown
from gongche.imports.calendar_year import EnteredYear, import_calendar_year
from gongche.problem import Problem
from store.calendar_days import CalendarDay, calendar_days, save_calendar_days
from store.calendar_years import calendar_years, work_calendar
from store.database import Connection, connect
from tests.acceptance.program import gongche
from tests.builders.tracks import SHANGHAI

SOURCE = "国办发明电〔2098〕7号"
SCHEDULE = """日期,安排,节日
2098-12-31,休,元旦
2099-01-01,休,元旦
2099-01-02,休,元旦
2099-01-04,班,
2099-01-20,休,春节
2099-01-21,休,春节
2099-01-22,休,春节
2099-01-23,休,春节
2099-01-26,休,春节
2099-01-27,休,春节
2099-01-18,班,
2099-02-07,班,
2099-04-03,休,清明节
2099-04-04,休,清明节
2099-04-05,休,清明节
2099-05-01,休,五一
2099-05-02,休,五一
2099-05-03,休,五一
2099-05-04,休,五一
2099-06-12,休,端午
2099-09-28,休,中秋节
2099-09-27,班,
2099-10-01,休,国庆
2099-10-02,休,国庆
2099-10-05,休,国庆
2099-10-06,休,国庆
2099-10-10,班,
"""


class Desk:
    """Where the calendar is kept."""

    def __init__(self, conn: Connection, folder: Path) -> None:
        self.conn = conn
        self.folder = folder

    def file(self, text: str = SCHEDULE) -> Path:
        path = self.folder / "2099.csv"
        path.write_text(text, encoding="utf-8")
        return path

    async def enter(self, text: str = SCHEDULE, *, dry_run: bool = False) -> EnteredYear:
        return await import_calendar_year(
            self.conn, 2099, self.file(text), SHANGHAI, source=SOURCE, by="张三", dry_run=dry_run
        )


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with await connect(database, autocommit=True) as conn:
        yield Desk(conn, tmp_path)


async def test_a_year_is_known_once_another_person_has_checked_it(desk: Desk) -> None:
    entered = await desk.enter()
    assert (entered.oddities, entered.exit_status, entered.report.counts["new"]) == ([], 0, 27)
    shown = await year_shown(desk.conn, 2099, SHANGHAI)
    assert (shown.state, shown.holidays, {of for _, of in shown.days}) == ("waiting", [], {"waiting"})
    with pytest.raises(Problem, match="another person"):
        await checked_year(desk.conn, 2099, "张 三", SHANGHAI)
    checked = await checked_year(desk.conn, 2099, "李四", SHANGHAI)
    assert (len(checked.days), checked.oddities) == (27, [])
    shown = await year_shown(desk.conn, 2099, SHANGHAI)
    assert (shown.state, {of for _, of in shown.days}) == ("known", {"counts"})
    spans = [(f"{span.first:%m-%d}", f"{span.last:%m-%d}", span.festivals) for span in shown.holidays]
    assert spans[0] == ("12-31", "01-03", ("元旦",)), "with the weekend that adjoins it"
    assert spans[-1] == ("10-01", "10-06", ("国庆节",))
    calendar = await work_calendar(desk.conn, SHANGHAI)
    assert not calendar.day(date(2099, 10, 10)).is_off, "a make-up Saturday"
    assert calendar.day(date(2099, 12, 27)).is_off
    with pytest.raises(Problem, match="nothing of 2099 waits"):
        await checked_year(desk.conn, 2099, "李四", SHANGHAI)


async def test_a_row_that_is_refused_keeps_the_whole_year_out(desk: Desk) -> None:
    entered = await desk.enter(SCHEDULE + "2100-01-01,休,元旦\n2099-10-01,休,国庆\n2099-10-11,撤销,\n")
    assert [(r.at, r.column) for r in entered.report.refused] == [(29, "day"), (30, "day"), (31, "off")]
    assert entered.exit_status == 1
    assert (await calendar_days(desk.conn), await calendar_years(desk.conn, 2099)) == ([], [])


async def test_what_looks_odd_is_told_and_entered_all_the_same(desk: Desk) -> None:
    entered = await desk.enter(SCHEDULE.replace("2099-10-10,班", "2099-10-09,班"))
    assert [odd.en for odd in entered.oddities] == [
        "2099-10-09 is worked and is no Saturday or Sunday",
        "18 weekdays off less 4 make-up workdays is 14; by law it is 13",
    ]
    assert entered.exit_status == 1
    checked = await checked_year(desk.conn, 2099, "李四", SHANGHAI)
    assert next(odd.day for odd in checked.oddities) == date(2099, 10, 9), "who checks it is told once more"


async def test_the_same_sheet_again_changes_nothing_and_a_dry_run_writes_nothing(desk: Desk) -> None:
    assert (await desk.enter(dry_run=True)).report.counts["new"] == 27
    assert await calendar_days(desk.conn) == []
    await desk.enter()
    await checked_year(desk.conn, 2099, "李四", SHANGHAI)
    again = await desk.enter()
    assert (again.report.counts["same"], again.report.counts["new"]) == (27, 0)
    assert (await year_shown(desk.conn, 2099, SHANGHAI)).state == "known"
    assert len(await calendar_years(desk.conn, 2099)) == 1


async def test_a_day_that_the_sheet_leaves_out_stays_and_is_told(desk: Desk) -> None:
    await save_calendar_days(desk.conn, [CalendarDay(date(2099, 3, 4), True, "县政府通知", "张三", "", "李四")])
    entered = await desk.enter()
    assert [odd.day for odd in entered.oddities] == [date(2099, 3, 4)]
    assert (await work_calendar(desk.conn, SHANGHAI)).day(date(2099, 3, 4)).is_off


async def test_one_day_is_checked_by_itself(desk: Desk) -> None:
    day = date(2026, 10, 14)
    for is_off in (True, False, True):
        await save_calendar_days(
            desk.conn, [CalendarDay(day, is_off, "县政府通知", "张三", "建县纪念日" if is_off else "")]
        )
    checked = await checked_day(desk.conn, day, "李四")
    assert [entry.is_off for entry in checked.days] == [True]
    shown = await year_shown(desk.conn, 2026, SHANGHAI)
    assert [of for _, of in shown.days] == ["superseded", "superseded", "counts"]


async def test_the_commands_enter_show_and_check(desk: Desk, database: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = gongche("calendar", *arguments, folder=tmp_path, database_url=database)
        return done.returncode, done.stdout, done.stderr

    file = str(desk.file())
    status, told, said = run("enter-year", "2099", file, "--source", SOURCE, "--by", "张三")
    assert (status, "待另一人复核" in told) == (0, True), said
    status, _, said = run("check", "2099", "--by", "张三")
    assert (status, "须由另一人复核 / 张三 entered" in said) == (2, True)
    assert run("check", "2099", "--by", "李四")[0] == 0
    status, told, _ = run("enter", "2099-10-07", "off", "--festival", "国庆", "--source", "补充通知", "--by", "李四")
    assert (status, "waits for its second checker" in told) == (0, True)
    assert run("check", "2099-10-07", "--by", "张三", "--format", "json")[0] == 0
    status, told, _ = run("show", "2099", "--format", "json")
    shown = json.loads(told)
    assert (shown["state"], shown["holidays"][-1]["last"]) == ("known", "2099-10-07")
    assert shown["days"][-2]["checked_by"] == "张三"
