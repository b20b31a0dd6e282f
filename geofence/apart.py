"""How far a few points lie from one zone; for many points and zones a raster is faster (geofence.locate)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.outline import Outlines, cos_lat, spread
from geofence.zone import Boundary


def metres_to(boundary: Boundary, lon_e7: NDArray[Any], lat_e7: NDArray[Any]) -> NDArray[np.float64]:
    """Metres from each point (whole 1e-7 degrees) to the zone in the plane at the point; 0 inside and on its border."""
    outlines = _outlines(boundary)
    points, segments = len(lon_e7), len(outlines.ax)
    away_m = np.zeros(points)
    x, y = lon_e7.astype(np.float64), lat_e7.astype(np.float64)
    outside = np.flatnonzero(~outlines.contain(np.zeros(points, np.int64), x, y))
    if not len(outside):
        return away_m
    count = np.full(len(outside), segments, np.int64)
    owner, segment = spread(np.zeros(len(outside), np.int64), count)
    x, y = x[outside], y[outside]
    each_m = outlines.distance_m(segment, x[owner], y[owner], cos_lat(y)[owner])
    away_m[outside] = np.minimum.reduceat(each_m, np.cumsum(count) - count)
    return away_m


@lru_cache(maxsize=512)
def _outlines(boundary: Boundary) -> Outlines:
    """A station is asked for once a claim: its outline is made once."""
    return Outlines.of([boundary])
