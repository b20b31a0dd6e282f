"""The rules on orders, R02, R03, R11 and R12, by docs/rules.md, in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from tests.reference.days import daily
from tests.reference.facts import Facts, Fix, Track, Visit, distance_m
from tests.reference.intervals import Intervals, difference, intersection, touches, union
from tests.reference.papers import Order, Papers
from tests.reference.places import Units, Zone, counts, is_near

MINUTE_US = 60_000_000
TRIP_M, NEAR_M = 500, 5_000
BEFORE_US, AFTER_US, LATE_US = 15 * MINUTE_US, 30 * MINUTE_US, 60 * MINUTE_US
ELSEWHERE_US, LONG_US = 15 * MINUTE_US, 120 * MINUTE_US
FACTOR, LONGER_M = 1.5, 10_000


def no_order(facts: Facts, papers: Papers) -> Intervals:
    """R02: trips over 500 m that no order, with its margins, no duty and no waiver touches."""
    grown = union((start - BEFORE_US, end + AFTER_US) for start, end in papers.ordered())
    excused = union(grown, papers.waived("duty", "emergency", "other", "test_drive"))
    return [
        (trip.start_us, trip.end_us)
        for trip in facts.trips
        if trip.distance_m > TRIP_M and not touches(trip.start_us, trip.end_us, excused)
    ]


def off_order(
    track: Track, facts: Facts, not_home: list[Visit], papers: Papers, unit: Units, zones: list[Zone]
) -> Intervals:
    """R03: back over an hour late, or 15 min of a stop over 5 km from where the order led."""
    away = union((visit.start_us, visit.end_us) for visit in not_home)
    excused = papers.waived("duty", "emergency", "other", "repair", "test_drive")
    ends = [end for _, end in papers.ordered()]
    over = [(min(within), end) for start, end in away if (within := [at for at in ends if start < at < end])]
    late = difference(over, union(((start, end + LATE_US) for start, end in papers.ordered()), excused))
    standing = [(stop.start_us, stop.end_us) for stop in facts.stops]
    under = intersection(intersection(standing, papers.ordered()), away)
    elsewhere = difference(under, union(_near(track, facts, papers, unit, zones), excused))
    return union(late, _lasting(elsewhere, ELSEWHERE_US))


def long_stops(
    track: Track, facts: Facts, not_home: list[Visit], papers: Papers, unit: Units, zones: list[Zone],
    days: list[date], workdays: Intervals,
) -> Intervals:  # fmt: skip
    """R11: 120 min of a stop, in work hours, away from home and from where an order led."""
    away = [(visit.start_us, visit.end_us) for visit in not_home]
    standing = [(stop.start_us, stop.end_us) for stop in facts.stops]
    hours = intersection(workdays, daily(days, "08:30", "17:30"))
    there = intersection(intersection(standing, hours), away)
    excused = union(
        _near(track, facts, papers, unit, zones), papers.waived("duty", "emergency", "other", "repair", "test_drive")
    )
    return _lasting(difference(there, excused), LONG_US)


def detours(facts: Facts, papers: Papers) -> Intervals:
    """R12: trips over 1.5 times as long as planned and over 10 km longer."""
    found = []
    for trip in facts.trips:
        planned = [order.planned_m for order in papers.good() if touches(trip.start_us, trip.end_us, [order[:2]])]
        if planned and None not in planned:
            planned_m = sum(one for one in planned if one is not None)
            if trip.distance_m > FACTOR * planned_m and trip.distance_m > planned_m + LONGER_M:
                found.append((trip.start_us, trip.end_us))
    return found


def _near(track: Track, facts: Facts, papers: Papers, unit: Units, zones: list[Zone]) -> Intervals:
    """Of stops, the time of orders that lead near where the car stopped, or nobody knows where."""
    fix_at = {fix.ts_us: fix for fix in track.fixes}
    return union(
        (max(stop.start_us, order.start_us), min(stop.end_us, order.end_us))
        for stop in facts.stops
        for order in papers.good()
        if _leads_near(order, fix_at[stop.start_us], unit, zones)
    )


def _leads_near(order: Order, stopped: Fix, unit: Units, zones: list[Zone]) -> bool:
    told = list(_told(order, stopped, unit, zones))
    return not told or any(told)


def _told(order: Order, stopped: Fix, unit: Units, zones: Iterable[Zone]) -> Iterator[bool]:
    """Of each place that the order tells: whether it is near."""
    if order.destination is not None:
        yield distance_m(stopped, Fix(0, *order.destination)) <= NEAR_M
    for zone in zones:
        if zone.name == order.destination_zone and counts(zone, unit, stopped.ts_us):
            yield is_near(zone.area, stopped, NEAR_M)


def _lasting(spans: Intervals, least_us: int) -> Intervals:
    return [(start, end) for start, end in spans if end - start >= least_us]
