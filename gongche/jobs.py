"""The jobs that ``gongche work`` does by itself: a line each in ``JOBS``, the list to add to.

A job is done in one transaction, together with the note that it is done: what it writes to the database happens once,
whatever is killed. What it does outside of the database must be prepared there (an outbox) and sent by another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time

from fleet.week import Week
from gongche.drawing import SYSTEM, SYSTEM_ROLE, commit_week, draw_week
from gongche.settings import Settings
from oversight.draw import Terms
from oversight.draw_duty import DRAWN
from oversight.jobs import FRIDAY, Schedule, every_week
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


JOBS = (
    Job("commit_draw", "承诺下周抽签种子", every_week(FRIDAY, time(16), weeks_ahead=1), commit_seed),
    Job("draw", "每周抽签", DRAWN, draw_cars),
)
BY_NAME = {job.name: job for job in JOBS}
