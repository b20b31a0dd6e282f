"""R12 绕道."""

from __future__ import annotations

from fleet.order import Order
from tests.builders.ruling import driving, found, ordered, standing, violations

SIXTY_KM = driving("09-29 09:00", 60, to_m=60_000)


def planned(km: float | None, start: str = "09-29 08:00", end: str = "09-29 17:00") -> Order:
    return ordered(start, end, planned_distance_m=None if km is None else round(km * 1000))


def test_case_far_longer_than_planned() -> None:
    assert found("R12", SIXTY_KM, planned(30)) == ["09-29 09:00 +60"]


def test_near_miss_one_and_a_half_times() -> None:
    assert found("R12", SIXTY_KM, planned(40.1)) == []
    assert found("R12", SIXTY_KM, planned(39.9)) == ["09-29 09:00 +60"]


def test_near_miss_ten_kilometres() -> None:
    fifteen = driving("09-29 09:00", 15, to_m=15_000)
    assert found("R12", fifteen, planned(5.1)) == []
    assert found("R12", fifteen, planned(4.9)) == ["09-29 09:00 +15"]


def test_near_miss_each_trip_for_itself() -> None:
    """Two of 30 km, planned 25 for all."""
    there = driving("09-29 09:00", 30, to_m=30_000)
    stay = standing("09-29 09:31", 28, east_m=30_000)
    back = driving("09-29 10:00", 30, from_m=30_000, to_m=0)
    assert found("R12", there, stay, back, planned(25)) == []


def test_excuse_the_plans_of_several_orders_add_up() -> None:
    assert found("R12", SIXTY_KM, planned(30), planned(15, "09-29 09:59", "09-29 12:00")) == []
    assert found("R12", SIXTY_KM, planned(30), planned(15, "09-29 10:00", "09-29 12:00")) == ["09-29 09:00 +60"]


def test_excuse_the_evidence_does_not_say_that_the_order_led_elsewhere() -> None:
    (one,) = violations("R12", SIXTY_KM, planned(30))
    assert [paper["why"] for paper in one.evidence["excuses"]] == ["covers"]


def test_trap_a_plan_that_nobody_knows() -> None:
    assert found("R12", SIXTY_KM, planned(None)) == []
    assert found("R12", SIXTY_KM, planned(10), planned(None)) == []


def test_trap_without_an_order_nothing_was_planned() -> None:
    assert found("R12", SIXTY_KM) == []


def test_trap_an_order_that_is_none_plans_nothing() -> None:
    waiting = ordered("09-29 08:00", "09-29 17:00", planned_distance_m=10_000, approved=False)
    assert found("R12", SIXTY_KM, waiting) == []
    assert found("R12", SIXTY_KM, waiting, planned(30)) == ["09-29 09:00 +60"]


def test_trap_wild_fixes_do_not_lengthen_the_way() -> None:
    wild = driving("09-29 09:30", 0.1, from_m=500_000)[:1]
    assert found("R12", SIXTY_KM, [wild[0]._replace(ts_us=wild[0].ts_us + 5_000_000)], planned(50)) == []
