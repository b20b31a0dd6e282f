"""What kind of day a local day is, by docs/rules.md: "Words that come from the calendar and the clock".

The published schedules are those of ``chinesecalendar``, asked day by day; own days stand above them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

from tests.reference.intervals import Intervals, union

LOCAL = ZoneInfo("Asia/Shanghai")
WORKDAY, WEEKEND, HOLIDAY = "workday", "weekend", "holiday"

_DAY = timedelta(days=1)


class OwnDay(NamedTuple):
    """A day that the centre entered: off or worked, of a festival or of none."""

    is_off: bool
    festival: str = ""


OwnDays = Mapping[date, OwnDay]


def kind_of(day: date, own: OwnDays) -> str:
    """What the day is judged as; one that nobody knows as its weekday suggests."""
    if is_unknown(day, own):
        return WEEKEND if day.weekday() >= 5 else WORKDAY
    if not _known_off(day, own):
        return WORKDAY
    return HOLIDAY if any(_festival(other, own) for other in _days_off_around(day, own)) else WEEKEND


def is_unknown(day: date, own: OwnDays) -> bool:
    """Neither an own day nor of a published schedule; from 28 December the next year's counts too."""
    if day in own:
        return False
    late = (day.month, day.day) >= (12, 28)
    return not (_is_published(day.year) and (not late or _is_published(day.year + 1)))


def days_from_to(first_us: int, last_us: int) -> list[date]:
    """Local days from the one before the first moment to the last one's."""
    first = datetime.fromtimestamp(first_us // 1_000_000, LOCAL).date() - _DAY
    last = datetime.fromtimestamp(last_us // 1_000_000, LOCAL).date()
    return [first + number * _DAY for number in range((last - first).days + 1)]


def whole(days: list[date]) -> Intervals:
    """From each day's 00:00 to its 24:00."""
    return union((at_us(day, "00:00"), at_us(day + _DAY, "00:00")) for day in days)


def daily(days: list[date], start: str, end: str) -> Intervals:
    """From one time of day to another, which is on the next day if it is not later."""
    next_day = _DAY if end <= start else timedelta(0)
    return union((at_us(day, start), at_us(day + next_day, end)) for day in days)


def at_us(day: date, clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    return round(datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL).timestamp()) * 1_000_000


def _days_off_around(day: date, own: OwnDays) -> list[date]:
    """The maximal run of days known to be off that a day off lies in."""
    run = [day]
    while _known_off(run[0] - _DAY, own):
        run.insert(0, run[0] - _DAY)
    while _known_off(run[-1] + _DAY, own):
        run.append(run[-1] + _DAY)
    return run


def _known_off(day: date, own: OwnDays) -> bool:
    if day in own:
        return own[day].is_off
    return not is_unknown(day, own) and bool(chinese_calendar.is_holiday(day))


def _festival(day: date, own: OwnDays) -> str:
    """The festival of a day off; one entered without a festival keeps the published day's."""
    if day in own and own[day].festival:
        return own[day].festival
    if is_unknown(day, {}):
        return ""
    is_off, festival = chinese_calendar.get_holiday_detail(day)
    return str(festival) if is_off and festival else ""


def _is_published(year: int) -> bool:
    try:
        chinese_calendar.is_holiday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True
