"""Points of units 扣分预警: what a confirmed case costs, what a unit has left in a year, and what that calls for."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.decision import Outcome
from fleet.violation import Severity
from oversight.office import PointRules, Threshold

_ORDER = tuple(Severity)


def cost(rules: PointRules, outcome: Outcome, severities: Iterable[Severity], confirmed_before: int) -> int:
    """What a case costs its unit: by its worst violation, more when others were confirmed before in the year.

    A dismissal costs nothing. A case without violations (a tip's) counts as of medium severity.
    """
    if not outcome.confirms:
        return 0
    worst = max(severities, key=_ORDER.index, default=Severity.MEDIUM)
    return rules.costs[outcome, worst] + min(rules.repeated * confirmed_before, rules.repeated_most)


def left(rules: PointRules, changes: Iterable[int]) -> int:
    """The points of a unit after the year's entries; they never fall below 0 and never rise above the start."""
    return max(0, min(rules.start, rules.start + sum(changes)))


def reached(rules: PointRules, points: int) -> list[Threshold]:
    """The thresholds that so many points call for, from the highest down."""
    return [threshold for threshold in rules.thresholds if points <= threshold.at]
