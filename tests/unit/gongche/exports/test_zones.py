"""Zones that went out come back the same, whatever their shape, the format and the datum."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon

from fleet.span import Span
from fleet.vehicle import Unit
from geofence.datum import Datum
from geofence.zone import Boundary, ZoneKind
from gongche.exports.zones import geojson_of, kml_of, valid_at
from gongche.imports.units import UnitBook
from gongche.imports.zones import read_collection, read_features
from gongche.settings import Settings
from store.zones import NewZone, ToldZone

SHANGHAI = Settings(_env_file=None).zone
JANUARY = datetime(2026, 1, 1, tzinfo=SHANGHAI)
UNITS = {"水利局": "water", "城管局": "urban"}


@st.composite
def rings(draw: st.DrawFn, lon: float, lat: float, within_deg: float) -> list[tuple[float, float]]:
    """A star around a point, on the grid of 1e-7 degrees as zones are stored."""
    far = draw(st.lists(st.floats(0.5, 1.0), min_size=4, max_size=12))
    turns = [2 * math.pi * n / len(far) for n in range(len(far))]
    return [
        (round(lon + within_deg * r * math.cos(t), 7), round(lat + within_deg * r * math.sin(t), 7))
        for r, t in zip(far, turns, strict=True)
    ]


@st.composite
def boundaries(draw: st.DrawFn) -> Boundary:
    """One to three parts, each with or without a hole."""
    lon, lat = draw(st.floats(117.9, 118.6)), draw(st.floats(33.5, 34.3))
    parts = []
    for n in range(draw(st.integers(1, 3))):
        outline = draw(rings(lon + n * 0.03, lat, 0.01))
        # A star with four points or more, half as far out at least, holds the circle of 0.35 of its size.
        holes = [draw(rings(lon + n * 0.03, lat, 0.0034))] if draw(st.booleans()) else []
        parts.append(Polygon(outline, holes))
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), max_codepoint=0xFFFF), max_size=12)


@st.composite
def told_zones(draw: st.DrawFn) -> list[ToldZone]:
    zones = []
    for n in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(ZoneKind))
        unit = draw(st.sampled_from([*UNITS] if kind is ZoneKind.HOME else [None, *UNITS]))
        start = draw(st.none() | st.integers(0, 400))
        end = draw(st.none() | st.integers(401, 800))
        valid = Span(*(None if day is None else JANUARY + timedelta(days=day) for day in (start, end)))
        zones.append(ToldZone(f"围栏<{n}>&", kind, draw(boundaries()), unit, valid, draw(texts).strip()))
    return zones


def as_saved(told: ToldZone) -> NewZone:
    """What importing should make of it, but for the datum."""
    unit = None if told.unit is None else UNITS[told.unit]
    return NewZone(told.name, told.kind, shapely.normalize(told.boundary), "", unit, told.valid, told.source)


def imported(path: Path) -> list[NewZone]:
    book = UnitBook([Unit(n, code, name) for n, (name, code) in enumerate(UNITS.items())])
    good, refused = read_features(read_collection(path), book, SHANGHAI, None)
    assert refused == []
    assert {feature.zone.datum_given for feature in good}
    return [
        NewZone(z.name, z.kind, shapely.normalize(z.boundary), "", z.unit_code, z.valid, z.source)
        for z in (feature.zone for feature in good)
    ]


@settings(max_examples=60, deadline=None)
@given(zones=told_zones(), datum=st.sampled_from(Datum), form=st.sampled_from(["geojson", "kml"]))
def test_what_went_out_comes_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, zones: list[ToldZone], datum: Datum, form: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"zones.{form}"
    text = kml_of(zones, datum, SHANGHAI) if form == "kml" else json.dumps(geojson_of(zones, datum, SHANGHAI))
    path.write_text(text, encoding="utf-8")
    by_name = {zone.name: zone for zone in imported(path)}
    assert by_name == {told.name: as_saved(told) for told in zones}


def test_coordinates_are_those_of_the_datum_asked_for() -> None:
    yard = ToldZone("院", ZoneKind.SENSITIVE, shapely.box(118.3, 33.9, 118.31, 33.91), None, Span(None, None), "")
    plain, shifted = (
        geojson_of([yard], datum, SHANGHAI)["features"][0]["geometry"]["coordinates"][0][0]
        for datum in (Datum.WGS84, Datum.GCJ02)
    )
    assert plain == [118.31, 33.9]
    assert 0.004 < shifted[0] - plain[0] < 0.006


def test_a_version_holds_from_its_start_to_before_its_end() -> None:
    spans = [Span(None, JANUARY), Span(JANUARY, JANUARY + timedelta(days=1)), Span(JANUARY + timedelta(days=1), None)]
    zones = [
        ToldZone(str(n), ZoneKind.SENSITIVE, shapely.box(118, 33, 119, 34), None, span, "")
        for n, span in enumerate(spans)
    ]
    assert [zone.name for zone in valid_at(zones, JANUARY.astimezone(UTC))] == ["1"]
    assert [zone.name for zone in valid_at(zones, JANUARY - timedelta(seconds=1))] == ["0"]
    assert [zone.name for zone in valid_at(zones, JANUARY + timedelta(days=1))] == ["2"]
