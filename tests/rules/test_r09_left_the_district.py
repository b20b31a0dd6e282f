"""R09 驶出辖区."""

from __future__ import annotations

import pytest

from tests.builders.ruling import found, in_datum, local, ordered, standing, waived, zone
from tests.builders.tracks import Fix, at

EDGE_M = 5000
DISTRICT = zone("jurisdiction", half_m=EDGE_M)
OUT_M = EDGE_M + 600


def outside(start: str, minutes: float, *, every_s: float = 15) -> list[Fix]:
    return standing(start, minutes, east_m=OUT_M, every_s=every_s)


def inside(start: str, minutes: float) -> list[Fix]:
    """Right within the reach of the rule, so that the way there takes no time."""
    return standing(start, minutes, east_m=EDGE_M + 400)


def test_case_five_minutes_beyond_the_boundary() -> None:
    assert found("R09", DISTRICT, outside("09-29 10:00", 5)) == ["09-29 10:00 +5"]


def test_case_driving_or_standing() -> None:
    drive = [at(n / 4, east_m=OUT_M + 125 * n, since=local("09-29 10:00")) for n in range(41)]
    assert found("R09", DISTRICT, drive) == ["09-29 10:00 +10"]


def test_near_miss_under_five_minutes() -> None:
    assert found("R09", DISTRICT, outside("09-29 10:00", 4.75)) == []


def test_near_miss_two_fixes() -> None:
    assert found("R09", DISTRICT, outside("09-29 10:00", 10, every_s=600)) == []
    assert found("R09", DISTRICT, outside("09-29 10:00", 10, every_s=300)) == ["09-29 10:00 +10"]


def test_near_miss_half_a_kilometre_beyond_the_boundary() -> None:
    assert found("R09", DISTRICT, standing("09-29 10:00", 60, east_m=EDGE_M + 499)) == []
    assert found("R09", DISTRICT, standing("09-29 10:00", 60, east_m=EDGE_M + 501)) == ["09-29 10:00 +60"]


def test_near_miss_times_outside_half_an_hour_apart_are_not_one() -> None:
    first = outside("09-29 10:00", 10)
    soon = [*first, *inside("09-29 10:10:15", 28), *outside("09-29 10:39:45", 10)]
    assert found("R09", DISTRICT, soon) == ["09-29 10:00 +49.75"]
    late = [*first, *inside("09-29 10:10:15", 28), *outside("09-29 10:40", 10)]
    assert found("R09", DISTRICT, late) == ["09-29 10:00 +10", "09-29 10:40 +10"]


def test_excuse_an_order_leading_out_covers_what_it_covers() -> None:
    hour = outside("09-29 10:00", 60)
    assert found("R09", DISTRICT, hour, ordered("09-29 09:00", "09-29 12:00", out_of_district=True)) == []
    assert found("R09", DISTRICT, hour, ordered("09-29 09:00", "09-29 10:55", out_of_district=True)) == [
        "09-29 10:55 +5"
    ]
    assert found("R09", DISTRICT, hour, ordered("09-29 09:00", "09-29 10:55:15", out_of_district=True)) == []


def test_excuse_not_an_order_within_the_district() -> None:
    assert found("R09", DISTRICT, outside("09-29 10:00", 60), ordered("09-29 09:00", "09-29 12:00")) != []


def test_excuse_not_an_order_filed_too_late_or_not_approved_or_cancelled() -> None:
    hour = outside("09-29 10:00", 60)
    for fault in ({"filed": "09-30 09:00:01"}, {"approved": False}, {"cancelled": True}):
        order = ordered("09-29 09:00", "09-29 12:00", out_of_district=True, **fault)
        assert found("R09", DISTRICT, hour, order) == ["09-29 10:00 +60"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "repair", "other"])
def test_excuse_not_a_waiver(kind: str) -> None:
    assert found("R09", DISTRICT, outside("09-29 10:00", 60), waived(kind, "09-29 09:00", "09-29 12:00")) != []


def test_trap_a_road_along_the_boundary_does_not_add_up() -> None:
    """In and out every four minutes for an hour and more."""
    along = [at(n, east_m=EDGE_M + (600 if n // 4 % 2 else 400), since=local("09-29 10:00")) for n in range(80)]
    assert found("R09", DISTRICT, along) == []


def test_trap_a_wild_fix_far_away() -> None:
    wild = [at(10.5, east_m=50_000, since=local("09-29 10:00"))]
    assert found("R09", DISTRICT, standing("09-29 10:00", 10), wild, standing("09-29 10:11", 30)) == []


def test_trap_a_cold_start_far_away() -> None:
    """Wild fixes for minutes: first of all too short a time, later an island between two jumps."""
    wild = [at(n, east_m=300_000, since=local("09-29 10:01")) for n in range(8)]
    assert found("R09", DISTRICT, wild[:5], standing("09-29 10:08:30", 60)) == []
    assert found("R09", DISTRICT, standing("09-29 09:00", 60), wild, standing("09-29 10:08:30", 60)) == []
    assert found("R09", DISTRICT, wild) == ["09-29 10:01 +7"]


def test_trap_a_gap_beyond_the_boundary_is_not_stood() -> None:
    there = [at(0, east_m=OUT_M, since=local("09-29 10:00")), at(60, east_m=OUT_M + 5000, since=local("09-29 10:00"))]
    assert found("R09", DISTRICT, there) == []


def test_trap_no_boundary_is_known() -> None:
    assert found("R09", outside("09-29 10:00", 60)) == []


def test_trap_a_boundary_in_another_datum() -> None:
    """Read as WGS-84, a boundary of GCJ-02 lies half a kilometre off and accuses."""
    near = standing("09-29 10:00", 60, east_m=-EDGE_M - 300)
    as_drawn = in_datum(DISTRICT, "gcj02")
    assert found("R09", as_drawn, near) == ["09-29 10:00 +60"]
    assert found("R09", in_datum(as_drawn, "gcj02", back=True), near) == []


def test_trap_the_boundary_of_that_day_counts() -> None:
    old = zone("jurisdiction", half_m=EDGE_M, until="09-29 00:00")
    new = zone("jurisdiction", half_m=10_000, since="09-29 00:00")
    assert found("R09", old, new, outside("09-29 10:00", 60)) == []
    assert found("R09", old, new, outside("09-28 10:00", 60)) == ["09-28 10:00 +60"]


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    hour = outside("09-29 10:00", 60)
    assert found("R09", DISTRICT, hour[::-1], hour[::7]) == ["09-29 10:00 +60"]
