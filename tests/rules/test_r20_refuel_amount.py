"""R20 加油量异常."""

from __future__ import annotations

import pytest

from tests.builders.claims import fuelled, repaired, tank
from tests.builders.ruling import found, ordered, violations

FOUND = ["09-29 10:00 +1"]
AGAIN = ["09-29 14:00 +1"]


def test_case_more_than_the_tank_holds() -> None:
    """No track is needed: the claim is the evidence."""
    assert found("R20", tank(50), fuelled("09-29 10:00", 58)) == FOUND


def test_case_two_fills_in_four_hours() -> None:
    fills = fuelled("09-29 10:00", 39), fuelled("09-29 12:00", 20)
    assert found("R20", tank(60), *fills) == ["09-29 12:00 +1"]


def test_case_petrol_for_a_diesel_car() -> None:
    assert found("R20", tank(kind="0"), fuelled("09-29 10:00", kind="92")) == FOUND


def test_case_what_it_rests_on_is_told() -> None:
    first, second = fuelled("09-29 10:00", 39), fuelled("09-29 12:00", 70.5)
    (violation,) = violations("R20", tank(60), second, first)
    assert violation.evidence["found"] == [
        {"word": "overfilled", "claims": [second.id], "litres": 70.5, "tanks_l": 60.0},
        {"word": "filled_again", "claims": [first.id, second.id], "fills": 2, "tanks": 1},
    ]
    assert [claim["id"] for claim in violation.evidence["claims"]] == [first.id, second.id]


def test_near_miss_five_per_cent_over_the_tank() -> None:
    assert found("R20", tank(60), fuelled("09-29 10:00", 63)) == []
    assert found("R20", tank(60), fuelled("09-29 10:00", 63.001)) == FOUND


def test_near_miss_four_hours() -> None:
    first = fuelled("09-29 10:00", 30)
    assert found("R20", tank(60), first, fuelled("09-29 14:00", 30)) == []
    assert found("R20", tank(60), first, fuelled("09-29 13:59", 30)) == ["09-29 13:59 +1"]


@pytest.mark.parametrize(("takes", "got"), [("92", "95"), ("95", "petrol"), ("0", "-10"), ("diesel", "-35")])
def test_near_miss_another_grade_of_the_same_fuel(takes: str, got: str) -> None:
    assert found("R20", tank(kind=takes), fuelled("09-29 10:00", kind=got)) == []


def test_excuse_a_second_tank() -> None:
    two = tank(60, second=40, kind="0")
    assert found("R20", two, fuelled("09-29 10:00", 105)) == []
    assert found("R20", two, fuelled("09-29 10:00", 30), fuelled("09-29 10:30", 30)) == []
    assert found("R20", two, fuelled("09-29 10:00", kind="92")) == []


def test_excuse_not_more_than_two_tanks_take() -> None:
    two = tank(60, second=40)
    assert found("R20", two, fuelled("09-29 10:00", 106)) == FOUND
    three = [fuelled(f"09-29 {clock}", 30) for clock in ("10:00", "10:30", "11:00")]
    assert found("R20", two, *three) == ["09-29 11:00 +1"]


def test_excuse_no_order_excuses() -> None:
    assert found("R20", tank(50), fuelled("09-29 10:00", 58), ordered("09-29 08:00", "09-29 18:00")) == FOUND


def test_trap_unknown_is_not_no() -> None:
    """A tank, a fuel, an amount that nobody knows."""
    assert found("R20", tank(), fuelled("09-29 10:00", 500), fuelled("09-29 10:30", 500)) == []
    assert found("R20", tank(60), fuelled("09-29 10:00", None)) == []
    assert found("R20", tank(60), fuelled("09-29 10:00", kind="0")) == []
    assert found("R20", tank(kind="0"), fuelled("09-29 10:00")) == []


def test_trap_one_fill_paid_in_two_parts() -> None:
    parts = fuelled("09-29 10:00", 30, place="甲站"), fuelled("09-29 10:00", 20, place="甲站")
    assert found("R20", tank(50), *parts) == []
    assert found("R20", tank(45), *parts) == FOUND


def test_trap_two_stations_in_one_minute_are_two_fills() -> None:
    parts = fuelled("09-29 10:00", 30, place="甲站"), fuelled("09-29 10:00", 20, place="乙站")
    assert found("R20", tank(50), *parts) == FOUND


def test_trap_of_a_day_alone_the_amount_can_be_judged_but_not_the_times() -> None:
    assert found("R20", tank(60), fuelled("09-29", 30), fuelled("09-29", 31)) == []
    assert found("R20", tank(60), fuelled("09-29 10:00", 30), fuelled("09-29", 31)) == []
    assert found("R20", tank(60), fuelled("09-29", 70)) == ["09-29 00:00 +1440"]


def test_trap_two_days_alone_are_two() -> None:
    assert len(found("R20", tank(60), fuelled("09-29", 70), fuelled("09-30", 70))) == 2


def test_trap_only_fuel_fills() -> None:
    assert found("R20", tank(60), fuelled("09-29 10:00", 30), repaired("09-29 10:30")) == []


def test_trap_the_order_of_rows_changes_nothing() -> None:
    fills = [fuelled(f"09-29 {clock}", 30) for clock in ("10:00", "13:00", "16:30")]
    assert (
        found("R20", tank(60), *fills) == found("R20", tank(60), *fills[::-1]) == ["09-29 13:00 +1", "09-29 16:30 +1"]
    )
