"""The finance gate's pages: a sheet in, verdicts out; one plate; earlier checks; appeals and their answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from api import problem, session
from api.appeals import answer_appeal, enter_appeal
from api.claims_desk import ClaimsDesk, SheetSent
from api.deps import Conn, Pages, TheSite
from api.permission import Permission, may
from api.problem import RefusedError, not_found
from api.render import is_fragment
from api.site import Site
from fleet.audit import Deed
from oversight.reasons import WORDS, Reason, Verdict
from store import audit, finance
from store.database import transaction
from store.users import User

router = APIRouter(dependencies=[Depends(may(Permission.SEE_CLAIMS))])

PAGE_ROWS = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Number = Annotated[int, Path(ge=1, le=2**62)]


def desk_of(site: Site) -> ClaimsDesk:
    """The finance gate that the program wired in."""
    if site.claims_desk is None:
        raise RefusedError(503, "no_finance_gate", "本服务未启用财务审核", "These pages run without the finance gate")
    return site.claims_desk


async def _front(request: Request, conn: Conn, pages: Pages, status: int = 200, **more: Any) -> Response:
    values: dict[str, Any] = {"refused": None, "told": None, "plate": "", "day": None} | more
    return pages.page(
        request,
        "finance.html",
        status=status,
        checks=await finance.checks(conn),
        appeals=await finance.open_appeals(conn),
        words=WORDS,
        reason_of=Reason,
        **values,
    )


@router.get("/finance")
async def front(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    plate: Annotated[str, Query(max_length=30)] = "",
    day: Annotated[date | None, Query()] = None,
) -> Response:
    """Where finance begins. With a plate: what is known of it on a day."""
    plate = plate.replace("\0", "").strip()
    if not plate:
        return await _front(request, conn, pages, day=site.today())
    on = day or site.today()
    user: User = request.state.user
    told = await desk_of(site).look_up(plate, on, site.now())
    deed = Deed(actor=user.name, role=user.role, act="look_up_plate", subject=told.plate, details={"day": str(on)})
    answer = await _front(request, conn, pages, told=told, plate=plate, day=on)
    await audit.record(conn, deed, site.now())
    return answer


@router.post("/finance/checks", dependencies=[Depends(may(Permission.CHECK_CLAIMS))])
async def check(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    file: Annotated[UploadFile, File()],
    worksheet: Annotated[str, Form(max_length=60)] = "",
    replaces: Annotated[str, Form(max_length=12)] = "",
    again: Annotated[str, Form(max_length=3)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Checks the sheet that is sent; what has to be mended first is told on the same page."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    user: User = request.state.user
    sent = SheetSent(
        name=(file.filename or "claims").replace("\0", ""),
        content=await file.read(),
        by=user.name,
        role=user.role,
        worksheet=worksheet.strip() or None,
        again=bool(again),
        replaces=int(replaces) if replaces.isdecimal() else None,
    )
    try:
        check_id, is_new = await desk_of(site).check(sent, site.now())
    except RefusedError as refused:
        return await _front(request, conn, pages, status=refused.status, refused=refused.error, day=site.today())
    return RedirectResponse(f"/finance/checks/{check_id}{'' if is_new else '?frozen=1'}", 303)


@router.get("/finance/checks/{check_id}")
async def result(
    request: Request,
    conn: Conn,
    pages: Pages,
    check_id: Number,
    verdict: Annotated[Verdict | None, Query()] = None,
    reason: Annotated[Reason | None, Query()] = None,
    plate: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    frozen: Annotated[int, Query()] = 0,
) -> Response:
    """A check's rows, refused ones first; only the rows where htmx asks for more."""
    stored = await finance.check(conn, check_id)
    if stored is None:
        raise not_found(f"审核号 {check_id}", f"check {check_id}")
    asked = finance.RowsAsked(
        verdict and verdict.value, reason and reason.value, _like(plate) or None, PAGE_ROWS + 1, after
    )
    rows = await finance.rows(conn, check_id, asked)
    values: dict[str, Any] = {
        "check": stored,
        "rows": rows[:PAGE_ROWS],
        "next_after": after + PAGE_ROWS if len(rows) > PAGE_ROWS else None,
        "words": WORDS,
        "reason_of": Reason,
    }
    if after and is_fragment(request):
        return pages.page(request, "finance_rows.html", **values)
    values["counts"] = await finance.reason_counts(conn, check_id)
    return pages.page(
        request,
        "finance_check.html",
        verdict=verdict and verdict.value,
        reason=reason and reason.value,
        plate=plate,
        was_frozen=bool(frozen),
        **values,
    )


@router.get("/finance/checks/{check_id}/result")
async def download(request: Request, conn: Conn, site: TheSite, check_id: Number) -> Response:
    """The workbook."""
    made = await desk_of(site).result(conn, check_id)
    if made is None:
        raise not_found(f"审核号 {check_id}", f"check {check_id}")
    user: User = request.state.user
    deed = Deed(actor=user.name, role=user.role, act="export_claims", subject=f"check {check_id}")
    await audit.record(conn, deed, site.now())
    name, content = made
    return Response(content, media_type=XLSX, headers={
        "content-disposition": f"attachment; filename=\"result.xlsx\"; filename*=UTF-8''{quote(name)}"})  # fmt: skip


@router.get("/finance/rows/{row_id}")
async def one_row(request: Request, conn: Conn, pages: Pages, row_id: Number) -> Response:
    """A row with what was frozen with it, and its appeals."""
    row = await finance.row(conn, row_id)
    if row is None:
        raise not_found(f"报销行 {row_id}", f"row {row_id}")
    appeals = await finance.appeals(conn, row_id)
    return pages.page(request, "finance_row.html", row=row, appeals=appeals, words=WORDS, reason_of=Reason)


@router.post("/finance/rows/{row_id}/appeals", dependencies=[Depends(may(Permission.APPEAL))])
async def appeal(
    request: Request,
    site: TheSite,
    row_id: Number,
    statement: Annotated[str, Form(max_length=2000)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """An appeal against a refusal."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    async with transaction(request.app.state.pool) as conn:
        await enter_appeal(conn, row_id, statement, note, request.state.user, site.now())
    return RedirectResponse(f"/finance/rows/{row_id}", 303)


@router.post("/finance/appeals/{appeal_id}/answer", dependencies=[Depends(may(Permission.ANSWER_APPEALS))])
async def answer(
    request: Request,
    site: TheSite,
    appeal_id: Number,
    verdict: Annotated[Verdict, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """The answer to an appeal: a verdict that stands beside the frozen one."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    async with transaction(request.app.state.pool) as conn:
        row_id = await answer_appeal(conn, appeal_id, verdict, reason, request.state.user, site.now())
    return RedirectResponse(f"/finance/rows/{row_id}", 303)


def _like(text: str) -> str:
    """A part of a plate, for a pattern."""
    return text.replace("\0", "").replace("\\", "").replace("%", "").replace("_", "").strip().upper()
