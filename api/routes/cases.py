"""Pages of cases 案件: the list, one with what is to be done next, the rectification ledger 台账, points of units."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from api import casework, session
from api.case_form import ActSent, Typed, read_papers
from api.case_view import row_of, view_of
from api.casework import Worker, invalid
from api.deps import Conn, Pages, TheSite
from api.permission import Permission, TheScope, may
from api.problem import RefusedError, not_found, strange_form
from api.render import is_fragment
from api.violation_query import NO_NUL, part_of_plate
from api.work_days import calendar_notice, work_calendar
from fleet.decision import Outcome
from oversight import points as unit_points
from oversight.case import State
from oversight.sanction import SanctionKind
from store import cases, draws, points, tips, vehicles
from store.database import transaction
from store.users import User

router = APIRouter()

CaseId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_SEE = [Depends(may(Permission.SEE_CASES))]
STATES = ("open", *State, "all")


@router.get("/cases", dependencies=_SEE)
async def case_list(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    state: Annotated[str, Query(max_length=20)] = "open",
    unit: Annotated[str, Query(pattern=r"^[0-9]{0,9}$")] = "",
    plate: Annotated[str, Query(max_length=20, pattern=NO_NUL)] = "",
    only: Annotated[str, Query(pattern="^(|mine|overdue)$")] = "",
) -> Response:
    """Cases; those that wait for the reader, or are overdue, where that is asked."""
    who = Worker.of(request.state.user, scope)
    calendar, now = await work_calendar(conn, site), site.now()
    asked = state if state in STATES else "open"
    found = await cases.listed(
        conn, scope=scope, state=asked, unit_id=int(unit) if unit else None, plate=part_of_plate(plate) or None
    )
    rows = [row_of(case, who, now, calendar, site.office) for case in found]
    shown = [row for row in rows if not only or (row.mine if only == "mine" else row.is_late)]
    shown.sort(key=lambda row: (row.due is None, row.due.day if row.due else date.max))
    values: dict[str, Any] = {
        "rows": shown,
        "state": asked,
        "only": only,
        "mine": sum(row.mine for row in rows),
        "overdue": sum(row.is_late for row in rows),
    }
    if is_fragment(request):
        return pages.page(request, "case_list.html", **values)
    return pages.page(
        request,
        "cases.html",
        **values,
        states=STATES,
        unit=unit,
        plate=plate,
        counts=await cases.count_by_state(conn, scope=scope),
        units=await vehicles.units(conn, scope=scope),
        without_case=await cases.without_case(conn, scope=scope),
        calendar_notice=await calendar_notice(conn, site, calendar),
    )


@router.post("/cases", dependencies=[Depends(may(Permission.WORK_CASES))])
async def open_case(
    request: Request,
    site: TheSite,
    scope: TheScope,
    violation_id: Annotated[int, Form(ge=1, le=2**63 - 1)],
    text: Annotated[str, Form(max_length=4000)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Opens a case with a violation and leads to it."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    async with transaction(request.app.state.pool) as conn:
        who = Worker.of(request.state.user, scope)
        case_id = await casework.open_case(conn, site, who, violation_id, text.replace("\0", "").strip())
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.get("/cases/{case_id}", dependencies=_SEE)
async def case_page(request: Request, conn: Conn, pages: Pages, scope: TheScope, case_id: CaseId) -> Response:
    """One case: its violations, what was done, by when what is due, and the next act as a form."""
    return await _page(request, conn, pages, scope, case_id)


async def _page(
    request: Request,
    conn: Conn,
    pages: Pages,
    scope: TheScope,
    case_id: int,
    *,
    refused: RefusedError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    site = pages.site
    listed = await cases.one(conn, case_id, scope=scope)
    if listed is None:
        raise not_found(f"编号为 {case_id} 的案件", f"case {case_id}")
    calendar, now = await work_calendar(conn, site), site.now()
    who = Worker.of(request.state.user, scope)
    return pages.page(
        request,
        "case.html",
        status=refused.status if refused else 200,
        view=await view_of(conn, listed, who, now, calendar, site.office),
        tip=await tips.of_case(conn, case_id, scope=scope),
        sheet=await draws.sheet_of_case(conn, case_id),
        today=site.today(),
        refused=refused.error if refused else None,
        typed=Typed(typed or {}),
        outcomes=list(Outcome),
        kinds=list(SanctionKind),
        calendar_notice=await calendar_notice(conn, site, calendar),
    )


@router.post(
    "/cases/{case_id}/acts",
    dependencies=[Depends(may(Permission.SEE_CASES))],  # which act needs which duty stands in oversight.case_acts
)
async def act(request: Request, pages: Pages, site: TheSite, scope: TheScope, case_id: CaseId) -> Response:
    """Does something to the case. What cannot be done is told on the page, with what was typed."""
    form = await request.form(max_files=8, max_fields=20)
    said = {name: value.replace("\0", "") for name, value in form.items() if isinstance(value, str)}
    if not session.is_own_form(site, request, said.pop(session.FORM_FIELD, "")):
        raise strange_form()
    user: User = request.state.user
    try:
        sent = _read(said)
        papers = await read_papers([one for one in form.getlist("files") if isinstance(one, UploadFile)])
        async with transaction(request.app.state.pool) as conn:
            await casework.act(conn, site, Worker.of(user, scope), case_id, sent.event(user.name, site.now()), papers)
    except RefusedError as error:
        if error.status not in (409, 422):
            raise
        async with transaction(request.app.state.pool) as conn:
            return await _page(request, conn, pages, scope, case_id, refused=error, typed=said)
    return RedirectResponse(f"/cases/{case_id}", 303)


def _read(said: dict[str, str]) -> ActSent:
    try:
        return ActSent.model_validate(said)
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else "act"
        raise invalid(where, f"表单中的 {where} 填写有误", f"{where} in the form cannot be read") from None


@router.get("/cases/{case_id}/files/{file_id}", dependencies=_SEE)
async def case_file(
    conn: Conn, scope: TheScope, case_id: CaseId, file_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    """A paper of a case, to be saved: it is never shown as a page of ours."""
    found = await cases.file(conn, case_id, file_id) if await cases.one(conn, case_id, scope=scope) else None
    if found is None:
        raise not_found(f"编号为 {file_id} 的附件", f"paper {file_id}")
    name, media_type, content = found
    return Response(
        content, media_type=media_type, headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    )


@router.get("/ledger", dependencies=_SEE)
async def ledger(request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope) -> Response:
    """The rectification ledger 台账."""
    rows = await cases.ledger(conn, scope=scope)
    return pages.page(request, "ledger.html", rows=rows, today=site.today())


@router.get("/points", dependencies=_SEE)
async def points_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    year: Annotated[int | None, Query(ge=2020, le=2199)] = None,
) -> Response:
    """Points of units in a year, the one with fewest first."""
    shown = year or site.today().year
    rules = site.office.points
    rows = [(unit, unit_points.left(rules, [unit.change])) for unit in await points.standing(conn, shown, scope=scope)]
    return pages.page(
        request,
        "points.html",
        year=shown,
        this_year=site.today().year,
        rows=[(unit, left, unit_points.reached(rules, left)) for unit, left in rows],
        rules=rules,
    )
