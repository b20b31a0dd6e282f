"""Facts of one vehicle, word by word from the design ("Facts", section 5), in plain Python.

Slow on purpose and without numpy: what is here should be checkable by reading it beside the definitions.
The program's own reading is ``rules.facts``; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby, pairwise
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8
IMPOSSIBLE_OVER_KMH = 200
MOVING_FROM_KMH = 5
STEP_AT_MOST_S = 600
QUIET_WITHIN_M = 100
ISLAND_UNDER_S = 600
PAUSE_FROM_S = 300
TRIP_FROM_M = 200

IMPOSSIBLE, MOVING, STILL, QUIET, GAP = "impossible", "moving", "still", "quiet", "gap"


class Fix(NamedTuple):
    """One valid fix. Coordinates are whole 1e-7 degrees of WGS-84."""

    ts_us: int
    lon_e7: int
    lat_e7: int


class Trip(NamedTuple):
    """[start, end) of driving; the metres are the sum over its steps, the fixes both ends included."""

    start_us: int
    end_us: int
    distance_m: float
    fixes: int


class Stop(NamedTuple):
    """[start, end) of standing; how much of it is only inferred from quiet steps."""

    start_us: int
    end_us: int
    fixes: int
    inferred_s: float


class Gap(NamedTuple):
    """[start, end) of which nothing is claimed."""

    start_us: int
    end_us: int


class Visit(NamedTuple):
    """First to last fix of a run inside. A run of one fix has start == end: an empty span."""

    start_us: int
    end_us: int
    fixes: int


class Facts(NamedTuple):
    trips: list[Trip]
    stops: list[Stop]
    gaps: list[Gap]


class Step(NamedTuple):
    """From fix number ``at`` of the fixes that count to the next one."""

    at: int
    kind: str
    duration_us: int
    distance_m: float


class Track(NamedTuple):
    """The fixes that count, and the step after each but the last."""

    fixes: list[Fix]
    steps: list[Step]


def distance_m(a: Fix, b: Fix) -> float:
    """Great-circle distance on the design's sphere, by haversine."""
    lat_a, lat_b = radians(a.lat_e7 / 1e7), radians(b.lat_e7 / 1e7)
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians((b.lon_e7 - a.lon_e7) / 1e7) / 2)
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half_lat**2 + cos(lat_a) * cos(lat_b) * half_lon**2)))


def counting_fixes(fixes: Iterable[Fix]) -> list[Fix]:
    """In time order; of several at one instant the least by (lon, lat); without islands."""
    ordered = [next(same_instant) for _, same_instant in groupby(sorted(fixes), key=lambda fix: fix.ts_us)]
    return _without_islands(ordered)


def track_of(fixes: Iterable[Fix]) -> Track:
    """The order of the fixes, and repeats among them, do not matter."""
    counting = counting_fixes(fixes)
    return Track(counting, _steps(counting))


def reference_facts(fixes: Iterable[Fix]) -> Facts:
    """Trips, stops and gaps of one vehicle, each in time order."""
    return facts_of(track_of(fixes))


def facts_of(track: Track) -> Facts:
    """Trips, stops and gaps, each in time order."""
    counting, steps = track
    in_trip: set[int] = set()
    trips = []
    for run in _candidate_trips(steps):
        first = counting[run[0].at]
        of_run = [first] + [counting[step.at + 1] for step in run]
        if any(distance_m(first, fix) >= TRIP_FROM_M for fix in of_run):
            in_trip.update(step.at for step in run)
            length_m = sum(step.distance_m for step in run)
            trips.append(Trip(first.ts_us, of_run[-1].ts_us, length_m, len(of_run)))

    def part(step: Step) -> str:
        if _is_gap(step):
            return "gap"
        return "trip" if step.at in in_trip else "stop"

    stops, gaps = [], []
    for kind, grouped in groupby(steps, key=part):
        run = list(grouped)
        start_us, end_us = counting[run[0].at].ts_us, counting[run[-1].at + 1].ts_us
        if kind == "stop":
            inferred_s = sum(step.duration_us for step in run if step.kind == QUIET) / 1e6
            stops.append(Stop(start_us, end_us, len(run) + 1, inferred_s))
        elif kind == "gap":
            gaps.append(Gap(start_us, end_us))
    return Facts(trips, stops, gaps)


def reference_visits(fixes: Iterable[Fix], is_inside: Callable[[Fix], bool]) -> list[Visit]:
    """Visits of one vehicle, from its fixes in any order."""
    return visits_of(track_of(fixes), is_inside)


def visits_of(track: Track, is_inside: Callable[[Fix], bool]) -> list[Visit]:
    """Runs of neighbouring fixes for which ``is_inside`` holds, never across a gap.

    For visits *outside* a zone give the opposite predicate. Runs of one fix are listed, with start == end.
    """
    runs: list[list[Fix]] = []
    open_run = False
    steps: list[Step | None] = [None, *track.steps]
    for fix, step_before in zip(track.fixes, steps, strict=False):
        if not is_inside(fix):
            open_run = False
        elif open_run and step_before is not None and not _is_gap(step_before):
            runs[-1].append(fix)
        else:
            runs.append([fix])
            open_run = True
    return [Visit(run[0].ts_us, run[-1].ts_us, len(run)) for run in runs]


def _without_islands(fixes: list[Fix]) -> list[Fix]:
    """Leave out each run of fixes under 10 min that lies between two impossible steps. Once, not repeated."""
    runs: list[list[Fix]] = []
    for number, fix in enumerate(fixes):
        if number == 0 or _kind(fixes[number - 1], fix) == IMPOSSIBLE:
            runs.append([fix])
        else:
            runs[-1].append(fix)
    kept = []
    for number, run in enumerate(runs):
        between_two = 0 < number < len(runs) - 1
        lasts_s = (run[-1].ts_us - run[0].ts_us) / 1e6
        if not (between_two and lasts_s < ISLAND_UNDER_S):
            kept += run
    return kept


def _kind(a: Fix, b: Fix) -> str:
    duration_s = (b.ts_us - a.ts_us) / 1e6
    far_m = distance_m(a, b)
    speed_kmh = far_m / duration_s * 3.6
    if speed_kmh > IMPOSSIBLE_OVER_KMH:
        return IMPOSSIBLE
    if duration_s <= STEP_AT_MOST_S:
        return MOVING if speed_kmh >= MOVING_FROM_KMH else STILL
    return QUIET if far_m <= QUIET_WITHIN_M else GAP


def _steps(fixes: list[Fix]) -> list[Step]:
    return [Step(at, _kind(a, b), b.ts_us - a.ts_us, distance_m(a, b)) for at, (a, b) in enumerate(pairwise(fixes))]


def _is_gap(step: Step) -> bool:
    """An impossible step that is left, once islands are out, counts as a gap."""
    return step.kind in (GAP, IMPOSSIBLE)


def _candidate_trips(steps: list[Step]) -> list[list[Step]]:
    """Maximal runs from a moving step to a moving step without a gap and without a pause of 5 min or more."""
    candidates: list[list[Step]] = []
    pause: list[Step] | None = None  # the still and quiet steps since the last moving one; None: nothing to go on from
    for step in steps:
        if _is_gap(step):
            pause = None
        elif step.kind != MOVING:
            if pause is not None:
                pause.append(step)
        elif pause is not None and sum(rest.duration_us for rest in pause) < PAUSE_FROM_S * 1_000_000:
            candidates[-1] += [*pause, step]
            pause = []
        else:
            candidates.append([step])
            pause = []
    return candidates
