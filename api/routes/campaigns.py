"""Holiday campaigns 假期专项: the year's, one with its sealing list, exemptions, digests and summary."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi import Path as PathParameter
from starlette.responses import RedirectResponse, Response

from api.campaign_view import excuse_words, figures_of, is_off, sealing_list, year_of_campaigns
from api.campaigning import answer_exemption, ask_exemption, confirm_sealed, the_campaign
from api.deps import Conn, Pages, TheSite
from api.forms import OwnForm
from api.permission import Permission, TheScope, may, permissions
from api.work_days import calendar_notice, work_calendar
from fleet.order import WaiverKind
from oversight.campaign import Phase
from oversight.campaign_figures import summary_of
from oversight.exemption import KINDS
from oversight.exemption import Request as Asked
from store import campaigns
from store.users import User

router = APIRouter(dependencies=[Depends(may(Permission.SEE_CAMPAIGNS))])

Key = Annotated[str, PathParameter(pattern=r"^[0-9]{4}-[a-z0-9-]{1,40}$")]
Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
LONGEST_REASON = 500


@router.get("/campaigns")
async def campaigns_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    site: TheSite,
    scope: TheScope,
    year: Annotated[int | None, Query(ge=2004, le=2198)] = None,
) -> Response:
    """The campaigns of a year, current ones first."""
    shown = year or site.today().year
    rows, unknown_from = await year_of_campaigns(conn, site, shown, scope=scope)
    return pages.page(
        request,
        "campaigns.html",
        year=shown,
        rows=rows,
        unknown_from=unknown_from,
        is_off=is_off,
        calendar_notice=await calendar_notice(conn, site),
    )


@router.get("/campaigns/{key}")
async def campaign_page(
    request: Request, conn: Conn, pages: Pages, site: TheSite, scope: TheScope, key: Key
) -> Response:
    """One campaign: what is next in it, its sealing list, exemptions, digests, summary, and what became of it."""
    stored = await the_campaign(conn, key)
    calendar = await work_calendar(conn, site)
    papers = await campaigns.papers(conn, key)
    cars = await sealing_list(conn, site, stored, papers, scope=scope)
    listed = [one for one in cars if one.obliged.obligation.is_on_list]
    exemptions = await campaigns.exemptions(conn, key, scope=scope)
    closing = next((paper for paper in papers if paper.kind == "summary"), None)
    phase = stored.campaign.phase(site.now(), calendar)
    allowed = permissions(request.state.user)
    return pages.page(
        request,
        "campaign.html",
        stored=stored,
        campaign=stored.campaign,
        phase=phase,
        off=is_off(stored),
        is_open=not is_off(stored) and phase in (Phase.BEFORE, Phase.DURING),
        units=[(unit, list(some)) for unit, some in groupby(cars, key=lambda one: one.car.unit)],
        listed=listed,
        exempt=len(cars) - len(listed),
        confirmed=sum(one.car.confirmed_at is not None for one in listed),
        seen=next((p for p in reversed(papers) if p.kind in ("progress", "digest", "summary")), None),
        exemptions=exemptions,
        open_requests=sum(one.granted is None for one in exemptions),
        progress=next((figures_of(paper, scope=scope) for paper in papers if paper.kind == "progress"), None),
        digests=[figures_of(paper, scope=scope) for paper in papers if paper.kind == "digest"],
        closing=closing,
        summary=summary_of(key, closing.lines(scope)) if closing else None,
        entries=await campaigns.entries(conn, key),
        kinds=KINDS,
        excuses=excuse_words,
        may_seal=Permission.SEAL_CARS in allowed,
        may_grant=Permission.GRANT_EXEMPTIONS in allowed,
        longest_reason=LONGEST_REASON,
    )


@router.post("/campaigns/{key}/seals", dependencies=[Depends(may(Permission.SEAL_CARS)), OwnForm])
async def seal(
    request: Request, conn: Conn, site: TheSite, scope: TheScope, key: Key, vehicle: Annotated[list[int], Form()]
) -> Response:
    """Confirms that cars are sealed."""
    user: User = request.state.user
    await confirm_sealed(conn, site, key, vehicle, user, scope)
    return RedirectResponse(f"/campaigns/{key}#sealing", 303)


@router.post("/campaigns/{key}/exemptions", dependencies=[Depends(may(Permission.SEAL_CARS)), OwnForm])
async def ask(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    key: Key,
    vehicle: Annotated[int, Form(ge=1, le=2**31 - 1)],
    kind: Annotated[WaiverKind, Form()],
    first: Annotated[date, Form()],
    last: Annotated[date, Form()],
    reason: Annotated[str, Form(max_length=LONGEST_REASON)],
) -> Response:
    """Asks for an exemption."""
    user: User = request.state.user
    asked = Asked(kind=kind, first=first, last=last, reason=reason.replace("\0", "").strip())
    await ask_exemption(conn, site, key, vehicle, asked, user, scope)
    return RedirectResponse(f"/campaigns/{key}#exemptions", 303)


@router.post(
    "/campaigns/{key}/exemptions/{exemption_id}/answer",
    dependencies=[Depends(may(Permission.GRANT_EXEMPTIONS)), OwnForm],
)
async def answer(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    key: Key,
    exemption_id: Number,
    granted: Annotated[bool, Form()],
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    """Grants an exemption, or refuses it."""
    user: User = request.state.user
    said = reason.replace("\0", "").strip()
    await answer_exemption(conn, site, key, exemption_id, granted, said, user, scope)
    return RedirectResponse(f"/campaigns/{key}#exemptions", 303)
