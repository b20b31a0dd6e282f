"""R14 终端离线."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.clock import SHANGHAI
from fleet.position import Flag
from fleet.violation import Severity
from rules.catalogue import CATALOGUE
from tests.builders.ruling import (
    Told,
    disabled,
    driving,
    enrolled,
    fitted,
    fleet,
    local,
    ordered,
    standing,
    violations,
    waived,
)
from tests.builders.tracks import Fix, Message, at

HOUR = 60
LONG = "10-08 12:00"
"""The other cars are heard of until long after."""


def heard(*moments: str, east_m: float = 0) -> list[Fix]:
    return [at(east_m=east_m, since=local(moment)) for moment in moments]


def told(*things: Told) -> list[tuple[str, str]]:
    """When R14 holds, in whole minutes (a silence begins just after its last message), and how severe it is."""
    return [
        (
            f"{one.start.astimezone(SHANGHAI):%m-%d %H:%M} +{round((one.end - one.start) / timedelta(minutes=1))}",
            one.severity.value,
        )
        for one in violations("R14", *things)
    ]


def test_case_three_days_without_a_message() -> None:
    silence = heard("09-28 12:00", "10-01 12:01")
    assert told(silence) == [("09-28 12:00 +4321", "medium")]


def test_case_still_silent_at_the_fleets_time() -> None:
    assert told(heard("09-28 12:00"), fleet("10-02 12:00")) == [("09-28 12:00 +5760", "medium")]


def test_case_a_day_without_a_message_is_a_warning() -> None:
    silence = heard("09-28 12:00", "09-29 12:01")
    assert told(silence) == [("09-28 12:00 +1441", "info")]
    assert told(silence, fleet(LONG))[0] == ("09-28 12:00 +1441", "info"), "that it ended is known"


def test_case_two_silences_stand_by_themselves() -> None:
    """One message between them: never 72 hours without one."""
    silences = heard("09-28 00:00", "09-29 12:00", "10-01 00:00")
    assert told(silences) == [("09-28 00:00 +2160", "info"), ("09-29 12:00 +2160", "info")]


def test_near_miss_a_day_is_over_24_hours() -> None:
    assert told(heard("09-28 12:00", "09-29 12:00")) == []
    assert told(heard("09-28 12:00", "09-29 12:00:01")) != []
    assert told(heard("09-28 12:00"), fleet("09-29 12:00")) == []
    assert told(heard("09-28 12:00"), fleet("09-29 13:00")) == [("09-28 12:00 +1500", "info")]


def test_near_miss_three_days_are_over_72_hours() -> None:
    assert told(heard("09-28 12:00", "10-01 12:00")) == [("09-28 12:00 +4320", "info")]
    assert told(heard("09-28 12:00", "10-01 12:00:01")) == [("09-28 12:00 +4320", "medium")]


def test_near_miss_other_thresholds_are_settings_of_the_rule() -> None:
    rule = CATALOGUE["R14"].with_settings(lasting="48 h", warn="36 h")
    silence = heard("09-28 12:00", "09-30 00:01")
    assert [one.severity for one in violations(rule, silence)] == [Severity.INFO]
    assert [one.severity for one in violations(rule, heard("09-28 12:00", "09-30 12:01"))] == [Severity.MEDIUM]
    assert violations(rule, heard("09-28 12:00", "09-29 23:59")) == []


def test_excuse_repair_takes_away_what_it_covers() -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, waived("repair", "09-28 00:00", "10-03 00:00")) == []
    assert told(silence, waived("repair", "09-28 00:00", "09-30 12:00")) == [("09-30 12:00 +2880", "info")]
    assert told(silence, waived("repair", "09-29 12:00", "10-01 12:01")) == [], "a day before it, a day after it"


@pytest.mark.parametrize("state", ["laid_up", "scrapped"])
def test_excuse_a_car_that_may_not_drive(state: str) -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, disabled(state, "09-28 00:00")) == []
    assert told(silence, disabled(state, "09-30 12:00")) == [("09-28 12:00 +2880", "info")]


def test_excuse_a_car_that_is_out_of_the_system() -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, enrolled(end="09-29 00:00")) == []
    assert told(silence, enrolled("09-30 12:00")) == [("09-30 12:00 +2880", "info")]


@pytest.mark.parametrize("kind", ["duty", "emergency", "other"])
def test_excuse_not_other_waivers(kind: str) -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, waived(kind, "09-28 00:00", "10-03 00:00")) != []


def test_excuse_not_an_order() -> None:
    assert told(heard("09-28 12:00", "10-02 12:00"), ordered("09-28 00:00", "10-03 00:00")) != []


def test_excuse_no_tracker_fitted() -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, fitted("01-01 00:00")) != []
    assert told(silence, fitted("01-01 00:00", "09-28 13:00"), fitted("10-02 11:00")) == []
    assert told(silence, fitted("01-01 00:00", "09-30 12:00"), fitted("10-02 11:00")) == [("09-28 12:00 +2880", "info")]
    assert told(heard("09-28 12:00"), fitted("01-01 00:00", "09-28 13:00"), fleet(LONG)) == [], "taken off for good"


def test_excuse_not_another_tracker_in_the_middle() -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    swapped = fitted("01-01 00:00", "09-30 12:00"), fitted("09-30 12:00")
    assert told(silence, *swapped) == [("09-28 12:00 +5760", "medium")]


def test_trap_a_silence_of_the_fleet_is_held_back() -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, fleet(LONG, ("09-28 12:00", "10-02 12:00")))[:-1] == []
    assert told(silence, fleet(LONG, ("09-30 08:00", "09-30 20:00")))[:-1] == [
        ("09-28 12:00 +2640", "info"),
        ("09-30 20:00 +2400", "info"),
    ], "nobody knows whether a message was lost in it: what is left has to be long by itself"


def test_trap_a_sleeping_tracker_over_a_weekend_is_heard_of() -> None:
    assert told(standing("09-25 18:00", 86 * HOUR, every_s=23 * 3600)) == []


def test_trap_messages_without_a_fix_are_messages() -> None:
    garage = [Message(*fix, flags=Flag.NO_FIX) for fix in standing("09-28 12:00", 96 * HOUR, every_s=900)]
    assert told(heard("09-28 11:00"), garage) == []
    assert told(garage, fleet("10-06 13:00")) == [("10-02 12:00 +5820", "medium")]


def test_trap_a_car_that_was_never_heard_of() -> None:
    assert told(fitted("01-01 00:00"), fleet(LONG)) == []


def test_trap_a_platform_that_nobody_reports_to() -> None:
    assert told(heard("09-28 12:00"), fleet("09-28 12:00")) == []


def test_trap_late_uploads_end_or_part_a_silence() -> None:
    silence = heard("09-28 12:00", "10-02 12:00")
    assert told(silence, heard("09-29 12:00")) == [("09-29 12:00 +4320", "info")]
    assert told(silence, standing("09-28 13:00", 95 * HOUR, every_s=3600)) == []
    assert told(silence, silence[::-1]) == told(silence)


def test_trap_moved_or_not_is_all_the_same() -> None:
    """Whether R15 has something to say of it too is R15's."""
    assert told(heard("09-28 12:00"), heard("10-02 12:00", east_m=9_000)) == [("09-28 12:00 +5760", "medium")]
    assert told(driving("09-28 12:00", 30), driving("09-29 12:00", 30)) == []
