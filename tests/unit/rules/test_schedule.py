"""What looks odd in a year's schedule that was entered by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import chinese_calendar
import pytest
from chinese_calendar.constants import Holiday

from rules.calendar import OwnDay
from rules.schedule import belongs_to, festival_name, oddities


def published(year: int) -> list[OwnDay]:
    """The days that the year's schedule names: off for a festival, or worked for one."""
    found = []
    begins, ends = date(year - 1, 12, 28), date(year, 12, 27)
    for number in range((ends - begins).days + 1):
        day = begins + timedelta(days=number)
        is_off, name = chinese_calendar.get_holiday_detail(day)
        if name:
            found.append(OwnDay(day, is_off, Holiday(name).chinese if is_off else ""))
    return found


def altered(days: list[OwnDay], day: str, **changes: object) -> list[OwnDay]:
    return [replace(own, **changes) if own.day == date.fromisoformat(day) else own for own in days]


def without(days: list[OwnDay], *gone: str) -> list[OwnDay]:
    return [own for own in days if own.day.isoformat() not in gone]


def told(year: int, days: list[OwnDay]) -> list[str]:
    return [odd.en for odd in oddities(year, days)]


@pytest.mark.parametrize("year", [2025, 2026])
def test_nothing_is_odd_in_what_was_published(year: int) -> None:
    assert told(year, published(year)) == []


def test_every_published_year_has_all_festivals_on_likely_days() -> None:
    """Only what the law of those years made otherwise: 11 days by law, and days beside the seven festivals."""
    for year in range(2008, 2025):
        days = [own for own in published(year) if "抗战" not in own.festival and "反法西斯" not in own.festival]
        found = [odd for odd in told(year, days) if "by law it is" not in odd]
        known = {2020: ["no day off for Mid-Autumn", "2020-02-03 is worked", "Spring Festival reaches"]}
        assert all(any(part in odd for part in known.get(year, [])) for odd in found), (year, found)


def test_a_festival_that_is_left_out_is_seen() -> None:
    days = without(published(2026), "2026-06-19", "2026-06-20", "2026-06-21")
    assert told(2026, days) == [
        "no day off for Dragon Boat Festival (端午)",
        "18 weekdays off less 6 make-up workdays is 12; by law it is 13",
    ]


def test_a_wrong_month_is_seen() -> None:
    days = [*without(published(2026), "2026-10-01"), OwnDay(date(2026, 11, 2), True, "国庆节")]
    assert [odd for odd in told(2026, days) if "National" in odd] == [
        "10-01 (National Day) is not off",
        "2026-11-02 is an unlikely day for National Day",
        "National Day reaches from 2026-10-02 to 2026-11-02, which is long",
    ]


def test_off_and_worked_put_the_wrong_way_round_are_seen() -> None:
    days = altered(published(2026), "2026-10-02", is_off=False, festival="")
    assert "2026-10-02 is worked and is no Saturday or Sunday" in told(2026, days)
    days = altered(published(2026), "2026-10-10", is_off=True)
    assert "2026-10-10 is off, without a festival" in told(2026, days)


def test_a_make_up_day_far_from_any_festival_is_seen() -> None:
    days = [*without(published(2026), "2026-10-10"), OwnDay(date(2026, 11, 14), False)]
    assert told(2026, days) == ["2026-11-14 is worked, with no day off within 21 days"]
    near = [*without(published(2026), "2026-10-10"), OwnDay(date(2026, 10, 25), False)]
    assert told(2026, near) == []


def test_an_empty_schedule_is_odd_in_every_way() -> None:
    assert len(oddities(2027, [])) == 7 + 3 + 1 + 1


def test_each_oddity_is_told_in_chinese_too() -> None:
    assert [odd.zh for odd in oddities(2026, without(published(2026), "2026-01-01"))] == [
        "1月1日（元旦）不是休息日",
        "休息的工作日 18 个减去调休上班 6 个为 12，应为法定的 13 天",
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [("五一", "劳动节"), ("国庆/中秋节", "国庆节、中秋"), ("清明节", "清明"), ("建县纪念日", "建县纪念日"), ("", "")],
)
def test_a_festival_has_one_name(written: str, name: str) -> None:
    assert festival_name(written) == name


def test_a_years_schedule_may_begin_in_the_last_days_of_december() -> None:
    assert belongs_to(2027, date(2026, 12, 28))
    assert not belongs_to(2027, date(2026, 12, 27))
    assert not belongs_to(2027, date(2028, 1, 1))
