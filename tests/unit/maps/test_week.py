"""A vehicle's week on a map."""

from datetime import date

import numpy as np
import pytest

from fleet.clock import DAY_US, SECOND_US, day_start_us
from fleet.position import Positions
from maps.assets import Assets
from maps.page import Look
from maps.week import Marked, week_map
from tests.unit.maps.build import LAT_E7, LON_E7, MORNING_US, at_us, drive, scene_of, stand, styled, track

LOOK = Look(Assets(local=True))
MONDAY_US = day_start_us(date(2026, 9, 28))
POINTS = [*drive(10), *stand(30, 610, 6_000), *drive(10, from_s=2_420, from_east_m=6_000)]
MORNING_S = (MORNING_US - MONDAY_US) // SECOND_US


def page_of(positions, violations=(), look=LOOK):
    return week_map(
        look,
        title="苏N12345",
        positions=positions,
        since_us=MONDAY_US,
        until_us=MONDAY_US + 7 * DAY_US,
        violations=violations,
    )


def shown(positions, violations=()):
    return scene_of(page_of(positions, violations))


def test_the_days_are_local_ones():
    days = shown(track(*POINTS))["week"]["days"]

    assert [day["name"] for day in days[:4]] == ["周一 9-28", "周二 9-29", "周三 9-30", "周四 10-1"]
    assert (days[0]["from"], days[6]["to"]) == (0, 7 * 86_400)


def test_a_zone_with_summer_time_has_days_of_23_and_25_hours():
    look = Look(Assets(local=True), time_zone="Europe/Berlin")
    since_us = MONDAY_US + 28 * DAY_US - 7 * DAY_US + 6 * 3600 * SECOND_US
    html = week_map(look, title="", positions=track(*POINTS), since_us=since_us, until_us=since_us + 7 * DAY_US)
    lengths = {(day["to"] - day["from"]) // 3600 for day in scene_of(html)["week"]["days"]}

    assert lengths == {24, 25}


def test_the_film_has_the_spans_of_trips_stops_and_gaps():
    week = shown(track(*POINTS, *drive(5, from_s=9_000, from_east_m=20_000)))["week"]

    assert week["trips"][0] == [MORNING_S, MORNING_S + 600]
    assert [len(week[kind]) for kind in ("trips", "stops", "gaps")] == [3, 1, 1]


def test_the_film_puts_the_vehicle_where_it_was():
    positions = track(*POINTS)
    week = shown(positions)["week"]
    second, lon, lat = (np.cumsum(week[column]) for column in ("t", "lon", "lat"))
    fixes_s = (positions.ts_us - MONDAY_US) // SECOND_US

    assert np.abs(np.interp(fixes_s, second, lon) - positions.lon_e7 / 10).max() < 10
    assert np.abs(np.interp(fixes_s, second, lat) - positions.lat_e7 / 10).max() < 10


def test_features_know_the_days_they_belong_to():
    (stop,) = styled(shown(track(*POINTS)), "stop")

    assert stop["properties"]["days"] == [4]


def test_a_stop_over_midnight_belongs_to_both_days():
    sleeping = [(0, 0, 0), (60, 500, 0), (120, 1_000, 0), (80_000, 1_001, 0), (80_060, 1_500, 0), (80_120, 2_000, 0)]
    (stop,) = styled(shown(track(*sleeping)), "stop")

    assert stop["properties"]["days"] == [4, 5]


def test_violations_are_marked_on_the_way_and_in_the_film():
    scene = shown(track(*POINTS), [Marked(at_us(100), at_us(300), "R06 节假日用车")])

    assert len(styled(scene, "track-held")) == 1
    assert scene["week"]["violations"] == [[MORNING_S + 100, MORNING_S + 300, "R06 节假日用车"]]


def test_without_positions_there_is_nothing_to_play():
    scene = shown(Positions.empty())

    assert scene["empty"] is True
    assert "t" not in scene["week"]


def test_a_week_of_60_000_fixes_is_a_page_of_sane_size():
    random = np.random.default_rng(8)
    n = 60_000
    turns = np.cumsum(random.normal(0, 0.05, n))
    east, north = np.cumsum(12 * np.cos(turns)), np.cumsum(12 * np.sin(turns))
    ts_us = MONDAY_US + (np.arange(n) * 10 % 600_000) * SECOND_US
    noise = random.normal(0, 200, (2, n))
    positions = Positions.of(
        7,
        ts_us,
        np.round(LON_E7 + east * 108 + noise[0] * 0.3).astype(np.int32),
        np.round(LAT_E7 + north * 90 + noise[1] * 0.3).astype(np.int32),
        speed_kmh=43,
    )

    assert len(page_of(positions).encode()) < 1_000_000


def test_positions_of_several_vehicles_are_refused():
    both = Positions.concatenate([track(*drive(2)), track(*drive(2), vehicle_id=8)])

    with pytest.raises(ValueError, match="one vehicle"):
        shown(both)
