"""The borders of zones as columns of segments, and distances from points to them.

Coordinates are whole 1e-7 degrees. Distances are measured in the plane that touches the earth at the *point*:
x = R·cos(lat)·Δlon, y = R·Δlat. Over the few kilometres that matter this is right to centimetres, and it does
not depend on how a zone lies or how large it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.distance import E7_M, E7_RAD
from geofence.zone import Boundary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """Of n zones: their areas, and the segments of all rings, those of zone z in rows start[z]:start[z + 1]."""

    areas: NDArray[np.object_]
    start: Ints
    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats

    @classmethod
    def of(cls, boundaries: Sequence[Boundary]) -> Outlines:
        """From WGS-84 boundaries in degrees."""
        areas = np.empty(len(boundaries), dtype=object)
        areas[:] = [_on_grid(boundary) for boundary in boundaries]
        shapely.prepare(areas)
        per_zone = [_segments(area) for area in areas]
        segments = np.concatenate([np.empty((0, 4)), *per_zone])
        start = np.cumsum([0] + [len(rows) for rows in per_zone])
        return cls(areas, start, *(np.ascontiguousarray(column) for column in segments.T))

    def contain(self, zone: NDArray[Any], x_e7: Floats, y_e7: Floats) -> Bools:
        """Row by row: does the zone hold the point, its border counting as inside? Exact, as GEOS is."""
        if len(zone) == 0:
            return np.zeros(0, dtype=bool)
        return np.asarray(shapely.intersects_xy(self.areas[zone], x_e7, y_e7), dtype=bool)

    def distance_m(self, segment: Ints, x_e7: Floats, y_e7: Floats, cos_lat: Floats) -> Floats:
        """Row by row: metres from a point to a segment in the plane at the point."""
        ax, ay = (self.ax[segment] - x_e7) * cos_lat, self.ay[segment] - y_e7
        dx, dy = (self.bx[segment] - x_e7) * cos_lat - ax, self.by[segment] - y_e7 - ay
        along = np.clip(-(ax * dx + ay * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        return np.asarray(E7_M * np.hypot(ax + along * dx, ay + along * dy))


def cos_lat(lat_e7: NDArray[Any]) -> Floats:
    """Of latitudes in 1e-7 degrees."""
    return np.asarray(np.cos(lat_e7 * E7_RAD))


def spread(start: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Ragged lists laid end to end: each list's number ``count`` times, and start, start + 1, ... beside it."""
    owner = np.repeat(np.arange(len(count)), count)
    first = np.cumsum(count) - count
    return owner, np.arange(len(owner)) + (start - first)[owner]


def _on_grid(boundary: Boundary) -> Any:
    return shapely.transform(boundary, lambda degrees: np.round(degrees * 1e7))


def _segments(area: Any) -> Floats:
    """ax, ay, bx, by of every ring's segments; repeated points, which make none, are passed over."""
    rings = shapely.get_rings(shapely.get_parts(area))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    joined = (ring[1:] == ring[:-1]) & (coordinates[1:] != coordinates[:-1]).any(axis=1)
    return np.hstack([coordinates[:-1][joined], coordinates[1:][joined]])
