"""What is judged by: rules, zones, calendar and the limits of facts, taken together.

``rules`` are those that are shipped; ``changes`` stand above them. All forms that a rule ever has are asked for at
once, so that facts are the same whichever of them judges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from typing import Literal

from fleet.clock import HOUR_US
from fleet.violation import Violation
from geofence.zone import Zone
from rules.calendar import WorkCalendar
from rules.expression import halves, holds_in_gaps, needs, terms, uses_clock
from rules.facts import FactLimits
from rules.in_force import InForce, Variant
from rules.rule import Rule
from rules.rule_changes import RuleChanges
from rules.signals import Signal, signal_of
from rules.sufficiency import LEAST_FIXES, MOST_IN_GAPS
from rules.units import Units
from rules.visits import Place, ZoneTable

PAPERS_NEAR_US = 12 * HOUR_US
"""Orders and waivers this close to a violation are shown with it, as looked at."""

_EVIDENCE = f"insufficient under {LEAST_FIXES} fixes, over {MOST_IN_GAPS} in gaps"


@dataclass(frozen=True)
class RuleBook:
    rules: Sequence[Rule]
    zones: Sequence[Zone]
    calendar: WorkCalendar
    limits: FactLimits = field(default_factory=FactLimits)
    changes: RuleChanges = field(default_factory=RuleChanges)
    facts_for: Sequence[Rule] = ()
    """Facts are made for these too, though they judge nothing."""

    @cached_property
    def in_force(self) -> InForce:
        """Which form of each rule judges whom, and when."""
        return InForce(self.rules, self.changes)

    @cached_property
    def forms(self) -> list[Rule]:
        """Every rule in every form that it has for any unit at any time."""
        return [form.rule for form in self.in_force.forms]

    @cached_property
    def _asking(self) -> list[Rule]:
        return [*self.forms, *self.facts_for]

    @cached_property
    def zone_table(self) -> ZoneTable:
        return ZoneTable(self.zones)

    @cached_property
    def places(self) -> list[Place]:
        """The places that the rules speak of. Checkpoints number them by their order here."""
        asked = {Place(n.name, n.buffer_m, n.side) for rule in self._asking for n in needs(rule.expression)}
        return sorted(asked)

    @cached_property
    def signals(self) -> list[Signal]:
        """The signals that the rules speak of. Checkpoints number them by their order here."""
        asked = (signal_of(term) for rule in self._asking for term in terms(rule.expression))
        return sorted({signal for signal in asked if signal is not None})

    @cached_property
    def track_rules(self) -> list[Rule]:
        """The rules, in each form, with that part of each which is judged of tracks."""
        return [replace(rule, expression=part) for rule in self.forms if (part := halves(rule.expression)[0])]

    @cached_property
    def expense_rules(self) -> list[Rule]:
        """The rules, in each form, with that part of each which is judged of expenses."""
        return [replace(rule, expression=part) for rule in self.forms if (part := halves(rule.expression)[1])]

    @cached_property
    def calendar_in_gaps(self) -> bool:
        """Whether a rule asks what day or hour it is in the middle of a gap. None of the shipped ones does."""
        return any(uses_clock(rule.expression) and holds_in_gaps(rule.expression) for rule in self.forms)

    def track_variants(self, units: Units, bounds_us: tuple[int, int] | None) -> Iterator[Variant]:
        """What judges the tracks of vehicles of these units between two moments."""
        return self._halved(0, units, bounds_us)

    def expense_variants(self, units: Units, bounds_us: tuple[int, int] | None) -> Iterator[Variant]:
        """What judges the expenses of vehicles of these units between two moments."""
        return self._halved(1, units, bounds_us)

    def _halved(self, half: Literal[0, 1], units: Units, bounds_us: tuple[int, int] | None) -> Iterator[Variant]:
        for variant in self.in_force.variants(units, bounds_us, self.calendar.zone):
            rule = variant.form.rule
            part = halves(rule.expression)[half]
            if part is not None:
                yield replace(variant, form=replace(variant.form, rule=replace(rule, expression=part)))

    @cached_property
    def reach_us(self) -> int:
        """How far before a change a judgement can depend on it: its rules' reach, its joining, its papers."""
        return max((rule.reach_us + rule.adding_reach_us for rule in self.track_rules), default=0) + PAPERS_NEAR_US

    def alerts(self, violation: Violation) -> bool:
        """Whether a violation alarms: its rule does, in the version that judged it, and it is no mere warning."""
        return any(
            rule.alert and (rule.warn_us is None or violation.severity is rule.severity)
            for rule in self.forms
            if (rule.id, rule.version) == (violation.rule_id, violation.rule_version)
        )

    @cached_property
    def facts_signature(self) -> str:
        """What checkpoints are made with: the limits of facts, the places and the signals."""
        return _digest([repr(self.limits), repr(self.places), repr(self.signals)])

    @cached_property
    def signature(self) -> str:
        """What judgements are made with, besides what marks vehicles by itself (zones, own days, papers, changes)."""
        shipped = replace(self, changes=RuleChanges())
        return _digest([shipped.facts_signature, version("chinesecalendar"), _EVIDENCE, *map(repr, self.rules)])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
