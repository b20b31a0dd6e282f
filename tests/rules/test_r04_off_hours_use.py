"""R04 非工作时间用车."""

from __future__ import annotations

import pytest

from rules.catalogue import CATALOGUE
from tests.builders.rule_changes import changed, off, put, setting
from tests.builders.ruling import UNIT, driving, found, local, ordered, own_day, standing, violations, waived
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


def test_case_a_unit_whose_hours_end_earlier_in_winter() -> None:
    """冬令: from 1 October to 30 April until 17:30; the drives are on workdays of either season."""
    winter = setting("R04", UNIT, season="10-01..04-30", work_end="17:30")
    assert found("R04", driving("09-29 17:30", 60), winter) == []
    assert found("R04", driving("10-09 17:30", 60), winter) == ["10-09 17:30 +60"]
    assert found("R04", driving("10-09 17:30", 60), setting("R04", UNIT + 1, work_end="17:30")) == []


def test_near_miss_the_hours_of_the_units_season() -> None:
    summer = setting("R04", UNIT, season="05-01..09-30", work_end="19:30")
    assert found("R04", driving("09-29 19:00", 39.75), summer) == []
    assert found("R04", driving("09-29 19:00", 40), summer) == ["09-29 19:30 +10"]
    assert found("R04", driving("10-09 19:00", 10), summer) == ["10-09 19:00 +10"]


def test_case_what_judged_stands_in_the_evidence() -> None:
    late = setting("R04", UNIT, work_end="20:00")
    (by_unit,) = violations("R04", driving("09-29 20:00", 30), late)
    (as_shipped,) = violations("R04", driving("09-29 20:00", 30))
    assert by_unit.evidence["settings"] == {"work_end": "20:00"}
    assert "settings" not in as_shipped.evidence
    assert by_unit.rule_version == as_shipped.rule_version == CATALOGUE["R04"].version


def test_trap_a_drive_over_the_midnight_on_which_the_rule_changes_is_parted() -> None:
    drive = driving("09-28 23:30", 60)
    longer = put(changed("R04", 3, lasting="20 min"), "2026-09-29")
    assert found("R04", drive, longer) == ["09-28 23:30 +30", "09-29 00:00 +30"]
    assert [one.rule_version for one in violations("R04", drive, longer)] == [2, 3]
    assert found("R04", driving("09-28 23:51", 15), longer) == [], "neither part lasts long enough by its own form"
    assert found("R04", drive, put(changed("R04", 3, lasting="40 min"), "2026-09-29")) == ["09-28 23:30 +30"]


def test_trap_a_midnight_on_which_nothing_changes_for_the_unit_parts_nothing() -> None:
    drive = driving("09-28 23:30", 60)
    assert found("R04", drive, setting("R04", UNIT, "2026-09-29", work_end="19:00")) == ["09-28 23:30 +60"]
    assert found("R04", drive, setting("R04", UNIT + 1, "2026-09-29", work_end="20:00")) == ["09-28 23:30 +60"]


def test_trap_while_the_rule_is_off_nothing_is_found() -> None:
    drive = driving("09-28 23:30", 60)
    assert found("R04", drive, off("R04", "2026-09-29")) == ["09-28 23:30 +30"]
    assert found("R04", drive, off("R04", "2026-09-28", "2026-09-28")) == ["09-29 00:00 +30"]
    assert found("R04", drive, off("R04", "2026-09-28")) == []
