"""R01 未纳管."""

from __future__ import annotations

import pytest

from tests.builders.ruling import driving, enrolled, found, never_enrolled, ordered, standing, waived

PARKED = standing("09-28 00:00", 3 * 24 * 60, every_s=4 * 3600)


def test_case_a_car_that_was_never_enrolled() -> None:
    assert found("R01", driving("09-29 21:00", 10), never_enrolled()) == ["09-29 21:00 +10"]


def test_case_enrolled_a_day_after_the_tracker_was_fitted() -> None:
    assert found("R01", PARKED, enrolled("09-29 00:00")) == ["09-28 00:00 +1440"]


def test_case_still_reporting_after_the_enrolment_ended() -> None:
    assert found("R01", PARKED, enrolled(None, "09-30 12:00")) == ["09-30 12:00 +720"]


def test_case_between_two_enrolments() -> None:
    told = PARKED, enrolled(None, "09-29 08:00"), enrolled("09-29 20:00")
    assert found("R01", *told) == ["09-29 08:00 +720"]


def test_near_miss_enrolled_to_the_minute() -> None:
    drive = driving("09-29 21:00", 10)
    assert found("R01", drive, enrolled("09-29 21:00", "09-29 21:10")) == []
    assert found("R01", drive, enrolled("09-29 21:01", "09-29 21:10")) == ["09-29 21:00 +1"]


def test_near_miss_a_day_apart_are_two() -> None:
    first, second = standing("09-26 00:00", 1500, every_s=600), standing("09-28 01:00", 60, east_m=3000)
    sooner = standing("09-28 00:59", 61, east_m=3000)
    assert found("R01", first, second, never_enrolled()) == ["09-26 00:00 +1500", "09-28 01:00 +60"]
    assert found("R01", first, sooner, never_enrolled()) == ["09-26 00:00 +3000"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "repair", "test_drive", "other"])
def test_excuse_none(kind: str) -> None:
    drive = driving("09-29 21:00", 10)
    papers = waived(kind, "09-29 00:00", "09-30 00:00"), ordered("09-29 00:00", "09-30 00:00")
    assert found("R01", drive, *papers, never_enrolled()) == ["09-29 21:00 +10"]


def test_trap_silence_claims_nothing() -> None:
    before, after = standing("09-28 08:00", 60), standing("09-28 18:00", 60, east_m=3000)
    assert found("R01", before, after, enrolled("09-28 18:00"), enrolled(None, "09-28 09:00")) == []


def test_trap_late_and_repeated_uploads_change_nothing() -> None:
    assert found("R01", PARKED[::-1], PARKED[::3], enrolled("09-29 00:00")) == ["09-28 00:00 +1440"]
