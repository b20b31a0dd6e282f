"""R06 节假日用车."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, local, ordered, own_day, standing, violations, waived
from tests.builders.tracks import at


def test_case_five_minutes_of_driving_on_national_day() -> None:
    assert found("R06", driving("10-01 10:00", 5)) == ["10-01 10:00 +5"]


def test_near_miss_under_five_minutes() -> None:
    assert found("R06", driving("10-01 10:00", 4.75)) == []


def test_near_miss_a_holiday_runs_from_midnight_to_midnight() -> None:
    assert found("R06", driving("09-30 23:50", 14.75)) == []
    assert found("R06", driving("09-30 23:50", 15)) == ["10-01 00:00 +5"]
    assert found("R06", driving("10-07 23:55:15", 10)) == []
    assert found("R06", driving("10-07 23:55", 10)) == ["10-07 23:55 +5"]


def test_near_miss_drives_half_an_hour_apart_are_not_one() -> None:
    first, pause = driving("10-01 10:00", 3), standing("10-01 10:03", 29, east_m=1500)
    assert found("R06", first, pause, driving("10-01 10:33", 3, from_m=1500)) == []
    assert found("R06", first, pause, driving("10-01 10:32:45", 3, from_m=1500)) == ["10-01 10:00 +35.75"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "other"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R06", driving("10-01 10:00", 30), waived(kind, "10-01 00:00", "10-08 00:00")) == []


def test_excuse_an_order_covers_what_it_covers() -> None:
    drive = driving("10-01 10:00", 30)
    assert found("R06", drive, ordered("10-01 10:00", "10-01 10:30")) == []
    assert found("R06", drive, ordered("10-01 10:00", "10-01 10:25")) == ["10-01 10:25 +5"]
    assert found("R06", drive, ordered("10-01 10:00", "10-01 10:25:15")) == []


def test_excuse_not_an_order_filed_too_late_or_not_approved_or_cancelled() -> None:
    drive = driving("10-01 10:00", 30)
    assert found("R06", drive, ordered("10-01 10:00", "10-01 11:00", filed="10-02 10:00:01")) != []
    assert found("R06", drive, ordered("10-01 10:00", "10-01 11:00", approved=False)) != []
    assert found("R06", drive, ordered("10-01 10:00", "10-01 11:00", cancelled=True)) != []


def test_excuse_not_repair() -> None:
    assert found("R06", driving("10-01 10:00", 30), waived("repair", "10-01 00:00", "10-08 00:00")) != []


@pytest.mark.parametrize("day", ["2025-10-01", "2025-10-06", "2025-10-08"])
def test_trap_two_festivals_are_one_span(day: str) -> None:
    """国庆 and 中秋 of 2025: 1 to 8 October, one span."""
    assert len(found("R06", driving(f"{day} 10:00", 30))) == 1
    assert found("R06", driving("2025-10-09 10:00", 30)) == []


def test_trap_a_drive_over_the_border_of_two_festivals_is_one_violation() -> None:
    assert found("R06", driving("2025-10-05 23:30", 60)) == ["10-05 23:30 +60"]


def test_trap_a_weekend_that_adjoins_the_festival_belongs_to_it() -> None:
    """端午 2024: only the Monday carries its name, the run of days off begins on Saturday."""
    assert found("R06", driving("2024-06-08 10:00", 30)) == ["06-08 10:00 +30"]


def test_trap_make_up_workdays_around_it_are_none_of_it() -> None:
    assert found("R06", driving("09-20 10:00", 30)) == []
    assert found("R06", driving("10-10 10:00", 30)) == []


def test_trap_days_are_local_and_not_of_universal_time() -> None:
    """00:30 of the first day is the day before in UTC; 00:30 after the last is the last in UTC."""
    assert found("R06", driving("10-01 00:30", 30)) == ["10-01 00:30 +30"]
    assert found("R06", driving("10-08 00:30", 30)) == []


def test_trap_a_year_without_a_published_calendar_has_no_holidays_yet() -> None:
    drive = driving("2049-10-01 10:00", 30)
    assert found("R06", drive) == []
    (violation,) = violations("R06", drive, own_day("2049-10-01", off=True, festival="国庆节"))
    assert not violation.provisional


def test_trap_the_centres_own_workday_in_a_holiday() -> None:
    assert found("R06", driving("10-07 10:00", 30), own_day("10-07", off=False)) == []


def test_trap_a_gap_across_the_beginning_is_not_driven() -> None:
    before, after = driving("09-30 23:30", 15), driving("10-01 00:15", 4.75, from_m=25_000)
    assert found("R06", before, after) == []


def test_trap_a_cold_start_far_away_is_no_drive() -> None:
    wild = [at(0, east_m=50_000, since=local("10-01 10:00"))]
    assert found("R06", wild, standing("10-01 10:01", 60)) == []


def test_trap_drift_while_parked_is_no_drive() -> None:
    away_m = [0, 80, 160, 90, 0, 120, 190, 60, 0, 150] * 4
    assert found("R06", [at(n, east_m=m, since=local("10-01 10:00")) for n, m in enumerate(away_m)]) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    drive = driving("10-01 10:00", 30)
    assert found("R06", drive[::-1], drive[::3]) == found("R06", drive) == ["10-01 10:00 +30"]
