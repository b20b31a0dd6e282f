"""The raster against the plain answer: shapely's predicate and a loop over every segment."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from geofence.locate import Locator
from geofence.zone import Zone, ZoneKind

RADIUS_M = 6_371_008.8
UNIT_M = RADIUS_M * np.pi / 180 / 1e7


def zone(boundary, number=0) -> Zone:
    return Zone(number, f"zone {number}", ZoneKind.SENSITIVE, None, boundary)


def metres_to_border(area, lon_e7: float, lat_e7: float) -> float:
    """Least distance in the plane at the point, segment by segment."""
    squash = np.cos(np.radians(lat_e7 / 1e7))
    best = np.inf
    for ring in shapely.get_rings(area):
        local = (shapely.get_coordinates(ring) - [lon_e7, lat_e7]) * [squash * UNIT_M, UNIT_M]
        for a, b in pairwise(local):
            best = min(best, shapely.LineString([a, b]).distance(shapely.Point(0, 0)))
    return best


def plainly(zones, lon_e7, lat_e7, buffer_m):
    """(sure, unsure): the pairs, and those within 1 mm of the grown border, where rounding may decide."""
    sure, unsure = set(), set()
    for z, one in enumerate(zones):
        area = shapely.transform(one.boundary, lambda degrees: np.round(degrees * 1e7))
        for f, (lon, lat) in enumerate(zip(lon_e7.tolist(), lat_e7.tolist(), strict=True)):
            if area.intersects(shapely.Point(lon, lat)):
                sure.add((z, f))
            elif buffer_m:
                metres = metres_to_border(area, lon, lat)
                if abs(metres - buffer_m) < 0.001:
                    unsure.add((z, f))
                elif metres < buffer_m:
                    sure.add((z, f))
    return sure, unsure


def column(values):
    return np.array(values, dtype=np.int32)


def found(zones, lon_e7, lat_e7, buffer_m):
    fix, number = Locator(zones).pairs(column(lon_e7), column(lat_e7), buffer_m)
    return list(zip(number.tolist(), fix.tolist(), strict=True))


@st.composite
def stars(draw):
    """A ragged polygon around a centre, perhaps with a hole; its vertices on the grid."""
    centre = np.array([draw(st.integers(-1_790_000_000, 1_790_000_000)), draw(st.integers(-590_000_000, 590_000_000))])
    radius = draw(st.sampled_from([500, 20_000, 300_000, 5_000_000]))
    corners = draw(st.integers(3, 12))
    lengths = np.array(draw(st.lists(st.floats(0.5, 1.0), min_size=corners, max_size=corners)))
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    arms = lengths[:, None] * np.column_stack([np.cos(angles), np.sin(angles)]) * radius
    holes = [np.round(centre + arms * 0.3)] if draw(st.booleans()) else []
    return Polygon(np.round(centre + arms) / 1e7, [hole / 1e7 for hole in holes])


@st.composite
def scenes(draw):
    """Zones near and far from each other, and fixes on their vertices, on their edges, around and far away."""
    zones = [zone(boundary, n) for n, boundary in enumerate(draw(st.lists(stars(), min_size=1, max_size=3)))]
    fixes = []
    for one in zones:
        corners = np.round(shapely.get_coordinates(one.boundary) * 1e7)
        west, south, east, north = np.round(np.array(one.boundary.bounds) * 1e7)
        reach = max(east - west, 100_000)
        spots = st.tuples(
            st.floats(west - reach, east + reach), st.floats(max(south - reach, -6e8), min(north + reach, 6e8))
        )
        fixes += [
            corners,
            (corners[:-1] + corners[1:]) / 2,
            np.array(draw(st.lists(spots, max_size=15))).reshape(-1, 2),
        ]
    lon, lat = np.clip(np.round(np.concatenate(fixes)), -1_800_000_000, 1_800_000_000).astype(np.int32).T
    return zones, lon, lat


@settings(deadline=None, max_examples=150)
@given(scenes(), st.sampled_from([0.0, 3.0, 50.0, 500.0]))
def test_the_raster_answers_as_plain_geometry_does(scene, buffer_m):
    zones, lon_e7, lat_e7 = scene
    sure, unsure = plainly(zones, lon_e7, lat_e7, buffer_m)
    answer = found(zones, lon_e7, lat_e7, buffer_m)

    assert set(answer) - unsure == sure
    assert answer == sorted(set(answer))


YARD = zone(box(118.30, 33.90, 118.31, 33.91))


def test_the_border_and_its_corners_count_as_inside():
    lon, lat = [1_183_000_000, 1_183_050_000, 1_182_999_999], [339_000_000, 339_100_000, 339_050_000]

    assert found([YARD], lon, lat, 0) == [(0, 0), (0, 1)]


def test_a_slanted_border_is_exact_to_one_unit_of_the_grid():
    slanted = zone(Polygon([(118.3, 33.9), (118.31, 33.91), (118.3, 33.91)]))
    lon, lat = [1_183_012_345, 1_183_012_346, 1_183_012_345], [339_012_345, 339_012_345, 339_012_346]

    assert found([slanted], lon, lat, 0) == [(0, 0), (0, 2)]


def test_a_hole_is_outside_but_within_the_buffer_of_its_rim():
    ring = zone(YARD.boundary.difference(box(118.303, 33.903, 118.307, 33.907)))
    middle, near_rim = (1_183_050_000, 339_050_000), (1_183_032_000, 339_050_000)
    lon, lat = zip(middle, near_rim, strict=True)

    assert found([ring], lon, lat, 0) == []
    assert found([ring], lon, lat, 50) == [(0, 1)]
    assert found([ring], lon, lat, 500) == [(0, 0), (0, 1)]


def test_the_buffer_is_metres_in_every_direction():
    """0.0005 degrees are 55.6 m to the north and 46.1 m to the east at 33.9 degrees."""
    east, north = (1_183_105_000, 339_050_000), (1_183_050_000, 339_105_000)
    lon, lat = zip(east, north, strict=True)

    assert found([YARD], lon, lat, 46) == []
    assert found([YARD], lon, lat, 50) == [(0, 0)]
    assert found([YARD], lon, lat, 56) == [(0, 0), (0, 1)]


def test_only_the_chosen_zones_are_looked_at_and_keep_their_numbers():
    zones = [zone(box(118.30 + n, 33.90, 118.31 + n, 33.91), n) for n in range(4)]
    lon, lat = column([1_183_050_000 + n * 10_000_000 for n in range(4)]), column([339_050_000] * 4)
    fix, number = Locator(zones).pairs(lon, lat, 0.0, zones=[3, 1])

    assert number.tolist() == [1, 3]
    assert fix.tolist() == [1, 3]


def test_many_fixes_are_found_wherever_the_batches_are_cut():
    lon = np.full(300_001, 1_183_050_000, dtype=np.int32)
    lat = np.full(300_001, 339_050_000, dtype=np.int32)
    lat[150_000] = 0
    fix, number = Locator([YARD, YARD]).pairs(lon, lat, 10.0)

    assert number.tolist() == [0] * 300_000 + [1] * 300_000
    assert np.array_equal(fix[:300_000], np.delete(np.arange(300_001), 150_000))


def test_a_whole_province_and_a_yard_in_it_are_found_together():
    province = zone(box(116.0, 30.0, 122.0, 35.0), 1)

    assert found([YARD, province], [1_183_050_000, 1_200_000_000], [339_050_000, 320_000_000], 500) == [
        (0, 0),
        (1, 0),
        (1, 1),
    ]


def test_two_parts_far_apart_are_one_zone():
    both = zone(MultiPolygon([YARD.boundary, box(-6.85, 33.98, -6.84, 33.99)]))

    assert found([both], [1_183_050_000, -68_450_000, 500_000_000], [339_050_000, 339_850_000, 339_850_000], 5) == [
        (0, 0),
        (0, 1),
    ]


def test_no_fixes_and_no_zones_give_no_pairs():
    assert found([YARD], [], [], 0) == []
    assert found([], [1_183_050_000], [339_050_000], 0) == []


@pytest.mark.parametrize("buffer_m", [-1.0, float("nan"), float("inf")])
def test_a_buffer_that_is_no_length_is_refused(buffer_m):
    with pytest.raises(ValueError, match="buffer"):
        Locator([YARD]).pairs(column([0]), column([0]), buffer_m)
