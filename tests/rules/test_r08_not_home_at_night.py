"""R08 未回单位停放."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders.ruling import driving, found, in_datum, local, ordered, standing, waived, zone
from tests.builders.tracks import at

HOME = zone("home", half_m=50)
AWAY_M = 300
NIGHT = standing("09-29 20:00", 11 * 60, east_m=AWAY_M)


def test_case_a_night_away() -> None:
    assert found("R08", HOME, NIGHT) == ["09-29 22:00 +420"]


def test_case_each_night_is_its_own() -> None:
    nights = standing("09-28 20:00", 36 * 60, east_m=AWAY_M)
    assert found("R08", HOME, nights) == ["09-28 22:00 +420", "09-29 22:00 +420"]


def test_near_miss_under_an_hour() -> None:
    assert found("R08", HOME, standing("09-29 21:00", 119, east_m=AWAY_M)) == []
    assert found("R08", HOME, standing("09-29 21:00", 120, east_m=AWAY_M)) == ["09-29 22:00 +60"]


def test_near_miss_the_night_ends_at_five() -> None:
    assert found("R08", HOME, standing("09-30 04:01", 180, east_m=AWAY_M)) == []
    assert found("R08", HOME, standing("09-30 04:00", 180, east_m=AWAY_M)) == ["09-30 04:00 +60"]


def test_near_miss_a_hundred_metres_from_home() -> None:
    assert found("R08", HOME, standing("09-29 20:00", 660, east_m=50 + 99)) == []
    assert found("R08", HOME, standing("09-29 20:00", 660, east_m=50 + 101)) == ["09-29 22:00 +420"]


def test_near_miss_stands_half_an_hour_apart_are_not_one() -> None:
    first = standing("09-29 22:00", 35, east_m=AWAY_M)
    moved = driving("09-29 22:35", 29, from_m=AWAY_M, to_m=AWAY_M + 14_500)
    soon = standing("09-29 23:04", 35, east_m=AWAY_M + 14_500)
    assert found("R08", HOME, first, moved, soon) == ["09-29 22:00 +99"]
    moved = driving("09-29 22:35", 30, from_m=AWAY_M, to_m=AWAY_M + 15_000)
    late = standing("09-29 23:05", 35, east_m=AWAY_M + 15_000)
    assert found("R08", HOME, first, moved, late) == []


@pytest.mark.parametrize("kind", ["duty", "repair"])
def test_excuse_duty_and_repair(kind: str) -> None:
    assert found("R08", HOME, NIGHT, waived(kind, "09-29 20:00", "09-30 08:00")) == []


def test_excuse_an_order_covers_what_it_covers() -> None:
    assert found("R08", HOME, NIGHT, ordered("09-29 08:00", "09-30 08:00")) == []
    assert found("R08", HOME, NIGHT, ordered("09-29 08:00", "09-30 00:00")) == ["09-30 00:00 +300"]
    assert found("R08", HOME, NIGHT, ordered("09-29 08:00", "09-30 04:01")) == []


def test_excuse_not_an_order_filed_too_late_or_not_approved_or_cancelled() -> None:
    assert found("R08", HOME, NIGHT, ordered("09-29 20:00", "09-30 08:00", filed="09-30 20:00:01")) != []
    assert found("R08", HOME, NIGHT, ordered("09-29 20:00", "09-30 08:00", approved=False)) != []
    assert found("R08", HOME, NIGHT, ordered("09-29 20:00", "09-30 08:00", cancelled=True)) != []


@pytest.mark.parametrize("kind", ["emergency", "other"])
def test_excuse_not_other_waivers(kind: str) -> None:
    assert found("R08", HOME, NIGHT, waived(kind, "09-29 20:00", "09-30 08:00")) == ["09-29 22:00 +420"]


def test_trap_drift_while_parked_at_home() -> None:
    away_m = [0, 80, 140, 90, 0, 120, 145, 60, 0, 130] * 60
    assert found("R08", HOME, [at(n, east_m=m, since=local("09-29 21:00")) for n, m in enumerate(away_m)]) == []


def test_trap_a_tracker_that_sleeps_stands_all_the_same() -> None:
    asleep = standing("09-29 20:00", 660, east_m=AWAY_M, every_s=2 * 3600)
    assert found("R08", HOME, asleep) == ["09-29 22:00 +420"]


def test_trap_a_night_on_the_road_or_in_silence_is_not_stood() -> None:
    assert found("R08", HOME, driving("09-29 22:00", 420, from_m=AWAY_M, to_m=200_000, every_s=60)) == []
    evening, morning = standing("09-29 20:00", 150, east_m=AWAY_M), standing("09-30 06:00", 60, east_m=5000)
    assert found("R08", HOME, evening, morning) == []


def test_trap_a_car_without_a_home_zone_is_not_accused() -> None:
    assert found("R08", NIGHT) == []
    assert found("R08", replace(HOME, unit_id=99), NIGHT) == []


def test_trap_a_home_in_another_datum() -> None:
    """Half a kilometre lies between: taken for WGS-84 the home is not where the car stands, read as GCJ-02 it is."""
    at_home = standing("09-29 20:00", 660)
    as_drawn = in_datum(HOME, "gcj02")
    assert found("R08", as_drawn, at_home) == ["09-29 22:00 +420"]
    assert found("R08", in_datum(as_drawn, "gcj02", back=True), at_home) == []


def test_trap_the_home_of_that_night_counts() -> None:
    old = zone("home", until="09-29 00:00")
    new = zone("home", east_m=AWAY_M, since="09-29 00:00")
    assert found("R08", old, new, NIGHT) == []
    assert found("R08", old, new, standing("09-28 12:00", 180, east_m=AWAY_M)) == []
    assert found("R08", old, new, standing("09-29 20:00", 660)) == ["09-29 22:00 +420"]


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    assert found("R08", HOME, NIGHT[::-1], NIGHT[::7]) == ["09-29 22:00 +420"]
