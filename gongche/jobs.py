"""The jobs that ``gongche work`` does by itself: a line each in ``JOBS``, the list to add to.

A job is done in one transaction, together with the note that it is done: what it writes to the database happens once,
whatever is killed. What it does outside of the database must be prepared there (an outbox) and sent by another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from fleet.week import Week
from gongche.campaigning import close, follow_calendar, tell_digest, tell_sealing
from gongche.drawing import SYSTEM, SYSTEM_ROLE, commit_week, draw_week
from gongche.reminding import remind
from gongche.settings import Settings
from oversight.campaign import CLOSES_AT, DIGEST_AT, OPENS_AT, SEALED_BY
from oversight.draw import Terms
from oversight.draw_duty import DRAWN
from oversight.jobs import (
    FRIDAY,
    Schedule,
    beginning_of_holidays,
    closing_of_campaigns,
    days_of_holidays,
    every_day,
    every_week,
    every_workday,
    opening_of_campaigns,
)
from store import draws
from store.database import Connection


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is handed: a connection in the job's transaction, the clock, the settings."""

    conn: Connection
    settings: Settings
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` is told the key of the occurrence, and says whether it is done: if not, what it did so far stands and it
    is called again at the next look. What it raises undoes what it did and has it tried again after a pause."""

    name: str
    zh: str
    schedule: Schedule
    run: Callable[[Work, str], Awaitable[bool]]


async def commit_seed(work: Work, key: str) -> bool:
    """Commits the seed of a week, unless somebody was earlier."""
    week = Week.read(key)
    if await draws.standing(work.conn, week) is None:
        await commit_week(work.conn, week, at=work.now(), by=SYSTEM, role=SYSTEM_ROLE)
    return True


async def draw_cars(work: Work, key: str) -> bool:
    """Draws a week's cars, unless somebody was earlier. Where the seed was not committed in time that is done first,
    and stands before the frame is known."""
    week, settings = Week.read(key), work.settings
    if await draws.standing(work.conn, week) is not None:
        return True
    if not await draws.commitments(work.conn, week):
        await commit_week(work.conn, week, at=work.now(), by=SYSTEM, role=SYSTEM_ROLE)
        return False
    terms = Terms(settings.draw_share_percent, settings.draw_overdue_weeks)
    await draw_week(work.conn, week, at=work.now(), by=SYSTEM, role=SYSTEM_ROLE, terms=terms, zone=settings.zone)
    return True


async def remind_of_cases(work: Work, _: str) -> bool:
    """Writes down what is due to be sent about cases and points, with a letter for each. A day that was missed is as
    good as done: what is due is looked for as it stands now."""
    settings = work.settings
    await remind(work.conn, settings.office, settings.zone, work.now())
    return True


async def follow_campaigns(work: Work, _: str) -> bool:
    """Has open campaigns follow the calendar, and opens what it has made due in the meantime."""
    await follow_calendar(work.conn, work.settings, work.now())
    return True


async def open_campaign(work: Work, key: str) -> bool:
    """Opens a campaign, unless that was done."""
    await follow_calendar(work.conn, work.settings, work.now(), key)
    return True


async def look_at_sealing(work: Work, key: str) -> bool:
    """Tells which cars stand at home two hours into the holiday."""
    return await tell_sealing(work.conn, work.settings, key, work.now())


async def digest_holiday(work: Work, key: str) -> bool:
    """Tells of the day before, on a day of a holiday."""
    campaign, _, day = key.partition("/")
    return await tell_digest(work.conn, work.settings, campaign, date.fromisoformat(day), work.now())


async def close_campaign(work: Work, key: str) -> bool:
    """Sums a holiday up."""
    return await close(work.conn, work.settings, key, work.now())


JOBS = (
    Job("commit_draw", "承诺下周抽签种子", every_week(FRIDAY, time(16), weeks_ahead=1), commit_seed),
    Job("draw", "每周抽签", DRAWN, draw_cars),
    Job("case_reminders", "案件催办", every_workday(time(8, 30)), remind_of_cases),
    Job("campaigns", "假期专项随日历更新", every_day(time(0)), follow_campaigns),
    Job("campaign_open", "启动假期专项", opening_of_campaigns(OPENS_AT), open_campaign),
    Job("campaign_sealing", "假期封存到位情况", beginning_of_holidays(SEALED_BY), look_at_sealing),
    Job("campaign_digest", "假期日报", days_of_holidays(DIGEST_AT), digest_holiday),
    Job("campaign_close", "假期专项小结", closing_of_campaigns(CLOSES_AT), close_campaign),
)
BY_NAME = {job.name: job for job in JOBS}
