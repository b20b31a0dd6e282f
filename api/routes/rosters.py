"""Duty rosters 值班表 for machines: a roster is sent whole, and replaces what changed of the one before."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.deps import Conn, TheSite
from api.looks import record
from api.permission import Permission, TheScope, may
from api.problem import answers, not_found
from api.rows import (
    MOST_ROWS,
    Moment,
    Name,
    Plate,
    RowError,
    Sent,
    Words,
    known_plate,
    plates_within,
    read_rows,
    span_from,
)
from api.violation_query import NO_NUL
from fleet.audit import Detail
from fleet.history import Outcome
from fleet.name import plain_name
from store.database import transaction
from store.rosters import Duty, Roster, duties_of, save_roster
from store.users import User

router = APIRouter(prefix="/api", tags=["rosters"], responses=answers(401, 403, 503))


class DutySent(Sent):
    """A car on duty. Telephone numbers have no place here: they are personal data that nothing needs."""

    plate: Plate
    start: Moment
    end: Moment
    person: Words = ""


class RosterSent(Sent):
    """All duties of a roster."""

    name: Name
    duties: Annotated[list[DutySent], Field(max_length=MOST_ROWS)]


class RosterSaved(BaseModel):
    """How many duties were new, replaced with another person, the same, and withdrawn as they were not sent."""

    new: int
    changed: int
    same: int
    withdrawn: int


class DutyStored(BaseModel):
    """A duty that stands."""

    plate: str
    start: datetime | None
    end: datetime | None
    reason: str


@router.post("/rosters", dependencies=[Depends(may(Permission.ENTER_PAPERS))], responses=answers(400, 411, 413, 422))
async def save(request: Request, site: TheSite, scope: TheScope, body: RosterSent) -> RosterSaved:
    """Makes the duties of a roster those that are sent; a duty that is not is withdrawn. All or nothing.

    When this answers with 200, what it says is stored.
    """
    user: User = request.state.user
    document = hashlib.sha256(body.model_dump_json().encode()).digest()
    async with transaction(request.app.state.pool) as conn:
        plates = await plates_within(conn, scope)
        rows = read_rows(body.duties, lambda one: _read(one, plates), lambda duty: (duty.plate, duty.during))
        name = plain_name(body.name)
        if not name:
            rows.errors[0] = RowError("name", "不能为空", "must not be empty")
        rows.must_be_whole("body.duties")
        saved = await save_roster(
            conn, Roster(name, f"API: {user.name}", document), list(rows.good.values()), scope=scope
        )
        counts = {outcome.value: sum(one is outcome for one in saved.outcomes) for outcome in Outcome}
        if saved.withdrawn or any(one is not Outcome.SAME for one in saved.outcomes):
            cars = sorted({duty.plate for duty in rows.good.values()})
            details: dict[str, Detail | list[Detail]] = {"name": name, "sha256": document.hex(), "plates": [*cars]}
            await record(
                conn, site, user, "save_roster", "rosters", {**details, **counts, "withdrawn": saved.withdrawn}
            )
    return RosterSaved(withdrawn=saved.withdrawn, **counts)


@router.get("/rosters", dependencies=[Depends(may(Permission.SEE_PAPERS))], responses=answers(404, 422))
async def read_one(
    conn: Conn, scope: TheScope, name: Annotated[str, Query(min_length=1, max_length=100, pattern=NO_NUL)]
) -> list[DutyStored]:
    """The duties of a roster that stand, by their start."""
    duties = await duties_of(conn, plain_name(name), scope=scope)
    if not duties:
        raise not_found(f"名为 {name} 的值班表", f"roster {name}")
    return [
        DutyStored(plate=duty.plate, start=duty.during.start, end=duty.during.end, reason=duty.reason)
        for duty in duties
    ]


def _read(sent: DutySent, plates: set[str]) -> Duty:
    person = plain_name(sent.person)
    reason = f"值班：{person}" if person else "值班"
    return Duty(known_plate(sent.plate, plates), span_from(sent.start, sent.end), reason)
