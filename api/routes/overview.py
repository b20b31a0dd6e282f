"""The overview: where the cars are, what happened since the last workday, how the system is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.campaign_view import current
from api.deps import Conn, Pages, TheSite
from api.draw_notice import draw_notice
from api.live_feed import car_of, count_states
from api.next_steps import steps
from api.permission import Permission, TheScope, may, permissions
from api.site import Site
from api.work_days import calendar_notice, work_calendar, workday_before
from store import overview, violations
from store.database import Connection
from store.scope import Scope
from store.users import User
from store.violations import Alert, Filter

router = APIRouter()

MOST_ALERTS = 30
LATEST = 12


@dataclass(frozen=True, slots=True)
class TodaysAlerts:
    """The newest of them, and how many there are."""

    rows: list[Alert]
    count: int
    since: datetime


@router.get("/", dependencies=[Depends(may(Permission.SEE_OVERVIEW))])
async def overview_page(request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope) -> Response:
    """Everything that somebody wants to know at half past eight, so far as the role may."""
    user: User = request.state.user
    allowed = permissions(user)
    today = site.today()
    calendar = await work_calendar(conn, site)
    since_day = workday_before(calendar, today)
    holidays = calendar.holiday_spans(since_day, today)
    cars: dict[str, Any] = {}
    found = 0
    if Permission.SEE_LIVE in allowed and Permission.SEE_VIOLATIONS in allowed:
        cars = await _of_cars(conn, site, scope, today, since_day)
        found = sum(one.count for one in cars["since_counts"])
    return pages.page(
        request,
        "overview.html",
        today=today,
        day=calendar.day(today),
        holidays=holidays,
        first_after_holiday=any(since_day <= holiday.last < today for holiday in holidays),
        calendar_notice=await calendar_notice(conn, site, calendar),
        open_campaign=await current(conn, site, calendar) if Permission.SEE_CAMPAIGNS in allowed else None,
        draw_notice=await draw_notice(conn, site, scope, calendar) if Permission.SEE_DRAWS in allowed else None,
        since_day=since_day,
        steps=steps(allowed, own_unit=user.unit_id is not None, since_day=since_day, found=found),
        cars=cars,
        system=await overview.system_state(conn, site.start_of(today)) if Permission.SEE_SYSTEM in allowed else None,
    )


async def _of_cars(conn: Connection, site: Site, scope: Scope, today: date, since_day: date) -> dict[str, Any]:
    now = site.now()
    since = Filter(since=site.start_of(since_day))
    return {
        "counts": count_states([car_of(position, now) for position in await overview.live(conn, now, scope=scope)]),
        "alerts": await todays_alerts(conn, site, scope, today),
        "since_counts": await violations.count_by_rule(conn, since, scope=scope),
        "latest": (await violations.page(conn, Filter(), scope=scope, limit=LATEST)).rows,
    }


@router.get("/fragments/alerts", dependencies=[Depends(may(Permission.SEE_LIVE))])
async def alerts_fragment(request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope) -> Response:
    """Today's alerts, for the overview to put in place when one is raised."""
    return pages.page(request, "alerts.html", alerts=await todays_alerts(conn, site, scope, site.today()))


@router.get("/fragments/system", dependencies=[Depends(may(Permission.SEE_SYSTEM))])
async def system_fragment(request: Request, conn: Conn, pages: Pages, site: TheSite) -> Response:
    """The state of the system, for the overview to put in place now and then."""
    return pages.page(request, "system.html", system=await overview.system_state(conn, site.start_of(site.today())))


async def todays_alerts(conn: Connection, site: Site, scope: Scope, today: date) -> TodaysAlerts:
    """Alerts raised on this local day."""
    since = site.start_of(today)
    rows = await violations.alerts(conn, since, MOST_ALERTS, scope=scope)
    return TodaysAlerts(rows, await violations.count_alerts(conn, since, scope=scope), since)
