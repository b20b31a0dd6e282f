"""What a centre has entered about its rules 规则变更: changed rules, rules switched off and on, settings of units."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from rules.rule import Rule
from rules.season import Season

Written = str | int | float
"""A setting as it is written: ``"19:30"``, ``"15 min"``, 120."""


class Act(StrEnum):
    """What an entry about a rule does on its days."""

    PUT = "put"
    """A changed rule is in force."""
    OFF = "off"
    ON = "on"
    """As it would be had nothing been switched off."""


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from ``first`` on, up to but without ``until`` (None: for good)."""

    first: date
    until: date | None = None

    def __contains__(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)

    @property
    def bounds(self) -> tuple[date, ...]:
        return (self.first,) if self.until is None else (self.first, self.until)


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A changed rule or a switch. The one with the greatest ``id`` is the newest."""

    id: int
    rule_id: str
    act: Act
    days: Days
    rule: Rule | None = None
    """only of what is put in force"""


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """Values of a rule's settings for a unit and the units below it, or for all (``unit_id`` None).

    A value of None takes back what was set: there it is as above or without a season.
    """

    id: int
    rule_id: str
    unit_id: int | None
    days: Days
    values: tuple[tuple[str, Written | None], ...]
    season: Season | None = None


@dataclass(frozen=True)
class RuleChanges:
    """All entries, in any order, and the tree of units: each one's parent."""

    entries: Sequence[RuleEntry] = ()
    settings: Sequence[RuleSetting] = ()
    parents: Mapping[int, int | None] = field(default_factory=dict)

    def of(self, rule_ids: Collection[str]) -> RuleChanges:
        """Those of some rules."""
        return replace(
            self,
            entries=[one for one in self.entries if one.rule_id in rule_ids],
            settings=[one for one in self.settings if one.rule_id in rule_ids],
        )

    def with_rules(self, rules: Sequence[Rule]) -> RuleChanges:
        """As if these had been put in force for all time, after everything else."""
        always = Days(date.min)
        return replace(
            self,
            entries=[*self.entries, *(RuleEntry(_NEWEST, rule.id, Act.PUT, always, rule) for rule in rules)],
        )


_NEWEST = 2**62
