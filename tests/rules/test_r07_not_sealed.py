"""R07 未封存停驶. The holiday is National Day, 2026-10-01 to 10-07; home is at 0 m, elsewhere at 3 km."""

from __future__ import annotations

import pytest

from fleet.vehicle import UseClass
from tests.builders.ruling import driving, found, ordered, own_day, standing, waived, zone
from tests.builders.tracks import Fix

HOME = zone("home")
HOURS = 60.0
WHOLE = "10-01 00:00", "10-08 00:00"


def away(start: str, hours: float, *, every_s: float = 300) -> list[Fix]:
    return standing(start, hours * HOURS, east_m=3000, every_s=every_s)


def at_home(start: str, hours: float) -> list[Fix]:
    return standing(start, hours * HOURS, every_s=300)


AWAY_ALL_ALONG = away("09-28 08:00", 5 * 24)
"""From long before the holiday until 10-03 08:00."""


def test_case_parked_elsewhere_over_the_holiday() -> None:
    assert found("R07", AWAY_ALL_ALONG, HOME) == ["10-01 02:00 +3240"]


def test_case_the_tracker_of_a_parked_car_sleeps() -> None:
    assert found("R07", away("09-28 08:00", 5 * 24, every_s=4 * 3600), HOME) == ["10-01 02:00 +3240"]


def test_case_a_day_after_it_left() -> None:
    """Stood at home until 10-02 08:00; drove off then."""
    track = at_home("10-01 08:00", 24), driving("10-02 08:00", 6), away("10-02 08:06", 48)
    assert found("R07", *track, HOME) == ["10-03 08:00 +1446"]


def test_case_driving_about_elsewhere_counts() -> None:
    track = away("09-29 08:00", 72), driving("10-02 08:00", 20, from_m=3000), standing("10-02 08:20", 60, east_m=13_000)
    assert found("R07", *track, HOME) == ["10-01 02:00 +1880"]


def test_near_miss_before_two_hours_have_passed() -> None:
    assert found("R07", away("09-28 08:00", 66), HOME) == []  # until 10-01 02:00
    assert found("R07", away("09-28 08:00", 66.5), HOME) == ["10-01 02:00 +30"]


def test_near_miss_gone_for_less_than_a_day() -> None:
    out = at_home("10-02 00:00", 8), driving("10-02 08:00", 6)
    assert found("R07", *out, away("10-02 08:06", 23.9), HOME) == []
    assert found("R07", *out, away("10-02 08:06", 24.9), HOME) == ["10-03 08:00 +60"]


def test_near_miss_a_hundred_metres_from_the_yard() -> None:
    """The yard's border is 50 m east of its middle."""
    near, far = (standing("09-29 08:00", 3 * 24 * HOURS, east_m=m, every_s=300) for m in (149, 151))
    assert found("R07", near, HOME) == []
    assert found("R07", far, HOME) == ["10-01 02:00 +1800"]


def test_near_miss_half_a_day_between_two_are_two() -> None:
    """An order from 12:00 covers what lies between."""
    until = "10-01 23:59", "10-02 00:00"
    one, two = (ordered("10-01 12:00", end) for end in until)
    assert len(found("R07", AWAY_ALL_ALONG, one, HOME)) == 1
    assert found("R07", AWAY_ALL_ALONG, two, HOME) == ["10-01 02:00 +600", "10-02 00:00 +1920"]


def test_excuse_an_order_covers_what_it_covers() -> None:
    assert found("R07", AWAY_ALL_ALONG, ordered(*WHOLE), HOME) == []
    assert found("R07", AWAY_ALL_ALONG, ordered("09-30 00:00", "10-02 08:00"), HOME) == ["10-02 08:00 +1440"]
    assert found("R07", AWAY_ALL_ALONG, ordered(*WHOLE, cancelled=True), HOME) != []


@pytest.mark.parametrize("kind", ["duty", "repair", "emergency", "other"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R07", AWAY_ALL_ALONG, waived(kind, *WHOLE), HOME) == []


def test_excuse_not_a_test_drive() -> None:
    assert found("R07", AWAY_ALL_ALONG, waived("test_drive", *WHOLE), HOME) != []


@pytest.mark.parametrize("use_class", UseClass)
def test_excuse_law_enforcement_only(use_class: UseClass) -> None:
    excused = use_class is UseClass.LAW_ENFORCEMENT
    assert (found("R07", AWAY_ALL_ALONG, use_class, HOME) == []) is excused


def test_trap_a_car_that_is_silent_is_not_accused() -> None:
    """It may have been home: neither while it is silent nor for a day after."""
    before, after = away("09-28 08:00", 48), standing("10-03 08:00", 23.9 * HOURS, east_m=9000, every_s=300)
    assert found("R07", before, after, HOME) == []
    later = standing("10-03 08:00", 25 * HOURS, east_m=9000, every_s=300)
    assert found("R07", before, later, HOME) == ["10-04 08:00 +60"]


def test_trap_a_garage_at_home() -> None:
    """The last fix is at the gate, the next one too, two days later."""
    home_again = driving("09-30 17:00", 6, from_m=3000, to_m=50)
    out = driving("10-02 17:00", 6, from_m=50, to_m=3000)
    assert found("R07", away("09-30 08:00", 9), home_again, out, away("10-02 17:06", 2), HOME) == []


def test_trap_a_tunnel_is_no_visit_home() -> None:
    track = away("09-28 08:00", 74), driving("10-01 10:20", 5, from_m=6000), away("10-01 10:30", 24)
    assert found("R07", *track, HOME)[0].startswith("10-01 02:00")


def test_trap_two_festivals_are_one_holiday() -> None:
    """National Day and Mid-Autumn 2025, 10-01 to 10-08: no second grace on the day of the second festival."""
    track = away("2025-10-05 00:00", 4 * 24)
    assert found("R07", track, HOME) == ["10-05 00:00 +5760"]


def test_trap_the_centres_own_day_lengthens_the_holiday() -> None:
    """The eve is off too: two hours from its start."""
    track = away("09-29 08:00", 48)
    eve = own_day("09-30", off=True)
    assert found("R07", track, HOME) == ["10-01 02:00 +360"]
    assert found("R07", track, eve, HOME) == ["09-30 02:00 +1800"]


def test_trap_without_a_home_zone_nothing_is_claimed() -> None:
    assert found("R07", AWAY_ALL_ALONG) == []


def test_trap_a_weekend_is_no_holiday() -> None:
    assert found("R07", away("10-15 08:00", 5 * 24), HOME) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    assert found("R07", AWAY_ALL_ALONG[::-1], AWAY_ALL_ALONG[::3], HOME) == ["10-01 02:00 +3240"]
