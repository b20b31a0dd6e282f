"""The work calendar as pages read it: the centre's own days above the published schedule."""

from __future__ import annotations

from datetime import date, timedelta

from api.site import Site
from rules.calendar import OwnDay, WorkCalendar
from store.calendar_days import calendar_days
from store.database import Connection

WARNED_DAYS = 28
"""So long before a day that no schedule knows, the banner asks for it."""


async def work_calendar(conn: Connection, site: Site) -> WorkCalendar:
    """The calendar of now, without what other requests have looked up in it."""
    own = [OwnDay(one.day, one.is_off, one.festival, one.source) for one in await calendar_days(conn)]
    return WorkCalendar(own, zone=site.time_zone)


def workday_before(calendar: WorkCalendar, day: date) -> date:
    """The last workday before a day."""
    before = day - timedelta(days=1)
    while calendar.day(before).is_off:
        before -= timedelta(days=1)
    return before


def unknown_day(calendar: WorkCalendar, today: date) -> date | None:
    """A day of the last month or of the next four weeks that no schedule knows, for the banner."""
    since = today - timedelta(days=31)
    return calendar.first_unknown(since, within_days=31 + WARNED_DAYS)
