"""Checkpoints: where judging may go on instead of beginning again, with the same result.

A fix is a *cut* when the facts of all fixes are the facts up to it joined with the facts from it on, whatever
comes later. By the definitions that is so when

- no island can hold it: its run since the last impossible step lasts ``island_s`` already, or began with the data
  (or with an earlier checkpoint, of which this was shown then); and
- the trip at it is settled: it ends a gap, or a pause of ``pause_s`` or more, or it ends a moving step of a trip
  that has been ``trip_reach_m`` away, so that it counts whatever follows.

Signals need no more: a run of neighbouring messages is the run up to any moment with a message, joined with the
run from that moment on.

A checkpoint is a cut with the spans open at it, each ending at the cut. Anything that changes at or before a cut
(a late position, a zone, an order) makes it worthless; the last one before the change still holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.clock import DAY_US, MINUTE_US, SECOND_US
from rules.facts import FactLimits, Facts, Mask, Runs, covered
from rules.history import gaps_of, stops_of, trips_of, visits_records
from rules.records import History, R, Signals, fused
from rules.signals import open_at
from rules.visits import VisitRuns

Index = NDArray[np.int64]

NO_CUT_US = -(2**62)

WORTH_US = 2 * MINUTE_US
"""A checkpoint less far than this from the one that judging went on from costs more to write than it saves reading."""


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """Where the vehicles of a judging begin: per vehicle row its checkpoint's cut, or NO_CUT_US for the first fix.

    ``open``: the spans open at the cuts, each ending there.
    """

    cut_us: NDArray[np.int64]
    open: History

    @classmethod
    def first_fixes(cls, n_vehicles: int) -> Beginning:
        return cls(np.full(n_vehicles, NO_CUT_US, np.int64), History.empty())

    def open_trip(self) -> Mask:
        """Per vehicle row: whether its trip is open at the cut."""
        mask = np.zeros(len(self.cut_us), bool)
        mask[self.open.trips.vehicle] = True
        return mask


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoints:
    """Checkpoints to keep. In ``open`` the column ``vehicle`` holds the number of the checkpoint."""

    vehicle: NDArray[np.int32]
    cut_us: NDArray[np.int64]
    open: History

    def worth_keeping(self, begin: Beginning) -> Mask:
        """Which of them are far enough from where their vehicle's judging began."""
        return self.cut_us - begin.cut_us[self.vehicle] >= WORTH_US


def cuts_of(facts: Facts, limits: FactLimits) -> Mask:
    """Per fix: whether it is a cut."""
    fixes, steps = facts.fixes, facts.steps
    cuts = np.zeros(len(fixes), bool)
    if len(fixes) < 2:
        return cuts
    settled = steps.gap & steps.same_vehicle & ~steps.impossible
    settled |= steps.moving & covered(len(steps.gap), facts.trips) & facts.far[1:]
    standing = ~steps.moving & ~steps.gap
    last_other = np.maximum.accumulate(np.where(standing, -1, np.arange(len(standing))))
    since_us = fixes.ts_us[1:] - fixes.ts_us[last_other + 1]
    settled |= standing & (since_us >= limits.pause_s * SECOND_US)
    cuts[1:] = settled
    return cuts & _no_island(facts, limits)


def _no_island(facts: Facts, limits: FactLimits) -> Mask:
    """Per fix: whether it cannot be part of an island, whatever comes."""
    fixes, steps = facts.fixes, facts.steps
    begins_data = np.concatenate(([True], ~steps.same_vehicle))
    begins_run = begins_data | facts.after_impossible
    run_start = np.maximum.accumulate(np.where(begins_run, np.arange(len(fixes)), 0))
    lasts_us = fixes.ts_us - fixes.ts_us[run_start]
    safe: Mask = begins_data[run_start] | (lasts_us >= limits.island_s * SECOND_US)
    return safe


def joined_on(begin: Beginning, history: History) -> History:
    """The history with the spans that were open where it begins.

    A span that does not go on ends at its cut; it is given too, since it may have been stored as longer.
    """
    return History(
        _joined(begin.open.trips, history.trips),
        _joined(begin.open.stops, history.stops),
        _joined(begin.open.gaps, history.gaps),
        _joined(begin.open.visits, history.visits),
        _joined(begin.open.signals, history.signals),
    )


def _joined(earlier: R, later: R) -> R:
    whole, went_on = fused(earlier, later)
    return type(later).concatenate([earlier.take(~went_on), whole])


def checkpoints_of(
    facts: Facts, visits: VisitRuns, signals: Signals, limits: FactLimits, begin: Beginning
) -> Checkpoints:
    """The checkpoints worth keeping: the last cut of each vehicle's UTC day, and so the last of all."""
    at = _last_of_day(facts, np.flatnonzero(cuts_of(facts, limits)))
    vehicle = facts.fixes.vehicle[at]
    trips, trip_cut, _ = _until(facts.trips, at)
    stops, stop_cut, _ = _until(facts.stops, at)
    gaps, gap_cut, _ = _until(facts.gaps, at)
    runs, visit_cut, row = _until(visits.runs, at)
    until = VisitRuns(runs, visits.place[row], visits.zone_id[row])
    cut_us = facts.fixes.ts_us[at]
    return Checkpoints(
        vehicle,
        cut_us,
        History(
            _open(begin.open.trips, trips_of(facts, trips).numbered(trip_cut), vehicle),
            _open(begin.open.stops, stops_of(facts, stops).numbered(stop_cut), vehicle),
            _open(begin.open.gaps, gaps_of(facts, gaps).numbered(gap_cut), vehicle),
            _open(begin.open.visits, visits_records(facts, until).numbered(visit_cut), vehicle),
            _open(begin.open.signals, open_at(signals, vehicle, cut_us), vehicle),
        ),
    )


def _last_of_day(facts: Facts, at: Index) -> Index:
    if not len(at):
        return at
    vehicle, day = facts.fixes.vehicle[at], facts.fixes.ts_us[at] // DAY_US
    last = np.concatenate(((vehicle[1:] != vehicle[:-1]) | (day[1:] != day[:-1]), [True]))
    return at[last]


def _until(runs: Runs, at: Index) -> tuple[Runs, NDArray[np.int32], Index]:
    """The runs open at the fixes ``at``, each up to there; the number of the fix; the row of the run."""
    low = np.searchsorted(at, runs.first, side="right")
    high = np.searchsorted(at, runs.last, side="right")
    count = np.maximum(high - low, 0)
    row = np.repeat(np.arange(len(runs)), count)
    cut = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    return Runs(runs.first[row], at[cut]), cut.astype(np.int32), row


def _open(earlier: R, until: R, vehicle: NDArray[np.int32]) -> R:
    whole, _ = fused(earlier, until, vehicle[until.vehicle])
    return whole
