"""R18 to R21: what was claimed for a car, by docs/rules.md ("Words that come from expenses"), in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from tests.reference.days import LOCAL
from tests.reference.facts import Facts, Fix
from tests.reference.intervals import union
from tests.reference.places import Units, Zone, contains, counts, distance_m

MINUTE_US = 60_000_000
DAY_US = 24 * 60 * MINUTE_US
COVERED_US = 10 * MINUTE_US
FUEL_FAMILIES = {
    "petrol": {"petrol", "92", "95", "98"},
    "diesel": {"diesel", "0", "-10", "-20", "-35"},
    "gas": {"gas"},
    "electric": {"electric"},
}


class Claim(NamedTuple):
    """``us``: its minute's beginning, or its local day's where ``has_time`` is false. ``litres``: as it is written."""

    us: int
    has_time: bool
    type: str
    litres: str | None = None
    fuel: str | None = None
    place: str = ""


class Tank(NamedTuple):
    """Litres as they are written; None is unknown."""

    fuel: str | None = None
    litres: str | None = None
    second: str | None = None
    norm: str | None = None


PLACES = (("R19", "fuel", "refuel", 300, 20), ("R21", "toll", "toll_gate", 5_000, 10))
"""Rule, type of claim, kind of zone, metres, minutes before and after."""

Found = tuple[str, int, int]
"""Rule, start, end."""


def judge_claims(
    claims: Sequence[Claim],
    tank: Tank,
    fixes: Sequence[Fix],
    facts: Facts,
    unit: Units,
    zones: Sequence[Zone],
    least_km: int = 300,
) -> list[Found]:
    """What R18 to R21 find; claims of one rule that overlap (of a day alone, and a minute of it) are one."""
    spans = {
        "R18": overused(claims, tank, facts, least_km),
        "R20": [span_of(claim) for claim in wrong_fills(claims, tank)],
    }
    for rule, type_, kind, far_m, minutes in PLACES:
        spans[rule] = [
            span_of(claim)
            for claim in claims
            if claim.type == type_ and claim.has_time
            for zone in [the_place(claim, kind, unit, zones)]
            if zone is not None and was_away(claim, zone, fixes, far_m, minutes * MINUTE_US)
        ]
    return sorted((rule, start, end) for rule, found in spans.items() for start, end in union(found))


def span_of(claim: Claim) -> tuple[int, int]:
    return claim.us, claim.us + (MINUTE_US if claim.has_time else DAY_US) - 1


def the_place(claim: Claim, kind: str, unit: Units, zones: Sequence[Zone]) -> Zone | None:
    named = [z for z in zones if z.kind == kind and z.name == claim.place and counts(z, unit, claim.us)]
    return named[0] if named else None


def was_away(claim: Claim, zone: Zone, fixes: Sequence[Fix], far_m: float, around_us: int) -> bool:
    """Whether fixes cover the time around the claim and none of them comes near."""
    start, end = span_of(claim)
    first, last = start - around_us, end + around_us
    times = sorted(fix.ts_us for fix in fixes)
    before = [us for us in times if us <= first]
    after = [us for us in times if us >= last]
    if not before or not after:
        return False
    seen = [before[-1], *(us for us in times if first < us < last), after[0]]
    if any(b - a > COVERED_US for a, b in pairwise(seen)):
        return False
    there = [fix for fix in fixes if first <= fix.ts_us <= last]
    return bool(there) and all(not contains(zone.area, f) and distance_m(zone.area, f) > far_m for f in there)


def overused(claims: Sequence[Claim], tank: Tank, facts: Facts, least_km: int) -> list[tuple[int, int]]:
    """R18: local months, from where they are known, with more than 1.3 times the norm over the least distance."""
    known = [(f.start_us, f.end_us) for part in (facts.trips, facts.stops, facts.gaps) for f in part]
    if not known or tank.norm is None:
        return []
    known_from, known_to = min(start for start, _ in known), max(end for _, end in known)
    found = []
    for start, end in sorted({month_of(claim.us) for claim in claims if claim.type == "fuel"}):
        begin = max(start, known_from)
        trips = [trip for trip in facts.trips if begin <= trip.start_us < end]
        driven_us = sum(trip.end_us - trip.start_us for trip in trips)
        if known_to < end or not driven_us:
            continue
        metres = sum(round(trip.distance_m) for trip in trips)
        silent_us = sum(max(0, min(gap.end_us, end) - max(gap.start_us, begin)) for gap in facts.gaps)
        granted = metres * silent_us // driven_us
        litres = litres_of([c for c in claims if c.type == "fuel" and begin <= c.us < end])
        if metres >= 1_000 * least_km and litres / Fraction(metres + granted) * 100_000 > Fraction("1.3") * Fraction(
            tank.norm
        ):
            found.append((begin, end - 1))
    return found


def wrong_fills(claims: Sequence[Claim], tank: Tank) -> list[Claim]:
    """R20: one claim of each fill that is wrong."""
    wrong = [claim for claim in claims if claim.type == "fuel" and is_another_fuel(claim, tank)]
    if tank.litres is None:
        return wrong
    holds = Fraction(tank.litres) + Fraction(tank.second or 0)
    tanks = 1 if tank.second is None else 2
    fills = fills_of(claims)
    wrong += [fill[0] for fill in fills if litres_of(fill) > Fraction("1.05") * holds]
    timed = [fill[0].us for fill in fills if fill[0].has_time]
    for fill in fills:
        us = fill[0].us
        earlier_or_same = [t for t in timed if us - 4 * 60 * MINUTE_US < t <= us]
        if fill[0].has_time and len(earlier_or_same) > tanks:
            wrong.append(fill[0])
    return wrong


def fills_of(claims: Sequence[Claim]) -> list[list[Claim]]:
    fuel = [claim for claim in claims if claim.type == "fuel"]
    places = sorted({(claim.us, claim.place) for claim in fuel if claim.has_time})
    together = [[c for c in fuel if c.has_time and (c.us, c.place) == place] for place in places]
    return together + [[claim] for claim in fuel if not claim.has_time]


def is_another_fuel(claim: Claim, tank: Tank) -> bool:
    if claim.fuel is None or tank.fuel is None or tank.second is not None:
        return False
    return not any({claim.fuel, tank.fuel} <= family for family in FUEL_FAMILIES.values())


def litres_of(claims: Sequence[Claim]) -> Fraction:
    return sum((Fraction(claim.litres) for claim in claims if claim.litres is not None), Fraction())


def month_of(us: int) -> tuple[int, int]:
    """Where the local month of a moment begins and ends."""
    day = datetime.fromtimestamp(us // 1_000_000, LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (day + timedelta(days=32)).replace(day=1)
    return round(day.timestamp()) * 1_000_000, round(following.timestamp()) * 1_000_000
