"""R02 无派车单."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, local, ordered, standing, violations, waived
from tests.builders.tracks import at

DRIVE = driving("09-29 10:00", 20)


def test_case_a_trip_without_an_order() -> None:
    assert found("R02", DRIVE) == ["09-29 10:00 +20"]


def test_case_each_trip_is_one() -> None:
    there, back = driving("09-29 10:00", 20), driving("09-29 10:40", 20, from_m=10_000, to_m=0)
    stay = standing("09-29 10:21", 18, east_m=10_000)
    assert found("R02", there, stay, back) == ["09-29 10:00 +20", "09-29 10:40 +20"]
    assert found("R02", there, stay, back, ordered("09-29 09:00", "09-29 10:05")) == ["09-29 10:40 +20"]


def test_case_at_any_hour_of_any_day() -> None:
    assert found("R02", driving("10-03 02:00", 20)) == ["10-03 02:00 +20"]


def test_near_miss_half_a_kilometre() -> None:
    assert found("R02", driving("09-29 10:00", 1, to_m=499)) == []
    assert found("R02", driving("09-29 10:00", 1, to_m=501)) == ["09-29 10:00 +1"]


def test_near_miss_an_order_a_quarter_of_an_hour_later() -> None:
    """The order's span grown is [start − 15 min, end + 30 min): a trip that only meets it shares no time with it."""
    assert found("R02", DRIVE, ordered("09-29 10:34:59", "09-29 12:00")) == []
    assert found("R02", DRIVE, ordered("09-29 10:35", "09-29 12:00")) == ["09-29 10:00 +20"]


def test_near_miss_an_order_half_an_hour_earlier() -> None:
    assert found("R02", DRIVE, ordered("09-29 08:00", "09-29 09:30:01")) == []
    assert found("R02", DRIVE, ordered("09-29 08:00", "09-29 09:30")) == ["09-29 10:00 +20"]


def test_excuse_an_order_of_a_part_is_one_of_the_whole_trip() -> None:
    assert found("R02", driving("09-29 10:00", 180), ordered("09-29 09:00", "09-29 10:10")) == []


@pytest.mark.parametrize("kind", ["duty", "emergency", "other", "test_drive"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R02", DRIVE, waived(kind, "09-29 10:05", "09-29 10:06")) == []
    assert found("R02", DRIVE, waived(kind, "09-29 10:20", "09-29 10:30")) == ["09-29 10:00 +20"], "no margin"


def test_excuse_not_repair() -> None:
    assert found("R02", DRIVE, waived("repair", "09-29 09:00", "09-29 12:00")) == ["09-29 10:00 +20"]


def test_excuse_an_order_filed_within_a_day() -> None:
    assert found("R02", DRIVE, ordered("09-29 10:00", "09-29 11:00", filed="09-30 10:00")) == []
    assert found("R02", DRIVE, ordered("09-29 10:00", "09-29 11:00", filed="09-30 10:00:01")) == ["09-29 10:00 +20"]


def test_excuse_not_an_order_that_waits_or_was_cancelled() -> None:
    assert found("R02", DRIVE, ordered("09-29 09:00", "09-29 12:00", approved=False)) == ["09-29 10:00 +20"]
    assert found("R02", DRIVE, ordered("09-29 09:00", "09-29 12:00", cancelled=True)) == ["09-29 10:00 +20"]


def test_excuse_the_evidence_says_why_each_order_near_by_is_none() -> None:
    (found_one,) = violations(
        "R02",
        DRIVE,
        ordered("09-29 09:00", "09-29 12:00", approved=False),
        ordered("09-29 09:00", "09-29 12:01", cancelled=True),
        ordered("09-29 09:00", "09-29 12:02", filed="10-02 09:00"),
        ordered("09-29 14:00", "09-29 16:00"),
        ordered("10-05 14:00", "10-05 16:00"),
    )
    whys = [paper["why"] for paper in found_one.evidence["excuses"]]
    assert whys == ["not_approved", "cancelled", "filed_late", "outside_span"]


def test_trap_a_trip_of_days() -> None:
    """Three days on the road: one trip, and an order of its first hour is one of all of it."""
    days = driving("09-28 08:00", 3 * 24 * 60, to_m=900_000, every_s=300)
    assert found("R02", days) == ["09-28 08:00 +4320"]
    assert found("R02", days, ordered("09-28 08:00", "09-28 09:00")) == []


def test_trap_a_gap_is_not_driven_through() -> None:
    """What lies before it and after it are two trips, each with an order or without one."""
    before, later = driving("09-29 10:00", 10), driving("09-29 11:30", 10, from_m=40_000)
    assert found("R02", before, later, ordered("09-29 09:00", "09-29 10:10")) == ["09-29 11:30 +10"]


def test_trap_drift_while_parked_is_no_trip() -> None:
    away_m = [0, 80, 160, 90, 0, 120, 190, 60, 0, 150] * 4
    assert found("R02", [at(n, east_m=m, since=local("09-29 10:00")) for n, m in enumerate(away_m)]) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    assert found("R02", DRIVE[::-1], DRIVE[::3]) == found("R02", DRIVE)
