"""Zones and the district on a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from geofence.distance import E7_M
from geofence.zone import Boundary, Zone, ZoneKind
from maps.basemap import Basemap
from maps.feature import Feature, Popup, area, dot, legend_item
from maps.page import Bounds
from maps.words import Words

_TOLERANCE_DEG = 5e-6
_DEGREE_M = E7_M * 1e7


def zone_features(zones: Iterable[Zone], basemap: Basemap, said: Words, *, named: bool = False) -> list[Feature]:
    """Jurisdictions first, so that they lie under the rest. ``named``: the others' names stand above them."""
    ordered = sorted(zones, key=lambda zone: (zone.kind is not ZoneKind.JURISDICTION, zone.id))
    features = [
        area(
            basemap.place_boundary(_coarser(zone.boundary)),
            f"zone {style_of(zone.kind)}",
            Popup(title=zone.name, rows=[(said["zone"], said[zone.kind.value])]),
        )
        for zone in ordered
    ]
    if named:
        features += [_name(zone, basemap) for zone in ordered if zone.kind is not ZoneKind.JURISDICTION]
    return features


def _name(zone: Zone, basemap: Basemap) -> Feature:
    west, _, east, north = zone.boundary.bounds
    return dot(
        basemap.place((west + east) / 2, north)[0], f"zone-name {style_of(zone.kind)}", 0, Popup(label=zone.name)
    )


def district_features(district: Boundary | None, name: str, basemap: Basemap, said: Words) -> list[Feature]:
    """The outline that stands in for tiles."""
    if district is None:
        return []
    popup = Popup(title=name, rows=[(said["zone"], said["district"])])
    return [area(basemap.place_boundary(_coarser(district)), "district", popup)]


def buffer_feature(zone: Zone, buffer_m: float, basemap: Basemap, said: Words) -> Feature:
    """A zone grown by metres, as its rule judges it."""
    popup = Popup(title=zone.name, rows=[(said["zone"], said["buffer"].format(metres=round(buffer_m)))])
    return area(basemap.place_boundary(grown(zone.boundary, buffer_m)), "buffer", popup)


def grown(boundary: Boundary, buffer_m: float) -> Boundary:
    """The boundary grown by metres, for drawing: in the plane at its middle, corners rounded."""
    scale = np.array([_DEGREE_M * np.cos(np.radians(boundary.centroid.y)), _DEGREE_M])
    plane = shapely.transform(boundary, lambda degrees: degrees * scale)
    wider = shapely.buffer(plane, buffer_m, quad_segs=16)
    return shapely.transform(shapely.simplify(wider, 0.1), lambda metres: metres / scale)


def zone_legend(kinds: Iterable[ZoneKind], said: Words) -> list[dict[str, Any]]:
    """One row for each kind that is there."""
    there = set(kinds)
    return [legend_item("area", style_of(kind), said[kind.value], can_hide=True) for kind in ZoneKind if kind in there]


def style_of(kind: ZoneKind) -> str:
    return "zone-" + kind.value.replace("_", "-")


def bounds_of(boundaries: Sequence[Boundary], basemap: Basemap) -> Bounds | None:
    """What holds them all as drawn; None when there are none."""
    if not boundaries:
        return None
    west, south, east, north = np.array([boundary.bounds for boundary in boundaries]).T
    (x0, y0), (x1, y1) = basemap.place(
        [west.min(), east.max()],
        [south.min(), north.max()],
    ).tolist()
    return x0, y0, x1, y1


def _coarser(boundary: Boundary) -> Boundary:
    """Half a metre is less than a pixel at any zoom."""
    return shapely.simplify(boundary, _TOLERANCE_DEG)
