"""Kinds of days, holiday spans, and hours of local days."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.clock import HOUR_US, SHANGHAI, moment_of, us_of
from rules.calendar import DayKind, HolidaySpan, Hours, OwnDay, WorkCalendar

SCHEDULES = Path(__file__).parents[4] / "shared" / "data" / "holidays"
BERLIN = ZoneInfo("Europe/Berlin")
PUBLISHED = WorkCalendar()


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def local_us(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return us_of(datetime.fromisoformat(text).replace(tzinfo=zone))


def told(hours: Hours, zone: ZoneInfo = SHANGHAI) -> list[str]:
    """Spans as local times, ``10-01 00:00/10-08 00:00``."""
    return [
        "/".join(moment_of(us).astimezone(zone).strftime("%m-%d %H:%M") for us in span)
        for span in zip(hours.start_us, hours.end_us, strict=True)
    ]


def test_the_holidays_of_2026() -> None:
    spans = PUBLISHED.holiday_spans(date(2026, 1, 1), date(2026, 12, 31))
    assert [(f"{span.first:%m-%d}", f"{span.last:%m-%d}", span.festivals) for span in spans] == [
        ("01-01", "01-03", ("元旦",)),
        ("02-15", "02-23", ("春节",)),
        ("04-04", "04-06", ("清明",)),
        ("05-01", "05-05", ("劳动节",)),
        ("06-19", "06-21", ("端午",)),
        ("09-25", "09-27", ("中秋",)),
        ("10-01", "10-07", ("国庆节",)),
    ]


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_the_make_up_weekends_of_2026_are_workdays(day: str) -> None:
    made_up = date.fromisoformat(f"2026-{day}")
    assert made_up.weekday() >= 5
    assert PUBLISHED.day(made_up).kind is DayKind.WORKDAY


def test_a_monday_worked_by_decree_is_a_workday() -> None:
    assert PUBLISHED.day(date(2020, 2, 3)).kind is DayKind.WORKDAY


def test_two_festivals_in_one_run_are_one_holiday() -> None:
    assert PUBLISHED.holiday_spans(date(2025, 10, 3), date(2025, 10, 3)) == [
        HolidaySpan(date(2025, 10, 1), date(2025, 10, 8), ("国庆节", "中秋"))
    ]


def test_a_weekend_that_adjoins_a_festival_belongs_to_its_holiday() -> None:
    (dragon_boat,) = PUBLISHED.holiday_spans(date(2024, 6, 10), date(2024, 6, 10))
    assert (dragon_boat.first, dragon_boat.last) == (date(2024, 6, 8), date(2024, 6, 10))


def test_an_ordinary_weekend_is_no_holiday() -> None:
    assert [PUBLISHED.day(day).kind for day in days(date(2026, 10, 16), date(2026, 10, 19))] == [
        DayKind.WORKDAY,
        DayKind.WEEKEND,
        DayKind.WEEKEND,
        DayKind.WORKDAY,
    ]


def test_a_year_that_nobody_knows_is_unknown_and_judged_as_its_weekdays_suggest() -> None:
    friday, saturday = PUBLISHED.day(date(2099, 6, 5)), PUBLISHED.day(date(2099, 6, 6))
    assert (friday.kind, friday.is_off) == (DayKind.UNKNOWN, False)
    assert (saturday.kind, saturday.is_off) == (DayKind.UNKNOWN, True)
    assert PUBLISHED.day(date(2003, 12, 24)).kind is DayKind.UNKNOWN


def test_the_end_of_december_waits_for_the_next_year() -> None:
    last_published = next(y for y in range(2026, 2100) if PUBLISHED.day(date(y + 1, 6, 1)).kind is DayKind.UNKNOWN)
    assert PUBLISHED.day(date(last_published, 12, 27)).kind is not DayKind.UNKNOWN
    assert PUBLISHED.first_unknown(date(last_published, 6, 1)) == date(last_published, 12, 28)
    assert PUBLISHED.day(date(2025, 12, 31)).kind is DayKind.WORKDAY


def test_an_own_day_stands_above_the_published_calendar() -> None:
    own = WorkCalendar([OwnDay(date(2026, 10, 8), True, "国庆节"), OwnDay(date(2026, 10, 1), False)])
    assert own.day(date(2026, 10, 1)).kind is DayKind.WORKDAY
    assert own.holiday_spans(date(2026, 10, 4), date(2026, 10, 4)) == [
        HolidaySpan(date(2026, 10, 2), date(2026, 10, 8), ("国庆节",))
    ]


def test_an_own_day_can_turn_two_holidays_into_one() -> None:
    between = [OwnDay(day, True) for day in days(date(2026, 9, 28), date(2026, 9, 30))]
    (joined,) = WorkCalendar(between).holiday_spans(date(2026, 9, 20), date(2026, 10, 12))
    assert (joined.first, joined.last, joined.festivals) == (
        date(2026, 9, 25),
        date(2026, 10, 7),
        ("中秋", "国庆节"),
    )


def test_an_own_day_off_without_a_festival_is_no_holiday() -> None:
    assert WorkCalendar([OwnDay(date(2026, 10, 14), True)]).day(date(2026, 10, 14)).kind is DayKind.WEEKEND


def test_an_own_day_off_over_a_festival_keeps_the_festival() -> None:
    own = WorkCalendar([OwnDay(date(2026, 10, 1), True, source="复核")])
    assert own.day(date(2026, 10, 1)) == PUBLISHED.day(date(2026, 10, 1))


def test_one_own_day_makes_only_that_day_of_an_unknown_year_known() -> None:
    own = WorkCalendar([OwnDay(date(2099, 1, 1), True, "元旦")])
    assert own.day(date(2099, 1, 1)).kind is DayKind.HOLIDAY
    assert own.day(date(2099, 1, 2)).kind is DayKind.UNKNOWN


def test_a_year_entered_whole_is_known() -> None:
    own = WorkCalendar([OwnDay(date(2099, 1, 1), True, "元旦"), OwnDay(date(2099, 1, 10), False)], entered_years=[2099])
    assert [own.day(date(2099, 1, n)).kind for n in (1, 2, 3, 10)] == [
        DayKind.HOLIDAY,
        DayKind.WORKDAY,
        DayKind.WEEKEND,
        DayKind.WORKDAY,
    ]
    assert own.first_unknown(date(2099, 1, 1)) == date(2099, 12, 28)


def test_spans_of_days_begin_and_end_at_local_midnight_and_are_cut_to_what_was_asked() -> None:
    start, end = local_us("2026-09-30T12:00"), local_us("2026-10-11T12:00")
    assert told(PUBLISHED.holidays(start, end)) == ["10-01 00:00/10-08 00:00"]
    assert told(PUBLISHED.workdays(start, end)) == ["09-28 00:00/10-01 00:00", "10-08 00:00/10-11 00:00"]
    assert told(PUBLISHED.weekends(start, end)) == ["10-11 00:00/10-12 00:00"]
    assert told(PUBLISHED.unknown(start, end)) == []


def test_unknown_days_are_provisionally_workdays_and_weekends() -> None:
    start, end = local_us("2099-06-05T00:00"), local_us("2099-06-08T00:00")
    assert told(PUBLISHED.workdays(start, end)) == ["06-01 00:00/06-06 00:00"]
    assert told(PUBLISHED.weekends(start, end)) == ["06-06 00:00/06-08 00:00"]
    assert told(PUBLISHED.unknown(start, end)) == ["06-05 00:00/06-08 00:00"]


def test_hours_over_midnight_reach_in_from_the_day_before() -> None:
    start, end = local_us("2026-10-12T00:00"), local_us("2026-10-13T00:00")
    assert told(PUBLISHED.night(start, end)) == ["10-12 00:00/10-12 05:00", "10-12 22:00/10-13 00:00"]
    assert told(PUBLISHED.between(start, end, 0, 24 * HOUR_US)) == ["10-12 00:00/10-13 00:00"]
    assert told(PUBLISHED.between(start, end, 12 * HOUR_US, 24 * HOUR_US)) == ["10-12 12:00/10-13 00:00"]


def test_work_hours_are_those_of_workdays() -> None:
    start, end = local_us("2026-10-07T00:00"), local_us("2026-10-12T00:00")
    assert told(PUBLISHED.work_hours(start, end)) == [f"10-{d} 07:30/10-{d} 19:00" for d in ("08", "09", "10")]


def test_a_holiday_is_told_whole_whatever_part_of_it_is_asked() -> None:
    """Mid-Autumn in National Day's week: one span from the 1st to the 8th, also in its middle."""
    for first, last in (("10-02T09:00", "10-02T10:00"), ("09-20T00:00", "10-06T12:00"), ("10-06T00:00", "10-20T00:00")):
        start, end = local_us(f"2025-{first}"), local_us(f"2025-{last}")
        assert told(PUBLISHED.holidays(start, end)) == ["10-01 00:00/10-09 00:00"]
    quiet = local_us("2025-09-24T00:00"), local_us("2025-09-25T00:00")
    assert told(PUBLISHED.holidays(*quiet)) == []


def test_nothing_asked_is_nothing_told() -> None:
    at = local_us("2026-10-01T00:00")
    assert told(PUBLISHED.holidays(at, at)) == []
    assert told(PUBLISHED.night(at, at)) == []


def test_a_local_day_has_23_or_25_hours_where_clocks_change() -> None:
    berlin = WorkCalendar(zone=BERLIN)
    long_night = berlin.between(
        local_us("2026-10-25T00:00", BERLIN), local_us("2026-10-26T00:00", BERLIN), 0, 5 * HOUR_US
    )
    short_night = berlin.between(
        local_us("2026-03-29T00:00", BERLIN), local_us("2026-03-30T00:00", BERLIN), 0, 5 * HOUR_US
    )
    assert [int(hours.end_us[0] - hours.start_us[0]) // HOUR_US for hours in (long_night, short_night)] == [6, 4]


def test_where_an_hour_is_shown_twice_hours_run_from_its_first_to_its_last_showing() -> None:
    berlin = WorkCalendar(zone=BERLIN)
    day = local_us("2026-10-25T00:00", BERLIN), local_us("2026-10-26T00:00", BERLIN)
    half_past_two = 2 * HOUR_US + HOUR_US // 2
    from_first = berlin.between(*day, half_past_two, 4 * HOUR_US)
    to_last = berlin.between(*day, HOUR_US, half_past_two)
    assert int(from_first.end_us[0] - from_first.start_us[0]) == 5 * HOUR_US // 2
    assert int(to_last.end_us[0] - to_last.start_us[0]) == 5 * HOUR_US // 2


def test_shanghai_kept_summer_time_in_1988() -> None:
    midsummer = PUBLISHED.between(local_us("1988-07-01T00:00"), local_us("1988-07-02T00:00"), 8 * HOUR_US, 9 * HOUR_US)
    assert moment_of(midsummer.start_us[0]).isoformat() == "1988-06-30T23:00:00+00:00"


@given(st.dates(date(2010, 1, 1), date(2026, 12, 20)), st.integers(1, 30))
def test_every_moment_is_of_exactly_one_kind(first: date, length: int) -> None:
    start = us_of(datetime(first.year, first.month, first.day, 5, tzinfo=SHANGHAI))
    end = start + length * 24 * HOUR_US
    kinds = [PUBLISHED.workdays(start, end), PUBLISHED.weekends(start, end), PUBLISHED.holidays(start, end)]
    edges = sorted((int(a), int(b)) for hours in kinds for a, b in zip(hours.start_us, hours.end_us, strict=True))
    assert edges[0][0] <= start
    assert end <= edges[-1][1]
    assert [b for _, b in edges[:-1]] == [a for a, _ in edges[1:]]


def test_every_day_since_2007_agrees_with_the_published_schedules() -> None:
    if not SCHEDULES.is_dir():
        pytest.skip(f"the State Council's schedules are not at {SCHEDULES}")
    listed = {
        date.fromisoformat(entry["date"]): bool(entry["isOffDay"])
        for file in SCHEDULES.glob("*.json")
        for entry in json.loads(file.read_text())["days"]
    }
    every_day = days(date(2007, 1, 1), date(2026, 12, 31))
    is_off = {day: listed.get(day, day.weekday() >= 5) for day in every_day}
    assert [day for day in every_day if PUBLISHED.day(day).is_off != is_off[day]] == []
    holidays = {
        day
        for off, run in groupby(every_day, is_off.__getitem__)
        for members in [list(run)]
        if off and any(day in listed for day in members)
        for day in members
    }
    ours = {day for day in every_day if PUBLISHED.day(day).kind is DayKind.HOLIDAY}
    assert ours ^ holidays == set()
