"""What pages say of the weekly draw without being asked: a draw that is overdue, sheets that are not signed."""

from __future__ import annotations

from dataclasses import dataclass

from api.site import Site
from api.work_days import work_calendar
from fleet.week import Week
from oversight.draw_duty import overdue
from rules.calendar import WorkCalendar
from store import draws
from store.database import Connection
from store.scope import Scope


@dataclass(frozen=True, slots=True)
class DrawNotice:
    """``overdue``: a week that should have been drawn. ``unsigned``: sheets of last week's draw without signature."""

    overdue: Week | None
    last_week: Week
    unsigned: int


async def draw_notice(conn: Connection, site: Site, scope: Scope, calendar: WorkCalendar | None = None) -> DrawNotice:
    """As of now; ``calendar`` where it was read before. A district without enrolled cars has nothing to draw."""
    last_week = Week.of(site.today()).previous
    found = await draws.standing(conn, last_week)
    unsigned = 0
    if found is not None:
        unsigned = sum(sheet.signed_at is None for sheet in await draws.sheets(conn, found.id, scope=scope))
    missed = overdue(site.now(), await draws.weeks(conn), calendar or await work_calendar(conn, site))
    if missed is not None and not await draws.has_enrolled(conn, site.now()):
        missed = None
    return DrawNotice(missed, last_week, unsigned)
