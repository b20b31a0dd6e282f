"""R17 停用车辆行驶."""

from __future__ import annotations

import pytest

from tests.builders.ruling import disabled, driving, found, local, ordered, standing, waived
from tests.builders.tracks import at

WHOLE_DAY = "09-29 00:00", "09-30 00:00"


@pytest.mark.parametrize("state", ["laid_up", "scrapped"])
def test_case_driven_while_it_may_not(state: str) -> None:
    assert found("R17", driving("09-29 10:00", 20), disabled(state, "09-01 00:00")) == ["09-29 10:00 +20"]


def test_case_driven_while_in_repair() -> None:
    assert found("R17", driving("09-29 10:00", 20), waived("repair", *WHOLE_DAY)) == ["09-29 10:00 +20"]


def test_near_miss_under_five_minutes() -> None:
    assert found("R17", driving("09-29 10:00", 4.75), disabled("laid_up")) == []
    assert found("R17", driving("09-29 10:00", 5), disabled("laid_up")) == ["09-29 10:00 +5"]


def test_near_miss_only_what_falls_within_counts() -> None:
    drive = driving("09-29 10:00", 20)
    assert found("R17", drive, disabled("laid_up", "09-29 10:15:15")) == []
    assert found("R17", drive, disabled("laid_up", "09-29 10:15")) == ["09-29 10:15 +5"]
    assert found("R17", drive, disabled("scrapped", None, "09-29 10:05")) == ["09-29 10:00 +5"]
    assert found("R17", drive, disabled("scrapped", None, "09-29 10:04:45")) == []


def test_near_miss_short_drives_half_an_hour_apart_do_not_add_up() -> None:
    first, late = driving("09-29 10:00", 4), driving("09-29 10:34", 4, from_m=2000)
    soon = driving("09-29 10:33:45", 4, from_m=2000)
    assert found("R17", first, standing("09-29 10:04", 30, east_m=2000), late, disabled("laid_up")) == []
    assert found("R17", first, standing("09-29 10:04", 29, east_m=2000), soon, disabled("laid_up")) != []


def test_excuse_a_test_drive() -> None:
    drive = driving("09-29 10:00", 20), waived("repair", *WHOLE_DAY)
    assert found("R17", *drive, waived("test_drive", "09-29 09:00", "09-29 11:00")) == []
    assert found("R17", *drive, waived("test_drive", "09-29 09:00", "09-29 10:10")) == ["09-29 10:10 +10"]


def test_excuse_an_order() -> None:
    drive = driving("09-29 10:00", 20), waived("repair", *WHOLE_DAY)
    assert found("R17", *drive, ordered("09-29 09:00", "09-29 11:00")) == []
    assert found("R17", *drive, ordered("09-29 09:00", "09-29 11:00", cancelled=True)) == ["09-29 10:00 +20"]


@pytest.mark.parametrize("kind", ["duty", "emergency", "other"])
def test_excuse_not_another_waiver(kind: str) -> None:
    drive = driving("09-29 10:00", 20), disabled("laid_up")
    assert found("R17", *drive, waived(kind, *WHOLE_DAY)) == ["09-29 10:00 +20"]


def test_trap_to_the_workshop_and_home_again() -> None:
    """The days of the repair are whole ones; the way there and the way home are ordered."""
    there, home = driving("09-28 09:00", 20), driving("09-30 16:00", 20, from_m=10_000, to_m=0)
    stay = standing("09-28 09:20", 2 * 24 * 60 + 400, east_m=10_000, every_s=600)
    repair = waived("repair", "09-28 00:00", "10-01 00:00")
    orders = ordered("09-28 08:30", "09-28 10:00"), ordered("09-30 15:30", "09-30 17:00")
    assert found("R17", there, stay, home, repair, *orders) == []
    assert found("R17", there, stay, home, repair) == ["09-28 09:00 +20", "09-30 16:00 +20"]


def test_trap_a_car_that_stays_put_with_drift() -> None:
    away_m = [0, 80, 160, 90, 0, 120, 190, 60, 0, 150] * 4
    drift = [at(n, east_m=m, since=local("09-29 10:00")) for n, m in enumerate(away_m)]
    assert found("R17", drift, disabled("laid_up")) == []


def test_trap_towed_in_silence_is_not_driven() -> None:
    before, after = standing("09-29 10:00", 30), standing("09-29 11:30", 30, east_m=9_000)
    assert found("R17", before, after, disabled("scrapped")) == []
