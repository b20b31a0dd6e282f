"""R04 非工作时间用车."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, found, local, ordered, own_day, standing, waived
from tests.builders.tracks import at


def test_case_ten_minutes_of_driving_on_a_workday_evening() -> None:
    assert found("R04", driving("09-29 21:00", 10)) == ["09-29 21:00 +10"]


def test_case_before_work() -> None:
    assert found("R04", driving("09-29 06:00", 30)) == ["09-29 06:00 +30"]


def test_near_miss_under_ten_minutes() -> None:
    assert found("R04", driving("09-29 21:00", 9.75)) == []


def test_near_miss_work_hours_end_at_seven() -> None:
    assert found("R04", driving("09-29 18:00", 69.75)) == []
    assert found("R04", driving("09-29 18:00", 70)) == ["09-29 19:00 +10"]


def test_near_miss_work_hours_begin_at_half_past_seven() -> None:
    assert found("R04", driving("09-29 07:20:15", 60)) == []
    assert found("R04", driving("09-29 07:20", 60)) == ["09-29 07:20 +10"]


def test_near_miss_drives_half_an_hour_apart_are_not_one() -> None:
    first, late = driving("09-29 20:00", 6), driving("09-29 20:36", 6, from_m=3000)
    soon = driving("09-29 20:35:45", 6, from_m=3000)
    assert found("R04", first, standing("09-29 20:06", 30, east_m=3000), late) == []
    assert found("R04", first, standing("09-29 20:06", 29, east_m=3000), soon) == ["09-29 20:00 +41.75"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "other"])
def test_excuse_a_waiver(kind: str) -> None:
    assert found("R04", driving("09-29 21:00", 30), waived(kind, "09-29 20:00", "09-29 22:00")) == []


def test_excuse_an_order_covers_what_it_covers() -> None:
    drive = driving("09-29 19:30", 60)
    assert found("R04", drive, ordered("09-29 17:00", "09-29 21:00")) == []
    assert found("R04", drive, ordered("09-29 17:00", "09-29 20:00")) == ["09-29 20:00 +30"]


def test_excuse_an_order_filed_within_a_day() -> None:
    drive = driving("09-29 21:00", 30)
    assert found("R04", drive, ordered("09-29 21:00", "09-29 22:00", filed="09-30 21:00")) == []
    assert found("R04", drive, ordered("09-29 21:00", "09-29 22:00", filed="09-30 21:00:01")) == ["09-29 21:00 +30"]


def test_excuse_not_an_order_that_waits_or_was_cancelled() -> None:
    drive = driving("09-29 21:00", 30)
    assert found("R04", drive, ordered("09-29 20:00", "09-29 22:00", approved=False)) == ["09-29 21:00 +30"]
    assert found("R04", drive, ordered("09-29 20:00", "09-29 22:00", cancelled=True)) == ["09-29 21:00 +30"]


def test_excuse_not_repair() -> None:
    assert found("R04", driving("09-29 21:00", 30), waived("repair", "09-29 20:00", "09-29 22:00")) != []


def test_trap_a_make_up_workday_is_a_workday() -> None:
    assert found("R04", driving("10-10 20:00", 30)) == ["10-10 20:00 +30"]


def test_trap_a_night_drive_into_a_holiday_ends_at_midnight() -> None:
    assert found("R04", driving("09-30 23:30", 60)) == ["09-30 23:30 +30"]


def test_trap_the_centres_own_day_off() -> None:
    drive = driving("09-29 21:00", 30)
    assert found("R04", drive, own_day("09-29", off=True, festival="建县纪念日")) == []


def test_trap_drift_while_parked_is_no_drive() -> None:
    away_m = [0, 80, 160, 90, 0, 120, 190, 60, 0, 150] * 4
    assert found("R04", [at(n, east_m=m, since=local("09-29 21:00")) for n, m in enumerate(away_m)]) == []


def test_trap_a_tunnel_is_not_driven_through() -> None:
    before, after = driving("09-29 21:00", 6), driving("09-29 21:17", 6, from_m=12_000)
    assert found("R04", before, after) == ["09-29 21:00 +23"]
    assert found("R04", before, driving("09-29 21:17", 3.75, from_m=12_000)) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    drive = driving("09-29 21:00", 30)
    assert found("R04", drive[::-1], drive[::3]) == found("R04", drive)
