"""Facts: trips 行程, stops 停留 and gaps 失联, from the sorted positions of many vehicles at once.

The definitions are section "Facts" of docs/facts.md, exact so that anyone can recompute them. Everything here
works on whole columns; there is no loop over positions.

A *step* joins two neighbouring fixes of one vehicle; step ``i`` joins the fixes ``i`` and ``i + 1`` of the kept
fixes. Where two vehicles meet, the step between them is none, and every mask of steps is false there, except
``gap``: for runs of steps a border between vehicles ends whatever a gap would end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.clock import SECOND_US
from fleet.position import Flag, Positions
from geofence.distance import distance_m

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FactLimits:
    """The numbers in the definitions."""

    impossible_kmh: float = 200.0
    step_s: int = 600
    moving_kmh: float = 5.0
    quiet_m: float = 100.0
    island_s: int = 600
    pause_s: int = 300
    trip_reach_m: float = 200.0
    offline_s: int = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """The fixes that count, in order: valid, one an instant, islands left out. Columns of length n."""

    vehicle: NDArray[np.int32]
    """Row number of the vehicle, ascending."""
    ts_us: NDArray[np.int64]
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    speed_kmh: NDArray[np.float32]
    no_fix_before: NDArray[np.int32]
    """How many messages of moments without a fix stand before it, of all vehicles: what lies between two is their
    difference.
    """

    def __len__(self) -> int:
        return len(self.ts_us)

    def take(self, rows: Index | Mask) -> Fixes:
        return Fixes(
            self.vehicle[rows],
            self.ts_us[rows],
            self.lon_e7[rows],
            self.lat_e7[rows],
            self.speed_kmh[rows],
            self.no_fix_before[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What lies between neighbouring fixes: columns of length n - 1."""

    duration_us: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    same_vehicle: Mask
    impossible: Mask
    moving: Mask
    quiet: Mask
    gap: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs of neighbouring steps, in order: from the first step's first fix to the last step's last fix."""

    first: Index
    """Fix that the run begins with."""
    last: Index
    """Fix that it ends with."""

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Fixes and steps of one judging, with trips, stops and gaps as runs over them.

    ``far``: per fix, whether the trip it lies in has by then been ``trip_reach_m`` from its first fix.
    """

    fixes: Fixes
    steps: Steps
    trips: Runs
    stops: Runs
    gaps: Runs
    far: Mask
    after_impossible: Mask
    """Per fix: whether the step before it, before islands were left out, was impossible."""


def fixes_of(positions: Positions, vehicle_ids: NDArray[np.int32]) -> Fixes:
    """The fixes of positions that stand :meth:`Positions.in_order`, of the vehicles ``vehicle_ids`` (ascending)."""
    valid = (positions.flags & Flag.NO_FIX) == 0
    rows = np.flatnonzero(valid)
    blind = _blind(positions, rows, np.flatnonzero(~valid))
    vehicle_id, ts_us = positions.vehicle_id[rows], positions.ts_us[rows]
    if len(rows) > 1:
        # Of several fixes at one instant the least by (lon, lat) counts: the first, in this order.
        repeated = (ts_us[1:] == ts_us[:-1]) & (vehicle_id[1:] == vehicle_id[:-1])
        if repeated.any():
            rows = rows[np.concatenate(([True], ~repeated))]
    return Fixes(
        _rows_of(positions.vehicle_id[rows], vehicle_ids),
        positions.ts_us[rows],
        positions.lon_e7[rows],
        positions.lat_e7[rows],
        positions.speed_kmh[rows],
        np.searchsorted(blind, rows).astype(np.int32),
    )


def _blind(positions: Positions, fixes: Index, without: Index) -> Index:
    """Of the rows without a fix those at whose instant the vehicle has none: an instant's rows stand together, so that
    a fix of theirs is the nearest one before or after.
    """
    if not len(without) or not len(fixes):
        return without
    after = np.searchsorted(fixes, without)
    has_fix = np.zeros(len(without), bool)
    for nearest in (fixes[np.minimum(after, len(fixes) - 1)], fixes[np.maximum(after - 1, 0)]):
        same_instant = positions.ts_us[nearest] == positions.ts_us[without]
        has_fix |= same_instant & (positions.vehicle_id[nearest] == positions.vehicle_id[without])
    return without[~has_fix]


def _rows_of(vehicle_id: NDArray[np.int32], vehicle_ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """The row of each vehicle, of a column in which the same ones stand together: each is looked up once."""
    first = np.flatnonzero(np.concatenate(([True], vehicle_id[1:] != vehicle_id[:-1])))[: len(vehicle_id)]
    row = np.searchsorted(vehicle_ids, vehicle_id[first]).astype(np.int32)
    return np.repeat(row, np.diff(first, append=len(vehicle_id)))


def steps_of(fixes: Fixes, limits: FactLimits) -> Steps:
    """The step after each fix but the last."""
    if len(fixes) < 2:
        nothing = np.zeros(0, bool)
        return Steps(np.zeros(0, np.int64), np.zeros(0), nothing, nothing, nothing, nothing, nothing)
    distance = distance_m(fixes.lon_e7[:-1], fixes.lat_e7[:-1], fixes.lon_e7[1:], fixes.lat_e7[1:])
    return _steps(fixes, distance, limits)


def _steps(fixes: Fixes, distance: NDArray[np.float64], limits: FactLimits) -> Steps:
    same = fixes.vehicle[1:] == fixes.vehicle[:-1]
    duration_us = fixes.ts_us[1:] - fixes.ts_us[:-1]
    # km/h = m * 3.6e6 / µs; written as a product, so that no duration is divided by.
    scaled = distance * 3.6e6
    impossible = same & (scaled > limits.impossible_kmh * duration_us)
    near_in_time = duration_us <= limits.step_s * SECOND_US
    possible = same & ~impossible
    moving = possible & near_in_time & (scaled >= limits.moving_kmh * duration_us)
    quiet = possible & ~near_in_time & (distance <= limits.quiet_m)
    gap = ~same | impossible | (~near_in_time & ~quiet)
    return Steps(duration_us, distance, same, impossible, moving, quiet, gap)


def _steps_without(fixes: Fixes, steps: Steps, kept: Mask, limits: FactLimits) -> tuple[Fixes, Steps]:
    """The kept fixes and their steps; distances are measured anew only where something was left out between."""
    rows = np.flatnonzero(kept)
    distance = steps.distance_m[np.minimum(rows[:-1], len(steps.distance_m) - 1)]
    parted = np.flatnonzero(rows[1:] != rows[:-1] + 1)
    before, after = rows[parted], rows[parted + 1]
    distance[parted] = distance_m(fixes.lon_e7[before], fixes.lat_e7[before], fixes.lon_e7[after], fixes.lat_e7[after])
    fixes = fixes.take(rows)
    return fixes, _steps(fixes, distance, limits)


def without_islands(fixes: Fixes, steps: Steps, limits: FactLimits) -> Mask | None:
    """Which fixes stay when islands are left out; None when all do.

    An island is a run of fixes that lasts under ``island_s`` and lies between two impossible steps.
    """
    if not steps.impossible.any():
        return None
    cut_after = np.flatnonzero(steps.impossible | ~steps.same_vehicle)
    first = np.concatenate(([0], cut_after + 1))
    last = np.concatenate((cut_after, [len(fixes) - 1]))
    impossible_after = np.concatenate((steps.impossible[cut_after], [False]))
    impossible_before = np.concatenate(([False], steps.impossible[cut_after]))
    lasts_us = fixes.ts_us[last] - fixes.ts_us[first]
    island = impossible_before & impossible_after & (lasts_us < limits.island_s * SECOND_US)
    if not island.any():
        return None
    return np.repeat(~island, last - first + 1)


def runs_of(member: Mask) -> Runs:
    """Maximal runs of neighbouring member steps."""
    if not len(member):
        return Runs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    before = np.concatenate(([False], member[:-1]))
    after = np.concatenate((member[1:], [False]))
    first = np.flatnonzero(member & ~before)
    last = np.flatnonzero(member & ~after) + 1
    return Runs(first, last)


def trip_candidates(fixes: Fixes, steps: Steps, limits: FactLimits) -> Runs:
    """Maximal runs of steps that begin and end with a moving step and hold no gap and no long pause."""
    moving = np.flatnonzero(steps.moving)
    if not len(moving):
        return Runs(moving, moving)
    gaps_before = np.cumsum(steps.gap)[moving]
    pause_us = fixes.ts_us[moving[1:]] - fixes.ts_us[moving[:-1] + 1]
    joined = (gaps_before[1:] == gaps_before[:-1]) & (pause_us < limits.pause_s * SECOND_US)
    first = moving[np.concatenate(([True], ~joined))]
    last = moving[np.concatenate((~joined, [True]))] + 1
    return Runs(first, last)


def far_from_first(fixes: Fixes, runs: Runs, already: Mask, limits: FactLimits) -> Mask:
    """Per fix: whether its run has by then been ``trip_reach_m`` from its first fix (``already``: per run)."""
    far = np.zeros(len(fixes), bool)
    if not len(runs):
        return far
    length = runs.last - runs.first + 1
    starts = np.cumsum(length) - length
    member = np.repeat(runs.first - starts, length) + np.arange(length.sum())
    origin = np.repeat(runs.first, length)
    away = (
        distance_m(fixes.lon_e7[origin], fixes.lat_e7[origin], fixes.lon_e7[member], fixes.lat_e7[member])
        >= limits.trip_reach_m
    )
    away[starts] |= already
    # Running "has been far" within each run: how many far fixes since the run began.
    count = np.cumsum(away)
    base = np.repeat(count[starts] - away[starts], length)
    far[member] = count > base
    return far


def facts_of(fixes: Fixes, limits: FactLimits, open_trip: Mask | None = None) -> Facts:
    """Facts of the vehicles' fixes.

    ``open_trip`` (per vehicle row): the vehicle's first fix is a checkpoint in the middle of a trip that counts
    already (rules.checkpoint); the trip goes on from it.
    """
    steps = steps_of(fixes, limits)
    after_impossible = np.concatenate(([False], steps.impossible))[: len(fixes)]
    kept = without_islands(fixes, steps, limits)
    if kept is not None:
        after_impossible = after_impossible[kept]
        fixes, steps = _steps_without(fixes, steps, kept, limits)
    candidates = trip_candidates(fixes, steps, limits)
    candidates, already = _going_on(fixes, steps, candidates, open_trip, limits)
    far = far_from_first(fixes, candidates, already, limits)
    counts = far[candidates.last] if len(candidates) else np.zeros(0, bool)
    trips = Runs(candidates.first[counts], candidates.last[counts])
    in_trip = covered(len(steps.gap), trips)
    same = steps.same_vehicle
    stops = runs_of(~in_trip & ~steps.gap & same)
    gaps = runs_of(steps.gap & same)
    return Facts(fixes, steps, trips, stops, gaps, far, after_impossible)


def _going_on(
    fixes: Fixes, steps: Steps, candidates: Runs, open_trip: Mask | None, limits: FactLimits
) -> tuple[Runs, Mask]:
    """Candidates that go on a trip open at their vehicle's first fix begin at that fix and count already."""
    already = np.zeros(len(candidates), bool)
    if open_trip is None or not len(candidates) or not open_trip.any():
        return candidates, already
    vehicle_first = np.searchsorted(fixes.vehicle, fixes.vehicle[candidates.first], side="left")
    is_first = np.concatenate(([True], vehicle_first[1:] != vehicle_first[:-1]))
    gaps_until = np.concatenate(([0], np.cumsum(steps.gap)))
    pause_us = fixes.ts_us[candidates.first] - fixes.ts_us[vehicle_first]
    already = (
        is_first
        & open_trip[fixes.vehicle[candidates.first]]
        & (gaps_until[candidates.first] == gaps_until[vehicle_first])
        & (pause_us < limits.pause_s * SECOND_US)
    )
    return Runs(np.where(already, vehicle_first, candidates.first), candidates.last), already


def covered(n_steps: int, runs: Runs) -> Mask:
    """Which steps lie in the runs."""
    edge = np.zeros(n_steps + 1, np.int8)
    edge[runs.first] += 1
    edge[runs.last] -= 1
    return np.cumsum(edge[:-1], dtype=np.int8) > 0
