"""R11 长时间停留."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, ordered, own_day, standing, waived, zone
from tests.builders.tracks import Fix

HOME = zone("home", half_m=100)
FAR_M = 20_000


def stop(start: str, minutes: float, day: str = "09-29") -> list[Fix]:
    return standing(f"{day} {start}", minutes, east_m=FAR_M)


def test_case_two_hours_somewhere() -> None:
    assert found("R11", stop("09:00", 150), HOME) == ["09-29 09:00 +150"]


def test_near_miss_two_hours() -> None:
    assert found("R11", stop("09:00", 119), HOME) == []
    assert found("R11", stop("09:00", 120), HOME) == ["09-29 09:00 +120"]


def test_near_miss_each_stop_for_itself() -> None:
    twice = [*stop("09:00", 80), *driving("09-29 10:21", 10, from_m=FAR_M, to_m=FAR_M), *stop("10:40", 80)]
    drive = driving("09-29 10:21", 10, from_m=FAR_M, to_m=FAR_M + 4_000)
    assert found("R11", twice, HOME) != [], "one stop"
    later = standing("09-29 10:32", 80, east_m=FAR_M + 4_000)
    assert found("R11", stop("09:00", 80), drive, later, HOME) == []


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("07:00", 200, []),
        ("07:00", 211, ["09-29 08:30 +121"]),
        ("15:31", 300, []),
        ("15:30", 300, ["09-29 15:30 +120"]),
    ],
)
def test_near_miss_only_work_hours_count(start: str, minutes: float, expected: list[str]) -> None:
    assert found("R11", stop(start, minutes), HOME) == expected


def test_near_miss_a_hundred_metres_from_home() -> None:
    """The yard reaches 100 m to each side."""
    for east_m, expected in ((198, []), (202, ["09-29 09:00 +150"])):
        assert found("R11", standing("09-29 09:00", 150, east_m=east_m), HOME) == expected


def test_near_miss_five_kilometres_from_the_destination() -> None:
    for away_m, expected in ((4_990, []), (5_010, ["09-29 09:00 +150"])):
        order = ordered("09-29 08:00", "09-29 17:00", destination_m=(FAR_M, away_m))
        assert found("R11", stop("09:00", 150), HOME, order) == expected


def test_excuse_an_order_to_that_place_for_as_long_as_it_lasts() -> None:
    order = ordered("09-29 08:00", "09-29 10:00", destination_m=(FAR_M, 0))
    assert found("R11", stop("09:00", 179), HOME, order) == []
    assert found("R11", stop("09:00", 180), HOME, order) == ["09-29 10:00 +120"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "other", "repair", "test_drive"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R11", stop("09:00", 150), HOME, waived(kind, "09-29 08:00", "09-29 12:00")) == []


def test_excuse_not_an_order_that_is_none() -> None:
    order = ordered("09-29 08:00", "09-29 17:00", destination_m=(FAR_M, 0), approved=False)
    assert found("R11", stop("09:00", 150), HOME, order) == ["09-29 09:00 +150"]


def test_trap_days_off_are_no_work_hours() -> None:
    assert found("R11", stop("09:00", 150, "10-03"), HOME) == []
    assert found("R11", stop("09:00", 150, "10-10"), HOME) == ["10-10 09:00 +150"], "a make-up workday"
    assert found("R11", stop("09:00", 150), HOME, own_day("09-29", off=True)) == []


def test_trap_a_destination_that_nobody_knows() -> None:
    assert found("R11", stop("09:00", 150), HOME, ordered("09-29 08:00", "09-29 17:00")) == []


def test_trap_a_unit_without_a_home_zone() -> None:
    assert found("R11", stop("09:00", 150)) == []


def test_trap_a_sleeping_tracker_stands_a_silent_one_does_not() -> None:
    asleep = standing("09-29 09:00", 150, east_m=FAR_M, every_s=75 * 60)
    assert found("R11", asleep, HOME) == ["09-29 09:00 +150"]
    moved = [asleep[0], *standing("09-29 11:30", 5, east_m=FAR_M + 500)]
    assert found("R11", moved, HOME) == []
