"""R15 断电/拆除: a car that moved unseen, and what accounts for its silence."""

from __future__ import annotations

from tests.builders.ruling import fitted, fleet, found, standing, waived

BEFORE = standing("09-29 08:00", 60)
AFTER = standing("09-29 10:00", 60, east_m=9_000)
FOUND = ["09-29 09:00 +60"]
LATER = "09-30 00:00"


def test_case_moved_in_silence_while_the_others_were_heard() -> None:
    assert found("R15", BEFORE, AFTER, fleet(LATER), fitted("01-01 00:00")) == FOUND


def test_trap_a_silence_of_the_fleet_is_held_back_whole() -> None:
    """Nobody knows when in its gap the car moved."""
    assert found("R15", BEFORE, AFTER, fleet(LATER, ("09-29 08:30", "09-29 11:00"))) == []
    assert found("R15", BEFORE, AFTER, fleet(LATER, ("09-29 09:59:59", "09-29 11:00"))) == []
    assert found("R15", BEFORE, AFTER, fleet(LATER, ("09-29 08:30", "09-29 09:00:01"))) == []


def test_near_miss_a_silence_of_the_fleet_that_only_meets_it() -> None:
    assert found("R15", BEFORE, AFTER, fleet(LATER, ("09-29 10:00", "09-29 11:00"))) == FOUND
    assert found("R15", BEFORE, AFTER, fleet(LATER, ("09-29 08:00", "09-29 09:00"))) == FOUND


def test_trap_a_tracker_taken_off_in_one_place_and_fitted_in_another() -> None:
    assert found("R15", BEFORE, AFTER, fitted("01-01 00:00", "09-29 09:10"), fitted("09-29 09:50")) == []


def test_excuse_not_a_tracker_changed_on_the_spot() -> None:
    assert found("R15", BEFORE, AFTER, fitted("01-01 00:00", "09-29 09:10"), fitted("09-29 09:10")) == FOUND


def test_excuse_repair_still_takes_away_what_it_covers() -> None:
    assert found("R15", BEFORE, AFTER, waived("repair", "09-29 09:00", "09-29 09:20")) == ["09-29 09:20 +40"]
    assert found("R15", BEFORE, AFTER, waived("repair", "09-29 09:00", "09-29 09:31")) == []
