"""Pages of purchases 购置: the register with its totals, a request with its joint meetings, and what is done to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api import purchasing, session
from api.case_form import Typed
from api.deps import Conn, Pages, TheSite
from api.permission import Permission, TheScope, may, permissions
from api.problem import RefusedError, strange_form
from api.purchase_register import register_workbook
from api.site import Site
from fleet.audit import Deed
from fleet.vehicle import UseClass
from oversight.purchases import Body, Decision, Energy, Step, Vote, possible, totals_of
from store import audit, purchases
from store.database import Connection, transaction
from store.purchases import PurchaseRow, waits_for
from store.scope import Scope
from store.users import User

router = APIRouter()

PurchaseId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Field = Annotated[str, Form(max_length=200)]
_Text = Annotated[str, Form(max_length=4000)]
_Year = Annotated[int | None, Query(ge=2000, le=2198)]
_See, _Request = Depends(may(Permission.SEE_PURCHASES)), Depends(may(Permission.REQUEST_PURCHASES))
_Work, _Decide = Depends(may(Permission.WORK_PURCHASES)), Depends(may(Permission.DECIDE_PURCHASES))
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/purchases", dependencies=[_See])
async def register_page(
    request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope, year: _Year = None
) -> Response:
    """The register with its totals, of all years or of one, and what is next for the reader."""
    return await _register(request, conn, pages, site, scope, year)


async def _register(
    request: Request, conn: Connection, pages: Pages, site: Site, scope: Scope, year: int | None, **more: Any
) -> Response:
    error: RefusedError | None = more.pop("refused", None)
    user: User = request.state.user
    may_do = permissions(user)
    rows = await purchases.listed(conn, scope=scope, **within(site, year))
    called = await purchases.meetings(conn, [row.id for row in rows])
    steps = {row.id: waits_for(row, called[row.id][-1] if row.id in called else None) for row in rows}
    cars = await purchases.replaceable(conn, scope=scope) if Permission.REQUEST_PURCHASES in may_do else []
    return pages.page(
        request,
        "purchases.html",
        status=error.status if error else 200,
        rows=rows,
        steps=steps,
        above={row.id: purchasing.above_standard(site, row) for row in rows},
        totals=totals_of([row.counted for row in rows]),
        year=year,
        years=await purchases.years(conn, site.time_zone.key, scope=scope),
        next_one=_next(rows, steps, may_do),
        can_request=Permission.REQUEST_PURCHASES in may_do and user.unit_id is not None,
        cars=[car for car in cars if car.unit_id == user.unit_id],
        uses=list(UseClass),
        bodies=list(Body),
        energies=list(Energy),
        refused=error.error if error else None,
        typed=Typed(more.pop("typed", {})),
    )


def within(site: Site, year: int | None) -> dict[str, datetime | None]:
    """A local year as moments; all of time for none."""
    if year is None:
        return {"since": None, "until": None}
    return {"since": site.start_of(date(year, 1, 1)), "until": site.start_of(date(year + 1, 1, 1))}


def _next(rows: list[PurchaseRow], steps: dict[int, Step | None], may_do: frozenset[Permission]) -> PurchaseRow | None:
    """The oldest request that waits for the reader; for a head first of all those to decide."""
    wanted: list[set[Step]] = []
    if Permission.DECIDE_PURCHASES in may_do:
        wanted.append({Step.DECIDE})
    if Permission.WORK_PURCHASES in may_do:
        wanted.append({Step.MEETING, Step.VOTE})
    oldest_first = [*reversed(rows)]
    return next((row for some in wanted for row in oldest_first if steps[row.id] in some), None)


@router.post("/purchases", dependencies=[_Request])
async def send_request(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    use_class: _Field = "",
    body: _Field = "",
    model: _Field = "",
    energy: _Field = "",
    displacement_l: _Field = "",
    price_yuan: _Field = "",
    replaces: _Field = "",
    reason: _Text = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """A unit asks for a car."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    typed = {"use_class": use_class, "body": body, "model": model, "energy": energy, "reason": reason}
    typed |= {"displacement_l": displacement_l, "price_yuan": price_yuan, "replaces": replaces}
    typed = {name: _clean(value) for name, value in typed.items()}
    try:
        async with transaction(request.app.state.pool) as conn:
            purchase_id = await purchasing.request(conn, site, request.state.user, scope, typed)
    except RefusedError as error:
        async with transaction(request.app.state.pool) as conn:
            return await _register(request, conn, pages, site, scope, None, refused=error, typed=typed)
    return RedirectResponse(f"/purchases/{purchase_id}", 303)


@router.get("/purchases/register.xlsx", dependencies=[_See])
async def register_file(
    request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope, year: _Year = None
) -> Response:
    """The register as a workbook, in the language of the pages."""
    user: User = request.state.user
    rows = await purchases.listed(conn, scope=scope, **within(site, year))
    say = pages.speech(request)
    content = register_workbook(rows, totals_of([row.counted for row in rows]), say)
    deed = Deed(actor=user.name, role=user.role, act="export_purchases", subject="purchases", details={"year": year})
    await audit.record(conn, deed, site.now())
    name = f"{say.t('purchases.register')}{f'-{year}' if year else ''}.xlsx"
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=_XLSX, headers=headers)


@router.get("/purchases/{purchase_id}", dependencies=[_See])
async def purchase_page(
    request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope, purchase_id: PurchaseId
) -> Response:
    """One request: what is asked for, the joint meetings, the votes, the decision."""
    return await _page(request, conn, pages, site, scope, purchase_id)


async def _page(
    request: Request, conn: Connection, pages: Pages, site: Site, scope: Scope, purchase_id: int, **more: Any
) -> Response:
    error: RefusedError | None = more.pop("refused", None)
    user: User = request.state.user
    may_do = permissions(user)
    row = await purchasing.known(conn, purchase_id, scope)
    called = (await purchases.meetings(conn, [purchase_id])).get(purchase_id, [])
    meeting = called[-1] if called else None
    return pages.page(
        request,
        "purchase.html",
        status=error.status if error else 200,
        row=row,
        above=purchasing.above_standard(site, row),
        meetings=called,
        meeting=meeting,
        votes=await purchases.votes(conn, purchase_id),
        step=waits_for(row, meeting),
        allowed=possible(row.price_yuan, meeting.meeting if meeting else None),
        today=site.today(),
        can_work=Permission.WORK_PURCHASES in may_do and not row.outcome,
        can_decide=Permission.DECIDE_PURCHASES in may_do and not row.outcome,
        can_withdraw=Permission.REQUEST_PURCHASES in may_do and not row.outcome,
        choices=list(Vote),
        refused=error.error if error else None,
        typed=Typed(more.pop("typed", {})),
    )


_Acting = Callable[[Connection], Awaitable[None]]


async def _act(
    request: Request, pages: Pages, site: Site, scope: Scope, purchase_id: int, form_token: str, act: _Acting,
    typed: dict[str, str],
) -> Response:  # fmt: skip
    """Does what a form asks for, or shows the page again with what stands against it and what was typed."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    try:
        async with transaction(request.app.state.pool) as conn:
            await act(conn)
    except RefusedError as error:
        if error.status not in (409, 422):
            raise
        async with transaction(request.app.state.pool) as conn:
            return await _page(request, conn, pages, site, scope, purchase_id, refused=error, typed=typed)
    return RedirectResponse(f"/purchases/{purchase_id}", 303)


@router.post("/purchases/{purchase_id}/withdraw", dependencies=[_Request])
async def withdraw(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    purchase_id: PurchaseId,
    reason: _Text = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """The unit takes its request back."""
    user, said = request.state.user, _clean(reason)

    async def act(conn: Connection) -> None:
        await purchasing.withdraw(conn, site, user, scope, purchase_id, said)

    return await _act(request, pages, site, scope, purchase_id, form_token, act, {"form": "withdraw", "reason": said})


@router.post("/purchases/{purchase_id}/meetings", dependencies=[_Work])
async def call_meeting(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    purchase_id: PurchaseId,
    held_on: _Field = "",
    members: _Text = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """The centre calls a joint meeting."""
    user, typed = request.state.user, {"form": "meeting", "held_on": _clean(held_on), "members": _clean(members)}

    async def act(conn: Connection) -> None:
        await purchasing.call_meeting(conn, site, user, scope, purchase_id, typed["held_on"], typed["members"])

    return await _act(request, pages, site, scope, purchase_id, form_token, act, typed)


@router.post("/purchases/{purchase_id}/votes", dependencies=[_Work])
async def enter_vote(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    purchase_id: PurchaseId,
    vote: Annotated[Vote, Form()],
    member: _Field = "",
    reason: _Text = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """The centre enters a member's vote."""
    user, typed = request.state.user, {"form": "vote", "member": _clean(member), "vote": vote, "reason": _clean(reason)}

    async def act(conn: Connection) -> None:
        await purchasing.enter_vote(conn, site, user, scope, purchase_id, typed["member"], vote, typed["reason"])

    return await _act(request, pages, site, scope, purchase_id, form_token, act, typed)


@router.post("/purchases/{purchase_id}/decision", dependencies=[_Decide])
async def decide(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    purchase_id: PurchaseId,
    decision: Annotated[Decision, Form()],
    approved_yuan: _Field = "",
    reason: _Text = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """The head records what the meeting decided."""
    user = request.state.user
    typed = {"form": "decision", "decision": decision, "approved_yuan": _clean(approved_yuan), "reason": _clean(reason)}

    async def act(conn: Connection) -> None:
        await purchasing.decide(conn, site, user, scope, purchase_id, decision, typed["approved_yuan"], typed["reason"])

    return await _act(request, pages, site, scope, purchase_id, form_token, act, typed)


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()
