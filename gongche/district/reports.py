"""What trackers report at their moments: positions with noise, false speeds, wild fixes, delays and repeats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.clock import SECOND_US
from fleet.position import Flag, Positions
from gongche.district.diary import Diary
from gongche.district.moments import Moments, within
from gongche.district.plane import Points, to_e7
from gongche.district.season import START_US
from gongche.district.timeline import Timeline

SIGHT_S = 2.0  # speeds and headings are of what is driven from so long before to so long after
WILD_ONE_IN = 9_000
WILD_M = (32_000.0, 70_000.0)
WILD_WITHIN_S = 330
WILD_APART = 60
BAD_START_M = 120.0
FALSE_SPEED_FROM_DRIFT_M = 20.0
REPEATED = 0.003
LAG_S = (0.4, 4.0)
LATE_BY_S = (2 * 3600.0, 9 * 3600.0)

Column = NDArray[np.float64]
Mask = NDArray[np.bool_]


def make_positions(moments: Moments, timeline: Timeline, diaries: list[Diary], rng: np.random.Generator) -> Positions:
    """All reports in the order of their arrival, repeats included; ``vehicle_id`` and ``tracker_id`` are car
    numbers from 0."""
    seconds = moments.second.astype(np.float64)
    driven_m = timeline.driven(moments.car, seconds)
    before = timeline.points(timeline.driven(moments.car, seconds - SIGHT_S))
    after = timeline.points(timeline.driven(moments.car, seconds + SIGHT_S))
    moved = after - before
    speed_kmh = np.sqrt((moved * moved).sum(axis=1)) / (2 * SIGHT_S) * 3.6
    points = timeline.points(driven_m) + _noise(moments, rng)
    points += _bad_starts(moments, diaries, rng)
    wild = _wild(moments, rng)
    points[wild] += _far_away(int(wild.sum()), rng)
    lon_e7, lat_e7 = to_e7(points)
    flags = np.where(moments.driving, int(Flag.IGNITION_ON), int(Flag.IGNITION_OFF))
    positions = Positions.of(
        moments.car,
        START_US + moments.second * SECOND_US,
        lon_e7,
        lat_e7,
        speed_kmh=np.rint(_reported_speeds(moments, speed_kmh, rng) * 10) / 10,
        heading_deg=np.rint(np.degrees(np.arctan2(moved[:, 0], moved[:, 1])) % 360) % 360,
        altitude_m=18.0,
        satellites=np.where(moments.no_fix, 0, 7 + rng.integers(0, 12, len(seconds))),
        odometer_km=np.rint(timeline.odometer_m(moments.car, driven_m) / 100) / 10 + 20_000 + moments.car * 37,
        flags=flags | np.where(moments.no_fix, int(Flag.NO_FIX), 0) | _alarms(moments, diaries),
        tracker_id=moments.car,
        received_us=_received_us(moments, diaries, rng),
    )
    return _as_it_arrived(positions, rng)


def _noise(moments: Moments, rng: np.random.Generator) -> Points:
    """Metres off, per axis at most the drift. (Only sums of even draws: the same on every machine.)"""
    draws = rng.random((len(moments.car), 4))
    return np.asarray((draws[:, :2] + draws[:, 2:] - 1.0) * moments.drift_m[:, None])


def _alarms(moments: Moments, diaries: list[Diary]) -> NDArray[np.int64]:
    flags = np.zeros(len(moments.car), np.int64)
    for flag in sorted({alarm.flag for diary in diaries for alarm in diary.alarms}):
        stretches = [[alarm.during for alarm in diary.alarms if alarm.flag is flag] for diary in diaries]
        flags |= np.where(within(moments, stretches), int(flag), 0)
    return flags


def _bad_starts(moments: Moments, diaries: list[Diary], rng: np.random.Generator) -> Points:
    """The first fix of a drive is far off now and then, with trackers that are bad anyway."""
    bad = np.array([not diary.car.habits.is_plain for diary in diaries])[moments.car]
    first = moments.driving & ~np.concatenate([[False], moments.driving[:-1]])
    off = bad & first & (rng.random(len(first)) < 0.2)
    return np.asarray(off[:, None] * (BAD_START_M, 0.0))


def _wild(moments: Moments, rng: np.random.Generator) -> Mask:
    """Single fixes far off, between neighbours so near in time that nobody could have been there."""
    wild = (rng.random(len(moments.car)) * WILD_ONE_IN < 1) & ~moments.no_fix
    rows = np.flatnonzero(wild)
    rows = rows[np.concatenate([[True], np.diff(rows) > WILD_APART])]
    rows = rows[(rows >= 2) & (rows < len(wild) - 2)]
    for apart in (-2, 2):
        rows = rows[moments.car[rows + apart] == moments.car[rows]]
        near = np.abs(moments.second[rows + apart] - moments.second[rows]) < 2 * WILD_WITHIN_S
        rows = rows[near & ~moments.no_fix[rows + apart]]
    for apart in (-1, 1):
        rows = rows[np.abs(moments.second[rows + apart] - moments.second[rows]) < WILD_WITHIN_S]
    chosen = np.zeros(len(wild), np.bool_)
    chosen[rows] = True
    return chosen


def _far_away(count: int, rng: np.random.Generator) -> Points:
    sign = rng.choice([-1.0, 1.0], (count, 2))
    return sign * rng.uniform(*WILD_M, (count, 2))


def _reported_speeds(moments: Moments, speed_kmh: Column, rng: np.random.Generator) -> Column:
    draws = rng.random((len(speed_kmh), 2))
    driven = np.maximum(speed_kmh + (draws[:, 0] - 0.5) * 3, 0.0)
    false = (moments.drift_m > FALSE_SPEED_FROM_DRIFT_M) & (draws[:, 0] < 0.06)
    return np.where(moments.driving, driven, np.where(false, 3 + 17 * draws[:, 1], 0.0))


def _received_us(moments: Moments, diaries: list[Diary], rng: np.random.Generator) -> NDArray[np.int64]:
    """A few seconds after; hours after what was kept back over a drive and then uploaded at once."""
    lag_s = rng.uniform(*LAG_S, len(moments.car))
    first = np.searchsorted(moments.car, np.arange(len(diaries) + 1))
    for number, diary in enumerate(diaries):
        rows = slice(first[number], first[number + 1])
        for leg in diary.late:
            arrives_s = leg.arrive_s + rng.uniform(*LATE_BY_S)
            from_row, to_row = first[number] + np.searchsorted(
                moments.second[rows], [leg.depart_s - 1, leg.arrive_s + 1]
            )
            kept_back = slice(from_row, to_row)
            lag_s[kept_back] += arrives_s - moments.second[kept_back]
    received: NDArray[np.int64] = START_US + ((moments.second + lag_s) * SECOND_US).astype(np.int64)
    return received


def _as_it_arrived(positions: Positions, rng: np.random.Generator) -> Positions:
    """With repeats of some reports half a minute later, sorted by when they were received."""
    again = positions.take(np.flatnonzero(rng.random(len(positions)) < REPEATED))
    again.received_us[:] += 30 * SECOND_US
    both = Positions.concatenate([positions, again])
    return both.take(np.argsort(both.received_us, kind="stable"))
