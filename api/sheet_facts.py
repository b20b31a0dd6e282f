"""The facts on a drawn car's sheet: what is shown to the reviewer, and what is kept with the signature, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from api.places import names_of_stops
from api.site import Site
from fleet.order import Order, Waiver
from fleet.span import Span
from fleet.week import Week
from rules.papers import fault_of
from store import timelines, violations
from store.database import Connection
from store.scope import Scope
from store.timelines import Timeline, Trip
from store.violations import Filter, Sorting
from store.zones import zones

BEFORE, AFTER = timedelta(minutes=15), timedelta(minutes=30)
"""A trip goes with a paper that it touches, so much before and after it (R02's shipped margins)."""


async def sheet_facts(conn: Connection, site: Site, vehicle_id: int, week: Week, *, scope: Scope) -> dict[str, Any]:
    """A vehicle's week: trips with the papers they go with, stops, gaps, violations, what the data are worth."""
    since, until = site.start_of(week.monday), min(site.start_of(week.after), site.now())
    done = await timelines.timeline(conn, vehicle_id, since, site.start_of(week.after))
    quality = await timelines.quality(conn, vehicle_id, since, site.start_of(week.after))
    wanted = Filter(vehicle_id=vehicle_id, since=since - timedelta(days=7), until=site.start_of(week.after))
    found = await violations.page(conn, wanted, scope=scope, sorting=Sorting.OLDEST, limit=200)
    places = names_of_stops(done.stops, await zones(conn))
    reported = quality.fixes + quality.without_fix
    silent = sum((_within(gap.start_at, gap.end_at, since, until) for gap in done.gaps), timedelta())
    return {
        "week": str(week),
        "trips": [_trip(trip, done) for trip in done.trips],
        "papers": [_order(order) for order in done.orders] + [_waiver(waiver) for waiver in done.waivers],
        "stops": [
            {**_span(stop.start_at, stop.end_at), "places": names}
            for stop, names in zip(done.stops, places, strict=True)
        ],
        "gaps": [_span(gap.start_at, gap.end_at) for gap in done.gaps],
        "violations": [
            {"id": row.id, "rule": row.rule_id, "severity": row.severity, "total_s": round(row.total_s),
             **_span(row.start_at, row.end_at)}
            for row in found.rows if row.end_at > since
        ],
        "quality": {
            "fixes": quality.fixes,
            "without_fix": quality.without_fix,
            "fix_percent": round(100 * quality.fixes / reported) if reported else None,
            "late": quality.late,
            "silent_s": round(silent.total_seconds()),
        },
    }  # fmt: skip


def paper_of(trip: Trip, done: Timeline) -> str | None:
    """The number of the order, or the kind of the waiver, that a trip goes with; None: it goes with none."""
    for order in done.orders:
        if fault_of(order) is None and _touches(trip, order.during):
            return order.number
    return next((waiver.kind.value for waiver in done.waivers if _touches(trip, waiver.during)), None)


def _touches(trip: Trip, during: Span) -> bool:
    return (during.start is None or trip.end_at > during.start - BEFORE) and (
        during.end is None or trip.start_at < during.end + AFTER
    )


def _within(start: datetime, end: datetime, since: datetime, until: datetime) -> timedelta:
    return max(min(end, until) - max(start, since), timedelta())


def _span(start: datetime | None, end: datetime | None) -> dict[str, str | None]:
    return {"start": start.isoformat() if start else None, "end": end.isoformat() if end else None}


def _trip(trip: Trip, done: Timeline) -> dict[str, Any]:
    told = {"distance_m": round(trip.distance_m), "max_speed_kmh": round(trip.max_speed_kmh)}
    return {**_span(trip.start_at, trip.end_at), **told, "paper": paper_of(trip, done)}


def _order(order: Order) -> dict[str, Any]:
    fault = fault_of(order)
    about = " ".join(word for word in (order.reason, order.destination) if word)
    span = _span(order.during.start, order.during.end)
    return {**span, "kind": "order", "number": order.number, "about": about, "fault": fault and fault.value}


def _waiver(waiver: Waiver) -> dict[str, Any]:
    span = _span(waiver.during.start, waiver.during.end)
    return {**span, "kind": waiver.kind.value, "number": None, "about": waiver.reason, "fault": None}


def without_paper(facts: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The trips that go with no order and no waiver."""
    return [trip for trip in facts["trips"] if trip["paper"] is None]
