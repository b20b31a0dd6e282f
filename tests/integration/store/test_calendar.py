"""The centre's own calendar in the database: entries that stay, a second checker, and what a change marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from fleet.history import Outcome
from rules.calendar import DayKind
from store import judging
from store.calendar_days import CalendarDay, calendar_days, save_calendar_days
from store.calendar_years import calendar_years, check_calendar_year, enter_calendar_year, work_calendar
from store.database import connect
from store.errors import StoreRefusedError, store_errors
from tests.builders.district import Connection, add_unit, add_vehicle
from tests.builders.tracks import SHANGHAI

SOURCE = "国办发明电〔2026〕7号"
YEAR = 2099


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set time zone 'UTC'")
        unit = add_unit(connection)
        for number in range(2):
            add_vehicle(connection, unit, f"苏N1000{number}")
        connection.execute("delete from marks")  # of their enrolments
        yield connection


def enter(conn: Connection, *days: str, off: bool | None = True, festival: str = "元旦", checked: bool = True) -> None:
    conn.execute(
        "insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)"
        " select day, %s, %s, '通知', '张三', %s, %s from unnest(%s::date[]) as day",
        (off, festival, "李四" if checked else None, datetime.now(UTC) if checked else None, list(days)),
    )


def check(conn: Connection, by: str = "李四") -> None:
    conn.execute("update calendar_days set checked_by = %s, checked_at = now() where checked_by is null", (by,))


def enter_year(conn: Connection, year: int = YEAR, *, complete: bool = True, checked: bool = True) -> None:
    conn.execute(
        "insert into calendar_years (year, is_complete, source, entered_by, checked_by, checked_at)"
        " values (%s, %s, '通知', '张三', %s, %s)",
        (year, complete, "李四" if checked else None, datetime.now(UTC) if checked else None),
    )


def marked(conn: Connection) -> list[str]:
    """Since when the vehicles are marked, one mark each; taken."""
    rows = conn.execute("select vehicle_id, since from marks order by 1, 2").fetchall()
    conn.execute("delete from marks")
    assert [vehicle for vehicle, _ in rows] in ([], [1, 2]), "each vehicle once"
    return sorted({f"{since:%Y-%m-%d}" for _, since in rows})


def refused(conn: Connection, sql: str) -> str:
    with pytest.raises(StoreRefusedError) as error, store_errors():
        conn.execute(sql.encode())
    return str(error.value)


def kind(conn: Connection, day: date) -> DayKind:
    return judging.work_calendar(conn, SHANGHAI).day(day).kind


def test_a_day_counts_once_another_person_has_checked_it(conn: Connection) -> None:
    enter(conn, "2026-10-14", checked=False)
    assert (marked(conn), kind(conn, date(2026, 10, 14))) == ([], DayKind.WORKDAY)
    check(conn)
    assert (marked(conn), kind(conn, date(2026, 10, 14))) == (["2026-10-03"], DayKind.HOLIDAY)


@pytest.mark.parametrize("name", ["张三", " 张 三", "张　三"])
def test_who_entered_a_day_does_not_check_it(conn: Connection, name: str) -> None:
    enter(conn, "2026-10-14", checked=False)
    with pytest.raises(StoreRefusedError, match="second_checker"), store_errors():
        check(conn, name)
    assert kind(conn, date(2026, 10, 14)) is DayKind.WORKDAY


def test_an_entry_is_never_rewritten(conn: Connection) -> None:
    enter(conn, "2026-10-14")
    for sql in (
        "update calendar_days set is_off = false",
        "update calendar_days set checked_by = '王五'",
        "update calendar_days set checked_by = null, checked_at = null",
        "delete from calendar_days",
    ):
        assert "never rewritten" in refused(conn, sql)
    enter_year(conn)
    assert "never rewritten" in refused(conn, "update calendar_years set is_complete = false")
    assert "never rewritten" in refused(conn, "delete from calendar_years")


def test_a_correction_waits_while_what_was_checked_goes_on_counting(conn: Connection) -> None:
    enter(conn, "2026-10-14")
    enter(conn, "2026-10-14", off=False, checked=False)
    marked(conn)
    assert kind(conn, date(2026, 10, 14)) is DayKind.HOLIDAY
    check(conn)
    assert (marked(conn), kind(conn, date(2026, 10, 14))) == (["2026-10-03"], DayKind.WORKDAY)
    assert conn.execute("select count(*) from calendar_days").fetchone() == (2,)


def test_a_day_that_is_taken_back_is_as_published(conn: Connection) -> None:
    enter(conn, "2026-10-01", off=False)
    assert kind(conn, date(2026, 10, 1)) is DayKind.WORKDAY
    enter(conn, "2026-10-01", off=None, festival="")
    assert kind(conn, date(2026, 10, 1)) is DayKind.HOLIDAY


def test_what_says_the_same_as_before_marks_nothing(conn: Connection) -> None:
    enter(conn, "2026-10-14")
    marked(conn)
    enter(conn, "2026-10-14", checked=False)
    check(conn)
    assert marked(conn) == []
    enter(conn, "2026-10-14", festival="国庆节")
    assert marked(conn) == ["2026-10-03"]


def test_own_days_off_in_a_row_carry_the_mark_back(conn: Connection) -> None:
    """A holiday may begin as early as the first of the days off that the changed day puts together."""
    enter(conn, "2026-10-20", "2026-10-21", festival="")
    assert marked(conn) == ["2026-10-09"]
    enter(conn, "2026-10-30", festival="")
    assert marked(conn) == ["2026-10-09"], "20 October is within the days before it"
    enter(conn, "2026-12-01", festival="")
    assert marked(conn) == ["2026-11-20"]


def test_a_year_that_is_entered_whole_is_known_and_marks_from_the_december_before(conn: Connection) -> None:
    enter(conn, f"{YEAR}-01-01")
    assert kind(conn, date(YEAR, 6, 5)) is DayKind.UNKNOWN
    marked(conn)
    enter_year(conn, checked=False)
    assert (marked(conn), kind(conn, date(YEAR, 6, 5))) == ([], DayKind.UNKNOWN)
    stamp = judging.book_stamp(conn)
    conn.execute("update calendar_years set checked_by = '李四', checked_at = now()")
    assert (marked(conn), kind(conn, date(YEAR, 6, 5))) == ([f"{YEAR - 1}-12-17"], DayKind.WORKDAY)
    assert judging.book_stamp(conn) != stamp, "a judge that runs reads the calendar anew"
    enter_year(conn)
    assert marked(conn) == [], "it was whole before"
    enter_year(conn, complete=False)
    assert (marked(conn), kind(conn, date(YEAR, 6, 5))) == ([f"{YEAR - 1}-12-17"], DayKind.UNKNOWN)


def test_a_year_does_not_count_while_a_day_of_it_waits(conn: Connection) -> None:
    enter(conn, f"{YEAR - 1}-12-30", checked=False)
    enter_year(conn, checked=False)
    assert "check them first" in refused(conn, "update calendar_years set checked_by = '李四', checked_at = now()")
    check(conn)
    conn.execute("update calendar_years set checked_by = '李四', checked_at = now()")
    assert kind(conn, date(YEAR, 6, 5)) is DayKind.WORKDAY


def test_who_entered_a_year_does_not_check_it(conn: Connection) -> None:
    enter_year(conn, checked=False)
    said = refused(conn, "update calendar_years set checked_by = '张 三', checked_at = now()")
    assert "second_checker" in said


async def test_pages_and_judges_read_the_same_calendar(conn: Connection, database: str) -> None:
    new_year = CalendarDay(date(YEAR, 1, 1), True, SOURCE, "张三", "元旦", "李四")
    async with await connect(database, autocommit=True) as office:
        assert [c.outcome for c in await save_calendar_days(office, [new_year])] == [Outcome.NEW]
        assert await enter_calendar_year(office, YEAR, is_complete=True, source=SOURCE, entered_by="张三")
        assert not await enter_calendar_year(office, YEAR, is_complete=True, source=SOURCE, entered_by="张三")
        (entry,) = await calendar_years(office, YEAR)
        await check_calendar_year(office, entry, "李四")
        for calendar in (await work_calendar(office, SHANGHAI), judging.work_calendar(conn, SHANGHAI)):
            kinds = [calendar.day(date(YEAR, 1, n)).kind for n in (1, 2, 3)]
            assert kinds == [DayKind.HOLIDAY, DayKind.WORKDAY, DayKind.WEEKEND]
            assert (calendar.knows_year(YEAR), calendar.knows_year(YEAR + 1)) == (True, False)


async def test_the_same_with_a_checker_checks_what_waits(database: str) -> None:
    waits = CalendarDay(date(YEAR, 1, 1), True, SOURCE, "张三", "元旦")
    checked = CalendarDay(date(YEAR, 1, 1), True, SOURCE, "张三", "元旦", "李四")
    async with await connect(database, autocommit=True) as office:
        await save_calendar_days(office, [waits])
        (change,) = await save_calendar_days(office, [checked])
        assert [field.name for field in change.fields] == ["checked_by"]
        stored: list[Any] = await calendar_days(office)
        assert [(entry.checked_by, entry.checked_at is None) for entry in stored] == [("李四", False)]
        with pytest.raises(ValueError, match="twice"):
            await save_calendar_days(office, [waits, checked])
