"""Trying rules on the past: what a changed rule would have found, against what was in force then. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fleet.violation import Violation
from gongche.hindsight import pasts
from gongche.judge import current_book
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from rules.reconcile import Standing, reconciled
from rules.rule import Rule
from rules.rulebook import RuleBook
from store import judging
from store.verifying import Car


@dataclass(frozen=True, slots=True)
class Tried:
    """A violation of one rule: as it is found now, as the changed rule would find it; ``None`` where it does not."""

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

    @property
    def start(self) -> datetime:
        return min(violation.start for violation in self._both)

    @property
    def total_s(self) -> float:
        """How long the rule held, by the one or the other."""
        return max(float(violation.evidence["total_s"]) for violation in self._both)

    @property
    def _both(self) -> list[Violation]:
        return [violation for violation in (self.now, self.then) if violation is not None]


def books(conn: judging.Connection, settings: Settings, changed: Sequence[Rule]) -> tuple[RuleBook, RuleBook]:
    """The changed rules as they are in force, and as if the changes had been so all along; units' settings in both.

    Both judge from the same facts. Raises CatalogueError where a unit's settings do not fit a changed rule.
    """
    ids = {rule.id for rule in changed}
    whole = current_book(conn, settings, [CATALOGUE[rule_id] for rule_id in sorted(ids & CATALOGUE.keys())])
    now = replace(whole, changes=whole.changes.of(ids))
    then = replace(now, changes=now.changes.with_rules(changed))
    return replace(now, facts_for=then.forms), replace(then, facts_for=now.forms)


def tried(
    conn: judging.Connection, cars: Sequence[Car], now: RuleBook, then: RuleBook, first: datetime, until: datetime
) -> Iterator[tuple[int, list[Tried]]]:
    """What starts in ``first`` ≤ t < ``until`` by one rule book or the other: so many vehicles, and what of them.

    Judged from the first position on: a violation at the edge is found whole, and just as judging would find it.
    ``now`` and ``then`` as of :func:`books`: facts are made once for both.
    """
    for past in pasts(conn, cars):
        plates = {car.id: car.plate for car in past.cars}
        judged = past.judged(now)
        found = _paired(plates, _sufficient(judged.violations), _sufficient(past.violations(judged, then)))
        inside = [one for one in found if any(v and first <= v.start < until for v in (one.now, one.then))]
        yield len(plates), inside


def _sufficient(violations: Sequence[Violation]) -> list[Violation]:
    """What counts as found."""
    return [violation for violation in violations if not violation.insufficient]


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
