"""R05 周末用车."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, local, ordered, own_day, standing, violations, waived
from tests.builders.tracks import at


def test_case_five_minutes_of_driving_on_a_saturday() -> None:
    assert found("R05", driving("10-17 10:00", 5)) == ["10-17 10:00 +5"]


def test_case_and_no_other_rule_of_the_hours() -> None:
    drive = driving("10-17 10:00", 30)
    assert [found(rule, drive) for rule in ("R04", "R05", "R06")] == [[], ["10-17 10:00 +30"], []]


def test_near_miss_under_five_minutes() -> None:
    assert found("R05", driving("10-17 10:00", 4.75)) == []


def test_near_miss_the_weekend_begins_and_ends_at_midnight() -> None:
    assert found("R05", driving("10-16 23:50", 14.75)) == []
    assert found("R05", driving("10-16 23:50", 15)) == ["10-17 00:00 +5"]
    assert found("R05", driving("10-18 23:55:15", 10)) == []
    assert found("R05", driving("10-18 23:55", 10)) == ["10-18 23:55 +5"]


def test_near_miss_drives_half_an_hour_apart_are_not_one() -> None:
    first, pause = driving("10-17 10:00", 3), standing("10-17 10:03", 29, east_m=1500)
    assert found("R05", first, pause, driving("10-17 10:33", 3, from_m=1500)) == []
    assert found("R05", first, pause, driving("10-17 10:32:45", 3, from_m=1500)) == ["10-17 10:00 +35.75"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "other"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R05", driving("10-17 10:00", 30), waived(kind, "10-17 00:00", "10-18 00:00")) == []


def test_excuse_an_order_covers_what_it_covers() -> None:
    drive = driving("10-17 10:00", 30)
    assert found("R05", drive, ordered("10-17 10:00", "10-17 10:30")) == []
    assert found("R05", drive, ordered("10-17 10:00", "10-17 10:25")) == ["10-17 10:25 +5"]
    assert found("R05", drive, ordered("10-17 10:00", "10-17 10:25:15")) == []


def test_excuse_not_an_order_filed_too_late_or_not_approved_or_cancelled() -> None:
    drive = driving("10-17 10:00", 30)
    assert found("R05", drive, ordered("10-17 10:00", "10-17 11:00", filed="10-18 10:00:01")) != []
    assert found("R05", drive, ordered("10-17 10:00", "10-17 11:00", approved=False)) != []
    assert found("R05", drive, ordered("10-17 10:00", "10-17 11:00", cancelled=True)) != []


def test_excuse_not_repair() -> None:
    assert found("R05", driving("10-17 10:00", 30), waived("repair", "10-17 00:00", "10-18 00:00")) != []


def test_trap_a_make_up_workday_is_no_weekend() -> None:
    assert found("R05", driving("10-10 10:00", 30)) == []


def test_trap_a_weekend_within_a_holiday_is_the_holidays() -> None:
    assert found("R05", driving("10-03 10:00", 30)) == []


def test_trap_the_centres_own_workday() -> None:
    assert found("R05", driving("10-17 10:00", 30), own_day("10-17", off=False)) == []


def test_trap_days_are_local_and_not_of_universal_time() -> None:
    """Saturday 00:30 is Friday in UTC, Monday 00:30 is Sunday in UTC."""
    assert found("R05", driving("10-17 00:30", 30)) == ["10-17 00:30 +30"]
    assert found("R05", driving("10-19 00:30", 30)) == []


def test_trap_a_year_without_a_published_calendar_is_provisional() -> None:
    (violation,) = violations("R05", driving("2049-10-02 10:00", 30))
    assert violation.provisional
    (known,) = violations("R05", driving("10-17 10:00", 30))
    assert not known.provisional


def test_trap_drift_while_parked_is_no_drive() -> None:
    away_m = [0, 80, 160, 90, 0, 120, 190, 60, 0, 150] * 4
    assert found("R05", [at(n, east_m=m, since=local("10-17 10:00")) for n, m in enumerate(away_m)]) == []


def test_trap_a_garage_is_not_driven_through() -> None:
    """What lies in silence is not claimed: four minutes before it and nothing after."""
    parked = [at(0, east_m=2000, since=local("10-17 12:00"))]
    assert found("R05", driving("10-17 10:00", 4), parked) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    drive = driving("10-17 10:00", 30)
    assert found("R05", drive[::-1], drive[::3]) == found("R05", drive) == ["10-17 10:00 +30"]
