"""Great-circle distances on a sphere of 6,371,008.8 m."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.distance import EARTH_RADIUS_M, distance_m


def test_a_degree_of_latitude_is_a_360th_of_the_circumference():
    assert distance_m(0, 0, 0, 10_000_000) == pytest.approx(2 * math.pi * EARTH_RADIUS_M / 360, abs=1e-6)


def test_a_degree_of_longitude_shrinks_with_the_cosine_for_short_ways():
    metres = distance_m(0, 600_000_000, 1_000, 600_000_000)

    assert metres == pytest.approx(2 * math.pi * EARTH_RADIUS_M / 360 * 1e-4 / 2, rel=1e-9)


def test_the_same_point_is_exactly_nothing_apart():
    assert distance_m(1_183_000_001, 339_000_001, 1_183_000_001, 339_000_001) == 0.0


def test_one_unit_of_the_grid_is_eleven_millimetres():
    assert distance_m(1_183_000_000, 339_000_000, 1_183_000_000, 339_000_001) == pytest.approx(0.0111195, abs=1e-6)


def test_the_other_side_of_the_earth_is_half_the_circumference_away():
    assert distance_m(0, 0, 1_800_000_000, 0) == pytest.approx(math.pi * EARTH_RADIUS_M)


def test_columns_of_32_bit_integers_do_not_overflow():
    west = np.array([-1_790_000_000], dtype=np.int32)
    east = np.array([1_790_000_000], dtype=np.int32)
    zero = np.zeros(1, dtype=np.int32)

    assert distance_m(west, zero, east, zero)[0] == pytest.approx(2 * math.pi * EARTH_RADIUS_M / 180, rel=1e-9)


def haversine_m(lon1_e7: int, lat1_e7: int, lon2_e7: int, lat2_e7: int) -> float:
    half_dlon, half_dlat = (math.radians((b - a) / 1e7) / 2 for a, b in ((lon1_e7, lon2_e7), (lat1_e7, lat2_e7)))
    across = math.cos(math.radians(lat1_e7 / 1e7)) * math.cos(math.radians(lat2_e7 / 1e7))
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(math.sin(half_dlat) ** 2 + across * math.sin(half_dlon) ** 2))


lons, lats = st.integers(-1_800_000_000, 1_800_000_000), st.integers(-850_000_000, 850_000_000)
half = st.integers(-850_000_000, 850_000_000)  # the formula loses digits towards the other side of the earth
far = st.tuples(half, lats, half, lats)
near = st.builds(
    lambda lon, lat, east, north: (lon, lat, lon + east, lat + north),
    lons,
    lats,
    st.integers(-3_000_000, 3_000_000),
    st.integers(-3_000_000, 3_000_000),
)


@given(st.lists(st.one_of(near, far), min_size=1, max_size=20))
def test_near_and_far_points_are_as_far_apart_as_by_the_formula_whatever_stands_beside(points):
    together = distance_m(*np.array(points, np.int64).T)

    assert together == pytest.approx([haversine_m(*one) for one in points], rel=1e-12, abs=1e-6)
    assert together.tolist() == [float(distance_m(*one)) for one in points]
