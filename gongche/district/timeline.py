"""Where every car is at any moment, for whole columns of moments at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gongche.district.diary import Diary
from gongche.district.plane import Points
from gongche.district.season import LENGTH_S

Column = NDArray[np.float64]
_CAR_S = LENGTH_S + 86_400.0  # each car's own stretch of one long clock


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """All cars' progress laid end to end: knots of (clock, metres driven), and of (metres driven, point)."""

    clock_s: Column
    driven_m: Column
    way_m: Column
    way: Points
    first_m: Column

    def driven(self, car: NDArray[np.int64], seconds: Column) -> Column:
        """Metres on the common scale of all cars at moments of the season."""
        return np.interp(car * _CAR_S + seconds, self.clock_s, self.driven_m)

    def points(self, driven_m: Column) -> Points:
        """Metres on the plane, shape (n, 2)."""
        return np.stack([np.interp(driven_m, self.way_m, self.way[:, axis]) for axis in (0, 1)], axis=1)

    def odometer_m(self, car: NDArray[np.int64], driven_m: Column) -> Column:
        """Metres driven by each car since the season's start."""
        return driven_m - self.first_m[car]


def make_timeline(diaries: list[Diary]) -> Timeline:
    """The timeline of diaries whose cars are numbered from 0 in order."""
    clock_s, driven_m, way_m, way = [], [], [], []
    first_m = []
    metres = 0.0
    for number, diary in enumerate(diaries):
        start_s = number * _CAR_S
        first_m.append(metres)
        clock_s.append(np.array([start_s]))
        driven_m.append(np.array([metres]))
        way_m.append(np.array([metres]))
        way.append(diary.car.slot.spot[None, :])
        for leg in diary.legs:
            clock_s.append(start_s + leg.depart_s + leg.times_s)
            driven_m.append(metres + leg.along_m)
            way_m.append(metres + leg.way_m)
            way.append(leg.way)
            metres += leg.length_m
        clock_s.append(np.array([start_s + LENGTH_S]))
        driven_m.append(np.array([metres]))
        metres += 1000.0
    return Timeline(
        np.concatenate(clock_s),
        np.concatenate(driven_m),
        np.concatenate(way_m),
        np.concatenate(way),
        np.array(first_m),
    )
