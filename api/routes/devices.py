"""Device health 设备健康: what is wrong with which tracker, and what to do about it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Conn, Pages, TheSite
from api.device_view import (
    REFUSALS_SHOWN,
    Sorting,
    Wanted,
    chosen,
    counts,
    is_lately,
    password_command,
    refusal_advice,
    refused_sign_ins,
    seen_refusals,
    seen_trackers,
    sees_cars,
    shown_days,
)
from api.permission import Permission, TheScope, may
from api.problem import not_found
from api.render import is_fragment
from ingest.reasons import told_in
from oversight.tracker_health import SHARES_DAYS, SHOWN_DAYS, Trouble, are_we_behind, is_ahead, is_clock_off
from store.platform import lasting_silence

router = APIRouter(dependencies=[Depends(may(Permission.SEE_DEVICES))])

PAGE_ROWS = 100


@router.get("/devices")
async def devices_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    show: Wanted | Trouble = Wanted.ALL,
    sort: Sorting = Sorting.WORST,
    q: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Trackers by what is wrong with them, the worst first."""
    user = request.state.user
    found = await seen_trackers(conn, site, scope, user)
    rows = chosen(found, show, q.replace("\0", ""), sort)
    is_list = is_fragment(request)
    return pages.page(
        request,
        "device_list.html" if is_list else "devices.html",
        rows=rows[after : after + PAGE_ROWS],
        count=len(rows),
        after=after,
        next_after=after + PAGE_ROWS if after + PAGE_ROWS < len(rows) else None,
        counts=counts(found),
        shown=show,
        sorting=sort,
        sortings=list(Sorting),
        q=q,
        days=SHARES_DAYS,
        now=site.now(),
        sees_cars=sees_cars(user),
        silence=await lasting_silence(conn),
        we_are_behind=are_we_behind([one.health for one in found]),
        is_clock_off=is_clock_off,
        is_ahead=is_ahead,
        words=told_in,
        refusals=[] if is_list else await seen_refusals(conn, site, scope),
        refusals_shown=REFUSALS_SHOWN,
        refusal_advice=refusal_advice,
        password_command=password_command,
    )


@router.get("/devices/one")
async def device_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    tracker: Annotated[str, Query(min_length=1, max_length=64)],
) -> Response:
    """One tracker with its last days."""
    code = tracker.replace("\0", "")
    found = await seen_trackers(conn, site, scope, request.state.user, code)
    if not found:
        raise not_found(f"编号为 {code} 的定位终端", f"tracker {code}")
    refused = await refused_sign_ins(conn, scope, code)
    return pages.page(
        request,
        "device.html",
        one=found[0],
        rows=await shown_days(conn, site, scope, found[0]),
        days=SHARES_DAYS,
        shown_days=SHOWN_DAYS,
        now=site.now(),
        sees_cars=sees_cars(request.state.user),
        is_clock_off=is_clock_off,
        is_ahead=is_ahead,
        words=told_in,
        refused=refused,
        refused_lately=refused is not None and is_lately(site, refused),
        password_command=password_command,
    )
