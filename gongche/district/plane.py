"""A flat plane around the district, in metres, for roads and drives.

Lengths are off by at most 0.3 % at the district's edges, far less than anything planted depends on. Only
additions, multiplications and roundings are used, so that the same seed gives the same positions everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ORIGIN_LON = 118.30
ORIGIN_LAT = 33.98
M_PER_DEGREE_LAT = 111_195.0
M_PER_DEGREE_LON = 92_206.0  # M_PER_DEGREE_LAT * cos(ORIGIN_LAT), written out so that no machine's cosine matters

Points = NDArray[np.float64]


def to_plane(lon_lat: Any) -> Points:
    """Metres east and north of the origin, shape (n, 2), from degrees of shape (n, 2)."""
    degrees = np.asarray(lon_lat, dtype=np.float64)
    return (degrees - (ORIGIN_LON, ORIGIN_LAT)) * (M_PER_DEGREE_LON, M_PER_DEGREE_LAT)


def to_degrees(points: Any) -> Points:
    """Longitude and latitude in degrees, shape (n, 2), from metres of shape (n, 2)."""
    metres = np.asarray(points, dtype=np.float64)
    return metres / (M_PER_DEGREE_LON, M_PER_DEGREE_LAT) + (ORIGIN_LON, ORIGIN_LAT)


def to_e7(points: Points) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Longitudes and latitudes as whole 1e-7 degrees, from metres of shape (n, 2)."""
    whole = np.rint(to_degrees(points) * 1e7).astype(np.int32)
    return whole[:, 0], whole[:, 1]
