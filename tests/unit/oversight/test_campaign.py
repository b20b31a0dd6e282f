"""Holiday campaigns by the real calendar: which there are, when each opens and closes, what a changed calendar does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.campaign import Campaign, Phase, Standing, Turn, campaigns_near, campaigns_of, turns_due
from oversight.jobs import (
    Schedule,
    beginning_of_holidays,
    closing_of_campaigns,
    days_of_holidays,
    due,
    opening_of_campaigns,
)
from rules.calendar import DayKind, OwnDay, WorkCalendar
from tests.integration.api.builders import local

CALENDAR = WorkCalendar()
DAY = timedelta(days=1)
FIRST, LAST = date(2014, 12, 25), date(2026, 12, 27)
"""Between them every day is known."""

TABLE = """
2025-new-year         2025-01-01 2025-01-01  2024-12-27 2025-01-02  元旦
2025-spring-festival  2025-01-28 2025-02-04  2025-01-24 2025-02-05  春节
2025-qingming         2025-04-04 2025-04-06  2025-04-01 2025-04-07  清明
2025-labour-day       2025-05-01 2025-05-05  2025-04-28 2025-05-06  劳动节
2025-dragon-boat      2025-05-31 2025-06-02  2025-05-28 2025-06-03  端午
2025-national-day     2025-10-01 2025-10-08  2025-09-28 2025-10-09  国庆节、中秋
2026-new-year         2026-01-01 2026-01-03  2025-12-29 2026-01-04  元旦
2026-spring-festival  2026-02-15 2026-02-23  2026-02-12 2026-02-24  春节
2026-qingming         2026-04-04 2026-04-06  2026-04-01 2026-04-07  清明
2026-labour-day       2026-05-01 2026-05-05  2026-04-28 2026-05-06  劳动节
2026-dragon-boat      2026-06-19 2026-06-21  2026-06-16 2026-06-22  端午
2026-mid-autumn       2026-09-25 2026-09-27  2026-09-22 2026-09-28  中秋
2026-national-day     2026-10-01 2026-10-07  2026-09-28 2026-10-08  国庆节
"""
"""The two years' campaigns: days of the holiday, the workday that each opens on and the one that it is closed on.
Make-up workdays (26 January, 27 April, 28 September 2025; 4 January, 14 and 28 February, 9 May, 20 September and
10 October 2026) count as workdays."""


def as_row(one: Campaign) -> str:
    return f"{one.key:21} {one.first} {one.last}  {one.opens} {one.closes}  {one.name_zh}"


def test_the_campaigns_of_two_years_are_those_of_the_published_calendar() -> None:
    found = [as_row(one) for year in (2025, 2026) for one in campaigns_of(CALENDAR, year).campaigns]
    assert found == TABLE.strip().splitlines()


def test_two_festivals_in_one_span_are_one_campaign() -> None:
    (one,) = [one for one in campaigns_of(CALENDAR, 2025).campaigns if "中秋" in one.festivals]
    assert (one.key, one.name_en) == ("2025-national-day", "National Day and Mid-Autumn Festival")


def test_a_year_without_a_schedule_opens_nothing_and_says_since_when() -> None:
    told = campaigns_of(CALENDAR, 2027)
    assert (list(told.campaigns), told.unknown_from) == ([], date(2027, 1, 1))
    assert campaigns_of(CALENDAR, 2026).unknown_from == date(2026, 12, 28), "New Year 2027 may begin in December"
    assert campaigns_of(CALENDAR, 2025).unknown_from is None


def test_when_another_holiday_lies_within_three_workdays_it_opens_on_the_last_one() -> None:
    near = WorkCalendar([OwnDay(date(2026, 9, 29), is_off=True, festival="校庆")])
    keys = {one.key: one for one in campaigns_of(near, 2026).campaigns}
    assert keys["2026-national-day"].opens == date(2026, 9, 30)
    assert keys["2026-0929"].opens == date(2026, 9, 28), "after Mid-Autumn Day there is one workday before it"


def test_a_festival_that_the_office_names_itself_has_a_campaign_too() -> None:
    (found,) = [one for one in campaigns_of(CALENDAR, 2015).campaigns if one.first == date(2015, 9, 3)]
    assert found.key == "2015-0903"


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2026-09-28 07:59", Phase.AHEAD),
        ("2026-09-28 08:00", Phase.BEFORE),
        ("2026-09-30 23:59", Phase.BEFORE),
        ("2026-10-01 00:00", Phase.DURING),
        ("2026-10-07 23:59", Phase.DURING),
        ("2026-10-08 00:00", Phase.AFTER),
        ("2026-10-08 23:59", Phase.AFTER),
        ("2026-10-09 00:00", Phase.CLOSED),
    ],
)
def test_phases_follow_local_time(moment: str, phase: Phase) -> None:
    one = next(one for one in campaigns_of(CALENDAR, 2026).campaigns if one.key == "2026-national-day")
    assert one.phase(local(moment), CALENDAR) is phase


@given(st.dates(FIRST, LAST))
def test_every_holiday_day_lies_in_exactly_one_campaign_and_no_other_day_in_any(day: date) -> None:
    holding = {one.key for one in campaigns_near(CALENDAR, day) if one.first <= day <= one.last}
    assert len(holding) == (CALENDAR.day(day).kind is DayKind.HOLIDAY)


@given(st.dates(FIRST, LAST))
def test_campaigns_open_and_close_on_workdays_and_do_not_open_in_another_holiday(day: date) -> None:
    for one in campaigns_near(CALENDAR, day):
        assert not CALENDAR.day(one.opens).is_off
        assert not CALENDAR.day(one.closes).is_off
        assert all(CALENDAR.day(one.last + n * DAY).is_off for n in range(1, (one.closes - one.last).days))
        workdays = [n for n in range((one.first - one.opens).days) if not CALENDAR.day(one.opens + n * DAY).is_off]
        assert len(workdays) in (1, 3)


SCHEDULES = {
    "open": opening_of_campaigns(time(8)),
    "sealing": beginning_of_holidays(time(2)),
    "digest": days_of_holidays(time(8)),
    "close": closing_of_campaigns(time(8)),
}


def test_over_two_years_each_campaign_is_due_once_and_each_day_of_it_has_its_digest() -> None:
    campaigns = [one for year in (2025, 2026) for one in campaigns_of(CALENDAR, year).campaigns]
    since, until = local("2024-12-20 00:00"), local("2026-12-20 00:00")
    keys = {name: [one.key for one in due(name, on, since, until, CALENDAR)] for name, on in SCHEDULES.items()}
    for name in ("open", "sealing", "close"):
        assert keys[name] == [one.key for one in campaigns]
    assert keys["digest"] == [f"{one.key}/{day}" for one in campaigns for day in one.days]


@given(st.lists(st.integers(0, 60 * 24 * 40), max_size=12), st.sampled_from(sorted(SCHEDULES)))
def test_whenever_one_looks_each_occurrence_is_found_once(looks_min: list[int], name: str) -> None:
    begin, schedule = datetime(2026, 9, 10, 3, 7, tzinfo=UTC), SCHEDULES[name]
    moments = sorted({0, *looks_min, 60 * 24 * 40})
    looks = [begin + timedelta(minutes=minute) for minute in moments]
    one_by_one = [one for before, now in pairwise(looks) for one in due(name, schedule, before, now, CALENDAR)]
    assert one_by_one == due(name, schedule, looks[0], looks[-1], CALENDAR)
    assert len({one.key for one in one_by_one}) == len(one_by_one) > 0


def on_days(schedule: Schedule, since: str, until: str) -> list[tuple[str, datetime]]:
    return [(one.key, one.at) for one in due("job", schedule, local(since), local(until), CALENDAR)]


def test_the_digests_of_a_holiday_are_due_at_eight_of_its_days() -> None:
    assert on_days(SCHEDULES["digest"], "2026-06-18 12:00", "2026-06-23 00:00") == [
        ("2026-dragon-boat/2026-06-19", local("2026-06-19 08:00")),
        ("2026-dragon-boat/2026-06-20", local("2026-06-20 08:00")),
        ("2026-dragon-boat/2026-06-21", local("2026-06-21 08:00")),
    ]


# The calendar changes ---------------------------------------------------------------------------------------

NATIONAL = next(one for one in campaigns_of(CALENDAR, 2026).campaigns if one.key == "2026-national-day")
LONGER = WorkCalendar([OwnDay(date(2026, 10, 8), is_off=True, festival="国庆节")])
NONE_AT_ALL = WorkCalendar([OwnDay(date(2026, 10, day), is_off=False) for day in range(1, 8)])


def turns(calendar: WorkCalendar, moment: str, *standing: Standing, also: str | None = None) -> list[tuple[Turn, str]]:
    known = {one.campaign.key: one for one in standing}
    return [(turn, one.key) for turn, one in turns_due(known, calendar, local(moment), also)]


OPEN = Standing(NATIONAL, Turn.OPENED)


def test_it_is_opened_when_it_is_due_and_not_again() -> None:
    assert turns(CALENDAR, "2026-09-28 07:59") == []
    assert turns(CALENDAR, "2026-09-28 08:00") == [(Turn.OPENED, NATIONAL.key)]
    assert turns(CALENDAR, "2026-10-07 23:59") == [(Turn.OPENED, NATIONAL.key)], "late, but while it still matters"
    assert turns(CALENDAR, "2026-10-08 00:00") == []
    assert turns(CALENDAR, "2026-10-08 00:00", also=NATIONAL.key) == [(Turn.OPENED, NATIONAL.key)]
    assert turns(CALENDAR, "2027-03-01 00:00", also=NATIONAL.key) == [(Turn.OPENED, NATIONAL.key)]
    assert turns(CALENDAR, "2026-09-29 08:00", OPEN) == []


def test_before_it_begins_a_changed_calendar_moves_or_withdraws_it() -> None:
    assert turns(LONGER, "2026-09-29 08:00", OPEN) == [(Turn.MOVED, NATIONAL.key)]
    assert turns(NONE_AT_ALL, "2026-09-29 08:00", OPEN) == [(Turn.WITHDRAWN, NATIONAL.key)]


def test_after_it_began_the_change_is_told_and_it_goes_on_by_its_new_days() -> None:
    assert turns(LONGER, "2026-10-03 08:00", OPEN) == [(Turn.CHANGED, NATIONAL.key)]
    assert turns(NONE_AT_ALL, "2026-10-03 08:00", OPEN) == [(Turn.GONE, NATIONAL.key)]


def test_what_is_withdrawn_opens_again_when_its_holiday_is_back() -> None:
    withdrawn = Standing(NATIONAL, Turn.WITHDRAWN)
    assert turns(NONE_AT_ALL, "2026-09-29 08:00", withdrawn) == []
    assert turns(CALENDAR, "2026-09-29 08:00", withdrawn) == [(Turn.OPENED, NATIONAL.key)]


def test_a_closed_one_stays_as_it_was() -> None:
    assert turns(LONGER, "2026-10-09 08:00", Standing(NATIONAL, Turn.OPENED, is_closed=True)) == []


def test_a_schedule_that_is_not_known_any_more_withdraws_nothing() -> None:
    entered = WorkCalendar([OwnDay(date(2098, 10, 1), is_off=True, festival="国庆节")], entered_years=[2098])
    (one,) = campaigns_of(entered, 2098).campaigns
    assert turns(WorkCalendar(), "2098-09-29 08:00", Standing(one, Turn.OPENED)) == []
