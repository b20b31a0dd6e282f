"""Great-circle distances on the sphere that the facts are defined on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_008.8

E7_RAD = np.pi / 180 / 10_000_000
"""Radians in 1e-7 degrees."""

E7_M = EARTH_RADIUS_M * E7_RAD
"""Metres in 1e-7 degrees of latitude: about 11 mm."""


def distance_m(lon1_e7: ArrayLike, lat1_e7: ArrayLike, lon2_e7: ArrayLike, lat2_e7: ArrayLike) -> NDArray[np.float64]:
    """Metres between points given in whole 1e-7 degrees; the four broadcast.

    Haversine: differences are taken between integers, so that short distances keep their millimetres. Where
    two points are the same the answer is exactly 0.
    """
    lat1, lat2 = np.asarray(lat1_e7, dtype=np.float64), np.asarray(lat2_e7, dtype=np.float64)
    lon1, lon2 = np.asarray(lon1_e7, dtype=np.float64), np.asarray(lon2_e7, dtype=np.float64)
    half_dlat = (lat2 - lat1) * (E7_RAD / 2)
    half_dlon = (lon2 - lon1) * (E7_RAD / 2)
    across = np.cos(lat1 * E7_RAD) * np.cos(lat2 * E7_RAD)
    chord2 = np.sin(half_dlat) ** 2 + across * np.sin(half_dlon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord2, 1.0))))
