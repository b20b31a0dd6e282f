"""Waivers 豁免 for machines: emergencies, repairs and what else a rule does not apply for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.deps import Conn, TheSite
from api.looks import record
from api.permission import Permission, TheScope, may
from api.problem import answers
from api.rows import (
    MOST_ROWS,
    Moment,
    Plate,
    RowError,
    RowsSaved,
    Sent,
    Words,
    asked_plate,
    asked_span,
    known_plate,
    plates_within,
    read_rows,
    span_from,
    told,
)
from api.violation_query import NO_NUL
from fleet.order import WaiverKind
from store.database import transaction
from store.orders import NewWaiver, save_waivers, waivers_of
from store.users import User

router = APIRouter(prefix="/api", tags=["waivers"], responses=answers(401, 403, 503))


class WaiverSent(Sent):
    """A waiver. The same vehicle, kind and span again is the same waiver."""

    plate: Plate
    kind: WaiverKind
    start: Moment
    end: Moment
    reason: Words


class WaiverStored(BaseModel):
    """A waiver as it is stored; a duty may come from a roster."""

    plate: str
    kind: WaiverKind
    start: datetime | None
    end: datetime | None
    reason: str
    entered_by: str


@router.post("/waivers", dependencies=[Depends(may(Permission.ENTER_PAPERS))], responses=answers(400, 411, 413, 422))
async def save(
    request: Request,
    site: TheSite,
    scope: TheScope,
    body: Annotated[WaiverSent | Annotated[list[WaiverSent], Field(max_length=MOST_ROWS)], Field()],
    partial: Annotated[bool, Query(description="Take the good rows even when others are refused.")] = False,
) -> RowsSaved:
    """Saves one waiver or several, in the name of who has signed in.

    All or nothing, unless ``partial``. When this answers with 200, what it says is stored.
    """
    user: User = request.state.user
    sent = body if isinstance(body, list) else [body]
    async with transaction(request.app.state.pool) as conn:
        plates = await plates_within(conn, scope)
        rows = read_rows(sent, lambda one: _read(one, plates, user.name), lambda w: (w.plate, w.kind, w.during))
        if not partial:
            rows.must_be_whole()
        waivers = list(rows.good.values())
        changes = await save_waivers(conn, waivers)
        if details := told(waivers, changes, lambda waiver: waiver.plate, _words_of):
            await record(conn, site, user, "save_waivers", "waivers", details)
    return rows.saved([change.outcome for change in changes], [one.plate for one in sent])


@router.get("/waivers", dependencies=[Depends(may(Permission.SEE_PAPERS))], responses=answers(422))
async def find(
    conn: Conn,
    scope: TheScope,
    plate: Annotated[str, Query(max_length=20, pattern=NO_NUL)],
    since: Moment,
    until: Moment,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> list[WaiverStored]:
    """A car's waivers that touch [since, until) and stand, by their start."""
    seen = await plates_within(conn, scope)
    return [
        WaiverStored(
            plate=waiver.plate,
            kind=waiver.kind,
            start=waiver.during.start,
            end=waiver.during.end,
            reason=waiver.reason,
            entered_by=waiver.entered_by,
        )
        for waiver in await waivers_of(conn, asked_plate(plate), asked_span(since, until), limit=limit)
        if waiver.plate in seen
    ]


def _words_of(waiver: NewWaiver) -> str:
    start, end = waiver.during.start, waiver.during.end
    return f"{waiver.plate} {waiver.kind.value} {start.isoformat() if start else ''}/{end.isoformat() if end else ''}"


def _read(sent: WaiverSent, plates: set[str], entered_by: str) -> NewWaiver:
    if not sent.reason.strip():
        raise RowError("reason", "不能为空", "must not be empty")
    during = span_from(sent.start, sent.end)
    return NewWaiver(known_plate(sent.plate, plates), sent.kind, during, sent.reason.strip(), entered_by)
