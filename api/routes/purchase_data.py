"""Purchases 购置 for programs, as JSON: the register with its totals, and one request with meetings and votes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from api import purchasing
from api.deps import Conn, TheSite
from api.permission import Permission, TheScope, may
from api.problem import answers
from api.routes.purchases import within
from api.site import Site
from fleet.vehicle import UseClass
from oversight.purchases import Body, Energy, Step, Vote, totals_of
from store import purchases
from store.purchases import PurchaseRow, StoredMeeting, waits_for

router = APIRouter(prefix="/api", tags=["purchases"], responses=answers(401, 403, 503))
_SEE = [Depends(may(Permission.SEE_PURCHASES))]


class AboveStandard(BaseModel):
    """What is above a standard that the centre has entered: ``price`` (yuan) or ``displacement`` (litres)."""

    what: str
    asked: Decimal
    most: Decimal
    source: str


class PurchaseLine(BaseModel):
    """A request. Money in yuan. ``replaces``: a plate; null too where the reader may not see that car."""

    id: int
    unit: str
    unit_id: int
    use_class: UseClass
    body: Body
    model: str
    energy: Energy
    displacement_l: Decimal | None
    price_yuan: Decimal
    replaces: str | None
    reason: str
    requested_at: datetime
    requested_by: str
    waits_for: Step | None
    outcome: str | None
    approved_yuan: Decimal | None
    end_reason: str | None
    ended_at: datetime | None
    ended_by: str | None
    above_standard: list[AboveStandard]


class Totals(BaseModel):
    """Of the requests listed. What withdrawn ones asked for is in none of the sums."""

    requests: int
    approved: int
    refused: int
    waiting: int
    withdrawn: int
    requested_yuan: Decimal
    approved_yuan: Decimal
    saved_yuan: Decimal


class Register(BaseModel):
    """The register, newest first, with its totals."""

    totals: Totals
    purchases: list[PurchaseLine]


class MemberOfMeeting(BaseModel):
    """A member with the last vote, if there is one."""

    member: str
    vote: Vote | None
    reason: str | None
    at: datetime | None
    entered_by: str | None


class MeetingTold(BaseModel):
    """A joint meeting; the last one counts."""

    number: int
    held_on: date
    called_at: datetime
    called_by: str
    members: list[MemberOfMeeting]


class FullPurchase(PurchaseLine):
    """With its meetings."""

    meetings: list[MeetingTold]


@router.get("/purchases", dependencies=_SEE, responses=answers(422))
async def list_purchases(
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    year: Annotated[int | None, Query(ge=2000, le=2198, description="Local year of the request; all without.")] = None,
) -> Register:
    """The register of the units within the reader's scope."""
    rows = await purchases.listed(conn, scope=scope, **within(site, year))
    called = await purchases.meetings(conn, [row.id for row in rows])
    totals = totals_of([row.counted for row in rows])
    lines = [PurchaseLine(**_line(site, row, called.get(row.id, []))) for row in rows]
    return Register(totals=Totals(**{name: getattr(totals, name) for name in Totals.model_fields}), purchases=lines)


@router.get("/purchases/{purchase_id}", dependencies=_SEE, responses=answers(404, 422))
async def read_purchase(
    conn: Conn, site: TheSite, scope: TheScope, purchase_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> FullPurchase:
    """One request with its meetings and votes."""
    row = await purchasing.known(conn, purchase_id, scope)
    called = (await purchases.meetings(conn, [purchase_id])).get(purchase_id, [])
    return FullPurchase(**_line(site, row, called), meetings=[_meeting(one) for one in called])


def _line(site: Site, row: PurchaseRow, called: list[StoredMeeting]) -> dict[str, Any]:
    same = set(PurchaseLine.model_fields) - {"waits_for", "approved_yuan", "above_standard"}
    return {name: getattr(row, name) for name in same} | {
        "waits_for": waits_for(row, called[-1] if called else None),
        "approved_yuan": None if row.counted.decision is None else row.approved_yuan,
        "above_standard": [
            {"what": one.what, "asked": one.asked, "most": one.most, "source": one.source}
            for one in purchasing.above_standard(site, row)
        ],
    }


def _meeting(one: StoredMeeting) -> MeetingTold:
    members = [
        MemberOfMeeting(member=m.member, vote=m.vote, reason=m.reason, at=m.at, entered_by=m.entered_by)
        for m in one.members
    ]
    return MeetingTold(
        number=one.number, held_on=one.held_on, called_at=one.called_at, called_by=one.called_by, members=members
    )
