"""Trying rules on the past: what a changed rule would have found, against the rule as it is. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.violation import Violation
from gongche.hindsight import pasts
from rules.judging import Judgement
from rules.reconcile import Standing, reconciled
from rules.rulebook import RuleBook
from store import judging
from store.verifying import Car


@dataclass(frozen=True, slots=True)
class Tried:
    """A violation of one rule: as the rule finds it now, as the changed rule would; ``None`` where it does not."""

    plate: str
    rule_id: str
    now: Violation | None
    then: Violation | None

    @property
    def outcome(self) -> str:
        """added, withdrawn, same, or moved (its start or end would be another)."""
        if self.now is None or self.then is None:
            return "added" if self.now is None else "withdrawn"
        return "same" if (self.now.start, self.now.end) == (self.then.start, self.then.end) else "moved"


def tried(
    conn: judging.Connection, cars: Sequence[Car], now: RuleBook, then: RuleBook, first: datetime, until: datetime
) -> Iterator[list[Tried]]:
    """What starts in ``first`` ≤ t < ``until`` by one rule book or the other, of some vehicles at a time.

    Judged from the first position on: a violation at the edge is found whole, and just as judging would find it.
    """
    for past in pasts(conn, cars):
        plates = {car.id: car.plate for car in past.cars}
        found = _paired(plates, _sufficient(past.judged(now)), _sufficient(past.judged(then)))
        yield [one for one in found if any(v and first <= v.start < until for v in (one.now, one.then))]


def _sufficient(judgement: Judgement) -> list[Violation]:
    """What counts as found."""
    return [violation for violation in judgement.violations if not violation.insufficient]


def _paired(plates: Mapping[int, str], now: Sequence[Violation], then: Sequence[Violation]) -> list[Tried]:
    """As reconciling would pair them, had the one stood and the other been found."""
    standing = [Standing(number, violation) for number, violation in enumerate(now)]
    outcome = reconciled(standing, then)
    changed = {change.id: change.violation for change in outcome.changed}
    gone = {one.id for one in outcome.withdrawn}
    stood = [(one.violation, None if one.id in gone else changed.get(one.id, one.violation)) for one in standing]
    return [Tried(plates[one.vehicle_id], one.rule_id, one, other) for one, other in stood] + [
        Tried(plates[one.vehicle_id], one.rule_id, None, one) for one in outcome.new
    ]
