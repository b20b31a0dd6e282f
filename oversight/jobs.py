"""When jobs 定时任务 are due: pure functions of the local day and the work calendar.

A job has an occurrence for each period, known by its key (a week, a day). What is due and not done follows from the
schedule and from the moment through which it was looked at before, so what falls into a time when nobody looked is
found afterwards, each occurrence once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fleet.week import Week
from oversight.campaign import Campaign, campaigns_near
from rules.calendar import WorkCalendar

Schedule = Callable[[date, WorkCalendar], Iterable[tuple[str, time]]]
"""Of a local day: keys of the occurrences that are due on it, and from which local time on."""

_DAY = timedelta(days=1)
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence of a job, and since when it is due."""

    job: str
    key: str
    at: datetime


def due(job: str, schedule: Schedule, through: datetime, now: datetime, calendar: WorkCalendar) -> list[Due]:
    """The occurrences that became due after ``through`` and until ``now``, by their moments."""
    found = []
    day, last = (moment.astimezone(calendar.zone).date() for moment in (through, now))
    while day <= last:
        for key, clock in schedule(day, calendar):
            at = datetime.combine(day, clock, calendar.zone).astimezone(UTC)
            if through < at <= now:
                found.append(Due(job, key, at))
        day += _DAY
    return sorted(found, key=lambda one: (one.at, one.key))


def every_day(at: time) -> Schedule:
    """By the day."""
    return lambda day, _: [(day.isoformat(), at)]


def every_workday(at: time) -> Schedule:
    """By the day, on workdays; of a day that no schedule knows the weekday decides."""
    return lambda day, calendar: [] if calendar.day(day).is_off else [(day.isoformat(), at)]


def every_week(weekday: int, at: time, *, weeks_ahead: int = 0) -> Schedule:
    """On one day of each week (Monday is 0), for that week or one after it."""

    def on(day: date, _: WorkCalendar) -> Iterator[tuple[str, time]]:
        if day.weekday() == weekday:
            yield str(Week.of(day + weeks_ahead * 7 * _DAY)), at

    return on


def first_workday_of_week(at: time) -> Schedule:
    """On the first workday of each week; for a week without any, on the first one after it."""

    def on(day: date, calendar: WorkCalendar) -> Iterator[tuple[str, time]]:
        if calendar.day(day).is_off:
            return
        before = day
        while True:
            if before.weekday() == 0:
                yield str(Week(before)), at
            before -= _DAY
            if not calendar.day(before).is_off:
                return

    return on


def opening_of_campaigns(at: time) -> Schedule:
    """On the day that a holiday campaign opens, by the campaign."""
    return _of_campaigns(lambda campaign, day: [campaign.key] if day == campaign.opens else [], at)


def beginning_of_holidays(at: time) -> Schedule:
    """On the first day of each holiday, by its campaign."""
    return _of_campaigns(lambda campaign, day: [campaign.key] if day == campaign.first else [], at)


def days_of_holidays(at: time) -> Schedule:
    """On each day of each holiday: ``KEY/DAY``."""
    return _of_campaigns(
        lambda campaign, day: [f"{campaign.key}/{day}"] if campaign.first <= day <= campaign.last else [], at
    )


def closing_of_campaigns(at: time) -> Schedule:
    """On the first workday after each holiday, by its campaign."""
    return _of_campaigns(lambda campaign, day: [campaign.key] if day == campaign.closes else [], at)


def _of_campaigns(keys: Callable[[Campaign, date], list[str]], at: time) -> Schedule:
    def on(day: date, calendar: WorkCalendar) -> Iterator[tuple[str, time]]:
        for campaign in campaigns_near(calendar, day):
            for key in keys(campaign, day):
                yield key, at

    return on
