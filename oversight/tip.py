"""A public tip 群众举报 against the track: was the car near that place at that time? No data is an answer too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fleet.clock import moment_of, us_of
from fleet.position import Flag, Positions
from geofence.distance import distance_m

WITHIN = timedelta(minutes=30)
NEAR_M = 500.0
_KNOWN_US = 10 * 60 * 1_000_000
"""Between two fixes no further apart than this, the car is known to have been thereabouts (DESIGN section 5)."""
_QUIET_M = 100.0
"""A tracker that sleeps so near to where it wakes has stood there."""


class Verdict(StrEnum):
    """What the track says."""

    NEAR = "near"
    AWAY = "away"
    NO_DATA = "no_data"
    """no fix at that time, or silence in which it may have been there"""
    NO_PLACE = "no_place"
    """the tip names no point that could be compared"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was found in the time looked at: how many fixes, and the one nearest to the place."""

    verdict: Verdict
    fixes: int
    nearest_m: float | None = None
    nearest_at: datetime | None = None


def sighting(
    track: Positions,
    at: datetime,
    place: tuple[int, int] | None,
    *,
    within: timedelta = WITHIN,
    near_m: float = NEAR_M,
) -> Sighting:
    """Whether a car was within ``near_m`` of a place (1e-7 degrees, WGS-84) from ``within`` before to after a moment.

    ``track``: its positions of that time and, where there are some, the neighbours before and after it.
    """
    fixes = track.take((track.flags & Flag.NO_FIX) == 0).in_order()
    since, until = us_of(at - within), us_of(at + within)
    inside = (fixes.ts_us >= since) & (fixes.ts_us <= until)
    count = int(inside.sum())
    if place is None:
        return Sighting(Verdict.NO_PLACE if count else Verdict.NO_DATA, count)
    metres = distance_m(fixes.lon_e7, fixes.lat_e7, place[0], place[1])
    nearest: tuple[float | None, datetime | None] = (None, None)
    if count:
        row = int(np.flatnonzero(inside)[np.argmin(metres[inside])])
        nearest = (round(float(metres[row]), 1), moment_of(int(fixes.ts_us[row])))
        if metres[row] <= near_m:
            return Sighting(Verdict.NEAR, count, *nearest)
    known = _is_known_throughout(fixes, metres > near_m + _QUIET_M, since, until)
    return Sighting(Verdict.AWAY if known else Verdict.NO_DATA, count, *nearest)


def _is_known_throughout(fixes: Positions, far: NDArray[np.bool_], since: int, until: int) -> bool:
    """Whether no silence touches the time in which the car may have been at the place."""
    ts = fixes.ts_us
    if len(ts) < 2 or ts[0] > since or ts[-1] < until:
        return False
    touches = (ts[1:] > since) & (ts[:-1] < until)
    short = np.diff(ts) <= _KNOWN_US
    apart = distance_m(fixes.lon_e7[:-1], fixes.lat_e7[:-1], fixes.lon_e7[1:], fixes.lat_e7[1:])
    quiet = (apart <= _QUIET_M) & far[1:] & far[:-1]
    return bool(np.all((short | quiet)[touches]))
