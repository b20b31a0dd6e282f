"""Features as zones: which datum counts, and what is refused with what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, mapping

from fleet.vehicle import Unit
from geofence.datum import from_wgs84
from geofence.zone import ZoneKind
from gongche.imports.cells import CellError
from gongche.imports.report import Refusal
from gongche.imports.units import UnitBook
from gongche.imports.zones import ZoneFeature, read_collection, read_features, stated_datum
from gongche.problem import Problem
from gongche.settings import Settings

SHANGHAI = Settings().zone
YARD = [[118.30, 33.90], [118.31, 33.90], [118.31, 33.91], [118.30, 33.91], [118.30, 33.90]]


def feature(ring: list[list[float]] = YARD, /, **properties: Any) -> dict[str, Any]:
    said = {"name": "水利局大院", "kind": "home", "unit": "水利局", "datum": "wgs84", **properties}
    return {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def read(*features: Any, datum: str | None = None, **members: Any) -> tuple[list[ZoneFeature], list[Refusal]]:
    book = UnitBook([Unit(1, "water", "水利局")])
    return read_features({"features": features, **members}, book, SHANGHAI, datum)


def refusal(*features: Any, **options: Any) -> Refusal:
    good, (refused,) = read(*features, **options)
    assert good == []
    return refused


def test_a_feature_is_a_zone() -> None:
    (found,), refused = read(feature(kind="停放点", source="测绘"))
    assert refused == []
    assert (found.number, found.zone.name, found.zone.kind) == (1, "水利局大院", ZoneKind.HOME)
    assert (found.zone.unit_code, found.zone.source, found.zone.datum_given) == ("water", "测绘", "wgs84")
    assert found.zone.boundary.equals(Polygon(YARD))


def test_properties_may_be_chinese() -> None:
    said = {"名称": "一中", "类型": "敏感地点", "坐标系": "cgcs2000", "生效日期": "2026-09-01"}
    (found,), _ = read({**feature(), "properties": said})
    assert (found.zone.name, found.zone.kind, found.zone.datum_given) == ("一中", ZoneKind.SENSITIVE, "cgcs2000")
    assert found.zone.valid.start is not None
    assert found.zone.valid.start.isoformat() == "2026-09-01T00:00:00+08:00"


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_boundary_is_converted_once_from_its_datum(datum: str) -> None:
    lon, lat = from_wgs84(*np.array(YARD).T, datum)
    ring = np.column_stack([lon, lat]).tolist()
    (found,), _ = read(feature(ring, datum=datum))
    assert found.zone.datum_given == datum
    # Within a hundred-thousandth of a degree (a metre) of where it was drawn; unconverted it is 500 m off.
    assert shapely.hausdorff_distance(found.zone.boundary, Polygon(YARD)) < 1e-6


@pytest.mark.parametrize(
    ("said", "collection", "option", "datum"),
    [
        ({"datum": "gcj02"}, {"datum": "wgs84"}, None, "gcj02"),
        ({}, {"datum": "bd09"}, None, "bd09"),
        ({}, {}, "gcj02", "gcj02"),
        ({"crs": "EPSG:4490"}, {}, None, "cgcs2000"),
        ({}, {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}}, None, "cgcs2000"),
        ({}, {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}, None, "wgs84"),
        # Programs write a crs unasked: what a person says counts before it.
        ({}, {"crs": "EPSG:4326"}, "gcj02", "gcj02"),
        ({"datum": "gcj02"}, {"crs": "EPSG:4326"}, None, "gcj02"),
    ],
)
def test_the_nearest_statement_of_a_datum_counts(
    said: dict[str, Any], collection: dict[str, Any], option: str | None, datum: str
) -> None:
    assert stated_datum(said, collection, option) == datum


@pytest.mark.parametrize(
    ("said", "collection", "option", "column"),
    [
        ({}, {}, None, "datum"),
        ({"datum": "beijing54"}, {}, None, "datum"),
        ({"datum": "gcj02"}, {}, "wgs84", "datum"),
        ({}, {"crs": "EPSG:3857"}, None, "crs"),
        ({}, {"crs": "EPSG:4547"}, None, "crs"),
    ],
)
def test_a_datum_that_is_missing_unknown_or_contradicted_is_refused(
    said: dict[str, Any], collection: dict[str, Any], option: str | None, column: str
) -> None:
    with pytest.raises(CellError) as told:
        stated_datum(said, collection, option)
    assert told.value.column == column


BOW_TIE = [[118.30, 33.90], [118.31, 33.91], [118.31, 33.90], [118.30, 33.91], [118.30, 33.90]]
SWAPPED = [[lat, lon] for lon, lat in YARD]
LINE = [[118.30, 33.90], [118.31, 33.91], [118.32, 33.92], [118.30, 33.90]]


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        (BOW_TIE, "the boundary crosses itself at [118.305000, 33.905000]"),
        (SWAPPED, "longitude and latitude are swapped"),
        (LINE, "no area"),
    ],
)
def test_a_bad_boundary_is_refused_and_the_good_one_beside_it_goes_in(ring: list[list[float]], said: str) -> None:
    (good,), (refused,) = read(feature(ring, name="坏"), feature(name="好"))
    assert (good.number, good.zone.name) == (2, "好")
    assert (refused.at, refused.name, refused.column) == (1, "坏", "geometry")
    assert said in refused.en


@pytest.mark.parametrize(
    ("properties", "column"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "home"}, "name"),
        ({"name": "加油站"}, "name"),
        ({"kind": ""}, "kind"),
        ({"kind": "公园"}, "kind"),
        ({"unit": ""}, "unit"),
        ({"unit": "水务局"}, "unit"),
        ({"datum": ""}, "datum"),
        ({"valid_from": "不久"}, "valid_from"),
        ({"valid_from": "2026-10-02", "valid_to": "2026-10-01"}, "valid_to"),
    ],
)
def test_what_a_feature_says_wrongly_is_refused_by_property(properties: dict[str, Any], column: str) -> None:
    refused = refusal(feature(**properties))
    assert refused.column == column
    assert refused.zh
    assert refused.en


@pytest.mark.parametrize(
    "strange",
    [
        None,
        "feature",
        {},
        {"type": "Feature"},
        {**feature(), "properties": None},
        {**feature(), "geometry": None},
        {**feature(), "geometry": {"type": "Point", "coordinates": [118.3, 33.9]}},
    ],
)
def test_what_is_no_polygon_feature_is_refused(strange: Any) -> None:
    assert refusal(strange).at == 1


def test_a_single_feature_is_a_collection_of_one(tmp_path: Path) -> None:
    path = tmp_path / "zone.geojson"
    path.write_text(json.dumps(feature()), encoding="utf-8-sig")
    assert read_collection(path)["features"] == [feature()]


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", "1", '{"type": "Polygon"}', '{"type": "FeatureCollection"}', json.dumps(mapping(Polygon(YARD)))],
)
def test_what_is_no_geojson_is_told_as_a_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "zones.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as told:
        read_collection(path)
    assert told.value.exit_status == 2
