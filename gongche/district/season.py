"""The demonstration's days: three weeks and a half of autumn 2026 with two holidays and two make-up workdays.

Written out from the State Council's schedule rather than asked from the calendar that judging uses, so that
the two check each other.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fleet.clock import SHANGHAI, us_of

FIRST_DAY = date(2026, 9, 18)
LAST_DAY = date(2026, 10, 11)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1)]

HOLIDAYS = [day for day in DAYS if date(2026, 9, 25) <= day <= date(2026, 9, 27)]
HOLIDAYS += [day for day in DAYS if date(2026, 10, 1) <= day <= date(2026, 10, 7)]
MAKE_UP_WORKDAYS = [date(2026, 9, 20), date(2026, 10, 10)]
WEEKEND_DAYS = [day for day in DAYS if day.weekday() >= 5 and day not in HOLIDAYS and day not in MAKE_UP_WORKDAYS]
WORKDAYS = [day for day in DAYS if day not in HOLIDAYS and day not in WEEKEND_DAYS]

START = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=SHANGHAI)
START_US = us_of(START)
LENGTH_S = len(DAYS) * 86_400.0
"""Drives are told in seconds since ``START``."""


def clock(day: date, hours: int, minutes: float = 0) -> float:
    """Seconds since ``START`` of a local time of day; 24 hours and more run into the next day."""
    return (day - FIRST_DAY).days * 86_400.0 + hours * 3600.0 + minutes * 60.0


def day_of(seconds: float) -> date:
    """The local day of a moment in seconds since ``START``. The zone has no summer time."""
    return FIRST_DAY + timedelta(days=int(seconds // 86_400))


def moment(seconds: float) -> datetime:
    """The moment, to the whole second, in the district's zone."""
    return START + timedelta(seconds=round(seconds))
