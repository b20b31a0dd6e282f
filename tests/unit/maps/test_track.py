"""A track as it is drawn."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fleet.position import Positions
from maps.track import Track
from tests.unit.maps.build import at_us, drive, stand, track


def test_trips_stops_and_gaps_are_those_of_the_facts():
    points = [*drive(10), *stand(20, 610, 6_000), *drive(10, from_s=4_000, from_east_m=9_000)]
    one = Track.of(track(*points))

    assert (len(one.trips), len(one.stops), len(one.gaps)) == (2, 1, 1)
    assert one.distance_m[one.trips.last[0]] == pytest.approx(6_000, rel=0.001)


def test_an_island_is_not_drawn():
    there = [(second + 1, 90_000.0, 0.0) for second in (295, 296)]
    one = Track.of(track(*sorted([*drive(10), *there])))

    assert len(one) == 61


def test_positions_of_two_vehicles_are_no_track():
    both = Positions.concatenate([track(*drive(2)), track(*drive(2), vehicle_id=8)])

    with pytest.raises(ValueError, match="2"):
        Track.of(both)


def test_no_positions_are_a_track_of_nothing():
    assert len(Track.of(Positions.empty())) == 0


def test_a_straight_line_is_drawn_by_its_ends_and_what_must_stay():
    one = Track.of(track(*drive(10)))

    assert one.simplified(0, 60, keep=[17, 99]).tolist() == [0, 17, 60]


def test_a_film_has_a_fix_at_least_as_often_as_asked():
    one = Track.of(track(*drive(10)))
    kept_s = np.diff(one.fixes.ts_us[one.simplified(0, 60, at_least_s=30)]) / 1e6

    assert kept_s.max() <= 30


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40)), min_size=3, max_size=60))
def test_a_simplified_line_stays_within_a_metre_of_every_fix(turns):
    path_m = np.cumsum(np.array(turns), axis=0)
    one = Track.of(track(*((10.0 * n, x, y) for n, (x, y) in enumerate(path_m.tolist()))))
    scale = np.array([np.cos(np.radians(33.9)), 1.0]) * 111_195.08 / 1e7
    fixes_m = np.column_stack([one.fixes.lon_e7, one.fixes.lat_e7]) * scale
    rows = one.simplified(0, len(one) - 1)

    assert (rows[0], rows[-1]) == (0, len(one) - 1)
    assert shapely.distance(shapely.points(fixes_m), shapely.LineString(fixes_m[rows])).max() < 1.01


def test_arrows_point_where_the_vehicle_went():
    one = Track.of(track(*drive(10)))
    rows, headings = zip(*one.arrows(0, 60, 3), strict=True)

    assert list(headings) == pytest.approx([90, 90, 90], abs=0.1)
    assert list(rows) == pytest.approx([10, 30, 50], abs=1)


def test_a_way_too_short_to_tell_has_no_arrows():
    assert Track.of(track(*stand(10, 0, 0))).arrows(0, 60, 3) == []


def test_a_span_is_found_by_its_fixes_or_the_one_before():
    one = Track.of(track(*drive(10)))

    assert one.between(at_us(15), at_us(45)) == (2, 4)
    assert one.between(at_us(41), at_us(49)) == (4, 4)
    assert one.between(at_us(-90), at_us(-80)) == (0, 0)
    assert one.between(at_us(9_000), at_us(9_001)) == (60, 60)
