"""Deadlines in working days, by the work calendar: the day that an act falls on does not count, make-up workdays do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fleet.clock import day_start_us, local_day, moment_of, us_of
from oversight.case import Case, Step
from oversight.office import Office
from rules.calendar import DayKind, WorkCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The last local day on which it is in time. ``provisional``: a day on the way there is UNKNOWN to the calendar."""

    day: date
    provisional: bool


def workdays_after(calendar: WorkCalendar, day: date, workdays: int) -> Due:
    """The last of so many workdays that follow a day. Of an UNKNOWN day its weekday counts, and that is told."""
    provisional, left = False, workdays
    while left > 0:
        day += _DAY
        known = calendar.day(day)
        provisional |= known.kind is DayKind.UNKNOWN
        left -= not known.is_off
    return Due(day, provisional)


def workday_before(calendar: WorkCalendar, day: date) -> date:
    """The last workday before a day."""
    day -= _DAY
    while calendar.day(day).is_off:
        day -= _DAY
    return day


def workdays_late(calendar: WorkCalendar, due: date, today: date) -> int:
    """How many workdays after a deadline it is: 0 up to it, and on days off that follow it at once."""
    days = (due + _DAY * n for n in range(1, (today - due).days + 1))
    return sum(not calendar.day(day).is_off for day in days)


def due_of(case: Case, calendar: WorkCalendar, office: Office) -> Due | None:
    """By when what the case waits for is to be done; None when it waits for nothing."""
    return due_on(case.step, case.since, case.told_deadline, calendar, office)


def due_on(step: Step | None, since: datetime, told: date | None, calendar: WorkCalendar, office: Office) -> Due | None:
    """By when a step that began ``since`` is to be done: on the day that was told, else after the office's workdays."""
    if step is None:
        return None
    if told is not None:
        return Due(told, False)
    return workdays_after(calendar, local_day(us_of(since), calendar.zone), office.workdays[step])


def is_past(due: Due, at: datetime, calendar: WorkCalendar) -> bool:
    """Whether the deadline is over at a moment: its last day ends at local midnight."""
    return at >= moment_of(day_start_us(due.day + _DAY, calendar.zone))
