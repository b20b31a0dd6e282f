"""Facts as records: what the runs of fixes say of each trip, stop, gap and visit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.clock import SECOND_US
from rules.facts import Facts, Runs
from rules.records import Gaps, History, Signals, Stops, Trips, Visits
from rules.visits import VisitRuns


def history_of(facts: Facts, visits: VisitRuns, signals: Signals) -> History:
    """All facts as records."""
    return History(
        trips_of(facts, facts.trips),
        stops_of(facts, facts.stops),
        gaps_of(facts, facts.gaps),
        visits_records(facts, visits),
        signals,
    )


def trips_of(facts: Facts, runs: Runs) -> Trips:
    fixes, steps = facts.fixes, facts.steps
    return Trips(
        fixes.vehicle[runs.first],
        fixes.ts_us[runs.first],
        fixes.ts_us[runs.last],
        _sum_over(steps.distance_m, runs),
        _fix_count(runs),
        _most_speed_kmh(facts, runs),
        fixes.lon_e7[runs.first],
        fixes.lat_e7[runs.first],
        fixes.lon_e7[runs.last],
        fixes.lat_e7[runs.last],
    )


def stops_of(facts: Facts, runs: Runs) -> Stops:
    fixes, steps = facts.fixes, facts.steps
    return Stops(
        fixes.vehicle[runs.first],
        fixes.ts_us[runs.first],
        fixes.ts_us[runs.last],
        fixes.lon_e7[runs.first],
        fixes.lat_e7[runs.first],
        _fix_count(runs),
        _sum_over(np.where(steps.quiet, steps.duration_us, 0), runs) / SECOND_US,
    )


def gaps_of(facts: Facts, runs: Runs) -> Gaps:
    fixes = facts.fixes
    return Gaps(
        fixes.vehicle[runs.first],
        fixes.ts_us[runs.first],
        fixes.ts_us[runs.last],
        fixes.lon_e7[runs.first],
        fixes.lat_e7[runs.first],
        fixes.lon_e7[runs.last],
        fixes.lat_e7[runs.last],
        fixes.no_fix_before[runs.last] - fixes.no_fix_before[runs.first],
    )


def visits_records(facts: Facts, visits: VisitRuns) -> Visits:
    fixes, runs = facts.fixes, visits.runs
    return Visits(
        fixes.vehicle[runs.first],
        fixes.ts_us[runs.first],
        fixes.ts_us[runs.last],
        visits.place,
        visits.zone_id,
        _fix_count(runs),
    )


def _fix_count(runs: Runs) -> NDArray[np.int32]:
    return (runs.last - runs.first + 1).astype(np.int32)


def _sum_over(per_step: NDArray[np.float64] | NDArray[np.int64], runs: Runs) -> NDArray[np.float64]:
    """Sum of a step's value over each run. A run is never empty.

    Summed run by run, not as a difference of running sums: what a run's sum is must not depend, not even in its
    last bit, on what other vehicles and days stand before it in the columns.
    """
    if not len(runs):
        return np.zeros(0)
    values = np.append(per_step, 0).astype(np.float64)
    edges = np.stack((runs.first, runs.last), axis=1).ravel()
    sums: NDArray[np.float64] = np.add.reduceat(values, edges)[::2]
    return sums


def _most_speed_kmh(facts: Facts, runs: Runs) -> NDArray[np.float32]:
    """Per run: the highest speed of its steps: what is reported at a step's end, or else what the step implies.

    Step by step, so that a run in two pieces gives what the whole gives.
    """
    if not len(runs):
        return np.zeros(0, np.float32)
    fixes, steps = facts.fixes, facts.steps
    speed_kmh = np.zeros(len(fixes))
    np.divide(steps.distance_m * 3.6e6, steps.duration_us, out=speed_kmh[:-1], where=steps.duration_us > 0)
    reported_kmh = fixes.speed_kmh[1:]
    speed_kmh[:-1] = np.where(np.isnan(reported_kmh), speed_kmh[:-1], reported_kmh)
    most: NDArray[np.float64] = np.maximum.reduceat(speed_kmh, np.stack((runs.first, runs.last), axis=1).ravel())[::2]
    return most.astype(np.float32)
