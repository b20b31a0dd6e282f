"""A plausible road grid: arterials every few kilometres, local roads between them, all well inside the district.

Generated, not surveyed. Nothing here leaves the district: ways out are the approaches of places outside
(:mod:`gongche.district.places`), so that an innocent drive cannot get near the border.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from gongche.district.plane import Points

SPACING_M = 900
JITTER_M = 150
ARTERIAL_EVERY = 4
ARTERIAL_KMH = 68
LOCAL_KMH = 46
INSIDE_BY_M = 250
LOCAL_ROADS_KEPT = 0.82


@dataclass(frozen=True, slots=True)
class Roads:
    """Nodes in metres on the plane, shape (n, 2); for each node its neighbours as (node, length_m, speed_kmh)."""

    nodes: Points
    neighbours: list[list[tuple[int, float, float]]]
    _trees: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def nearest(self, point: Points) -> int:
        """The node closest to a point."""
        away = self.nodes - point
        return int(np.argmin((away * away).sum(axis=1)))

    def route(self, start: int, end: int) -> tuple[list[int], list[float]]:
        """The quickest way as nodes (both ends included), and the speed in km/h of each of its roads."""
        if start not in self._trees:
            self._trees[start] = self._tree(start)
        came_from = self._trees[start]
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(int(came_from[nodes[-1]]))
        nodes.reverse()
        speeds = [self._speed(a, b) for a, b in pairwise(nodes)]
        return nodes, speeds

    def _speed(self, a: int, b: int) -> float:
        return next(speed for node, _, speed in self.neighbours[a] if node == b)

    def _tree(self, start: int) -> NDArray[np.int64]:
        """For each node the node before it on the quickest way from ``start`` (Dijkstra)."""
        came_from = np.full(len(self.nodes), -1, np.int64)
        best_h = [float("inf")] * len(self.nodes)
        best_h[start] = 0.0
        queue = [(0.0, start)]
        while queue:
            hours, node = heappop(queue)
            if hours > best_h[node]:
                continue
            for other, length_m, speed_kmh in self.neighbours[node]:
                there_h = hours + length_m / 1000 / speed_kmh
                if there_h < best_h[other]:
                    best_h[other] = there_h
                    came_from[other] = node
                    heappush(queue, (there_h, other))
        return came_from


def make_roads(district: shapely.Geometry, rng: np.random.Generator) -> Roads:
    """The grid for a district's outline in metres on the plane. Every node can be reached from every other."""
    inside = district.buffer(-INSIDE_BY_M)
    west, south, east, north = inside.bounds
    columns, rows = int((east - west) // SPACING_M) + 1, int((north - south) // SPACING_M) + 1
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    lattice = np.stack([west + column * SPACING_M, south + row * SPACING_M], axis=-1).astype(np.float64)
    lattice += rng.uniform(-JITTER_M, JITTER_M, lattice.shape)
    number = np.arange(rows * columns).reshape(rows, columns)
    pairs = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
            np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
        ]
    )
    along_row = pairs[:, 1] == pairs[:, 0] + 1
    is_arterial = np.where(along_row, pairs[:, 0] // columns, pairs[:, 0] % columns) % ARTERIAL_EVERY == 0
    points = lattice.reshape(-1, 2)
    kept = shapely.contains_properly(inside, shapely.linestrings(points[pairs]))
    kept &= is_arterial | (rng.random(len(pairs)) < LOCAL_ROADS_KEPT)
    return _largest_part(points, pairs[kept], is_arterial[kept])


def _largest_part(points: Points, pairs: NDArray[np.int64], is_arterial: NDArray[np.bool_]) -> Roads:
    """Keep the largest connected part and number its nodes from 0."""
    beside: dict[int, list[tuple[int, float, float]]] = {}
    lengths = np.sqrt(((points[pairs[:, 0]] - points[pairs[:, 1]]) ** 2).sum(axis=1))
    for (a, b), length_m, arterial in zip(pairs.tolist(), lengths.tolist(), is_arterial.tolist(), strict=True):
        speed = float(ARTERIAL_KMH if arterial else LOCAL_KMH)
        beside.setdefault(a, []).append((b, length_m, speed))
        beside.setdefault(b, []).append((a, length_m, speed))
    largest: set[int] = set()
    unseen = set(beside)
    while unseen:
        part, edge = set(), [min(unseen)]
        while edge:
            node = edge.pop()
            if node not in part:
                part.add(node)
                edge += [other for other, _, _ in beside[node]]
        unseen -= part
        largest = max(largest, part, key=len)
    old = sorted(largest)
    new = {node: number for number, node in enumerate(old)}
    neighbours = [[(new[other], length_m, speed) for other, length_m, speed in beside[node]] for node in old]
    return Roads(points[old], neighbours)
