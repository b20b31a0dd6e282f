"""Where a car was when something was claimed at a place: by its fixes around the claim. Pure.

By positions, not by visits: they are asked for around a few claims only, while visits to every station would have to
be kept of every car (decision 17).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fleet.clock import MINUTE_US
from fleet.expense import ExpenseType
from fleet.position import Flag, Positions
from geofence.apart import metres_to
from geofence.zone import Zone, ZoneKind
from rules.claims import Claim, Hit
from rules.expression import terms
from rules.rulebook import RuleBook
from rules.units import Units

COVERED_US = 10 * MINUTE_US
"""Fixes farther apart than this leave open where the car was between them."""

_WORDS = {"fuelled_away": ExpenseType.FUEL, "tolled_away": ExpenseType.TOLL}
_KINDS = {ExpenseType.FUEL: ZoneKind.REFUEL, ExpenseType.TOLL: ZoneKind.TOLL_GATE}


@dataclass(frozen=True, slots=True, eq=False)
class Whereabouts:
    """Where vehicles were: their ids (ascending) and units by row, positions in the order of judging, and the zones."""

    vehicle_ids: NDArray[np.int32]
    units: Units
    positions: Positions
    zones: Sequence[Zone]


def claimed_away(
    type_: Literal["fuel", "toll"],
    claims: Iterable[Claim],
    seen: Whereabouts,
    distance_m: float,
    within_us: int,
) -> list[Hit]:
    """Claims at a known place that no fix lies within ``distance_m`` of, from ``within_us`` before the claim's minute
    to as long after it, where fixes cover all of that time.

    A place that is no zone's name, a claim of a day alone and a time that is not covered say nothing.
    """
    found = []
    for claim in claims:
        zone = place_of(claim, seen.zones, seen.units) if claim.expense.type == type_ else None
        if zone is None:
            continue
        since_us, until_us = claim.start_us - within_us, claim.end_us + within_us
        lon_e7, lat_e7 = _covering(seen.positions, int(seen.vehicle_ids[claim.row]), since_us, until_us)
        if not len(lon_e7):
            continue
        nearest_m = float(metres_to(zone.boundary, lon_e7, lat_e7).min())
        if nearest_m > distance_m:
            found.append(Hit.of([claim], zone=zone.id, nearest_m=int(nearest_m)))
    return found


def place_of(claim: Claim, zones: Sequence[Zone], units: Units) -> Zone | None:
    """The station or gate that a claim names, as it stood then; None where none is known, or no time of day is."""
    kind = _KINDS.get(claim.expense.type)
    if not claim.has_time or kind is None:
        return None
    unit_id = units.one_at(claim.row, claim.start_us)
    for zone in zones:
        named = zone.kind is kind and zone.name == claim.expense.place and zone.unit_id in (None, unit_id)
        begun = zone.valid_from_us is None or zone.valid_from_us <= claim.start_us
        if named and begun and (zone.valid_to_us is None or claim.start_us < zone.valid_to_us):
            return zone
    return None


def around_us(type_: str, book: RuleBook) -> int:
    """How far around a claim of a type positions are asked for."""
    asked = (term for rule in book.expense_rules for term in terms(rule.expression))
    within = [int(term.arguments[1]) for term in asked if _WORDS.get(term.name) == type_]
    return max(within, default=0) + COVERED_US


def _covering(
    positions: Positions, vehicle_id: int, since_us: int, until_us: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The fixes of a time, both ends included; none where they do not cover it: where, from the last fix before it (or
    at its beginning) to the first after it (or at its end), two neighbours are over COVERED_US apart."""
    ts_us, lon_e7, lat_e7 = _fixes(positions, vehicle_id, since_us - COVERED_US, until_us + COVERED_US)
    inside = (ts_us >= since_us) & (ts_us <= until_us)
    before, after = ts_us[ts_us <= since_us], ts_us[ts_us >= until_us]
    if not inside.any() or not len(before) or not len(after):
        return lon_e7[:0], lat_e7[:0]
    seen_us = np.concatenate([before[-1:], ts_us[inside], after[:1]])
    if (np.diff(seen_us) > COVERED_US).any():
        return lon_e7[:0], lat_e7[:0]
    return lon_e7[inside], lat_e7[inside]


def seen_at(claim: Claim, zone: Zone, seen: Whereabouts, distance_m: float, within_us: int) -> bool | None:
    """Whether the car was at a place from ``within_us`` before the claim's minute to as long after it: True where a fix
    lies within ``distance_m``, False where fixes cover that time and none does, None where it is not known."""
    since_us, until_us = claim.start_us - within_us, claim.end_us + within_us
    vehicle_id = int(seen.vehicle_ids[claim.row])
    _, lon_e7, lat_e7 = _fixes(seen.positions, vehicle_id, since_us, until_us)
    if len(lon_e7) and float(metres_to(zone.boundary, lon_e7, lat_e7).min()) <= distance_m:
        return True
    return False if len(_covering(seen.positions, vehicle_id, since_us, until_us)[0]) else None


def _fixes(
    positions: Positions, vehicle_id: int, since_us: int, until_us: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Time and place of a vehicle's fixes from one moment to another, both included."""
    # In the column's own type: in another one the whole column would be copied for each claim.
    ids = np.array([vehicle_id, vehicle_id + 1], positions.vehicle_id.dtype)
    low, high = np.searchsorted(positions.vehicle_id, ids)
    first = int(low + np.searchsorted(positions.ts_us[low:high], since_us))
    last = int(low + np.searchsorted(positions.ts_us[low:high], until_us, side="right"))
    fixes = (positions.flags[first:last] & Flag.NO_FIX) == 0
    return positions.ts_us[first:last][fixes], positions.lon_e7[first:last][fixes], positions.lat_e7[first:last][fixes]
