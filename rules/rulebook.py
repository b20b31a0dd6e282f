"""What is judged by: rules, zones, calendar and the limits of facts, taken together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version

from fleet.clock import HOUR_US
from fleet.violation import Violation
from geofence.zone import Zone
from rules.calendar import WorkCalendar
from rules.expression import needs, terms
from rules.facts import FactLimits
from rules.rule import Rule
from rules.signals import Signal, signal_of
from rules.visits import Place, ZoneTable

PAPERS_NEAR_US = 12 * HOUR_US
"""Orders and waivers this close to a violation are shown with it, as looked at."""


@dataclass(frozen=True)
class RuleBook:
    rules: Sequence[Rule]
    zones: Sequence[Zone]
    calendar: WorkCalendar
    limits: FactLimits = field(default_factory=FactLimits)

    @cached_property
    def zone_table(self) -> ZoneTable:
        return ZoneTable(self.zones)

    @cached_property
    def places(self) -> list[Place]:
        """The places that the rules speak of. Checkpoints number them by their order here."""
        asked = {Place(n.name, n.buffer_m, n.side) for rule in self.rules for n in needs(rule.expression)}
        return sorted(asked)

    @cached_property
    def signals(self) -> list[Signal]:
        """The signals that the rules speak of. Checkpoints number them by their order here."""
        asked = (signal_of(term) for rule in self.rules for term in terms(rule.expression))
        return sorted({signal for signal in asked if signal is not None})

    @cached_property
    def reach_us(self) -> int:
        """How far before a change a judgement can depend on it: its rules' reach, its joining, its papers."""
        return max((rule.reach_us + rule.adding_reach_us for rule in self.rules), default=0) + PAPERS_NEAR_US

    def alerts(self, violation: Violation) -> bool:
        """Whether a violation alarms: its rule does, and it is no mere warning."""
        return any(
            rule.alert and (rule.warn_us is None or violation.severity is rule.severity)
            for rule in self.rules
            if rule.id == violation.rule_id
        )

    @cached_property
    def facts_signature(self) -> str:
        """What checkpoints are made with: the limits of facts, the places and the signals."""
        return _digest([repr(self.limits), repr(self.places), repr(self.signals)])

    @cached_property
    def signature(self) -> str:
        """What judgements are made with, besides what marks vehicles by itself (zones, own days, papers)."""
        return _digest([self.facts_signature, version("chinesecalendar"), *map(repr, self.rules)])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
