"""R10 敏感地点停留."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, in_datum, local, ordered, standing, waived, zone
from tests.builders.tracks import at

HOTEL = zone("sensitive", half_m=50, name="迎宾酒店")
STOP = standing("09-29 12:00", 60)


def test_case_a_quarter_of_an_hour_inside() -> None:
    assert found("R10", HOTEL, standing("09-29 12:00", 15)) == ["09-29 12:00 +15"]


def test_near_miss_under_a_quarter_of_an_hour() -> None:
    assert found("R10", HOTEL, standing("09-29 12:00", 14.75, every_s=15)) == []


def test_near_miss_fifty_metres_around_it() -> None:
    assert found("R10", HOTEL, standing("09-29 12:00", 60, east_m=50 + 51)) == []
    assert found("R10", HOTEL, standing("09-29 12:00", 60, east_m=50 + 49)) == ["09-29 12:00 +60"]


def test_near_miss_parts_five_minutes_apart_are_not_one() -> None:
    first, second = standing("09-29 12:00", 8), standing("09-29 12:13", 8)
    between = standing("09-29 12:09", 3, east_m=150)
    assert found("R10", HOTEL, first, between, second) == []
    soon = standing("09-29 12:12:45", 8)
    assert found("R10", HOTEL, first, between, soon) == ["09-29 12:00 +20.75"]


def test_near_miss_passing_by_is_no_stop() -> None:
    assert found("R10", HOTEL, driving("09-29 12:00", 60, from_m=-15_000)) == []


def test_excuse_an_order_to_the_place_covers_what_it_covers() -> None:
    def until(end: str) -> list[str]:
        return found("R10", HOTEL, STOP, ordered("09-29 11:00", end, destination_zone="迎宾酒店"))

    assert until("09-29 14:00") == []
    assert until("09-29 12:45") == ["09-29 12:45 +15"]
    assert until("09-29 12:45:01") == []


def test_excuse_not_an_order_to_another_place_or_to_none() -> None:
    assert found("R10", HOTEL, STOP, ordered("09-29 11:00", "09-29 14:00", destination_zone="温泉山庄")) != []
    assert found("R10", HOTEL, STOP, ordered("09-29 11:00", "09-29 14:00")) != []


def test_excuse_not_an_order_filed_too_late_or_not_approved_or_cancelled() -> None:
    for fault in ({"filed": "09-30 11:00:01"}, {"approved": False}, {"cancelled": True}):
        order = ordered("09-29 11:00", "09-29 14:00", destination_zone="迎宾酒店", **fault)
        assert found("R10", HOTEL, STOP, order) == ["09-29 12:00 +60"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "repair", "other"])
def test_excuse_not_a_waiver(kind: str) -> None:
    assert found("R10", HOTEL, STOP, waived(kind, "09-29 11:00", "09-29 14:00")) != []


def test_trap_a_stray_fix_cuts_no_stop_in_two() -> None:
    stray = [at(8.5, east_m=180, since=local("09-29 12:00"))]
    assert found("R10", HOTEL, standing("09-29 12:00", 8), stray, standing("09-29 12:09", 8)) == ["09-29 12:00 +17"]


def test_trap_drift_while_parked_next_door() -> None:
    """Parked 140 m from the middle; some fixes drift in, none for long."""
    east_m = [140, 120, 95, 140, 160, 130, 90, 140, 150, 140] * 6
    assert found("R10", HOTEL, [at(n, east_m=m, since=local("09-29 12:00")) for n, m in enumerate(east_m)]) == []


def test_trap_a_tracker_that_sleeps_stands_all_the_same() -> None:
    assert found("R10", HOTEL, standing("09-29 12:00", 60, every_s=1800)) == ["09-29 12:00 +60"]


def test_trap_a_garage_where_nothing_is_heard_is_not_stood_in() -> None:
    """Silent at the door; it is heard again 500 m on."""
    to_the_door = driving("09-29 11:50", 10, from_m=-5000, to_m=0)
    assert found("R10", HOTEL, to_the_door, driving("09-29 12:50", 10, from_m=500)) == []


def test_trap_a_place_in_another_datum() -> None:
    """Read as WGS-84, a place of GCJ-02 lies where the car is not, and half a kilometre off stands an innocent one."""
    as_drawn = in_datum(HOTEL, "gcj02")
    assert found("R10", as_drawn, STOP) == []
    assert found("R10", in_datum(as_drawn, "gcj02", back=True), STOP) == ["09-29 12:00 +60"]


def test_trap_the_zone_of_that_day_counts() -> None:
    closed = zone("sensitive", until="09-29 12:30")
    assert found("R10", closed, STOP) == ["09-29 12:00 +29"]
    assert found("R10", zone("sensitive", since="09-29 12:30"), STOP) == ["09-29 12:30 +30"]


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    assert found("R10", HOTEL, STOP[::-1], STOP[::7]) == ["09-29 12:00 +60"]
