"""Pages of public tips 群众举报: entered by the centre, compared with the track, then a case or an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from api import casework, session
from api.case_form import Typed
from api.casework import Worker, invalid, refused
from api.deps import Conn, Pages, TheSite
from api.permission import Permission, TheScope, may, permissions
from api.problem import RefusedError, not_found, strange_form
from api.site import Site
from fleet.audit import Deed
from fleet.plate import normal_plate
from fleet.position import E7
from geofence.datum import DatumError, to_wgs84
from oversight.case import Act, Event
from oversight.tip import WITHIN, sighting
from store import audit, tips
from store.database import Connection, transaction
from store.tips import NewTip, Tip
from store.users import User

router = APIRouter()

TipId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Field = Annotated[str, Form(max_length=200)]
_See, _Work = Depends(may(Permission.SEE_CASES)), Depends(may(Permission.WORK_CASES))


@router.get("/tips", dependencies=[_See])
async def tip_list(request: Request, conn: Conn, pages: Pages, scope: TheScope) -> Response:
    """Tips, those that wait first, and the form for another one."""
    return await _list(request, conn, pages, scope)


async def _list(request: Request, conn: Connection, pages: Pages, scope: TheScope, **more: Any) -> Response:
    error: RefusedError | None = more.pop("refused", None)
    return pages.page(
        request,
        "tips.html",
        status=error.status if error else 200,
        rows=await tips.listed(conn, scope=scope),
        can_enter=Permission.WORK_CASES in permissions(request.state.user),
        refused=error.error if error else None,
        typed=Typed(more.pop("typed", {})),
    )


@router.post("/tips", dependencies=[_Work])
async def enter(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    plate: _Field = "",
    at: _Field = "",
    place: _Field = "",
    lon: _Field = "",
    lat: _Field = "",
    datum: _Field = "",
    what: Annotated[str, Form(max_length=4000)] = "",
    tipster: _Field = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Enters what somebody told."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    user: User = request.state.user
    typed = {"plate": plate, "at": at, "place": place, "lon": lon, "lat": lat}
    typed |= {"datum": datum, "what": what, "tipster": tipster}
    typed = {name: value.replace("\0", "").strip() for name, value in typed.items()}
    try:
        tip = _tip(typed, site, user.name)
    except RefusedError as error:
        async with transaction(request.app.state.pool) as conn:
            return await _list(request, conn, pages, scope, refused=error, typed=typed)
    async with transaction(request.app.state.pool) as conn:
        tip_id = await tips.add(conn, tip)
        await _record(conn, user, "enter_tip", tip_id, tip.received_at)
    return RedirectResponse(f"/tips/{tip_id}", 303)


def _tip(typed: dict[str, str], site: Site, entered_by: str) -> NewTip:
    now = site.now()
    try:
        plate = normal_plate(typed["plate"])
    except ValueError:
        raise invalid("plate", "车牌号有误", "that is no plate") from None
    try:
        at = datetime.fromisoformat(typed["at"]).replace(tzinfo=site.time_zone)
    except ValueError:
        raise invalid("at", "时间有误", "the time cannot be read") from None
    if at > now:
        raise invalid("at", "时间不能晚于现在", "the time must not be after now")
    if not typed["what"]:
        raise invalid("what", "请填写举报内容", "what was told is needed")
    return NewTip(
        plate=plate,
        at=at,
        place=typed["place"],
        place_e7=_point(typed["lon"], typed["lat"], typed["datum"]),
        what=typed["what"],
        tipster=typed["tipster"],
        received_at=now,
        entered_by=entered_by,
    )


def _point(lon: str, lat: str, datum: str) -> tuple[int, int] | None:
    if not lon and not lat:
        return None
    try:
        degrees = float(lon), float(lat)
    except ValueError:
        degrees = (float("nan"),) * 2
    if not (70 < degrees[0] < 140 and 0 < degrees[1] < 60):
        raise invalid("lon", "经纬度有误，应为中国境内的度数", "longitude and latitude must be degrees in China")
    try:
        lons, lats = to_wgs84(*degrees, datum)
    except DatumError:
        raise invalid(
            "datum", "请选择坐标系：坐标来自哪种地图", "choose the datum: which map the point is from"
        ) from None
    return round(float(lons) * E7), round(float(lats) * E7)


@router.get("/tips/{tip_id}", dependencies=[_See])
async def tip_page(request: Request, conn: Conn, pages: Pages, scope: TheScope, tip_id: TipId) -> Response:
    """One tip, what the track says, and what is to be done with it."""
    return await _page(request, conn, pages, scope, tip_id)


async def _page(
    request: Request, conn: Connection, pages: Pages, scope: TheScope, tip_id: int, **more: Any
) -> Response:
    error: RefusedError | None = more.pop("refused", None)
    may_do = permissions(request.state.user)
    return pages.page(
        request,
        "tip.html",
        status=error.status if error else 200,
        tip=await _known(conn, scope, tip_id),
        can_work=Permission.WORK_CASES in may_do,
        sees_tipster=Permission.SEE_TIPSTERS in may_do,
        refused=error.error if error else None,
        typed=Typed(more.pop("typed", {})),
    )


@router.post("/tips/{tip_id}/check", dependencies=[_Work])
async def check(
    request: Request, site: TheSite, scope: TheScope, tip_id: TipId, form_token: Annotated[str, Form()] = ""
) -> Response:
    """Compares a tip with the track, and records that somebody looked."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    user: User = request.state.user
    now = site.now()
    async with transaction(request.app.state.pool) as conn:
        tip = await _known(conn, scope, tip_id)
        if tip.vehicle_id is not None:
            track = await tips.around(conn, tip.vehicle_id, tip.at - WITHIN, tip.at + WITHIN)
            found = sighting(track, tip.at, tip.place_e7)
            await tips.add_check(conn, tip.id, tip.vehicle_id, found, at=now, by=user.name)
            await _record(conn, user, "check_tip", tip.id, now, plate=tip.plate, verdict=found.verdict.value)
    return RedirectResponse(f"/tips/{tip_id}", 303)


@router.post("/tips/{tip_id}/answer", dependencies=[_Work])
async def answer(
    request: Request,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    tip_id: TipId,
    text: Annotated[str, Form(max_length=4000)] = "",
    becomes: Annotated[str, Form(pattern="^(case|nothing)$")] = "nothing",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """A case, or an answer that it is not borne out."""
    if not session.is_own_form(site, request, form_token):
        raise strange_form()
    text = text.replace("\0", "").strip()
    try:
        async with transaction(request.app.state.pool) as conn:
            case_id = await _answered(conn, site, Worker.of(request.state.user, scope), tip_id, text, becomes)
    except RefusedError as error:
        if error.status not in (409, 422):
            raise
        async with transaction(request.app.state.pool) as conn:
            return await _page(request, conn, pages, scope, tip_id, refused=error, typed={"text": text})
    return RedirectResponse(f"/cases/{case_id}" if case_id else f"/tips/{tip_id}", 303)


async def _answered(conn: Connection, site: Site, who: Worker, tip_id: int, text: str, becomes: str) -> int | None:
    await tips.hold(conn, tip_id)
    tip = await _known(conn, who.scope, tip_id)
    if not text:
        raise invalid("text", "请填写理由", "the reasons are needed")
    if tip.answered:
        raise refused(("该举报已有结果", "the tip is answered already"))
    if tip.vehicle_id is not None and tip.verdict is None:
        raise refused(("请先与轨迹比对", "compare it with the track first"))
    now = site.now()
    case_id = None
    if becomes == "case":
        if tip.vehicle_id is None:
            raise refused(("没有这个车牌的车辆，不能立案", "no car with this plate is known: there can be no case"))
        opening = Event(act=Act.OPEN, by=who.name, at=now, text=f"群众举报 {tip.id}：{text}")
        case_id = await casework.open_for_vehicle(conn, site, who, tip.vehicle_id, opening, about=tip.at)
    await tips.add_answer(conn, tip.id, case_id=case_id, text=text, at=now, by=who.name)
    deed = Deed(actor=who.name, role=who.role, act="answer_tip", subject=f"tip {tip.id}", details={"case": case_id})
    await audit.record(conn, deed, now)
    return case_id


async def _known(conn: Connection, scope: TheScope, tip_id: int) -> Tip:
    tip = await tips.one(conn, tip_id, scope=scope)
    if tip is None:
        raise not_found(f"编号为 {tip_id} 的举报", f"tip {tip_id}")
    return tip


async def _record(conn: Connection, user: User, act: str, tip_id: int, at: datetime, **details: str) -> None:
    deed = Deed(actor=user.name, role=user.role, act=act, subject=f"tip {tip_id}", details=details)
    await audit.record(conn, deed, at)
