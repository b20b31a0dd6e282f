"""R13 超速."""

from __future__ import annotations

import math

import pytest

from tests.builders.ruling import driving, found, local, ordered, standing, waived
from tests.builders.tracks import Message, at, saying


def fast(
    start: str, seconds: float, *, kmh: float = 130, told_kmh: float | None = None, from_m: float = 0
) -> list[Message]:
    """Fixes each 5 s at even speed that report a speed: the true one unless told otherwise."""
    drive = driving(start, seconds / 60, from_m=from_m, to_m=from_m + kmh / 3.6 * seconds, every_s=5)
    return saying(drive, speed_kmh=kmh if told_kmh is None else told_kmh)


def test_case_half_a_minute_over_the_limit() -> None:
    assert found("R13", fast("09-29 10:00", 30)) == ["09-29 10:00 +0.5"]


def test_near_miss_under_half_a_minute() -> None:
    assert found("R13", fast("09-29 10:00", 25)) == []


def test_near_miss_at_the_limit() -> None:
    assert found("R13", fast("09-29 10:00", 60, kmh=119.5)) == []
    assert found("R13", fast("09-29 10:00", 60, kmh=120.5)) == ["09-29 10:00 +1"]


def test_near_miss_only_reported_or_only_implied() -> None:
    assert found("R13", fast("09-29 10:00", 60, kmh=119, told_kmh=130)) == []
    assert found("R13", fast("09-29 10:00", 60, kmh=130, told_kmh=119)) == []


def test_near_miss_stretches_do_not_add_up() -> None:
    """Each has to last half a minute by itself."""
    parts = [fast(f"09-29 10:0{n}", 25, from_m=2000 * n) for n in range(4)]
    assert found("R13", *parts) == []


def test_near_miss_stretches_five_minutes_apart_are_not_one() -> None:
    """Slower in between, by what is reported."""
    first, second = fast("09-29 10:00", 60), fast("09-29 10:06", 60, from_m=13_000)
    assert found("R13", first, fast("09-29 10:01:05", 290, told_kmh=100, kmh=125, from_m=2340), second) == [
        "09-29 10:00 +1",
        "09-29 10:06 +1",
    ]
    soon = fast("09-29 10:05:55", 60, from_m=12_820)
    assert found("R13", first, fast("09-29 10:01:05", 285, told_kmh=100, kmh=125, from_m=2340), soon) == [
        "09-29 10:00 +6.91667"
    ]


def test_excuse_an_emergency_covers_what_it_covers() -> None:
    minute = fast("09-29 10:00", 60)
    assert found("R13", minute, waived("emergency", "09-29 09:00", "09-29 11:00")) == []
    assert found("R13", minute, waived("emergency", "09-29 09:00", "09-29 10:00:30")) == ["09-29 10:00:30 +0.5"]
    assert found("R13", minute, waived("emergency", "09-29 09:00", "09-29 10:00:31")) == []


@pytest.mark.parametrize("kind", ["duty", "repair", "other"])
def test_excuse_not_another_waiver_nor_an_order(kind: str) -> None:
    minute = fast("09-29 10:00", 60)
    assert found("R13", minute, waived(kind, "09-29 09:00", "09-29 11:00")) == ["09-29 10:00 +1"]
    assert found("R13", minute, ordered("09-29 09:00", "09-29 11:00")) == ["09-29 10:00 +1"]


def test_trap_a_speed_that_is_not_reported_is_none() -> None:
    assert found("R13", fast("09-29 10:00", 60, told_kmh=math.nan)) == []


def test_trap_a_wild_fix_is_no_speed() -> None:
    """40 km/h, and one fix 400 m ahead of the rest."""
    calm = saying(driving("09-29 10:00", 5, to_m=3333), speed_kmh=40)
    wild = saying([at(2.1, east_m=1800, since=local("09-29 10:00"))], speed_kmh=40)
    assert found("R13", calm, wild) == []


def test_trap_a_wild_speed_while_parked() -> None:
    assert found("R13", saying(standing("09-29 10:00", 10), speed_kmh=180)) == []


def test_trap_a_tunnel_is_not_driven_through_fast() -> None:
    """25 km in 11 minutes of silence are 136 km/h, and no more than silence."""
    before, after = fast("09-29 10:00", 25), fast("09-29 10:11:25", 25, from_m=25_900)
    assert found("R13", before, after) == []


def test_trap_a_clock_that_jumps_is_no_speed() -> None:
    """The second half of a drive told by a clock that is nine minutes behind: what overlaps is impossible."""
    first = saying(driving("09-29 10:00", 10), speed_kmh=60)
    second = saying(driving("09-29 10:01:07", 10, from_m=5000), speed_kmh=60)
    assert found("R13", first, second) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    minute = fast("09-29 10:00", 60)
    assert found("R13", minute[::-1], minute[::3]) == ["09-29 10:00 +1"]
