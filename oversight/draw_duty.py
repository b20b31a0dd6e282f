"""What the weekly draw leaves to be done: whether a week should have been drawn by now. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

from fleet.week import Week
from oversight.jobs import Schedule, due, first_workday_of_week
from rules.calendar import WorkCalendar

DRAWN: Schedule = first_workday_of_week(time(8))
"""When a week is drawn: its first workday, or of a week without any the first one after it."""
GRACE = timedelta(hours=1)
"""So long the program may take to catch up after it was down."""
_LONGEST = timedelta(days=21)


def overdue(now: datetime, drawn: Collection[Week], calendar: WorkCalendar) -> Week | None:
    """The newest week whose draw was due :data:`GRACE` ago and that has none; None where there is no such week.

    Weeks before the first draw are not missed. Where nothing was ever drawn, the newest week that is due counts.
    """
    found = due("draw", DRAWN, now - _LONGEST, now - GRACE, calendar)
    weeks = [Week.read(one.key) for one in found]
    first = min((week.monday for week in drawn), default=max((week.monday for week in weeks), default=None))
    missed = [week for week in weeks if week not in drawn and first is not None and week.monday >= first]
    return max(missed, key=lambda week: week.monday, default=None)
