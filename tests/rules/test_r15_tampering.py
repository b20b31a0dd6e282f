"""R15 断电/拆除."""

from __future__ import annotations

import pytest

from fleet.position import Flag
from tests.builders.ruling import driving, fitted, fleet, found, local, ordered, standing, waived
from tests.builders.tracks import Message, at, saying

BEFORE = standing("09-29 08:00", 60)
AFTER = standing("09-29 10:00", 60, east_m=9_000)
FOUND = ["09-29 09:00 +60"]
LATER = "09-30 00:00"


def alarmed(start: str, minutes: float, flag: Flag = Flag.POWER_CUT) -> list[Message]:
    return saying(standing(start, minutes, every_s=15), flag)


def silent(minutes: float, away_m: float) -> list[Message]:
    """Parked until 10:00, silent for some minutes, and then driving from another place."""
    then = driving("09-29 10:00", 5, from_m=away_m, to_m=away_m + 2500)
    later = [fix._replace(ts_us=fix.ts_us + round(minutes * 60e6)) for fix in then]
    return saying([*standing("09-29 09:00", 60), *later])


@pytest.mark.parametrize("flag", [Flag.POWER_CUT, Flag.ANTENNA_CUT, Flag.ANTENNA_SHORT])
def test_case_an_alarm_for_five_minutes(flag: Flag) -> None:
    assert found("R15", alarmed("09-29 10:00", 5, flag)) == ["09-29 10:00 +5"]


def test_case_moved_while_it_was_silent() -> None:
    assert found("R15", silent(60, 2500)) == ["09-29 10:00 +60"]


def test_near_miss_an_alarm_under_five_minutes() -> None:
    assert found("R15", alarmed("09-29 10:00", 4.75)) == []


def test_near_miss_other_alarms() -> None:
    assert found("R15", alarmed("09-29 10:00", 60, Flag.LOW_VOLTAGE | Flag.GNSS_FAULT)) == []


def test_near_miss_two_kilometres() -> None:
    assert found("R15", silent(60, 1990)) == []
    assert found("R15", silent(60, 2010)) == ["09-29 10:00 +60"]


def test_near_miss_half_an_hour_of_silence() -> None:
    assert found("R15", silent(29.75, 2500)) == []
    assert found("R15", silent(30, 2500)) == ["09-29 10:00 +30"]


def test_near_miss_alarms_half_an_hour_apart_are_not_one() -> None:
    first, calm = alarmed("09-29 10:00", 10), saying(standing("09-29 10:11", 28))
    assert found("R15", first, calm, alarmed("09-29 10:40", 10)) == ["09-29 10:00 +10", "09-29 10:40 +10"]
    assert found("R15", first, calm, alarmed("09-29 10:39:45", 10)) == ["09-29 10:00 +49.75"]


def test_excuse_repair_covers_what_it_covers() -> None:
    alarm = alarmed("09-29 10:00", 60)
    assert found("R15", alarm, waived("repair", "09-29 09:00", "09-29 12:00")) == []
    assert found("R15", alarm, waived("repair", "09-29 09:00", "09-29 10:55")) == ["09-29 10:55 +5"]
    assert found("R15", alarm, waived("repair", "09-29 09:00", "09-29 10:55:15")) == []
    assert found("R15", silent(60, 2500), waived("repair", "09-29 09:00", "09-29 12:00")) == []


@pytest.mark.parametrize("kind", ["duty", "emergency", "other"])
def test_excuse_not_another_waiver_nor_an_order(kind: str) -> None:
    alarm = alarmed("09-29 10:00", 60)
    assert found("R15", alarm, waived(kind, "09-29 09:00", "09-29 12:00")) == ["09-29 10:00 +60"]
    assert found("R15", alarm, ordered("09-29 09:00", "09-29 12:00")) == ["09-29 10:00 +60"]


def test_trap_a_loose_contact_does_not_add_up() -> None:
    """Four minutes of alarm, one without, for an hour."""
    bouncing = [
        Message(*fix, flags=0 if n % 5 == 4 else Flag.POWER_CUT) for n, fix in enumerate(standing("09-29 10:00", 60))
    ]
    assert found("R15", bouncing) == []


def test_trap_a_tunnel_is_too_short() -> None:
    assert found("R15", driving("09-29 10:00", 10), driving("09-29 10:25", 10, from_m=20_000)) == []


def test_trap_a_garage_is_left_where_it_was_entered() -> None:
    assert found("R15", silent(600, 300)) == []


def test_trap_a_car_that_sends_messages_without_a_fix_is_not_silent() -> None:
    heard = saying(standing("09-29 10:10", 40, every_s=300), Flag.NO_FIX)
    assert found("R15", silent(60, 2500), heard) == []


def test_trap_late_uploads_fill_the_silence() -> None:
    """What was driven meanwhile comes in afterwards: nothing was unseen."""
    late = driving("09-29 10:00:15", 59.5, from_m=10, to_m=2490)
    assert found("R15", late, silent(60, 2500)) == []


def test_trap_a_cold_start_far_away_is_borne_out_by_nothing() -> None:
    """After a night of silence the first fix is wild, the next ones are where the car was parked."""
    wild = [at(0, east_m=9000, since=local("09-29 20:00"))]
    assert found("R15", standing("09-29 09:00", 60), wild) == []
    assert found("R15", standing("09-29 09:00", 60), wild, standing("09-29 20:00:30", 60)) == []


def test_trap_repeated_uploads_change_nothing() -> None:
    alarm = alarmed("09-29 10:00", 60)
    assert found("R15", alarm[::-1], alarm[::7], silent(60, 2500)[:30]) == ["09-29 10:00 +60"]


# What accounts for the silence ---------------------------------------------------------------------------


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
