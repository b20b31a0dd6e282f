"""Drives: where a car is at each moment between two places, with its starts, stops and lights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gongche.district.places import Place
from gongche.district.plane import Points
from gongche.district.roads import Roads

STOPS_AT_NODE = 0.22
WAIT_S = (6.0, 45.0)
HURRY = (0.85, 1.1)
RAMP_PARTS = 6
TURN_FROM_KMH = 15.0
HALT_COSTS_S = 8.0
SPEED_UP_M = 55.0  # to reach 50 km/h from standing

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One drive from place to place. ``times_s`` (since departure) and ``along_m`` (since departure) are knots of
    its progress; ``way`` (metres on the plane) with ``way_m`` (since departure) is its line.
    """

    start: Place
    end: Place
    depart_s: float
    times_s: Column
    along_m: Column
    way: Points
    way_m: Column

    @property
    def arrive_s(self) -> float:
        """Seconds on the same clock as ``depart_s``."""
        return self.depart_s + float(self.times_s[-1])

    @property
    def length_m(self) -> float:
        return float(self.way_m[-1])

    @property
    def minutes(self) -> float:
        return float(self.times_s[-1]) / 60

    def passes_s(self, along_m: float) -> float:
        """When it has come that far."""
        return self.depart_s + float(np.interp(along_m, self.along_m, self.times_s))

    def covers_m(self, until_s: float) -> float:
        """How far it has come by a moment of the same clock as ``depart_s``; nothing before, all of it after."""
        return float(np.interp(until_s - self.depart_s, self.times_s, self.along_m))

    def at(self, seconds: Column) -> Points:
        """Metres on the plane at moments of the same clock as ``depart_s``; its ends before and after."""
        along_m = np.interp(seconds - self.depart_s, self.times_s, self.along_m)
        return np.stack(
            [np.interp(along_m, self.way_m, self.way[:, 0]), np.interp(along_m, self.way_m, self.way[:, 1])],
            axis=1,
        )


def drive(roads: Roads, start: Place, end: Place, depart_s: float, rng: np.random.Generator) -> Leg:
    """The quickest way, at a speed of the driver's own, waiting at some of the crossings."""
    way, speeds_kmh = _way(roads, start, end)
    steps = np.diff(way, axis=0)
    lengths_m = np.sqrt((steps * steps).sum(axis=1))
    speeds_ms = speeds_kmh * rng.uniform(*HURRY) / 3.6
    lights = rng.random(len(lengths_m) - 1) < STOPS_AT_NODE
    waits_s = np.append(rng.uniform(*WAIT_S, len(lengths_m) - 1) * lights, 0.0)
    halts = lights | _turns(speeds_kmh)
    from_halt = np.concatenate([[True], halts])
    to_halt = np.concatenate([halts, [True]])
    times_s, along_m = _progress(lengths_m, speeds_ms, from_halt, to_halt, waits_s)
    return Leg(start, end, depart_s, times_s, along_m, way, np.concatenate([[0.0], np.cumsum(lengths_m)]))


def usual_minutes(roads: Roads, start: Place, end: Place) -> float:
    """How long a drive usually takes. A driven one takes a fifth less to a third more."""
    way, speeds_kmh = _way(roads, start, end)
    steps = np.diff(way, axis=0)
    lengths_m = np.sqrt((steps * steps).sum(axis=1))
    lights = STOPS_AT_NODE * len(steps)
    halts = lights + int(_turns(speeds_kmh).sum())
    lost_s = lights * sum(WAIT_S) / 2 + halts * HALT_COSTS_S
    return float((lengths_m / speeds_kmh).sum()) * 0.06 + lost_s / 60


def _turns(speeds_kmh: Column) -> NDArray[np.bool_]:
    """Where a road gives way to another kind of road: all stop there."""
    return np.abs(np.diff(speeds_kmh)) > TURN_FROM_KMH


def _way(roads: Roads, start: Place, end: Place) -> tuple[Points, Column]:
    nodes, speeds = roads.route(start.node, end.node)
    way = np.concatenate([start.approach[::-1], roads.nodes[nodes], end.approach])
    speeds_kmh = np.concatenate(
        [
            np.full(len(start.approach), start.approach_kmh),
            np.array(speeds, dtype=np.float64),
            np.full(len(end.approach), end.approach_kmh),
        ]
    )
    return way, speeds_kmh


def _progress(
    lengths_m: Column,
    speeds_ms: Column,
    from_halt: NDArray[np.bool_],
    to_halt: NDArray[np.bool_],
    waits_s: Column,
) -> tuple[Column, Column]:
    """Knots (seconds, metres) of a drive along stretches: speed up, cruise, slow down, wait.

    Speeding up evenly over a length takes twice as long as cruising it; in equal parts of that time it comes 1, 3,
    5, ... parts of the way.
    """
    ramp_m = np.minimum(0.45 * lengths_m, SPEED_UP_M * (speeds_ms * 3.6 / 50) ** 2)
    up_m, down_m = ramp_m * from_halt, ramp_m * to_halt
    cruise_m = lengths_m - up_m - down_m
    odd = np.arange(1, 2 * RAMP_PARTS, 2) / RAMP_PARTS**2
    even = np.full(RAMP_PARTS, 2 / RAMP_PARTS)
    pieces_m = np.column_stack([np.outer(up_m, odd), cruise_m, np.outer(down_m, odd[::-1]), np.zeros_like(waits_s)])
    pieces_s = np.column_stack(
        [np.outer(up_m / speeds_ms, even), cruise_m / speeds_ms, np.outer(down_m / speeds_ms, even), waits_s]
    )
    kept = pieces_s.ravel() > 0
    times_s = np.concatenate([[0.0], np.cumsum(pieces_s.ravel()[kept])])
    along_m = np.concatenate([[0.0], np.cumsum(pieces_m.ravel()[kept])])
    return times_s, along_m
