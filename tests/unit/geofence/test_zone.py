"""A boundary comes in once: checked, stated in its datum, converted."""

import numpy as np
import pytest
import shapely

from geofence.datum import from_wgs84
from geofence.zone import ZoneError, boundary_from_geojson, boundary_from_wkb, boundary_to_wkb

SQUARE = [[118.3, 33.9], [118.31, 33.9], [118.31, 33.91], [118.3, 33.91], [118.3, 33.9]]
YARD_HOLE = [[118.304, 33.904], [118.306, 33.904], [118.306, 33.906], [118.304, 33.906], [118.304, 33.904]]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def refusal(geometry, datum="wgs84") -> ZoneError:
    with pytest.raises(ZoneError) as caught:
        boundary_from_geojson(geometry, datum)
    return caught.value


def test_a_square_is_taken_as_it_is():
    assert boundary_from_geojson(polygon(SQUARE), "wgs84").bounds == (118.3, 33.9, 118.31, 33.91)


def test_holes_stay_holes():
    boundary = boundary_from_geojson(polygon(SQUARE, YARD_HOLE), "wgs84")

    assert not boundary.covers(shapely.Point(118.305, 33.905))


def test_a_multipolygon_keeps_its_parts_and_altitudes_are_dropped():
    far = [[lon + 1, lat, 12.5] for lon, lat in SQUARE]
    boundary = boundary_from_geojson({"type": "MultiPolygon", "coordinates": [[SQUARE], [far]]}, "wgs84")

    assert len(boundary.geoms) == 2
    assert not boundary.has_z


def test_a_boundary_in_gcj02_is_moved_to_where_it_is():
    drawn = [list(map(float, from_wgs84(lon, lat, "gcj02"))) for lon, lat in SQUARE]
    boundary = boundary_from_geojson(polygon(drawn), "gcj02")

    assert np.allclose(boundary.exterior.coords, SQUARE, atol=1e-7)


def test_vertices_lie_on_the_grid_of_positions():
    drawn = [[lon + 1.23456789e-8, lat] for lon, lat in SQUARE]
    coordinates = np.array(boundary_from_geojson(polygon(drawn), "wgs84").exterior.coords)

    assert (coordinates == np.round(coordinates, 7)).all()


def test_a_boundary_survives_the_database():
    boundary = boundary_from_geojson(polygon(SQUARE, YARD_HOLE), "wgs84")

    assert boundary_from_wkb(boundary_to_wkb(boundary)) == boundary


def test_a_line_from_the_database_is_no_boundary():
    with pytest.raises(ZoneError, match="LineString"):
        boundary_from_wkb(shapely.to_wkb(shapely.LineString(SQUARE)))


@pytest.mark.parametrize("datum", [None, "", "beijing54"])
def test_without_a_known_datum_it_is_refused(datum):
    assert "坐标系" in refusal(polygon(SQUARE), datum).zh


def test_a_crossing_is_told_with_its_place_in_both_languages():
    bow_tie = [[118, 34], [118.2, 34.2], [118.2, 34], [118, 34.2], [118, 34]]
    error = refusal(polygon(bow_tie))

    assert "自相交" in error.zh
    assert "crosses itself" in error.en
    assert "[118.100000, 34.100000]" in error.zh
    assert "[118.100000, 34.100000]" in error.en


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        ([[118, 34], [118.1, 34.1], [118.2, 34.2], [118, 34]], "no area"),
        ([[118, 34]] * 4, "no area"),
        ([[lat, lon] for lon, lat in SQUARE], "swapped"),
        ([[48.9, 2.3], [48.9, 182.4], [49, 2.4], [48.9, 2.3]], "out of range"),
        ([[2.3, 95.1], [2.4, 95.1], [2.4, 95.2], [2.3, 95.1]], "swapped"),
        (
            [[11_830_000, 3_390_000], [11_831_000, 3_390_000], [11_831_000, 3_391_000], [11_830_000, 3_390_000]],
            "out of range",
        ),
        ([[181, 34], [182, 34], [182, 35], [181, 34]], "out of range"),
        (SQUARE[:-1], "not closed"),
        ([*SQUARE[:-2], SQUARE[0]][:3], "fewer than 4"),
        ([[118.3, float("nan")], *SQUARE[1:-1], [118.3, float("nan")]], "point 1 is not"),
        ([SQUARE[0], ["118.31", "33.9"], *SQUARE[2:]], "point 2 is not"),
        ([SQUARE[0], [118.31], *SQUARE[2:]], "point 2 is not"),
        ([SQUARE[0], None, *SQUARE[2:]], "point 2 is not"),
        ([SQUARE[0], [True, 33.9], *SQUARE[2:]], "point 2 is not"),
        ("a square", "fewer than 4"),
    ],
)
def test_a_ring_that_encloses_nothing_sensible_is_refused(ring, said):
    assert said in refusal(polygon(ring)).en


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [118.3, 33.9]},
        {"type": "LineString", "coordinates": SQUARE},
        {"type": "Feature", "geometry": polygon(SQUARE)},
        {},
        None,
        [SQUARE],
    ],
)
def test_what_is_not_a_polygon_is_refused(geometry):
    assert "not a polygon" in refusal(geometry).en


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "MultiPolygon", "coordinates": [[]]},
        {"type": "MultiPolygon", "coordinates": [5]},
        {"type": "Polygon", "coordinates": {"0": SQUARE}},
    ],
)
def test_empty_or_misnested_coordinates_are_refused(geometry):
    assert "empty or wrongly nested" in refusal(geometry).en


def test_a_hole_outside_is_refused():
    assert "hole lies outside" in refusal(polygon(SQUARE, [[lon + 1, lat] for lon, lat in YARD_HOLE])).en


def test_a_zone_smaller_than_the_grid_is_refused():
    speck = [[118.3, 33.9], [118.3 + 1e-9, 33.9], [118.3, 33.9 + 1e-9], [118.3, 33.9]]

    assert "no area" in refusal(polygon(speck)).en


def test_a_zone_abroad_is_no_swapped_one():
    rabat = [[-6.85, 33.98], [-6.84, 33.98], [-6.84, 33.99], [-6.85, 33.98]]
    moscow = [[37.6, 55.7], [37.7, 55.7], [37.7, 55.8], [37.6, 55.7]]

    assert boundary_from_geojson(polygon(rabat), "wgs84").area > 0
    assert boundary_from_geojson(polygon(moscow), "wgs84").area > 0
