"""The work calendar as pages read it: the centre's own days above the published schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from api.site import Site
from rules.calendar import WorkCalendar
from store import calendar_years
from store.calendar_days import waiting_days
from store.database import Connection

WARNED_DAYS = 28
"""So long before a day that no schedule knows, the banner asks for it."""


async def work_calendar(conn: Connection, site: Site) -> WorkCalendar:
    """The calendar of now, without what other requests have looked up in it."""
    return await calendar_years.work_calendar(conn, site.time_zone)


def workday_before(calendar: WorkCalendar, day: date) -> date:
    """The last workday before a day."""
    before = day - timedelta(days=1)
    while calendar.day(before).is_off:
        before -= timedelta(days=1)
    return before


@dataclass(frozen=True, slots=True)
class CalendarNotice:
    """What pages say of the calendar: a day near by that nobody knows, and whose year's schedule is missing; days
    that wait for their second checker."""

    unknown: date | None
    missing_year: int | None
    waiting: int
    first_waiting: date | None


async def calendar_notice(conn: Connection, site: Site, calendar: WorkCalendar | None = None) -> CalendarNotice:
    """The notice of today; ``calendar`` where it was read before."""
    known = calendar or await work_calendar(conn, site)
    unknown = unknown_day(known, site.today())
    # The last days of a known December wait for the next year's schedule.
    missing_year = None if unknown is None else unknown.year + known.knows_year(unknown.year)
    return CalendarNotice(unknown, missing_year, *await waiting_days(conn))


def unknown_day(calendar: WorkCalendar, today: date) -> date | None:
    """A day of the last month or of the next four weeks that no schedule knows, for the banner."""
    since = today - timedelta(days=31)
    return calendar.first_unknown(since, within_days=31 + WARNED_DAYS)
