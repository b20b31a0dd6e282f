"""Builders for maps: a drive in a line, and the scene read back out of a page."""

import json
import re
from datetime import date
from typing import Any

import numpy as np

from fleet.clock import SECOND_US, day_start_us
from fleet.position import Positions

METRE_LAT_E7 = 1e7 / 111_195.08
LON_E7, LAT_E7 = 1_183_000_000, 339_000_000
MORNING_US = day_start_us(date(2026, 10, 2)) + 9 * 3600 * SECOND_US
"""A Friday, 09:00 in Shanghai."""


def track(*points: tuple[float, float, float], vehicle_id: int = 7, speed_kmh: float = 40.0) -> Positions:
    """Positions at (second, metres east, metres north) from a start in the district, on the morning of a Friday."""
    second, east_m, north_m = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    metre_lon_e7 = METRE_LAT_E7 / np.cos(np.radians(LAT_E7 / 1e7))
    return Positions.of(
        vehicle_id,
        (MORNING_US + second * SECOND_US).astype(np.int64),
        np.round(LON_E7 + east_m * metre_lon_e7).astype(np.int32),
        np.round(LAT_E7 + north_m * METRE_LAT_E7).astype(np.int32),
        speed_kmh=speed_kmh,
    )


def drive(minutes: float = 10, kmh: float = 36.0, from_s: float = 0, from_east_m: float = 0) -> list[Any]:
    """Points of a drive due east, a fix every 10 s."""
    return [(from_s + 10.0 * n, from_east_m + kmh / 3.6 * 10.0 * n, 0.0) for n in range(int(minutes * 6) + 1)]


def stand(minutes: float, from_s: float, east_m: float) -> list[Any]:
    """Points of standing, a fix every 10 s."""
    return [(from_s + 10.0 * n, east_m, 0.0) for n in range(int(minutes * 6) + 1)]


def at_us(second: float) -> int:
    return MORNING_US + int(second * SECOND_US)


def scene_of(html: str) -> dict[str, Any]:
    """What the page hands to map.js."""
    found = re.search(r"gongche\.show\(map_gongche, (\{.*\})\);", html)
    assert found, "the page shows no scene"
    scene: dict[str, Any] = json.loads(found[1])
    return scene


def styled(scene: dict[str, Any], style: str) -> list[dict[str, Any]]:
    """The features of a style."""
    return [feature for feature in scene["features"] if style in feature["properties"]["style"].split()]
