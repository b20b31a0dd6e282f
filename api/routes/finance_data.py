"""The finance gate for machines: send a sheet, read checks and rows, appeal and answer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.appeals import answer_appeal, enter_appeal
from api.claims_desk import SheetSent
from api.deps import Conn, TheSite
from api.permission import Permission, may
from api.problem import answers, not_found
from api.routes.finance import XLSX, desk_of
from api.rows import Sent, Words
from api.violation_query import NO_NUL
from oversight.reasons import Verdict
from store import finance
from store.database import transaction
from store.users import User

router = APIRouter(prefix="/api/finance", tags=["finance"], responses=answers(401, 403, 503))

Number = Annotated[int, Path(ge=1, le=2**62)]
_seeing = [Depends(may(Permission.SEE_CLAIMS))]


class CheckTold(BaseModel):
    """A check. ``is_new`` false: the sheet was checked before, and this is what was frozen then."""

    check: int
    sheet: str
    version: int
    replaces: int | None
    checked_at: datetime
    checked_by: str
    totals: dict[str, dict[str, Any]]
    digest: str
    counts: bool
    is_new: bool = False


class RowTold(BaseModel):
    """A row with its frozen verdict; ``answered``: the verdict that an appeal gave."""

    id: int
    line: int
    plate: str
    at: datetime
    type: str
    amount: Decimal
    verdict: str
    reasons: list[dict[str, Any]]
    answered: str | None


class AppealSent(Sent):
    statement: Words
    note: Words = ""


class AnswerSent(Sent):
    verdict: Verdict
    reason: Words


class Entered(BaseModel):
    """The number of what was entered."""

    id: int


@router.post("/checks", dependencies=[Depends(may(Permission.CHECK_CLAIMS))], responses=answers(411, 413, 422))
async def send(
    request: Request,
    conn: Conn,
    site: TheSite,
    name: Annotated[str, Query(min_length=1, max_length=200, pattern=NO_NUL)],
    sheet: Annotated[str | None, Query(max_length=60, pattern=NO_NUL)] = None,
    again: bool = False,
    replaces: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> CheckTold:
    """Checks the sheet that the body is. When this answers with 200, the result is stored."""
    user: User = request.state.user
    content = await request.body()
    sent = SheetSent(
        name=name, content=content, by=user.name, role=user.role, worksheet=sheet, again=again, replaces=replaces
    )
    check_id, is_new = await desk_of(site).check(sent, site.now())
    stored = await finance.check(conn, check_id)
    assert stored is not None
    return _told(stored, is_new)


@router.get("/checks", dependencies=_seeing)
async def listed(conn: Conn) -> list[CheckTold]:
    """The latest checks, newest first."""
    return [_told(one) for one in await finance.checks(conn)]


@router.get("/checks/{check_id}/rows", dependencies=_seeing, responses=answers(404, 422))
async def rows(
    conn: Conn,
    check_id: Number,
    verdict: Annotated[Verdict | None, Query()] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[RowTold]:
    """A check's rows, refused ones first, 1,000 at a time."""
    if await finance.check(conn, check_id) is None:
        raise not_found(f"审核号 {check_id}", f"check {check_id}")
    asked = finance.RowsAsked(verdict and verdict.value, limit=1000, offset=offset)
    return [
        RowTold(
            id=one.id, line=one.line, plate=one.plate_given, at=one.at, type=one.type, amount=one.amount,
            verdict=one.verdict, reasons=one.reasons, answered=one.answered,
        )
        for one in await finance.rows(conn, check_id, asked)
    ]  # fmt: skip


@router.get("/checks/{check_id}/result", dependencies=_seeing, responses=answers(404), response_class=Response)
async def workbook(conn: Conn, site: TheSite, check_id: Number) -> Response:
    """The result as a workbook (XLSX)."""
    made = await desk_of(site).result(conn, check_id)
    if made is None:
        raise not_found(f"审核号 {check_id}", f"check {check_id}")
    return Response(made[1], media_type=XLSX)


@router.post(
    "/rows/{row_id}/appeals", dependencies=[Depends(may(Permission.APPEAL))], responses=answers(400, 404, 409, 422)
)
async def appeal(request: Request, site: TheSite, row_id: Number, body: AppealSent) -> Entered:
    """An appeal against a refusal."""
    async with transaction(request.app.state.pool) as conn:
        made = await enter_appeal(conn, row_id, body.statement, body.note, request.state.user, site.now())
    return Entered(id=made)


@router.post(
    "/appeals/{appeal_id}/answer",
    dependencies=[Depends(may(Permission.ANSWER_APPEALS))],
    responses=answers(400, 404, 409, 422),
)
async def answer(request: Request, site: TheSite, appeal_id: Number, body: AnswerSent) -> Entered:
    """The answer to an appeal, by somebody else than who appealed; the id is the row's."""
    async with transaction(request.app.state.pool) as conn:
        row = await answer_appeal(conn, appeal_id, body.verdict, body.reason, request.state.user, site.now())
    return Entered(id=row)


def _told(one: finance.StoredCheck, is_new: bool = False) -> CheckTold:
    return CheckTold(
        check=one.id, sheet=one.name, version=one.version, replaces=one.replaces, checked_at=one.checked_at,
        checked_by=one.checked_by, totals=one.totals, digest=one.digest, counts=one.counts, is_new=is_new,
    )  # fmt: skip
