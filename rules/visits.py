"""Visits 进出: spans that vehicles were inside, or outside, the zones of a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fleet.clock import HOUR_US
from geofence.locate import Locator
from geofence.zone import Zone, ZoneKind
from rules.facts import Facts, Runs
from rules.units import Units

OUTSIDE_ALL = 0

HANDOVER_US = 12 * HOUR_US
"""From noon to noon around the midnight of a change of unit: the papers name a day, the car changes yards in that night
or on that day."""

_FOREVER_US = np.int64(2**62)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What ``inside(...)`` and ``outside(...)`` in a rule name: a zone's kind or name, grown by a buffer."""

    name: str
    buffer_m: float
    side: Literal["inside", "outside"]


@dataclass(frozen=True, slots=True, eq=False)
class VisitRuns:
    """Runs of neighbouring fixes inside a zone, or outside all zones, of a place."""

    runs: Runs
    place: NDArray[np.int32]
    """Number of the place in the list asked for."""
    zone_id: NDArray[np.int32]
    """The zone visited; OUTSIDE_ALL for spans outside."""


class ZoneTable:
    """The zones known to a judging, with the columns that say when and for whose cars each counts."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self.zones = list(zones)
        self.locator = Locator(self.zones)
        self.zone_id = np.array([zone.id for zone in zones], np.int32)
        self.unit_id = np.array([zone.unit_id or 0 for zone in zones], np.int32)
        self.is_home = np.array([zone.kind is ZoneKind.HOME for zone in zones], bool)
        self.valid_from_us = np.array(
            [-_FOREVER_US if zone.valid_from_us is None else zone.valid_from_us for zone in zones], np.int64
        )
        self.valid_to_us = np.array(
            [_FOREVER_US if zone.valid_to_us is None else zone.valid_to_us for zone in zones], np.int64
        )

    def rows_of(self, name: str) -> NDArray[np.int64]:
        """Rows of the zones that a place's name stands for: those of the kind, else those of the name."""
        by_kind = [row for row, zone in enumerate(self.zones) if zone.kind == name]
        return np.array(by_kind or self.rows_named(name), np.int64)

    def rows_named(self, name: str) -> list[int]:
        """Rows of the zones of a name, each of its versions."""
        return [row for row, zone in enumerate(self.zones) if zone.name == name]

    def own(
        self, zone: NDArray[Any], units: Units, vehicle: NDArray[np.int32], ts_us: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether zones, by their rows, are those of vehicles' units at moments, or of no unit; all parallel.

        So near to a change of unit as HANDOVER_US, each of the two units' home zones is one.
        """
        unit = self.unit_id[zone]
        own: NDArray[np.bool_] = (unit == 0) | (unit == units.at(vehicle, ts_us))
        if units.change:
            near = (unit == units.at(vehicle, ts_us - HANDOVER_US)) | (unit == units.at(vehicle, ts_us + HANDOVER_US))
            own |= self.is_home[zone] & near
        return own

    def counts(self, row: int, ts_us: NDArray[np.int64], unit_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether the zone counts at moments for cars of units."""
        own = (unit_id == self.unit_id[row]) | (self.unit_id[row] == 0)
        return np.asarray(own & (ts_us >= self.valid_from_us[row]) & (ts_us < self.valid_to_us[row]))


def visits_of(facts: Facts, places: Sequence[Place], table: ZoneTable, units: Units) -> VisitRuns:
    """Visits to all places. A unit's zone counts for the cars that are its own at the time only."""
    parts: list[VisitRuns] = []
    pairs: dict[tuple[str, float], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    for number, place in enumerate(places):
        key = (place.name, place.buffer_m)
        if key not in pairs:
            pairs[key] = _pairs(facts, place, table, units)
        fix, zone = pairs[key]
        if place.side == "inside":
            parts.append(_inside(facts, number, fix, zone, table))
        else:
            parts.append(_outside(facts, number, place, fix, table, units))
    return VisitRuns(
        Runs(
            np.concatenate([part.runs.first for part in parts] or [np.zeros(0, np.int64)]),
            np.concatenate([part.runs.last for part in parts] or [np.zeros(0, np.int64)]),
        ),
        np.concatenate([part.place for part in parts] or [np.zeros(0, np.int32)]),
        np.concatenate([part.zone_id for part in parts] or [np.zeros(0, np.int32)]),
    )


def _pairs(facts: Facts, place: Place, table: ZoneTable, units: Units) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(fix, zone row), by zone and fix, of every fix in a zone of the place that counts for its car then."""
    fixes = facts.fixes
    rows = table.rows_of(place.name)
    fix, zone = table.locator.pairs(fixes.lon_e7, fixes.lat_e7, place.buffer_m, rows.tolist())
    counts = np.ones(len(fix), bool)
    if table.unit_id[rows].any():
        counts &= table.own(zone, units, fixes.vehicle[fix], fixes.ts_us[fix])
    if (table.valid_from_us[rows] > -_FOREVER_US).any() or (table.valid_to_us[rows] < _FOREVER_US).any():
        ts_us = fixes.ts_us[fix]
        counts &= (ts_us >= table.valid_from_us[zone]) & (ts_us < table.valid_to_us[zone])
    if counts.all():
        return fix, zone.astype(np.int64)
    return fix[counts], zone[counts].astype(np.int64)


def _inside(facts: Facts, number: int, fix: NDArray[np.int64], zone: NDArray[np.int64], table: ZoneTable) -> VisitRuns:
    linked = (
        (fix[1:] == fix[:-1] + 1)
        & (zone[1:] == zone[:-1])
        & ~facts.steps.gap[np.minimum(fix[:-1], len(facts.steps.gap) - 1)]
    )
    before, after = _before_after(linked, len(fix))
    first = np.flatnonzero(after & ~before)
    last = np.flatnonzero(before & ~after)
    return _numbered(number, Runs(fix[first], fix[last]), table.zone_id[zone[first]])


def _outside(
    facts: Facts,
    number: int,
    place: Place,
    inside_fix: NDArray[np.int64],
    table: ZoneTable,
    units: Units,
) -> VisitRuns:
    """Outside all zones of the place. Where a vehicle has none (no home zone, say), nothing is claimed."""
    outside = _has_zone(facts, table, table.rows_of(place.name), units)
    outside[inside_fix] = False
    step = outside[:-1] & outside[1:] & ~facts.steps.gap
    before, after = _before_after(step, len(outside))
    first, last = np.flatnonzero(after & ~before), np.flatnonzero(before & ~after)
    return _numbered(number, Runs(first, last), np.full(len(first), OUTSIDE_ALL, np.int32))


def _has_zone(facts: Facts, table: ZoneTable, rows: NDArray[np.int64], units: Units) -> NDArray[np.bool_]:
    """Per fix: whether any of the zones counts for its vehicle at its time."""
    fixes = facts.fixes
    unit_id = table.unit_id[rows]
    always = (table.valid_from_us[rows] == -_FOREVER_US) & (table.valid_to_us[rows] == _FOREVER_US)
    has_always = np.isin(units.ids, unit_id[always]) | bool((unit_id[always] == 0).any())
    has: NDArray[np.bool_] = units.pick(has_always, fixes.vehicle, fixes.ts_us)
    for row in rows[~always].tolist():
        member = (units.ids == table.unit_id[row]) | (table.unit_id[row] == 0)
        if (member & ~has_always).any():
            since, until = table.valid_from_us[row], table.valid_to_us[row]
            has |= units.pick(member, fixes.vehicle, fixes.ts_us) & (fixes.ts_us >= since) & (fixes.ts_us < until)
    return has


def _before_after(linked: NDArray[np.bool_], n: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Per member: whether it is linked to the one before, and to the one after."""
    before, after = np.zeros(n, bool), np.zeros(n, bool)
    before[1:], after[:-1] = linked, linked
    return before, after


def _numbered(number: int, runs: Runs, zone_id: NDArray[np.int32]) -> VisitRuns:
    return VisitRuns(runs, np.full(len(runs), number, np.int32), zone_id)
