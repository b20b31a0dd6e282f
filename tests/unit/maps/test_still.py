"""Still maps: what they show, what they don't claim, and that they stand alone."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
from shapely.geometry import box

from fleet.position import Positions
from geofence.zone import Zone, ZoneKind
from maps.paper import Paper, round_step
from maps.still import Destination, still_map
from maps.still_style import TRACKS
from maps.week import Marked
from maps.words import words
from tests.unit.maps.build import LAT_E7, LON_E7, METRE_LAT_E7, at_us, drive, stand, track

ZH = words("zh")


def drawn(positions: Positions, language: Any = "zh", **more: Any) -> Element:
    return fromstring(still_map(language, "Asia/Shanghai", positions=positions, **more))


def texts(svg: Element) -> list[str]:
    return [element.text or "" for element in svg.iter() if element.tag.endswith("}text")]


def on_map(svg: Element) -> Element:
    """The map without what stands under it."""
    [inner] = [element for element in svg if element.tag.endswith("}svg")]
    return inner


def lines(svg: Element, name: str) -> list[str]:
    """The path data that is drawn in the style of trips, gaps or violations."""
    style = TRACKS[name][-1] if name != "held" else TRACKS[name][0]
    return [
        element.get("d", "")
        for element in on_map(svg)
        if element.get("stroke") == style["stroke"] and element.get("stroke-width") == str(style["stroke_width"])
    ]


def zone(number: int, name: str, kind: ZoneKind, *, east_m: float = 0, north_m: float = 0, half_m: float = 200) -> Zone:
    metre_lon = METRE_LAT_E7 / np.cos(np.radians(LAT_E7 / 1e7))
    lon, lat = (LON_E7 + east_m * metre_lon) / 1e7, (LAT_E7 + north_m * METRE_LAT_E7) / 1e7
    wide, high = half_m * metre_lon / 1e7, half_m * METRE_LAT_E7 / 1e7
    return Zone(number, name, kind, None, box(lon - wide, lat - high, lon + wide, lat + high))


def test_a_drive_is_drawn_from_its_first_to_its_last_fix_with_their_times() -> None:
    svg = drawn(track(*drive(minutes=10)))

    [trip] = lines(svg, "trip")
    assert trip.count("M") == 1
    assert {f"{ZH['first_fix']} 10-02 09:00", f"{ZH['last_fix']} 10-02 09:10"} <= set(texts(svg))


def test_between_the_fixes_around_a_gap_there_is_a_dashed_line_and_no_trip() -> None:
    svg = drawn(track(*drive(minutes=10), *drive(minutes=10, from_s=7200, from_east_m=20_000)))

    [trips], [gap] = lines(svg, "trip"), lines(svg, "gap")
    assert trips.count("M") == 2
    assert TRACKS["gap"][0]["stroke_dasharray"]
    starts = [int(x) for x in re.findall(r"M(-?\d+)", trips)]
    ends = [x + int(across) for x, across in zip(starts, re.findall(r"l(-?\d+)", trips), strict=True)]
    left, across = map(int, re.fullmatch(r"M(\d+) \d+l(\d+) 0", gap).groups())  # type: ignore[union-attr]
    assert (ends[0], starts[1]) == (left, left + across)
    assert ZH["gap_line"] in texts(svg)


def test_a_violation_is_a_line_of_its_own_with_a_number_and_its_times_below() -> None:
    marked = [Marked(at_us(120), at_us(300), "驶出辖区")]

    svg = drawn(track(*drive(minutes=10)), violations=marked)

    assert len(lines(svg, "held")) == 1
    assert "1" in texts(on_map(svg))
    assert any("驶出辖区" in text and "10-02 09:02 – 09:05" in text for text in texts(svg))


def test_a_violation_without_a_fix_is_listed_as_not_on_the_map() -> None:
    svg = drawn(track(*drive(minutes=10)), violations=[Marked(at_us(90_000), at_us(100_000), "终端离线")])

    assert lines(svg, "held") == []
    assert "1" not in texts(on_map(svg))
    assert any("终端离线" in text and ZH["not_on_map"] in text for text in texts(svg))


def test_of_many_violations_it_is_told_how_many_are_not_listed() -> None:
    marked = [Marked(at_us(10 * n), at_us(10 * n + 5), f"第{n}项") for n in range(11)]

    svg = drawn(track(*drive(minutes=10)), violations=marked)

    assert ZH["more_violations"].format(count=3) in texts(svg)


def test_zones_are_named_and_told_in_the_legend_by_kind() -> None:
    zones = [zone(1, "区政府", ZoneKind.HOME), zone(2, "度假村", ZoneKind.SENSITIVE, east_m=3000, half_m=5)]

    said = texts(drawn(track(*drive(minutes=10)), zones=zones))

    assert {"区政府", "度假村", ZH["home"], ZH["sensitive"]} <= set(said)
    assert ZH["no_go"] not in said


def test_a_zone_out_of_the_frame_is_neither_drawn_nor_told() -> None:
    far = zone(1, "远处", ZoneKind.NO_GO, east_m=90_000)

    assert not {"远处", ZH["no_go"]} & set(texts(drawn(track(*drive(minutes=10)), zones=[far])))


def test_a_destination_out_of_the_way_widens_the_map() -> None:
    flag = Destination("泗阳县人民政府", LON_E7 / 1e7 + 0.5, LAT_E7 / 1e7)

    svg = drawn(track(*drive(minutes=10)), destinations=[flag])

    assert {"泗阳县人民政府", ZH["destination"]} <= set(texts(svg))


def test_without_positions_the_map_says_so() -> None:
    empty = Positions.empty()

    svg = drawn(empty, zones=[zone(1, "区政府", ZoneKind.HOME)], violations=[Marked(at_us(0), at_us(9), "终端离线")])

    assert ZH["nothing"] in texts(svg)
    assert lines(svg, "trip") == []


def test_positions_of_several_vehicles_are_refused() -> None:
    both = Positions.concatenate([track((0, 0, 0)), track((9, 0, 0), vehicle_id=8)])

    with pytest.raises(ValueError, match="one vehicle"):
        drawn(both)


def test_english_maps_say_it_in_english() -> None:
    said = texts(drawn(track(*drive(minutes=10), *stand(30, 600, 3600)), "en"))

    assert {"N", "Trip", "Direction", "First 10-02 09:00"} <= set(said)
    assert not any(re.search("[\u4e00-\u9fff]", text) for text in said)


def test_it_refers_to_nothing_and_has_no_style_or_script() -> None:
    svg = still_map("zh", "Asia/Shanghai", positions=track(*drive(minutes=10)), zones=[zone(1, "甲", ZoneKind.HOME)])

    assert not re.search(r"href|url\(|style=|<script|<image|id=", svg)


def test_names_of_people_are_text_and_nothing_else() -> None:
    name = "<script>&\"'\x00"

    svg = drawn(track(*drive(minutes=10)), zones=[zone(1, name, ZoneKind.HOME)])

    assert name.replace("\x00", "\ufffd") in texts(svg)


def test_a_week_of_a_fix_a_second_stays_small() -> None:
    random = np.random.default_rng(1)
    steps = random.normal(0, 12, (60_000, 2)).cumsum(axis=0)
    points = [(10.0 * n, *place) for n, place in enumerate(steps.tolist())]

    svg = still_map(
        "zh", "Asia/Shanghai", positions=track(*points), violations=[Marked(at_us(0), at_us(600_000), "甲")]
    )

    assert len(svg.encode()) < 60_000


def test_lengths_on_paper_are_lengths_on_the_ground() -> None:
    paper = Paper.fitting((118.0, 33.9, 118.1, 33.95), 1560, 1080, margin=100, least_m=600)

    (x0, y0), (x1, y1) = paper.place([118.05, 118.06], [33.925, 33.935])
    east_m = 0.01 * 111_195.08 * np.cos(np.radians(33.925))
    assert (x1 - x0) / paper.units_per_m == pytest.approx(east_m, rel=1e-4)
    assert (y0 - y1) / paper.units_per_m == pytest.approx(0.01 * 111_195.08, rel=1e-4)


@pytest.mark.parametrize(("about", "step"), [(1, 1), (1.99, 1), (4.9, 2), (5, 5), (0.037, 0.02), (730, 500)])
def test_steps_are_round(about: float, step: float) -> None:
    assert round_step(about) == pytest.approx(step)


def test_a_stop_is_marked_only_where_the_vehicle_was_seen_in_the_violation() -> None:
    positions = track(*drive(minutes=10), *stand(30, 600, 3600))

    def said(start_s: float, end_s: float) -> list[str]:
        return texts(drawn(positions, violations=[Marked(at_us(start_s), at_us(end_s), "甲")]))

    assert ZH["stop_held"] in said(1200, 1800)
    assert ZH["stop_held"] not in said(1201, 1209), "between two fixes"
