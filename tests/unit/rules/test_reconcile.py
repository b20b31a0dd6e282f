"""What judging again means for the violations that stand."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleet.clock import SHANGHAI
from fleet.violation import Severity, Violation
from rules.reconcile import Standing, affected, reconciled

NINE = datetime(2026, 10, 1, 9, tzinfo=SHANGHAI)


def seen(start_min: float, end_min: float, *, vehicle: int = 1, rule: str = "R06") -> Violation:
    start, end = NINE + timedelta(minutes=start_min), NINE + timedelta(minutes=end_min)
    return Violation(vehicle, rule, 1, start, end, Severity.HIGH)


def names(*pairs: tuple[Violation, Violation]) -> list[str]:
    standing = [Standing(number, old) for number, (old, _) in enumerate(pairs)]
    return [change.name for change in reconciled(standing, [new for _, new in pairs]).changed]


def test_what_is_as_it_was_is_left_alone() -> None:
    result = reconciled([Standing(7, seen(0, 20))], [seen(0, 20)])
    assert (result.new, result.changed, result.withdrawn) == ([], [], [])


def test_another_end_or_start_keeps_the_violation() -> None:
    assert names((seen(0, 20), seen(0, 30))) == ["extended"]
    assert names((seen(0, 20), seen(0, 10))) == ["shrunk"]
    assert names((seen(5, 20), seen(0, 30))) == ["moved"]


def test_what_is_found_no_more_is_withdrawn_and_what_is_elsewhere_is_new() -> None:
    result = reconciled([Standing(7, seen(0, 20))], [seen(60, 80)])
    assert [old.id for old in result.withdrawn] == [7]
    assert result.new == [seen(60, 80)]


def test_one_that_parts_in_two_stays_the_first_of_them() -> None:
    result = reconciled([Standing(7, seen(0, 60))], [seen(0, 10), seen(50, 60)])
    assert [(change.id, change.name) for change in result.changed] == [(7, "shrunk")]
    assert result.new == [seen(50, 60)]


def test_two_that_become_one_withdraw_the_later() -> None:
    result = reconciled([Standing(7, seen(0, 10)), Standing(8, seen(50, 60))], [seen(0, 60)])
    assert [change.id for change in result.changed] == [7]
    assert [old.id for old in result.withdrawn] == [8]


def test_other_vehicles_and_rules_are_never_paired() -> None:
    result = reconciled([Standing(7, seen(0, 20))], [seen(0, 20, vehicle=2), seen(0, 20, rule="R04")])
    assert len(result.new) == 2
    assert len(result.withdrawn) == 1


def test_what_ended_before_the_horizon_is_not_touched_unless_it_meets_what_was() -> None:
    horizon = NINE + timedelta(minutes=30)
    before, after = seen(0, 20), seen(25, 40)
    assert affected([before, after], [], lambda _: horizon) == [after]
    assert affected([before, after], [Standing(7, seen(0, 40))], lambda _: horizon) == [before, after]
    assert affected([before, after], [], lambda _: None) == [before, after]
