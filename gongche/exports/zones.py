"""Zones as GeoJSON and KML; importing what was exported changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from zoneinfo import ZoneInfo

from shapely.geometry import Polygon

from geofence.datum import Datum, from_wgs84
from geofence.zone import Boundary
from store.zones import ToldZone

Json = dict[str, Any]
_NAMESPACE = "http://www.opengis.net/kml/2.2"


def valid_at(zones: Iterable[ToldZone], moment: datetime) -> list[ToldZone]:
    """Those that hold at a moment."""
    return [
        zone
        for zone in zones
        if (zone.valid.start is None or zone.valid.start <= moment)
        and (zone.valid.end is None or moment < zone.valid.end)
    ]


def geojson_of(zones: Iterable[ToldZone], datum: Datum, zone: ZoneInfo) -> Json:
    """A FeatureCollection that states its datum."""
    return {
        "type": "FeatureCollection",
        "datum": datum.value,
        "features": [
            {
                "type": "Feature",
                "properties": properties_of(told, zone),
                "geometry": _geometry(parts_of(told.boundary, datum)),
            }
            for told in zones
        ],
    }


def kml_of(zones: Iterable[ToldZone], datum: Datum, zone: ZoneInfo) -> str:
    """A KML document, a folder for each kind. Each placemark states the datum, which KML itself knows no place for."""
    root = Element("kml", xmlns=_NAMESPACE)
    document = SubElement(root, "Document")
    SubElement(document, "name").text = f"围栏 zones ({datum.value})"
    folders: dict[str, Element] = {}
    for told in zones:
        if told.kind.value not in folders:
            folders[told.kind.value] = SubElement(document, "Folder")
            SubElement(folders[told.kind.value], "name").text = told.kind.value
        _placemark(folders[told.kind.value], properties_of(told, zone) | {"datum": datum.value}, told.boundary, datum)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def properties_of(told: ToldZone, zone: ZoneInfo) -> dict[str, str]:
    """What importing reads; nothing where there is nothing to say."""
    said = {
        "name": told.name,
        "kind": told.kind.value,
        "unit": told.unit,
        "valid_from": _moment(told.valid.start, zone),
        "valid_to": _moment(told.valid.end, zone),
        "source": told.source,
    }
    return {key: value for key, value in said.items() if value}


def parts_of(boundary: Boundary, datum: Datum) -> list[list[list[list[float]]]]:
    """Polygons, of rings, of [longitude, latitude] in a datum: the outline first, then the holes."""
    polygons: Sequence[Polygon] = [boundary] if isinstance(boundary, Polygon) else list(boundary.geoms)
    return [
        [_ring(list(ring.coords), datum) for ring in (polygon.exterior, *polygon.interiors)] for polygon in polygons
    ]


def _ring(points: Sequence[tuple[float, ...]], datum: Datum) -> list[list[float]]:
    lon, lat = from_wgs84([point[0] for point in points], [point[1] for point in points], datum)
    return [[x, y] for x, y in zip(lon.round(10).tolist(), lat.round(10).tolist(), strict=True)]


def _geometry(parts: list[list[list[list[float]]]]) -> Json:
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat()


def _placemark(folder: Element, said: dict[str, str], boundary: Boundary, datum: Datum) -> None:
    mark = SubElement(folder, "Placemark")
    SubElement(mark, "name").text = said["name"]
    data = SubElement(mark, "ExtendedData")
    for key, value in said.items():
        SubElement(SubElement(data, "Data", name=key), "value").text = value
    parts = parts_of(boundary, datum)
    place = SubElement(mark, "MultiGeometry") if len(parts) > 1 else mark
    for outline, *holes in parts:
        polygon = SubElement(place, "Polygon")
        for side, ring in [("outerBoundaryIs", outline), *(("innerBoundaryIs", hole) for hole in holes)]:
            shape = SubElement(SubElement(polygon, side), "LinearRing")
            SubElement(shape, "coordinates").text = " ".join(_points(ring))


def _points(ring: Iterable[Sequence[float]]) -> Iterator[str]:
    return (f"{lon!r},{lat!r}" for lon, lat in ring)
