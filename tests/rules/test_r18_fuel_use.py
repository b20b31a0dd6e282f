"""R18 油耗异常."""

from __future__ import annotations

from fleet.expense import Expense
from tests.builders.claims import fuelled, tank, tolled
from tests.builders.rule_changes import setting
from tests.builders.ruling import UNIT, Told, driving, found, ordered, standing, violations
from tests.builders.tracks import Fix

FOUND = ["09-01 00:00 +43200"]
CAR = tank(norm=10)


def month(km: float, *, first: str = "08-31 20:00", last: str = "10-01 08:00") -> list[list[Fix]]:
    """A car that drives all of it on 15 September, at 50 km/h, and stands else."""
    hours = km / 50
    return [
        standing(first, 60, every_s=600),
        standing("09-14 20:00", 60),
        driving("09-15 06:00", hours * 60, to_m=km * 1000, every_s=60),
        standing("09-17 00:00", 60, east_m=km * 1000),
        standing(last, 60, east_m=km * 1000, every_s=600),
    ]


def fills(litres: float) -> list[Expense]:
    """Two, before and after the drive."""
    return [fuelled("09-05 10:00", litres / 2), fuelled("09-20 10:00", litres / 2)]


def test_case_more_than_the_norm_by_a_third() -> None:
    assert found("R18", *month(400), CAR, *fills(60)) == FOUND


def test_case_what_it_rests_on_is_told() -> None:
    claims = fills(60)
    (violation,) = violations("R18", *month(400), CAR, *claims)
    assert violation.evidence["found"] == [
        {
            "word": "overused",
            "claims": [claim.id for claim in claims],
            "litres": 60.0,
            "driven_km": 400,
            "granted_km": 0,
            "norm_l_per_100km": 10.0,
        }
    ]


def test_near_miss_thirteen_litres_for_100_km() -> None:
    """A little more than 400 km in a month of the builders' road, which is straight only nearly."""
    assert found("R18", *month(400), CAR, *fills(52)) == []
    assert found("R18", *month(400), CAR, *fills(52.2)) == FOUND


def test_near_miss_300_km() -> None:
    assert found("R18", *month(299.5), CAR, *fills(80)) == []
    assert found("R18", *month(300.5), CAR, *fills(80)) == FOUND


def test_near_miss_fills_of_other_months_do_not_count() -> None:
    before, after = fuelled("08-31 23:59", 30), fuelled("10-01 00:00", 30)
    assert found("R18", *month(400), CAR, before, after, fuelled("09-01 00:00", 40)) == []
    assert found("R18", *month(400), CAR, fuelled("09-01 00:01", 30), fuelled("09-30 23:59", 30)) == FOUND


def test_excuse_no_order_excuses() -> None:
    assert found("R18", *month(400), CAR, *fills(60), ordered("09-01 00:00", "10-01 00:00")) == FOUND


def test_excuse_not_without_a_norm() -> None:
    assert found("R18", *month(400), tank(), *fills(60)) == []


def test_excuse_not_other_claims() -> None:
    assert found("R18", *month(400), CAR, *fills(40), tolled("09-21 10:00")) == []


def test_trap_a_day_alone_is_of_its_month() -> None:
    assert found("R18", *month(400), CAR, fuelled("09-01", 30), fuelled("09-30", 30)) == FOUND
    assert found("R18", *month(400), CAR, fuelled("08-31", 30), fuelled("10-01", 30)) == []


def test_trap_a_month_counts_when_it_is_over() -> None:
    """A fill on the first day is not burnt yet."""
    running = month(400, last="09-30 22:00")
    assert found("R18", *running, CAR, *fills(60)) == []
    over = month(400, last="09-30 23:00")
    assert found("R18", *over, CAR, *fills(60)) == FOUND


def test_trap_of_a_car_that_was_fitted_in_the_month_only_what_came_after_counts() -> None:
    late = month(400, first="09-10 08:00")
    assert found("R18", *late, CAR, fuelled("09-05 10:00", 30), fuelled("09-20 10:00", 30)) == []
    assert found("R18", *late, CAR, fuelled("09-12 10:00", 30), fuelled("09-20 10:00", 30)) == ["09-10 08:00 +29760"]


def test_trap_a_gap_is_granted_as_driven() -> None:
    """Ten hours without a sign, and 3 km farther: another 500 km at the pace of the car."""
    *most, _ = month(400)
    moved = standing("09-17 11:00", 60, east_m=403_000), standing("10-01 08:00", 60, east_m=403_000)
    assert found("R18", *most, *moved, CAR, *fills(60)) == []
    (violation,) = violations("R18", *most, *moved, CAR, *fills(130))
    assert violation.evidence["found"][0]["granted_km"] == 500


def test_trap_two_months_are_two() -> None:
    october = [
        standing("10-14 00:00", 60, east_m=400_000),
        driving("10-15 06:00", 480, from_m=400_000, to_m=800_000, every_s=60),
        standing("11-01 01:00", 60, east_m=800_000),
    ]
    claims = *fills(60), fuelled("10-05 10:00", 60), fuelled("10-20 10:00", 60)
    assert found("R18", *month(400), *october, CAR, *claims) == [*FOUND, "10-01 00:00 +44640"]


def test_trap_without_a_track_nothing_is_said() -> None:
    assert found("R18", CAR, *fills(500)) == []


def test_trap_a_month_in_which_the_rule_changes_is_judged_whole_by_the_form_at_its_start() -> None:
    claims: list[Told] = [*month(400), CAR, *fills(60)]
    stricter, milder = setting("R18", UNIT, "2026-09-15", factor=1.1), setting("R18", UNIT, "2026-09-15", factor=2)
    assert found("R18", *claims, stricter) == found("R18", *claims, milder) == FOUND
    assert found("R18", *claims, setting("R18", UNIT, "2026-09-01", factor=2)) == []
    assert found("R18", *month(400), CAR, *fills(48), setting("R18", UNIT, "2026-09-01", factor=1.1)) == FOUND
    assert found("R18", *month(400), CAR, *fills(48), stricter) == []
