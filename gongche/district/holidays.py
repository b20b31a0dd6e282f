"""The holiday campaigns of the demonstration's history, as the jobs would have run them, each at its moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gongche.district.season import LAST_DAY, START
from gongche.jobs import JOBS, Work
from gongche.settings import Settings
from oversight.jobs import due
from store import campaigns
from store.calendar_years import work_calendar
from store.database import Connection, connect

_OF_CAMPAIGNS = [job for job in JOBS if job.name.startswith("campaign")]


async def tell_holidays(dsn: str, settings: Settings) -> int:
    """Opens, digests and closes what lies in the history, once it is judged; how many occurrences there were.

    Nothing where some campaign is there already.
    """
    async with await connect(dsn) as conn, conn.transaction():
        if await campaigns.campaigns(conn):
            return 0
        return await _run(conn, settings, START, START + timedelta(days=(LAST_DAY - START.date()).days + 1))


async def _run(conn: Connection, settings: Settings, since: datetime, until: datetime) -> int:
    calendar = await work_calendar(conn, settings.zone)
    found = [(one, job) for job in _OF_CAMPAIGNS for one in due(job.name, job.schedule, since, until, calendar)]
    found.sort(key=lambda pair: (pair[0].at, _OF_CAMPAIGNS.index(pair[1])))
    for one, job in found:
        await job.run(Work(conn, settings, _at(one.at)), one.key)
    return len(found)


def _at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: moment
