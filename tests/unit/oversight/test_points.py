"""Points of units, the office's settings, and tips against tracks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.decision import Outcome
from fleet.violation import Severity
from oversight.office import SHIPPED, Measure, OfficeError, Threshold, office_of
from oversight.points import cost, left, reached

RULES = SHIPPED.points


@pytest.mark.parametrize(
    ("outcome", "severities", "before", "points"),
    [
        (Outcome.VIOLATION, [Severity.HIGH], 0, 5),
        (Outcome.VIOLATION, [Severity.INFO, Severity.HIGH, Severity.MEDIUM], 0, 5),
        (Outcome.VIOLATION, [Severity.MEDIUM], 1, 6),
        (Outcome.VIOLATION, [Severity.HIGH], 9, 14),
        (Outcome.VIOLATION, [], 0, 3),
        (Outcome.PROCEDURAL, [Severity.INFO], 0, 0),
        (Outcome.JUSTIFIED, [Severity.HIGH], 5, 0),
        (Outcome.DEVICE_FAULT, [Severity.HIGH], 5, 0),
        (Outcome.INSUFFICIENT_EVIDENCE, [Severity.HIGH], 5, 0),
    ],
)
def test_a_case_costs_by_its_worst_violation_and_by_those_before_it(
    outcome: Outcome, severities: list[Severity], before: int, points: int
) -> None:
    assert cost(RULES, outcome, severities, before) == points


@given(st.lists(st.integers(-20, 20)))
def test_points_stay_between_nothing_and_the_start(changes: list[int]) -> None:
    assert 0 <= left(RULES, changes) <= 100


def test_what_is_given_back_restores_the_points() -> None:
    assert left(RULES, []) == left(RULES, [-5, -8, 8, 5]) == 100


@pytest.mark.parametrize(("points", "at"), [(91, []), (90, [90]), (79, [90, 80]), (0, [90, 80, 60])])
def test_thresholds_are_reached_from_above(points: int, at: list[int]) -> None:
    assert [threshold.at for threshold in reached(RULES, points)] == at


def test_a_centres_own_file_changes_what_it_names_and_nothing_else() -> None:
    own = office_of('[workdays]\nanswer = 5\n[[points.thresholds]]\nat = 50\ndoes = "letter"\n')
    assert {step for step in own.workdays if own.workdays[step] != SHIPPED.workdays[step]} == {"answer"}
    assert own.points.thresholds == (Threshold(50, Measure.LETTER),)
    assert own.points.costs == SHIPPED.points.costs


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[workdays]\nanswr = 3", "workdays.answr"),
        ("[workdays]\nanswer = 0", "workdays.answer"),
        ("[workdays]\nanswer = true", "workdays.answer"),
        ('[points.costs.violation]\nhigh = "5"', "points.costs.violation.high"),
        ("workdays = 3", "workdays"),
        ("[points]\nthresholds = [{at = 9}]", "points.thresholds"),
        ('[points]\nthresholds = [{at = 9, does = "shout"}]', "points.thresholds"),
        ("[points", "office"),
    ],
)
def test_a_wrong_file_is_told_with_the_place(text: str, where: str) -> None:
    with pytest.raises(OfficeError, match=f"^{where}：.+ / {where}: "):
        office_of(text)
