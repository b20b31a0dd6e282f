"""What the work calendar says of days, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import chinese_calendar

from api.day_strips import DayKind
from store.calendar_days import CalendarDay


def day_kind(day: date, own: Sequence[CalendarDay]) -> DayKind:
    """Off or worked, and the festival; unknown in a year that neither the centre nor the schedule knows."""
    for one in own:
        if one.day == day:
            return DayKind(one.is_off, one.festival)
    try:
        off, festival = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return DayKind(None)
    return DayKind(off, festival or "")


def workday_before(day: date, own: Sequence[CalendarDay]) -> date:
    """The last workday before a day; the day before where the calendar does not know."""
    before = day - timedelta(days=1)
    while day_kind(before, own).off:
        before -= timedelta(days=1)
    return before


def unknown_years(today: date, own: Sequence[CalendarDay]) -> list[int]:
    """This year when nobody knows its schedule; from December on the next one too."""
    years = [today.year, today.year + 1] if today.month == 12 else [today.year]
    return [year for year in years if day_kind(date(year, 1, 1), own).off is None]
