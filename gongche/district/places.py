"""Places that cars stand at: yards, official places, private ones, sensitive ones, places beyond the border.

Each takes a road node of its own, so that places are at least half a kilometre apart.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon, shape

from gongche.district.plane import Points, to_plane
from gongche.district.roads import Roads

FOLDER = Path(__file__).parent
YARD_M = (170.0, 150.0)
SLOTS_M = (44.0, 30.0)
SETBACK_M = 140.0
NORTH = np.array([0.0, 1.0])
FROM_SENSITIVE_M = 400.0
AWAY_KMH = 64.0
BORDER_ROAD_M = 250.0
BORDER_ROAD_LENGTH_M = 7_000.0
TURNING_PLACE_M = 800.0


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a car can stand: the road node it is reached from and the way on from there, in metres.

    ``approach`` ends at the parking spot, shape (k, 2); driven at ``approach_kmh``.
    """

    name: str
    node: int
    approach: Points
    approach_kmh: float = 18.0
    area: Polygon | None = None

    @property
    def spot(self) -> Points:
        return np.asarray(self.approach[-1])


@dataclass(frozen=True, slots=True)
class Yard:
    """A unit's home yard: its area in metres, and the gate's way from the road."""

    unit_code: str
    unit_name: str
    parent_code: str
    cars: int
    node: int
    area: Polygon

    def slot(self, east: float, north: float) -> Place:
        """A parking slot: ``east`` and ``north`` from -1 to 1 across the middle of the yard."""
        centre = np.array([self.area.centroid.x, self.area.centroid.y])
        spot = centre + np.array([east * SLOTS_M[0], north * SLOTS_M[1]])
        gate = centre + np.array([0.0, -YARD_M[1] / 2])
        return Place(self.unit_name, self.node, np.array([gate, spot]), 15.0, self.area)


@dataclass(frozen=True, slots=True)
class Places:
    """All of them. ``district`` is the outline in metres on the plane; ``border_road`` runs just outside it."""

    district: shapely.Geometry
    outline: shapely.Geometry
    yards: list[Yard]
    official: list[Place]
    private: list[Place]
    sensitive: list[Place]
    refuel: list[Place]
    toll_gates: list[Place]
    outside: list[Place]
    border_road: Place
    turning_place: Place


def read_outline() -> shapely.Geometry:
    """The district's outline in WGS-84 degrees (the source's CGCS2000 is the same to centimetres)."""
    features: list[dict[str, Any]] = json.loads((FOLDER / "suyu.geojson").read_text("utf-8"))["features"]
    (outline,) = shape(features[0]["geometry"]).geoms
    return outline


def make_places(outline: shapely.Geometry, roads: Roads, rng: np.random.Generator) -> Places:
    """The district's places from ``suyu.toml``, put on the generated roads."""
    told = tomllib.loads((FOLDER / "suyu.toml").read_text("utf-8"))
    district = shapely.transform(outline, to_plane)
    free = _FreeNodes(roads)
    yards = _yards(told, free)
    official = [
        _roadside(f"{town}{kind}", free.take(lon, lat), roads, rng)
        for town, lon, lat, _ in told["towns"]
        for kind in told["town_places"]
    ]
    sensitive = [
        _sensitive(name, free.take(lon, lat), roads, east_m, north_m)
        for name, lon, lat, east_m, north_m in told["sensitive"]
    ]
    refuel = [_station(name, free.take(lon, lat), roads) for name, lon, lat in told["refuel"]]
    toll_gates = [_gate(name, to_plane([lon, lat])) for name, lon, lat in told["toll_gates"]]
    private = [_roadside("某处村道", node, roads, rng) for node in free.far_from(sensitive)]
    outside = [_beyond(name, start, end, roads) for name, start, end in told["outside"]]
    return Places(
        district,
        outline,
        yards,
        official,
        private,
        sensitive,
        refuel,
        toll_gates,
        outside,
        _border_road(district, roads, told["border_road_from"]),
        _turning_place(district, roads, told["turning_place_from"]),
    )


class _FreeNodes:
    """Road nodes that no place has taken yet."""

    def __init__(self, roads: Roads) -> None:
        self._nodes = roads.nodes.copy()
        self._taken: set[int] = set()

    def point(self, node: int) -> Points:
        return np.asarray(self._nodes[node])

    def take(self, lon: float, lat: float) -> int:
        away = self._nodes - to_plane([lon, lat])
        order = np.argsort((away * away).sum(axis=1), kind="stable")
        node = next(int(number) for number in order if int(number) not in self._taken)
        self._taken.add(node)
        return node

    def far_from(self, places: list[Place]) -> list[int]:
        """All that are left and are not near one of the places."""
        areas = shapely.union_all([place.area for place in places])
        far = shapely.distance(areas, shapely.points(self._nodes)) > FROM_SENSITIVE_M
        return [number for number in np.flatnonzero(far).tolist() if number not in self._taken]


def _box(centre: Points, east_m: float, north_m: float) -> Polygon:
    return shapely.box(centre[0] - east_m / 2, centre[1] - north_m / 2, centre[0] + east_m / 2, centre[1] + north_m / 2)


def _yards(told: dict[str, Any], free: _FreeNodes) -> list[Yard]:
    lon, lat = told["centre"]
    district = [(name, "SY", cars, lon, lat) for name, cars in told["district_offices"]]
    towns = [(f"{name}{'办事处' if name.endswith('街道') else '人民政府'}", "SY", cars, lon, lat)
             for name, lon, lat, cars in told["towns"]]  # fmt: skip
    yards = []
    for number, (name, parent, cars, at_lon, at_lat) in enumerate([*district, *towns], start=1):
        node = free.take(at_lon, at_lat)
        area = _box(free.point(node) + NORTH * SETBACK_M, *YARD_M)
        yards.append(Yard(f"SY{number:03d}", name, parent, cars, node, area))
    return yards


def _roadside(name: str, node: int, roads: Roads, rng: np.random.Generator) -> Place:
    return Place(name, node, (roads.nodes[node] + rng.uniform(-50, 50, 2))[None, :])


def _sensitive(name: str, node: int, roads: Roads, east_m: float, north_m: float) -> Place:
    centre = roads.nodes[node] + NORTH * SETBACK_M
    return Place(name, node, centre[None, :], area=_box(centre, east_m, north_m))


def _station(name: str, node: int, roads: Roads) -> Place:
    centre = roads.nodes[node] + NORTH * 40.0
    return Place(name, node, centre[None, :], area=_box(centre, 60, 50))


def _gate(name: str, spot: Points) -> Place:
    """On a motorway, which the roads here do not show: cars of the district come near it."""
    return Place(name, 0, spot[None, :], area=_box(spot, 80, 60))


def _beyond(name: str, start: list[float], end: list[float], roads: Roads) -> Place:
    """A town beyond the border, reached by a straight main road from the district's nearest node."""
    node = roads.nearest(to_plane(start))
    way = np.linspace(roads.nodes[node], to_plane(end), 16)[1:]
    return Place(name, node, way, AWAY_KMH)


def _border_road(district: shapely.Geometry, roads: Roads, start: list[float]) -> Place:
    """A road that follows the border some way outside, nearer than what counts as having left."""
    node = roads.nearest(to_plane(start))
    line = shapely.geometry.LineString(district.buffer(BORDER_ROAD_M).exterior.coords)
    from_m = line.project(shapely.Point(roads.nodes[node]))
    along_m = np.arange(from_m, from_m + BORDER_ROAD_LENGTH_M, 200.0) % line.length
    way = np.array([line.interpolate(m).coords[0] for m in along_m])
    return Place("界河路", node, way, 45.0)


def _turning_place(district: shapely.Geometry, roads: Roads, start: list[float]) -> Place:
    """A turning place a little further out than what counts as having left; nobody need stay there long."""
    node = roads.nearest(to_plane(start))
    point = shapely.Point(roads.nodes[node])
    border = district.exterior.interpolate(district.exterior.project(point))
    outward = np.array([border.x - point.x, border.y - point.y])
    outward /= np.sqrt((outward * outward).sum())
    end = np.array([border.x, border.y]) + outward * TURNING_PLACE_M
    return Place("界外掉头处", node, end[None, :], AWAY_KMH)
