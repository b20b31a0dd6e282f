"""The evidence of a violation on a map."""

import pytest
from shapely.geometry import box, shape

from fleet.position import Positions
from geofence.zone import Zone, ZoneKind
from maps.assets import Assets
from maps.evidence import JudgedZone, evidence_map
from maps.page import Look
from tests.unit.maps.build import at_us, drive, scene_of, stand, styled, track

LOOK = Look(Assets(local=True))
HOTEL = Zone(5, "度假酒店", ZoneKind.SENSITIVE, None, box(118.364, 33.899, 118.366, 33.901))
POINTS = [*drive(10), *stand(30, 610, 6_000), *drive(10, from_s=2_420, from_east_m=6_000)]


def shown(held, positions=None, **more):
    html = evidence_map(
        LOOK, title="R06", positions=track(*POINTS) if positions is None else positions, held_us=held, **more
    )
    return scene_of(html)


def test_where_the_rule_held_is_one_line_and_the_rest_another():
    scene = shown([(at_us(100), at_us(300))])
    held = styled(scene, "track-held")
    around = styled(scene, "track")

    assert len(held) == 1
    assert len(around) == 3
    assert held[0]["geometry"]["coordinates"][0] == around[0]["geometry"]["coordinates"][-1]
    assert held[0]["geometry"]["coordinates"][-1] == around[1]["geometry"]["coordinates"][0]


def test_both_ends_are_labelled_with_their_local_times():
    labels = [end["properties"]["label"] for end in styled(shown([(at_us(100), at_us(300))]), "edge-held")]

    assert labels == ["违规起点 10-02 09:01", "违规终点 10-02 09:05"]


def test_several_spans_are_one_violation_from_first_to_last():
    scene = shown([(at_us(100), at_us(200)), (at_us(2_500), at_us(2_700))])

    assert len(styled(scene, "track-held")) == 2
    assert [end["properties"]["label"][-5:] for end in styled(scene, "edge-held")] == ["09:01", "09:45"]


def test_a_violation_while_standing_is_one_mark_with_both_times_and_its_fixes():
    scene = shown([(at_us(620), at_us(2_400))])
    (mark,) = styled(scene, "edge-held")

    assert mark["properties"]["label"] == "疑似违规 10-02 09:10 – 09:40"
    assert len(styled(scene, "stop-held")) == 1
    assert len(styled(scene, "fix")[0]["geometry"]["coordinates"]) > 100


def test_a_judged_zone_is_named_and_shown_as_the_rule_grew_it():
    scene = shown([(at_us(620), at_us(2_400))], judged_zones=[JudgedZone(HOTEL, 50.0)])
    (buffer,) = styled(scene, "buffer")
    west, _, _, north = shape(buffer["geometry"]).bounds

    assert styled(scene, "zone-name")[0]["properties"]["label"] == "度假酒店"
    assert (118.364 - west) * 92_292 == pytest.approx(50, abs=1)
    assert (north - 33.901) * 111_195 == pytest.approx(50, abs=1)
    assert "围栏外扩 50 米" in str(scene["legend"])


def test_gaps_are_dashed_and_told_in_the_legend():
    with_gap = shown([(at_us(100), at_us(300))], track(*POINTS, *drive(5, from_s=9_000, from_east_m=20_000)))
    without = shown([(at_us(100), at_us(300))])

    assert len(styled(with_gap, "track-gap")) == 1
    assert "失联" in str(with_gap["legend"])
    assert "失联" not in str(without["legend"])


def test_the_view_holds_the_trip_that_was_judged():
    (south, west), (north, east) = shown([(at_us(100), at_us(300))])["bounds"]

    assert west == pytest.approx(118.3)
    assert east == pytest.approx(118.365, abs=0.0005)
    assert south <= 33.9 <= north


def test_places_are_told_as_reported_in_wgs84():
    (start, _) = styled(shown([(at_us(0), at_us(300))]), "edge-held")

    assert ["地点", "118.300000, 33.900000 (WGS-84)"] in start["properties"]["rows"]


def test_without_positions_the_page_says_so():
    scene = shown([(at_us(100), at_us(300))], Positions.empty())

    assert scene["empty"] is True
    assert scene["words"]["nothing"] == "这段时间没有定位数据"


def test_a_single_fix_is_enough_for_a_page():
    assert shown([(at_us(0), at_us(10))], track((0, 0, 0)))["empty"] is False
