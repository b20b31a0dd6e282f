"""R16 疑似屏蔽."""

from __future__ import annotations

import math

import pytest

from fleet.position import Flag
from tests.builders.ruling import driving, found, ordered, standing, waived
from tests.builders.tracks import Message, saying


def jammed(start: str, minutes: float, *, km: float = 10, first_km: float = 5000) -> list[Message]:
    """A message each minute without a fix, while the odometer grows evenly."""
    n = round(minutes) + 1
    return saying(
        standing(start, minutes, every_s=minutes * 60 / (n - 1)),
        Flag.NO_FIX,
        odometer_km=[first_km + km * i / (n - 1) for i in range(n)],
    )


def test_case_twenty_minutes_without_a_fix_while_it_drives() -> None:
    assert found("R16", jammed("09-29 10:00", 20)) == ["09-29 10:00 +20"]


def test_near_miss_under_twenty_minutes() -> None:
    assert found("R16", jammed("09-29 10:00", 19.75)) == []


def test_near_miss_the_odometer_grows_by_a_kilometre() -> None:
    assert found("R16", jammed("09-29 10:00", 20, km=0.98)) == []
    assert found("R16", jammed("09-29 10:00", 20, km=1)) == ["09-29 10:00 +20"]


def test_near_miss_a_fix_in_between() -> None:
    """Twice fifteen minutes, and one fix between them, do not add up."""
    fix = saying(standing("09-29 10:15:30", 0.25, every_s=15), odometer_km=[5010, 5010])
    assert found("R16", jammed("09-29 10:00", 15), fix, jammed("09-29 10:16", 15, first_km=5010)) == []


def test_near_miss_times_half_an_hour_apart_are_not_one() -> None:
    fixes = saying(standing("09-29 10:21", 25))
    first, late = jammed("09-29 10:00", 20), jammed("09-29 10:50", 20, first_km=5010)
    assert found("R16", first, fixes, late) == ["09-29 10:00 +20", "09-29 10:50 +20"]
    soon = jammed("09-29 10:49:45", 20, first_km=5010)
    assert found("R16", first, fixes, soon) == ["09-29 10:00 +69.75"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "repair", "other"])
def test_excuse_not_any_paper(kind: str) -> None:
    """No paper allows a jammer; the rule takes none away."""
    hour = jammed("09-29 10:00", 60)
    assert found("R16", hour, waived(kind, "09-29 09:00", "09-29 12:00")) == ["09-29 10:00 +60"]
    assert found("R16", hour, ordered("09-29 09:00", "09-29 12:00", out_of_district=True)) == ["09-29 10:00 +60"]


def test_trap_a_garage_is_no_jamming() -> None:
    """Down the ramp and parked for the night: 300 m."""
    assert found("R16", jammed("09-29 18:00", 600, km=0.3)) == []


def test_trap_a_tunnel_is_too_short() -> None:
    before, after = driving("09-29 10:00", 10), driving("09-29 10:19", 10, from_m=20_000)
    assert found("R16", before, jammed("09-29 10:10:30", 8), after) == []


def test_trap_silence_without_messages_is_not_this_rules() -> None:
    assert found("R16", driving("09-29 10:00", 10), driving("09-29 11:00", 10, from_m=20_000)) == []


def test_trap_an_odometer_that_is_set_anew_has_not_grown() -> None:
    parked = standing("09-29 10:00", 30, every_s=60)
    assert found("R16", saying(parked, Flag.NO_FIX, odometer_km=[0.0] * 15 + [83_000.0] * 16)) == []


def test_trap_an_odometer_that_is_not_reported_is_no_proof() -> None:
    parked = standing("09-29 10:00", 30, every_s=60)
    assert found("R16", saying(parked, Flag.NO_FIX)) == []
    assert found("R16", saying(parked, Flag.NO_FIX, odometer_km=[5000.0] + [math.nan] * 29 + [5010.0])) == []


def test_trap_a_cold_start_has_no_fix_for_a_while() -> None:
    assert found("R16", jammed("09-29 08:00", 5, km=2), driving("09-29 08:06", 30)) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    hour = jammed("09-29 10:00", 60)
    assert found("R16", hour[::-1], hour[::7]) == ["09-29 10:00 +60"]
