"""A vehicle's track as it is drawn: its fixes with islands left out, lines simplified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.clock import SECOND_US
from fleet.position import Positions
from geofence.distance import E7_M, E7_RAD, distance_m
from maps.basemap import Basemap
from maps.feature import Places
from rules.facts import FactLimits, Fixes, Runs, facts_of, fixes_of

Index = NDArray[np.int64]
TOLERANCE_M = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One vehicle's fixes that count, and its trips, stops and gaps as runs over them."""

    fixes: Fixes
    trips: Runs
    stops: Runs
    gaps: Runs
    distance_m: NDArray[np.float64]
    """Metres driven up to each fix."""

    @classmethod
    def of(cls, positions: Positions, limits: FactLimits | None = None) -> Track:
        """From positions of one vehicle in any order. Raises ValueError when they are of several."""
        vehicles = np.unique(positions.vehicle_id)
        if len(vehicles) > 1:
            raise ValueError(f"a track is of one vehicle, these positions are of {len(vehicles)}")
        facts = facts_of(fixes_of(positions.in_order(), vehicles), limits or FactLimits())
        driven_m = np.concatenate([[0.0], np.cumsum(facts.steps.distance_m)])[: len(facts.fixes)]
        return cls(facts.fixes, facts.trips, facts.stops, facts.gaps, driven_m)

    def __len__(self) -> int:
        return len(self.fixes)

    def places(self, basemap: Basemap) -> Places:
        """Where the fixes are drawn, shape (n, 2)."""
        return basemap.place(self.fixes.lon_e7 / 1e7, self.fixes.lat_e7 / 1e7)

    def apart_m(self, one: int, other: int) -> float:
        """Metres between two fixes."""
        lon, lat = self.fixes.lon_e7, self.fixes.lat_e7
        return float(distance_m(lon[one], lat[one], lon[other], lat[other]))

    def between(self, start_us: int, end_us: int) -> tuple[int, int]:
        """First and last fix within [start, end]; the nearest one before its end where there is none."""
        first = int(np.searchsorted(self.fixes.ts_us, start_us, side="left"))
        last = int(np.searchsorted(self.fixes.ts_us, end_us, side="right")) - 1
        if last < first:
            first = last = min(max(last, 0), len(self) - 1)
        return first, last

    def simplified(self, first: int, last: int, keep: Sequence[int] | Index = (), at_least_s: int = 0) -> Index:
        """Fixes from ``first`` to ``last`` that draw the line to within TOLERANCE_M, both ends included.

        Those in ``keep`` stay; with ``at_least_s``, also one at least that often, so that a point moved along the
        line by time is where the vehicle was.
        """
        rows = np.arange(first, last + 1)
        if len(rows) <= 2:
            return rows
        lat = self.fixes.lat_e7[rows].astype(np.float64)
        x = self.fixes.lon_e7[rows] * E7_M * np.cos(lat.mean() * E7_RAD)
        line = shapely.LineString(np.column_stack([x, lat * E7_M, rows]))
        drawn = shapely.get_coordinates(shapely.simplify(line, TOLERANCE_M, preserve_topology=False), include_z=True)
        parts = [drawn[:, 2].astype(np.int64), _within(np.asarray(keep, dtype=np.int64), first, last)]
        if at_least_s:
            tick = self.fixes.ts_us[rows] // (at_least_s * SECOND_US)
            parts.append(rows[np.concatenate([[True], tick[1:] != tick[:-1]])])
        return np.unique(np.concatenate(parts))

    def arrows(self, first: int, last: int, count: int) -> list[tuple[int, float]]:
        """At most ``count`` fixes spread evenly over the way from first to last, with the heading there.

        The heading is that of the way over the 30 m around the fix, so that noise does not turn it.
        """
        way_m = self.distance_m[first : last + 1]
        length_m = way_m[-1] - way_m[0]
        if count < 1 or length_m < 60:
            return []
        at_m = way_m[0] + length_m * (np.arange(count) + 0.5) / count
        found = []
        for middle_m in at_m.tolist():
            before = first + int(np.searchsorted(way_m, middle_m - 15, side="right")) - 1
            after = first + int(np.searchsorted(way_m, middle_m + 15, side="left"))
            before, after = max(before, first), min(after, last)
            row = first + int(np.searchsorted(way_m, middle_m, side="left"))
            found.append((row, self._heading_deg(before, after)))
        return found

    def _heading_deg(self, before: int, after: int) -> float:
        lat = float(self.fixes.lat_e7[before])
        east = (float(self.fixes.lon_e7[after]) - float(self.fixes.lon_e7[before])) * np.cos(lat * E7_RAD)
        north = float(self.fixes.lat_e7[after]) - lat
        return float(np.degrees(np.arctan2(east, north)) % 360)


def _within(rows: Index, first: int, last: int) -> Index:
    return rows[(rows >= first) & (rows <= last)]
