"""Locating fixes: 400 zones of 200 vertices over a district, cars that park in yards and drive between them."""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from geofence.locate import Locator
from geofence.zone import Zone, ZoneKind

_LON, _LAT = 118.3, 33.9
_M_LAT = 1 / 111_195
_M_LON = _M_LAT / np.cos(np.radians(_LAT))


def zones(count: int = 400, vertices: int = 200, seed: int = 1) -> list[Zone]:
    """A jurisdiction of 40 km and yards and places of 50 m to 1 km across, with ragged outlines."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        kind = [ZoneKind.HOME, ZoneKind.SENSITIVE][number % 2] if number else ZoneKind.JURISDICTION
        radius_m = random.uniform(25, 500) if number else 20_000
        east_m, north_m = random.uniform(-18_000, 18_000, 2) if number else (0.0, 0.0)
        angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
        ragged_m = radius_m * random.uniform(0.8, 1.2, vertices)
        lon = _LON + (east_m + ragged_m * np.cos(angle)) * _M_LON
        lat = _LAT + (north_m + ragged_m * np.sin(angle)) * _M_LAT
        outline = Polygon(np.round(np.column_stack([lon, lat]), 7))
        made.append(Zone(number, f"zone {number}", kind, None, outline))
    return made


def fixes(count: int, seed: int = 2) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Legs of 600 fixes: a third of the time parked (5 m of drift) in a zone, else driving straight to the next."""
    random = np.random.default_rng(seed)
    centres = np.array([zone.boundary.centroid.coords[0] for zone in zones()[1:]])
    legs = -(-count // 600)
    ends = centres[random.integers(len(centres), size=legs + 1)]
    share = np.concatenate([np.zeros(200), np.linspace(0, 1, 400)])
    track = ends[:-1, None] + (ends[1:] - ends[:-1])[:, None] * share[None, :, None]
    track = track.reshape(-1, 2)[:count] + random.normal(0, 5, (count, 2)) * [_M_LON, _M_LAT]
    lon, lat = np.round(track * 1e7).astype(np.int32).T
    return np.ascontiguousarray(lon), np.ascontiguousarray(lat)


def run(quick: bool) -> list[dict[str, Any]]:
    """Fixes located a second of processor time on one core; once built, a raster is kept."""
    count = 200_000 if quick else 3_000_000
    lon, lat = fixes(count)
    results = []
    for buffer_m in (0.0, 50.0, 500.0):
        locator = Locator(zones())
        begin = process_time()
        locator.pairs(lon[:1], lat[:1], buffer_m)
        built = process_time()
        fix, _ = locator.pairs(lon, lat, buffer_m)
        seconds = process_time() - built
        results.append(
            {
                "name": f"locate in 400 zones of 200 vertices, buffer {buffer_m:g} m",
                "fixes_per_s": round(count / seconds),
                "pairs": len(fix),
                "build_s": round(built - begin, 3),
            }
        )
    return results


if __name__ == "__main__":
    for row in run(quick=False):
        print(row)
