"""What pages and programs are shown of holiday campaigns, within a scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.campaign_lines import sealing_of
from api.language import Language
from api.site import Site
from api.work_days import work_calendar
from oversight.campaign import Campaign, Phase, Turn, campaigns_of
from oversight.campaign_figures import Figures, figures
from oversight.sealing import CarState, Obliged
from rules.calendar import WorkCalendar
from rules.vocabulary import VOCABULARY
from store import campaigns
from store.campaigns import CampaignPaper, ListedCar, StoredCampaign
from store.database import Connection
from store.scope import Scope

_DAY = timedelta(days=1)
SHOWN_PHASES = (Phase.BEFORE, Phase.DURING, Phase.AFTER)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign of a year: planned by the calendar, opened, or withdrawn. ``figures``: of the newest paper."""

    campaign: Campaign
    phase: Phase
    stored: StoredCampaign | None
    figures: Figures | None

    @property
    def is_current(self) -> bool:
        return self.stored is not None and not is_off(self.stored) and self.phase in SHOWN_PHASES


@dataclass(frozen=True, slots=True)
class Shown:
    """A car of the sealing list, as it is now; ``state``: as it was seen last in a paper, and when that was."""

    car: ListedCar
    obliged: Obliged
    state: CarState | None


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """A paper's figures of the cars within a scope; ``amiss``: its listed cars that were not seen standing at home."""

    paper: CampaignPaper
    figures: Figures
    amiss: Sequence[tuple[str, str, str]]
    """unit, plate, state"""
    alarmed: Sequence[tuple[str, int]]
    """units with new alerts"""


def is_off(stored: StoredCampaign) -> bool:
    """Whether the calendar has taken it back."""
    return stored.turn in (Turn.WITHDRAWN, Turn.GONE)


async def year_of_campaigns(
    conn: Connection, site: Site, year: int, *, scope: Scope
) -> tuple[list[CampaignRow], date | None]:
    """Those of a year: current ones, then those to come, then the others; and its first day that no schedule knows."""
    calendar = await work_calendar(conn, site)
    planned = campaigns_of(calendar, year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    stored = {one.key: one for one in await campaigns.campaigns(conn, first, last)}
    rows = [await _row(conn, site, stored.pop(one.key, None), one, calendar, scope=scope) for one in planned.campaigns]
    rows += [await _row(conn, site, one, one.campaign, calendar, scope=scope) for one in stored.values()]
    rows.sort(key=lambda row: (not row.is_current, row.phase is not Phase.AHEAD, row.campaign.first))
    return rows, planned.unknown_from


async def _row(
    conn: Connection,
    site: Site,
    stored: StoredCampaign | None,
    planned: Campaign,
    calendar: WorkCalendar,
    *,
    scope: Scope,
) -> CampaignRow:
    one = planned if stored is None else stored.campaign
    papers = await campaigns.papers(conn, one.key) if stored else []
    told = figures(papers[-1].lines(scope)) if papers else None
    return CampaignRow(one, one.phase(site.now(), calendar), stored, told)


async def current(conn: Connection, site: Site, calendar: WorkCalendar) -> tuple[StoredCampaign, Phase] | None:
    """The campaign that is open now, for the banner; the one whose holiday comes first."""
    for one in reversed(await campaigns.campaigns(conn, since=site.today() - 10 * _DAY)):
        phase = one.campaign.phase(site.now(), calendar)
        if not is_off(one) and phase in SHOWN_PHASES:
            return one, phase
    return None


async def sealing_list(
    conn: Connection, site: Site, stored: StoredCampaign, papers: Sequence[CampaignPaper], *, scope: Scope
) -> list[Shown]:
    """All cars of the holiday with what each has to do, by unit and plate, as the papers are now."""
    calendar = await work_calendar(conn, site)
    sealing = await sealing_of(conn, stored.campaign, calendar, scope=scope)
    seen = next((paper for paper in reversed(papers) if paper.kind in ("progress", "digest", "summary")), None)
    states = {line.vehicle_id: line.state for line in seen.lines(scope)} if seen else {}
    return [
        Shown(car, obliged, states.get(car.vehicle_id))
        for car, obliged in zip(sealing.cars, sealing.obliged, strict=True)
    ]


def figures_of(paper: CampaignPaper, *, scope: Scope) -> PaperFigures:
    """Of the cars that somebody may see, for no figure tells of another one."""
    lines = paper.lines(scope)
    amiss = [
        (line.unit, line.plate, line.state.value)
        for line in lines
        if line.is_on_list and line.state is not None and line.state is not CarState.SEALED
    ]
    alarmed: dict[str, int] = {}
    for line in lines:
        if line.alerts:
            alarmed[line.unit] = alarmed.get(line.unit, 0) + line.alerts
    return PaperFigures(paper, figures(lines), amiss, sorted(alarmed.items(), key=lambda one: (-one[1], one[0])))


def excuse_words(words: Sequence[str], language: Language) -> str:
    """What excuses, in a row."""
    if language is Language.ZH:
        return "、".join(VOCABULARY[word].excuse_zh for word in words)
    return ", ".join(VOCABULARY[word].excuse_en for word in words)
