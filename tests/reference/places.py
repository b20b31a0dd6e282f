"""Zones in plain Python: polygons on the grid of 1e-7 degrees, and which fixes lie in them ("Facts", docs/facts.md).

A point on the border is inside. With a buffer, inside means within so many metres of the zone, measured in the plane
that touches the earth at the point: x = R·cos(latitude)·Δlongitude, y = R·Δlatitude.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any, NamedTuple

from tests.reference.facts import EARTH_RADIUS_M, Fix

E7_M = EARTH_RADIUS_M * radians(1e-7)

HANDOVER_US = 12 * 3_600_000_000
"""So long before and after a change of unit, its moment included, both units' homes are home."""


Unit = int | str


class Changing(NamedTuple):
    """A car's first unit; and since when it was of which other, ascending."""

    first: Unit
    changes: tuple[tuple[int, Unit], ...]


Units = Unit | Changing
"""A car's one unit, or those that it had."""


def unit_at(unit: Units, ts_us: int) -> Unit:
    """The unit of a car at a moment."""
    if not isinstance(unit, Changing):
        return unit
    return [unit.first, *(to for since_us, to in unit.changes if since_us <= ts_us)][-1]


Ring = list[tuple[int, int]]
"""Vertices as whole 1e-7 degrees (longitude, latitude), the first one again at the end."""


class Area(NamedTuple):
    """All rings of a polygon, or of several: outlines and holes alike, as even-odd counting takes them."""

    rings: list[Ring]


class Zone(NamedTuple):
    """One version of a zone: it counts in [valid_from_us, valid_to_us), for all cars or for those of one unit."""

    id: int
    name: str
    kind: str
    area: Area
    unit: Unit | None = None
    valid_from_us: int | None = None
    valid_to_us: int | None = None


def counts(zone: Zone, unit: Units, ts_us: int) -> bool:
    """Whether the zone counts for a unit's cars at a moment."""
    begun = zone.valid_from_us is None or zone.valid_from_us <= ts_us
    over = zone.valid_to_us is not None and zone.valid_to_us <= ts_us
    return zone.unit in (None, unit_at(unit, ts_us)) and begun and not over


def counts_near(zone: Zone, unit: Units, ts_us: int) -> bool:
    """Whether it counts then; or is a home, and would count within HANDOVER_US by the unit of then."""
    around = [unit_at(unit, ts_us + us) for us in (-HANDOVER_US, HANDOVER_US)]
    if zone.kind != "home" or zone.unit not in around:
        return counts(zone, unit, ts_us)
    return counts(zone._replace(unit=None), unit, ts_us)


def is_near(area: Area, fix: Fix, buffer_m: float) -> bool:
    """Inside the area, on its border, or at most ``buffer_m`` from it."""
    if _is_off_box(area, fix, buffer_m):
        return False
    return contains(area, fix) or (buffer_m > 0 and distance_m(area, fix) <= buffer_m)


def contains(area: Area, fix: Fix) -> bool:
    """Even-odd, with whole numbers only; a point of the border is inside."""
    x, y = fix.lon_e7, fix.lat_e7
    inside = False
    for (ax, ay), (bx, by) in _segments(area):
        turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and (turn > 0) == (by > ay):  # the segment passes east of the point
            inside = not inside
    return inside


def distance_m(area: Area, fix: Fix) -> float:
    """Metres from a point to the nearest point of the border, in the plane at the point."""
    east_m = E7_M * cos(radians(fix.lat_e7 / 1e7))
    return min(
        _to_segment_m(
            (ax - fix.lon_e7) * east_m, (ay - fix.lat_e7) * E7_M, (bx - fix.lon_e7) * east_m, (by - fix.lat_e7) * E7_M
        )
        for (ax, ay), (bx, by) in _segments(area)
    )


def area_of(geometry: dict[str, Any]) -> Area:
    """From a GeoJSON Polygon or MultiPolygon in WGS-84."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return Area([[(round(x * 1e7), round(y * 1e7)) for x, y, *_ in ring] for part in parts for ring in part])


def _to_segment_m(ax: float, ay: float, bx: float, by: float) -> float:
    """From the origin to the segment between two points of the plane."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    along = 0.0 if length2 == 0 else max(0.0, min(1.0, -(ax * dx + ay * dy) / length2))
    return hypot(ax + along * dx, ay + along * dy)


def _segments(area: Area) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for ring in area.rings:
        yield from pairwise(ring)


_boxes: dict[int, tuple[Area, tuple[int, int, int, int]]] = {}


def _is_off_box(area: Area, fix: Fix, buffer_m: float) -> bool:
    """Surely too far: outside the box around the area, grown by the buffer and a little more. Saves time only."""
    if id(area) not in _boxes:
        _boxes[id(area)] = (area, _box(point for ring in area.rings for point in ring))
    west, south, east, north = _boxes[id(area)][1]
    tall = buffer_m / E7_M + 10
    wide = tall / cos(radians(fix.lat_e7 / 1e7))
    return not (west - wide <= fix.lon_e7 <= east + wide and south - tall <= fix.lat_e7 <= north + tall)


def _box(points: Iterable[tuple[int, int]]) -> tuple[int, int, int, int]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
