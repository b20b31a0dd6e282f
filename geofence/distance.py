"""Great-circle distances on the sphere that the facts are defined on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8

E7_RAD = np.pi / 180 / 10_000_000
"""Radians in 1e-7 degrees."""

E7_M = EARTH_RADIUS_M * E7_RAD
"""Metres in 1e-7 degrees of latitude: about 11 mm."""


_NEAR_RAD = 0.002
"""Half the difference of two angles up to which a few terms of their series are exact to the last bit or two."""
_CHUNK = 1 << 14


def distance_m(lon1_e7: ArrayLike, lat1_e7: ArrayLike, lon2_e7: ArrayLike, lat2_e7: ArrayLike) -> NDArray[np.float64]:
    """Metres between points given in whole 1e-7 degrees; the four broadcast.

    Haversine: differences are taken between integers, so that short distances keep their millimetres. Where
    two points are the same the answer is exactly 0. The answer for two points does not depend on the others.
    """
    points = [np.asarray(degrees) for degrees in (lon1_e7, lat1_e7, lon2_e7, lat2_e7)]
    shape = np.broadcast_shapes(*(column.shape for column in points))
    columns = [np.broadcast_to(column, shape).reshape(-1) for column in points]
    metres = np.empty(len(columns[0]))
    for start in range(0, len(metres), _CHUNK):  # small enough for the processor's cache
        part = slice(start, start + _CHUNK)
        metres[part] = _distance_m(*(column[part].astype(np.float64) for column in columns))
    return metres.reshape(shape)


def _distance_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    half_dlat = (lat2 - lat1) * (E7_RAD / 2)
    half_dlon = (lon2 - lon1) * (E7_RAD / 2)
    sine2_lat, sine2_lon = _near_sine2(half_dlat), _near_sine2(half_dlon)
    far = np.flatnonzero((np.abs(half_dlat) > _NEAR_RAD) | (np.abs(half_dlon) > _NEAR_RAD))
    if len(far):
        sine2_lat[far], sine2_lon[far] = np.sin(half_dlat[far]) ** 2, np.sin(half_dlon[far]) ** 2
    # The product of the cosines of both latitudes, of which only their sum's has to be worked out.
    across = 0.5 * (1 + np.cos((lat1 + lat2) * E7_RAD)) - sine2_lat
    chord2 = np.minimum(sine2_lat + across * sine2_lon, 1.0)
    angle = np.sqrt(chord2)
    if len(far):
        angle_far = np.arcsin(angle[far])
    angle *= 1 + chord2 * (1 / 6 + chord2 * (3 / 40 + chord2 * (5 / 112)))
    if len(far):
        angle[far] = angle_far
    return np.asarray(2 * EARTH_RADIUS_M * angle)


def _near_sine2(angle: Floats) -> Floats:
    """The square of the sine of small angles."""
    square = angle * angle
    return np.asarray(square * (1 - square * (1 / 3 - square * (2 / 45))))
