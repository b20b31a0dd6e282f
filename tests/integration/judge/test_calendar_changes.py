"""The calendar changes: what was judged by it is judged again, and by what is known now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from fleet.clock import SHANGHAI
from gongche.judge import Judge
from gongche.settings import Settings
from store import judging
from tests.builders.district import Connection, add_unit, add_vehicle, arrive
from tests.builders.tracks import Fix, at, drive

SETTINGS = Settings(_env_file=None)


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: datetime(2099, 1, 1, tzinfo=SHANGHAI))


def out_on(day: str) -> list[Fix]:
    """A drive of 20 minutes from 12:00."""
    shift_us = at(since=datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=SHANGHAI)).ts_us - at().ts_us
    return [fix._replace(ts_us=fix.ts_us + shift_us) for fix in drive(0, 20, from_m=0, to_m=12_000)]


def enter(conn: Connection, *days: str, off: bool = True, festival: str = "国庆节") -> None:
    conn.execute(
        "insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)"
        " select day, %s, %s, '通知', '张三', '李四', now() from unnest(%s::date[]) as day",
        (off, festival, list(days)),
    )


def found(conn: Connection) -> list[tuple[Any, ...]]:
    """Rule, local day and whether it is provisional, of what the calendar decides."""
    rows = conn.execute(
        "select rule_id, start_at, provisional from violations"
        " where withdrawn_at is null and rule_id in ('R04', 'R05', 'R06') order by start_at"
    ).fetchall()
    return [(rule, f"{start.astimezone(SHANGHAI):%m-%d}", provisional) for rule, start, provisional in rows]


def test_a_violation_loses_its_provisional_mark_when_its_year_gets_known(conn: Connection, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    for day in ("2099-10-03", "2099-10-09"):  # a Saturday; a Friday, before a make-up Saturday
        arrive(conn, [(car, fix) for fix in out_on(day)])
    arrive(conn, [(car, fix) for fix in out_on("2099-10-10")])
    judge.until_idle()
    assert found(conn) == [("R05", "10-03", True), ("R05", "10-10", True)]
    enter(conn, "2099-10-01", "2099-10-02", "2099-10-05", "2099-10-06")
    enter(conn, "2099-10-10", off=False, festival="")
    judge.until_idle()
    assert found(conn) == [("R05", "10-03", True)], "one own day makes that day known alone"
    conn.execute(
        "insert into calendar_years (year, source, entered_by, checked_by, checked_at)"
        " values (2099, '通知', '张三', '李四', now())"
    )
    judge.until_idle()
    assert found(conn) == [("R06", "10-03", False)]


def test_nobody_is_judged_by_a_day_that_waits_for_its_second_checker(conn: Connection, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    arrive(conn, [(car, fix) for fix in out_on("2026-10-14")])
    judge.until_idle()
    assert found(conn) == []
    conn.execute(
        "insert into calendar_days (day, is_off, festival, source, entered_by)"
        " values ('2026-10-14', true, '建县纪念日', '通知', '张三')"
    )
    assert conn.execute("select count(*) from marks").fetchone() == (0,)
    conn.execute("insert into marks (vehicle_id, since) select id, '-infinity' from vehicles")
    judge.until_idle()
    assert found(conn) == []
    conn.execute("update calendar_days set checked_by = '李四', checked_at = now()")
    judge.until_idle()
    assert found(conn) == [("R06", "10-14", False)]


def test_one_holiday_of_two_festivals_is_judged_as_one(conn: Connection, judge: Judge) -> None:
    """National Day and Mid-Autumn of 2025: 1 to 8 October; the day before and the day after are workdays."""
    car = add_vehicle(conn, add_unit(conn))
    days = [date(2025, 9, 30) + timedelta(days=n) for n in range(10)]
    for day in days:
        arrive(conn, [(car, fix) for fix in out_on(day.isoformat())])
    judge.until_idle()
    assert found(conn) == [("R06", f"10-{n:02}", False) for n in range(1, 9)]


def test_own_days_that_join_two_holidays_turn_the_weekend_between_them_into_one(conn: Connection, judge: Judge) -> None:
    """A weekend that no festival touches is R05's; own days off that join it to a holiday make it R06's."""
    car = add_vehicle(conn, add_unit(conn))
    for day in ("2026-10-17", "2026-10-18"):
        arrive(conn, [(car, fix) for fix in out_on(day)])
    judge.until_idle()
    assert found(conn) == [("R05", "10-17", False), ("R05", "10-18", False)]
    enter(conn, "2026-10-08", "2026-10-09", "2026-10-10", *(f"2026-10-{n}" for n in range(12, 17)), festival="")
    judge.until_idle()
    assert found(conn) == [("R06", "10-17", False), ("R06", "10-18", False)]
    enter(conn, "2026-10-09", off=False, festival="")
    judge.until_idle()
    assert found(conn) == [("R05", "10-17", False), ("R05", "10-18", False)]
