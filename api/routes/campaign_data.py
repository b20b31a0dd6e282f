"""Holiday campaigns for machines: the year's, one with its figures, its sealing list."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.campaign_view import CampaignRow, PaperFigures, figures_of, is_off, sealing_list, year_of_campaigns
from api.campaigning import the_campaign
from api.deps import Conn, TheSite
from api.permission import Permission, TheScope, may
from api.problem import answers
from api.routes.campaigns import Key
from api.work_days import work_calendar
from oversight.campaign import Campaign, Phase
from oversight.campaign_figures import summary_of
from store import campaigns

router = APIRouter(
    prefix="/api/campaigns",
    tags=["campaigns"],
    responses=answers(401, 403, 503),
    dependencies=[Depends(may(Permission.SEE_CAMPAIGNS))],
)


class CampaignTold(BaseModel):
    """``phase``: ahead, before, during, after or closed; ``turn``: what became of it last, null before it is opened."""

    key: str
    first: date
    last: date
    festivals: list[str]
    opens: date
    closes: date
    provisional: bool
    phase: str
    turn: str | None
    withdrawn: bool
    opened_at: datetime | None
    closed_at: datetime | None


class YearTold(BaseModel):
    """``unknown_from``: the first day of the year that no schedule knows; from there on there may be more."""

    year: int
    unknown_from: date | None
    campaigns: list[CampaignTold]


class PaperTold(BaseModel):
    """What was told, frozen: the figures of the cars that you may see, and the digest of the whole paper."""

    kind: str
    day: date
    written_at: datetime
    sha256: str
    figures: dict[str, int]


class UnitTold(BaseModel):
    """A unit in the summary. ``clean``: no violation, and each of its cars was seen on every day."""

    unit: str
    clean: bool
    figures: dict[str, int]


class WholeCampaign(CampaignTold):
    """With its papers in the order in which they were written, and the summary by unit once it is closed."""

    papers: list[PaperTold]
    units: list[UnitTold]


class SealingCar(BaseModel):
    """``obligation``: seal, partly, stand or exempt; ``state``: as it was seen last, null before the holiday."""

    vehicle_id: int
    plate: str
    use_class: str
    unit: str
    obligation: str
    excuses: list[str]
    state: str | None
    confirmed_by: str | None
    confirmed_at: datetime | None


@router.get("")
async def listed(
    conn: Conn, site: TheSite, scope: TheScope, year: Annotated[int | None, Query(ge=2004, le=2198)] = None
) -> YearTold:
    """The campaigns of a year, this one's unless told."""
    shown = year or site.today().year
    rows, unknown_from = await year_of_campaigns(conn, site, shown, scope=scope)
    return YearTold(year=shown, unknown_from=unknown_from, campaigns=[_told(row) for row in rows])


@router.get("/{key}", responses=answers(404, 422))
async def one(conn: Conn, site: TheSite, scope: TheScope, key: Key) -> WholeCampaign:
    """One that was opened, with what it told."""
    stored = await the_campaign(conn, key)
    phase = stored.campaign.phase(site.now(), await work_calendar(conn, site))
    papers = await campaigns.papers(conn, key)
    closing = next((paper for paper in papers if paper.kind == "summary"), None)
    units = summary_of(key, closing.lines(scope)).units if closing else []
    return WholeCampaign(
        **_told(CampaignRow(stored.campaign, phase, stored, None)).model_dump(),
        papers=[_paper(figures_of(paper, scope=scope)) for paper in papers],
        units=[UnitTold(unit=unit.unit, clean=unit.is_clean, figures=asdict(unit.figures)) for unit in units],
    )


@router.get("/{key}/sealing", responses=answers(404, 422))
async def sealing(conn: Conn, site: TheSite, scope: TheScope, key: Key) -> list[SealingCar]:
    """All cars of the holiday with what each has to do, as the registry and the papers are now."""
    stored = await the_campaign(conn, key)
    papers = await campaigns.papers(conn, key)
    return [
        SealingCar(
            vehicle_id=one.car.vehicle_id, plate=one.car.plate, use_class=one.car.use_class, unit=one.car.unit,
            obligation=one.obliged.obligation.value, excuses=list(one.obliged.excuses),
            state=one.state.value if one.state else None, confirmed_by=one.car.confirmed_by,
            confirmed_at=one.car.confirmed_at,
        )
        for one in await sealing_list(conn, site, stored, papers, scope=scope)
    ]  # fmt: skip


def _told(row: CampaignRow) -> CampaignTold:
    one: Campaign = row.campaign
    phase: Phase = row.phase
    stored = row.stored
    return CampaignTold(
        key=one.key, first=one.first, last=one.last, festivals=list(one.festivals), opens=one.opens,
        closes=one.closes, provisional=one.provisional, phase=phase.value, turn=stored.turn if stored else None,
        withdrawn=stored is not None and is_off(stored), opened_at=stored.opened_at if stored else None,
        closed_at=stored.closed_at if stored else None,
    )  # fmt: skip


def _paper(told: PaperFigures) -> PaperTold:
    paper = told.paper
    return PaperTold(
        kind=paper.kind, day=paper.day, written_at=paper.written_at, sha256=paper.sha256.hex(),
        figures=asdict(told.figures),
    )  # fmt: skip
