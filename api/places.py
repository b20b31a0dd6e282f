"""Where a vehicle stood, in names of zones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from fleet.position import E7
from geofence.zone import Zone, ZoneKind
from store.timelines import Stop


def names_of_stops(stops: Sequence[Stop], zones: Sequence[Zone]) -> list[list[str]]:
    """For each stop the names of the zones that it lies in; the jurisdiction is left out, nearly all lie in that."""
    named = [zone for zone in zones if zone.kind is not ZoneKind.JURISDICTION]
    if not stops or not named:
        return [[] for _ in stops]
    lon, lat = (np.array([[stop.lon_e7, stop.lat_e7] for stop in stops]).T / E7)[:, :, None]
    points = shapely.points(lon, lat)
    inside = shapely.covers(np.array([zone.boundary for zone in named], dtype=object)[None, :], points)
    return [[named[n].name for n in np.flatnonzero(row)] for row in inside]
