"""The evidence of a violation, gathered for its page: what the judge wrote, and what the register says around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fleet.decision import Decision
from fleet.order import Order
from fleet.span import Span
from rules.catalogue import CATALOGUE
from rules.expression import terms
from rules.papers import fault_of
from rules.rulebook import PAPERS_NEAR_US
from store.database import Connection
from store.platform import silences
from store.timelines import Gap, Quality, Timeline, Trip, ZoneName, quality, timeline, zone_names
from store.violations import Change, FullViolation, changes, decisions

Moments = tuple[datetime, datetime]
AROUND = timedelta(microseconds=PAPERS_NEAR_US)
NEAR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Excuse:
    """An order or a waiver that was looked at; ``why`` is the word for why it does not excuse."""

    kind: str
    number: str
    reason: str
    during: Span
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the page of a violation shows besides the violation itself."""

    spans: list[Moments]
    trips: list[Trip]
    gaps: list[Gap]
    zones: list[ZoneName]
    excuses: list[Excuse]
    registry: Mapping[str, Any]
    """``use_class``, ``enrolments`` and ``states``, each where the rule asks for it; moments in ISO 8601"""
    changes: list[Change]
    quality: Quality
    positions_sha256: str | None
    decisions: list[Decision]
    found_now: list[Moments]
    """of a decided violation whose evidence has changed"""
    lacks: list[str]


async def gather(conn: Connection, violation: FullViolation) -> Evidence:
    """Reads what is shown. What the judge left out of the evidence is left out here too."""
    written = violation.evidence
    spans = spans_of(written) or [(violation.start_at, violation.end_at)]
    around = await timeline(conn, violation.vehicle_id, violation.start_at - AROUND, violation.end_at + AROUND)
    return Evidence(
        spans=spans,
        trips=trips_of(around.trips, violation),
        gaps=[gap for gap in around.gaps if _touches(gap, violation)],
        zones=await zone_names(conn, [int(zone) for zone in written.get("zones") or []]),
        excuses=excuses_of(around, spans, written.get("excuses") or []) + await _platform(conn, violation),
        registry=written.get("registry") or {},
        changes=await changes(conn, violation.id),
        quality=await quality(conn, violation.vehicle_id, violation.start_at, violation.end_at),
        positions_sha256=violation.digest.sha256,
        decisions=await decisions(conn, violation.id),
        found_now=[_moments(one["start"], one["end"]) for one in violation.found_now or []],
        lacks=[str(lack) for lack in written.get("insufficient") or []],
    )


async def _platform(conn: Connection, violation: FullViolation) -> list[Excuse]:
    """The silences of the fleet that a rule leaves out: what was withdrawn for one tells so."""
    rule = CATALOGUE.get(violation.rule_id)
    if rule is None or all(term.name != "fleet_silent" for term in terms(rule.expression)):
        return []
    found = await silences(conn, violation.start_at, violation.end_at)
    return [Excuse("fleet_silence", "", "", Span(start, end), "fleet") for start, end in found]


def trips_of(trips: Sequence[Trip], violation: FullViolation) -> list[Trip]:
    """The trips that a violation touches, and those that led to where it stood and away from there."""
    since, until = violation.start_at - NEAR, violation.end_at + NEAR
    return [trip for trip in trips if trip.end_at > since and trip.start_at < until]


def spans_of(written: Mapping[str, Any]) -> list[Moments]:
    """The spans in which the rule held, as the judge wrote them: ISO 8601 pairs."""
    return [_moments(start, end) for start, end in written.get("spans") or []]


def _moments(start: str, end: str) -> Moments:
    return datetime.fromisoformat(start), datetime.fromisoformat(end)


def excuses_of(around: Timeline, spans: Sequence[Moments], written: Sequence[Mapping[str, Any]]) -> list[Excuse]:
    """All orders and waivers near by. The judge's reason counts where it gave one, else the register's."""
    said = {(one.get("kind"), one.get("id")): str(one["why"]) for one in written if one.get("why")}
    return [
        *(_order(order, said.get(("order", order.id)) or _why_order(order, spans)) for order in around.orders),
        *(
            Excuse(one.kind, "", one.reason, one.during, said.get((one.kind, one.id)) or _why(one.during, spans))
            for one in around.waivers
        ),
    ]


def _order(order: Order, why: str) -> Excuse:
    return Excuse("order", order.number, " ".join(filter(None, (order.reason, order.destination))), order.during, why)


def _why_order(order: Order, spans: Sequence[Moments]) -> str:
    return fault_of(order) or _why(order.during, spans)


def _why(during: Span, spans: Sequence[Moments]) -> str:
    """How far it covers the spans: not at all, or in part. Had it covered them, there would be no violation."""
    start, end = during.start, during.end
    touching = any((end is None or s < end) and (start is None or start < e) for s, e in spans)
    return "in_part" if touching else "outside_span"


def _touches(span: Gap, violation: FullViolation) -> bool:
    return span.end_at > violation.start_at and span.start_at < violation.end_at
