"""R21 通行费不符."""

from __future__ import annotations

from geofence.zone import Zone
from tests.builders.claims import fuelled, tolled
from tests.builders.ruling import driving, found, ordered, standing, violations, zone

GATE = "宿迁东收费站"
CLAIM = tolled("09-29 10:00", GATE)
IN_THE_YARD = standing("09-29 09:00", 120)
FOUND = ["09-29 10:00 +1"]


def gate(east_m: float = 9_000) -> Zone:
    return zone("toll_gate", east_m=east_m, half_m=20, name=GATE)


def test_case_the_car_was_far_from_the_gate() -> None:
    assert found("R21", IN_THE_YARD, gate(), CLAIM) == FOUND
    assert found("R21", driving("09-29 09:30", 60), gate(-9_000), CLAIM) == FOUND


def test_case_what_it_rests_on_is_told() -> None:
    (violation,) = violations("R21", IN_THE_YARD, gate(), CLAIM)
    assert violation.evidence["found"] == [
        {"word": "tolled_away", "claims": [CLAIM.id], "zone": violation.evidence["found"][0]["zone"], "nearest_m": 8980}
    ]


def test_near_miss_five_kilometres() -> None:
    assert found("R21", IN_THE_YARD, gate(5_015), CLAIM) == []
    assert found("R21", IN_THE_YARD, gate(5_025), CLAIM) == FOUND


def test_near_miss_ten_minutes_before_and_after() -> None:
    """5 km away and more until so long before, and from so long after."""
    drive = driving("09-29 09:00", 120)  # 500 m a minute: at 10:00 30 km out
    assert found("R21", drive, gate(30_000 - 10_000 + 15), CLAIM) == []
    assert found("R21", drive, gate(30_000 - 10_000 - 45), CLAIM) == FOUND


def test_near_miss_covered_to_the_last_minute() -> None:
    assert found("R21", standing("09-29 09:50", 21), gate(), CLAIM) == FOUND
    assert found("R21", standing("09-29 09:51", 60), gate(), CLAIM) == []
    assert found("R21", standing("09-29 09:00", 70), gate(), CLAIM) == []


def test_excuse_no_order_excuses() -> None:
    assert found("R21", IN_THE_YARD, gate(), CLAIM, ordered("09-29 08:00", "09-29 18:00")) == FOUND


def test_excuse_not_a_gate_that_is_no_zone() -> None:
    assert found("R21", IN_THE_YARD, CLAIM) == []
    assert found("R21", IN_THE_YARD, zone("refuel", east_m=9_000, name=GATE), CLAIM) == []


def test_excuse_not_a_fuel_claim() -> None:
    assert found("R21", IN_THE_YARD, gate(), fuelled("09-29 10:00", place=GATE)) == []


def test_trap_a_day_alone_says_nothing_of_the_time() -> None:
    assert found("R21", standing("09-28 20:00", 2_000), gate(), tolled("09-29", GATE)) == []


def test_trap_nothing_is_claimed_of_a_gap() -> None:
    before, after = driving("09-29 09:00", 55), driving("09-29 10:10", 50, from_m=35_000)
    assert found("R21", before, after, gate(90_000), CLAIM) == []


def test_trap_late_uploads_change_nothing() -> None:
    assert found("R21", IN_THE_YARD[::-1], gate(), CLAIM) == FOUND
