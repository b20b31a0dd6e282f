"""Device health 设备健康 for programs, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from api.deps import Conn, TheSite
from api.device_view import Sorting, Wanted, chosen, seen_trackers
from api.permission import Permission, TheScope, may
from api.problem import answers
from api.violation_query import NO_NUL
from oversight.tracker_health import Advice, Examined, Trouble

router = APIRouter(prefix="/api", tags=["devices"], responses=answers(401, 403, 503))


class DeviceTold(BaseModel):
    """A tracker. Counts and shares (of 1) are of the last seven local days, today's included.

    ``parked``: without a fix and with the ignition off, left out of ``fix_share``. ``clock_offset_s``: received minus
    told, the median of the last batches; null where too few came. ``rejected``: by reason, messages that could not be
    read and positions that wait for a fitting. ``plate`` null: on no car, or the reader sees no cars.
    """

    tracker: str
    registered: bool
    plate: str | None
    unit: str | None
    heard_at: datetime | None
    silent_s: float | None
    positions: int
    fixes: int
    parked: int
    repeats: int
    late: int
    fix_share: float | None
    late_share: float | None
    repeat_share: float | None
    clock_offset_s: float | None
    rejected: dict[str, int]
    troubles: list[Trouble]
    advice: Advice | None


@router.get("/devices", dependencies=[Depends(may(Permission.SEE_DEVICES))])
async def device_list(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    show: Wanted | Trouble = Wanted.ALL,
    sort: Sorting = Sorting.WORST,
    tracker: Annotated[str | None, Query(min_length=1, max_length=64, pattern=NO_NUL)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> list[DeviceTold]:
    """Trackers within the reader's scope, the worst first."""
    found = await seen_trackers(conn, site, scope, request.state.user, tracker)
    return [device_told(one, site.now()) for one in chosen(found, show, "", sort)[:limit]]


def device_told(one: Examined, now: datetime) -> DeviceTold:
    """A tracker as programs are told of it."""
    health = one.health
    silent_for = health.silent_for(now)
    return DeviceTold(
        tracker=health.tracker,
        registered=health.id is not None,
        plate=health.plate,
        unit=health.unit,
        heard_at=health.heard_at,
        silent_s=None if silent_for is None else silent_for.total_seconds(),
        positions=health.positions,
        fixes=health.fixes,
        parked=health.parked,
        repeats=health.repeats,
        late=health.late,
        fix_share=health.fix_share,
        late_share=health.late_share,
        repeat_share=health.repeat_share,
        clock_offset_s=health.clock_offset_s,
        rejected=dict(health.rejected),
        troubles=list(one.troubles),
        advice=one.advice,
    )
