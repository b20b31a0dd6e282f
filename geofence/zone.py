"""Zones 围栏: named polygons with a kind, and how a boundary comes in: checked, and converted once.

Inside the program a boundary is WGS-84, its vertices rounded to 1e-7 degrees (a centimetre) as positions are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from geofence.datum import DatumError, datum_of, to_wgs84

Boundary: TypeAlias = Polygon | MultiPolygon
_Ring: TypeAlias = list[tuple[float, float]]


class ZoneKind(StrEnum):
    HOME = "home"
    JURISDICTION = "jurisdiction"
    SENSITIVE = "sensitive"
    REFUEL = "refuel"
    TOLL_GATE = "toll_gate"
    NO_GO = "no_go"


@dataclass(frozen=True, slots=True)
class Zone:
    """A named polygon with a kind. Valid from ``valid_from_us`` to before ``valid_to_us`` (None: open)."""

    id: int
    name: str
    kind: ZoneKind
    unit_id: int | None
    boundary: Boundary
    valid_from_us: int | None = None
    valid_to_us: int | None = None
    datum_given: str = "wgs84"


class ZoneError(ValueError):
    """What is wrong with a boundary, where, and what to do; ``zh`` and ``en`` say it in one language each."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


def boundary_to_wkb(boundary: Boundary) -> bytes:
    """The boundary as the database keeps it."""
    return bytes(shapely.to_wkb(boundary))


def boundary_from_wkb(wkb: bytes) -> Boundary:
    """The boundary that :func:`boundary_to_wkb` made."""
    boundary = shapely.from_wkb(wkb)
    if not isinstance(boundary, Polygon | MultiPolygon):
        raise ZoneError(f"不是面：{boundary.geom_type}", f"not a polygon: {boundary.geom_type}")
    return boundary


def boundary_from_geojson(geometry: dict[str, Any], datum: str | None) -> Boundary:
    """A GeoJSON Polygon or MultiPolygon (RFC 7946) of a stated datum as a WGS-84 boundary; altitudes are
    dropped.

    Raises ZoneError when the datum is missing or unknown, and when the geometry is not a polygon, has an open
    ring, a coordinate that is no number or out of range, longitude and latitude swapped, no area, or crosses
    itself.
    """
    try:
        known = datum_of(datum)
    except DatumError as error:
        raise ZoneError(error.zh, error.en) from None
    parts = _parts(geometry)
    _check_swapped(parts)
    for ring in _rings(parts):
        _check_range(ring)
    _check_shape(parts)
    converted = [[_to_grid(ring, known) for ring in part] for part in parts]
    return _check_shape(converted)


def _parts(geometry: Any) -> list[list[_Ring]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
    if kind not in ("Polygon", "MultiPolygon"):
        raise ZoneError(
            f"不是面：{kind}。围栏应为 Polygon 或 MultiPolygon",
            f"not a polygon: {kind}. A zone is a Polygon or MultiPolygon",
        )
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not _is_list(parts) or not parts or not all(_is_list(part) and part for part in parts):
        raise ZoneError("坐标为空或层次不对", "its coordinates are empty or wrongly nested")
    return [[_ring(ring, f"{p}.{r}") for r, ring in enumerate(part, 1)] for p, part in enumerate(parts, 1)]


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _ring(ring: Any, where: str) -> _Ring:
    """``where`` is part.ring, from 1: 1.1 is the outline of the first part, 1.2 its first hole."""
    if not _is_list(ring) or len(ring) < 4:
        raise ZoneError(f"第 {where} 环少于 4 个点（首尾相同）", f"ring {where} has fewer than 4 points (first = last)")
    points = [_point(point, f"{where} 环第 {n} 点", f"ring {where}, point {n}") for n, point in enumerate(ring, 1)]
    if points[0] != points[-1]:
        raise ZoneError(
            f"第 {where} 环没有闭合：首点 {points[0]}，末点 {points[-1]}",
            f"ring {where} is not closed: it begins at {points[0]} and ends at {points[-1]}",
        )
    return points


def _point(point: Any, where_zh: str, where_en: str) -> tuple[float, float]:
    numbers = list(point[:2]) if _is_list(point) else []
    if len(numbers) != 2 or not all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers
    ):
        raise ZoneError(
            f"第 {where_zh}不是 [经度, 纬度]：{point!r:.60}",
            f"{where_en} is not [longitude, latitude]: {point!r:.60}",
        )
    return float(numbers[0]), float(numbers[1])


def _rings(parts: list[list[_Ring]]) -> Iterator[_Ring]:
    for part in parts:
        yield from part


def _check_swapped(parts: list[list[_Ring]]) -> None:
    """China lies in longitudes 73..136, latitudes 3..54: what fits only when turned round was swapped."""
    x, y = np.array([point for ring in _rings(parts) for point in ring]).T
    turned_china = bool(((x >= 3) & (x <= 54) & (y >= 73) & (y <= 136)).all())
    turned_elsewhere = bool((np.abs(y) > 90).any() and (np.abs(x) <= 90).all() and (np.abs(y) <= 180).all())
    if turned_china or turned_elsewhere:
        raise ZoneError(
            f"经纬度写反了：首点 [{x[0]:g}, {y[0]:g}]，应先经度后纬度",
            f"longitude and latitude are swapped: first point [{x[0]:g}, {y[0]:g}]; longitude comes first",
        )


def _check_range(ring: _Ring) -> None:
    for lon, lat in ring:
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ZoneError(
                f"坐标超出范围：[{lon:g}, {lat:g}]，应为度，经度 ±180、纬度 ±90",
                f"out of range: [{lon:g}, {lat:g}]; degrees are wanted, longitude ±180 and latitude ±90",
            )


def _to_grid(ring: _Ring, datum: str) -> _Ring:
    """In WGS-84 on the 1e-7 degree grid, without the repeats that rounding can make."""
    lon, lat = to_wgs84([p[0] for p in ring], [p[1] for p in ring], datum)
    points = list(zip(np.round(lon, 7).tolist(), np.round(lat, 7).tolist(), strict=True))
    kept = [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]
    if len(kept) < 4:
        raise _no_area(points[0])
    return kept


_REASONS = (
    ("Self-intersection", "边界自相交", "the boundary crosses itself"),
    ("Hole lies outside shell", "洞在外环之外", "a hole lies outside its outline"),
    ("Holes are nested", "洞中有洞", "a hole lies in another hole"),
    ("Nested shells", "一部分落在另一部分之内", "a part lies within another part"),
    ("Duplicate Rings", "环重复", "a ring is given twice"),
    ("Interior is disconnected", "内部被洞切断", "holes cut the inside apart"),
)


_LEAST_AREA_DEG2 = 1e-10
"""About 1 m²: less is a line that rounding has bent."""


def _check_shape(parts: list[list[_Ring]]) -> Boundary:
    polygons = [Polygon(part[0], part[1:]) for part in parts]
    for part in parts:
        for ring in part:
            if shapely.MultiPoint(ring).convex_hull.area < _LEAST_AREA_DEG2:
                raise _no_area(ring[0])
    boundary = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    reason = str(shapely.is_valid_reason(boundary))
    if reason == "Valid Geometry":
        return boundary
    zh, en = next(((zh, en) for start, zh, en in _REASONS if start.lower() in reason.lower()), ("边界无效", reason))
    if at := re.search(r"\[(\S+) (\S+)\]", reason):
        spot = f"[{float(at[1]):.6f}, {float(at[2]):.6f}]"
        zh, en = f"{zh}，在 {spot} 处", f"{en} at {spot}"
    raise ZoneError(f"{zh}。请改正后再导入", f"{en}. Redraw it there")


def _no_area(point: tuple[float, float]) -> ZoneError:
    return ZoneError(
        f"面积为零：所有点重合或在一条直线上，始于 [{point[0]:g}, {point[1]:g}]",
        f"no area: all points coincide or lie on one line, beginning at [{point[0]:g}, {point[1]:g}]",
    )
