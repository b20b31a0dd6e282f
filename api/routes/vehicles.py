"""Finding a vehicle, and its week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.car_state import car_state
from api.day_strips import day_strips
from api.deps import Conn, Pages, TheSite
from api.looks import TheLooks
from api.permission import Permission, TheScope, may
from api.places import names_of_stops
from api.problem import not_found
from api.render import is_fragment
from api.site import Site
from api.violation_query import part_of_plate
from api.work_days import calendar_notice, work_calendar
from fleet.week import Week
from rules.papers import fault_of
from store import timelines, vehicles, violations
from store.violations import Filter, Sorting
from store.zones import zones

router = APIRouter(dependencies=[Depends(may(Permission.SEE_TRACKS))])

PAGE_ROWS = 60
COUNTED = timedelta(days=30)
"""Violations counted beside a vehicle."""

VehicleId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/vehicles")
async def search_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    q: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Vehicles by a part of their plate or of their unit's name."""
    text = wanted_text(q)
    now = site.now()
    rows = await vehicles.search(
        conn, text, scope=scope, now=now, since=now - COUNTED, after=after.replace("\0", ""), limit=PAGE_ROWS + 1
    )
    values: dict[str, Any] = {
        "q": q,
        "rows": rows[:PAGE_ROWS],
        "states": {row.id: car_state(row.seen_at, row.speed_kmh, now) for row in rows},
        "next_after": rows[PAGE_ROWS - 1].plate if len(rows) > PAGE_ROWS else None,
    }
    if after and is_fragment(request):
        return pages.page(request, "vehicle_rows.html", **values)
    values["count"] = await vehicles.count(conn, text, scope=scope)
    return pages.page(request, "vehicle_list.html" if is_fragment(request) else "vehicles.html", **values)


@router.get("/vehicles/{vehicle_id}")
async def week_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    looks: TheLooks,
    vehicle_id: VehicleId,
    week: str = "",
) -> Response:
    """One vehicle's week: the latest one in which it reported, unless one is asked for."""
    now = site.now()
    vehicle = await vehicles.one(conn, vehicle_id, scope=scope, now=now, since=now - COUNTED)
    if vehicle is None:
        raise not_found(f"编号为 {vehicle_id} 的车辆", f"vehicle {vehicle_id}")
    shown = asked_week(site, week, vehicle.seen_at)
    since, until = site.start_of(shown.monday), site.start_of(shown.after)
    done = await timelines.timeline(conn, vehicle_id, since, until)
    # A violation that began the week before may reach into this one.
    wanted = Filter(vehicle_id=vehicle_id, since=since - timedelta(days=7), until=until)
    found = await violations.page(conn, wanted, scope=scope, sorting=Sorting.OLDEST, limit=200)
    standing = [row for row in found.rows if row.end_at > since]
    calendar = await work_calendar(conn, site)
    page = pages.page(
        request,
        "vehicle.html",
        vehicle=vehicle,
        state=car_state(vehicle.seen_at, vehicle.speed_kmh, now),
        week=shown,
        done=done,
        violations=standing,
        strips=day_strips(site, shown, calendar, done, standing),
        calendar_notice=await calendar_notice(conn, site, calendar),
        quality=await timelines.quality(conn, vehicle_id, since, until),
        has_next=until <= now,
        order_fault=fault_of,
        stops=list(zip(done.stops, names_of_stops(done.stops, await zones(conn)), strict=True)),
    )
    await looks.at_track(conn, "week", vehicle.plate, since, until)
    return page


def wanted_text(q: str) -> str:
    """A plate as plates are kept when it looks like a part of one, else the text as it is."""
    text = q.replace("\0", "").strip()
    plate = part_of_plate(text)
    return plate if any(character.isascii() and character.isalnum() for character in plate) else text


def asked_week(site: Site, text: str, seen_at: datetime | None) -> Week:
    """The week in the address; else the one of the newest position; else this one. Raises 404 for no week."""
    if text:
        try:
            return Week.read(text)
        except ValueError:
            raise not_found(f"“{text}”这一周，应写作 2026-W40", f"week “{text}”; write 2026-W40") from None
    return Week.of(seen_at.astimezone(site.time_zone).date() if seen_at else site.today())
