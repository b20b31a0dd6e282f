"""The weekly draw 抽查: this week's, each drawn car's sheet, and what the year's draws have reached."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api import problem, session
from api.casework import Worker
from api.deps import Conn, Pages, TheSite
from api.draw_notice import draw_notice
from api.permission import Permission, TheScope, may, permissions
from api.problem import RefusedError, not_found
from api.routes.vehicles import VehicleId
from api.sheet_case import open_case_of_sheet
from api.sheet_facts import sheet_facts, without_paper
from fleet.audit import Deed
from fleet.week import Week
from oversight.sheets import Finding, checked_week, needs_note
from store import audit, draws
from store.database import Connection, transaction
from store.draws import Sheet, StoredDraw
from store.users import User

router = APIRouter(prefix="/draws", dependencies=[Depends(may(Permission.SEE_DRAWS))])

LONGEST_NOTE = 1000
Reviewer = Annotated[User, Depends(may(Permission.REVIEW_SHEETS))]


@router.get("")
async def draw_page(
    request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope, week: str = ""
) -> Response:
    """The newest draw unless a week is asked for: how far its sheets are, by unit, and the next one."""
    weeks = await draws.weeks(conn)
    shown = _read(week) if week else next(iter(weeks), Week.of(site.today()))
    found = await draws.draws(conn, shown)
    sheets = await draws.sheets(conn, found[-1].id, scope=scope) if found else []
    return pages.page(
        request,
        "draws.html",
        week=shown,
        checked=checked_week(shown),
        this_week=Week.of(site.today()),
        weeks=weeks,
        found=found[-1] if found else None,
        told=found[-1].told if found else None,
        sheets=sheets,
        units=[(unit, list(rows)) for unit, rows in groupby(sheets, key=lambda sheet: sheet.unit)],
        signed=sum(sheet.signed_at is not None for sheet in sheets),
        next_sheet=_next(sheets),
        commitment=next(iter(reversed(await draws.commitments(conn, shown))), None),
        draw_notice=await draw_notice(conn, site, scope),
        can_draw=Permission.DRAW_AGAIN in permissions(request.state.user) and shown == Week.of(site.today()),
        longest_reason=LONGEST_NOTE,
    )


@router.post("/{week}/again")
async def draw_again(
    request: Request,
    site: TheSite,
    user: Annotated[User, Depends(may(Permission.DRAW_AGAIN))],
    week: str,
    reason: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Draws this week: for the first time where that is overdue, or again, which takes its reason."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    wanted, why = _read(week), reason.replace("\0", "").strip()
    if site.draw_desk is None or wanted != Week.of(site.today()):
        raise RefusedError(409, "not_now", "只能抽取本周的车辆", "Only this week can be drawn")
    async with transaction(request.app.state.pool) as conn:
        drawn = await draws.standing(conn, wanted) is not None
        if drawn and not why:
            raise RefusedError(422, "reason_wanted", "重抽须说明理由", "Drawing again needs its reason")
        # In a transaction of its own: the seed stands before the frame is known.
        committed_at = site.now()
        await site.draw_desk.commit(
            conn, wanted, at=committed_at, by=user.name, role=user.role, reason=why if drawn else None
        )
    async with transaction(request.app.state.pool) as conn:
        at = max(site.now(), committed_at + timedelta(microseconds=1))
        await site.draw_desk.draw(conn, wanted, at=at, by=user.name, role=user.role)
    return RedirectResponse(f"/draws?week={wanted}", 303)


@router.get("/coverage")
async def coverage_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    year: Annotated[int | None, Query(ge=2000, le=2198)] = None,
) -> Response:
    """By unit how many of its cars the year's draws have reached, and the cars that none has."""
    shown = year or site.today().isocalendar().year
    first, after = (Week(date.fromisocalendar(one, 1, 1)) for one in (shown, shown + 1))
    units, never = await draws.coverage(conn, first, after, at=site.now(), scope=scope)
    this_year = site.today().isocalendar().year
    return pages.page(request, "draw_coverage.html", year=shown, this_year=this_year, units=units, never=never)


@router.get("/{week}/draw.json")
async def published_draw(conn: Conn, week: str) -> Response:
    """The draw as it is published, for anyone to recompute."""
    found = await _standing(conn, _read(week))
    text = json.dumps(found.told, ensure_ascii=False, indent=1)
    headers = {"content-disposition": f'attachment; filename="draw-{week}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get("/{week}/{vehicle_id}")
async def sheet_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.SEE_DRAWS))],
    week: str,
    vehicle_id: VehicleId,
) -> Response:
    """A drawn car's sheet: its week on the map, the facts beside it, and what the reviewer finds."""
    found = await _standing(conn, _read(week))
    sheet = await _sheet(conn, found, vehicle_id, scope=scope)
    checked = checked_week(Week(found.week))
    facts = sheet.facts or await sheet_facts(conn, site, vehicle_id, checked, scope=scope)
    looked = {"week": str(checked), "reason": f"抽查 {week}"}
    await audit.record(conn, _deed(user, "see_track", sheet.plate, looked), site.now())
    return pages.page(
        request,
        "draw_sheet.html",
        week=Week(found.week),
        checked=checked,
        sheet=sheet,
        facts=facts,
        without_paper=without_paper(facts),
        findings=list(Finding),
        moment=datetime.fromisoformat,
        longest_note=LONGEST_NOTE,
        can_open_case=Permission.WORK_CASES in permissions(user),
    )


@router.post("/{week}/{vehicle_id}")
async def sign_sheet(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    user: Reviewer,
    week: str,
    vehicle_id: VehicleId,
    finding: Annotated[Finding, Form()],
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Signs the sheet with the facts as they stand, and goes on to the next one that is not signed."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    note = note.replace("\0", "").strip()
    if needs_note(finding) and not note:
        raise RefusedError(
            422, "note_wanted", "存疑或设备问题须写明情况", "Say what is doubtful, or what the device does"
        )
    found = await _standing(conn, _read(week))
    sheet = await _sheet(conn, found, vehicle_id, scope=scope)
    facts = await sheet_facts(conn, site, vehicle_id, checked_week(Week(found.week)), scope=scope)
    signed = await draws.sign(
        conn, found.id, vehicle_id, finding=finding.value, note=note, facts=facts, by=user.name, at=site.now()
    )
    if not signed:
        raise RefusedError(
            409, "signed_already", "这份抽查记录已经签字，不能改动", "This sheet is signed and does not change"
        )
    details = {"week": week, "finding": finding.value, "note": note}
    await audit.record(conn, _deed(user, "sign_sheet", sheet.plate, details), site.now())
    if finding is Finding.DOUBTFUL and Permission.WORK_CASES in permissions(user):
        return RedirectResponse(f"/draws/{week}/{vehicle_id}", 303)  # to open its case
    after = _next(await draws.sheets(conn, found.id, scope=scope), after=sheet)
    return RedirectResponse(f"/draws/{week}/{after.vehicle_id}" if after else f"/draws?week={week}", 303)


@router.post("/{week}/{vehicle_id}/case")
async def open_case(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    user: Annotated[User, Depends(may(Permission.WORK_CASES))],
    week: str,
    vehicle_id: VehicleId,
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Opens the case of a doubtful sheet."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    found = await _standing(conn, _read(week))
    sheet = await _sheet(conn, found, vehicle_id, scope=scope)
    case_id = await open_case_of_sheet(conn, site, Worker.of(user, scope), found, sheet)
    return RedirectResponse(f"/cases/{case_id}", 303)


def _next(sheets: list[Sheet], after: Sheet | None = None) -> Sheet | None:
    """The next sheet that is not signed: after one, else from the first on."""
    place = next((n + 1 for n, sheet in enumerate(sheets) if after and sheet.vehicle_id == after.vehicle_id), 0)
    return next((sheet for sheet in [*sheets[place:], *sheets[:place]] if sheet.signed_at is None), None)


def _read(week: str) -> Week:
    try:
        return Week.read(week)
    except ValueError:
        raise not_found(f"“{week}”这一周，应写作 2026-W40", f"week “{week}”; write 2026-W40") from None


async def _standing(conn: Connection, week: Week) -> StoredDraw:
    found = await draws.standing(conn, week)
    if found is None:
        raise not_found(f"{week} 的抽签", f"draw of {week}")
    return found


async def _sheet(conn: Connection, found: StoredDraw, vehicle_id: int, *, scope: TheScope) -> Sheet:
    sheet = await draws.sheet(conn, found.id, vehicle_id, scope=scope)
    if sheet is None:
        raise not_found("这份抽查记录", "such sheet")
    return sheet


def _deed(user: User, act: str, subject: str, details: dict[str, str]) -> Deed:
    return Deed(actor=user.name, role=user.role, act=act, subject=subject, details=dict(details))
