"""A row of a claims sheet, and what is known of its car and its time: what a verdict rests on. Nouns, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fleet.expense import Expense, ExpenseType, Tank
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import VehicleState
from oversight.reasons import Reason, Verdict
from rules.calendar import DayKind

USES = frozenset({ExpenseType.FUEL, ExpenseType.TOLL, ExpenseType.PARKING, ExpenseType.WASH})
"""What is only paid for a car that is in use: the car must have reported on that day, and holidays are sealed."""

WITHOUT_TRACK = frozenset({ExpenseType.INSURANCE, ExpenseType.INSPECTION, ExpenseType.TOWING, ExpenseType.FINE})
"""What is paid whether or not the car has a tracker."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """``line`` is its place in the sheet, from 1. ``expense.id`` is unlike any other's that is looked at together.

    The plate of an expense whose cell holds none is empty; ``faults`` say why.
    """

    line: int
    plate_given: str
    expense: Expense
    faults: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Car:
    """What the registry says of a car. ``units``: whose it was when. ``first_heard`` None: it has never reported."""

    id: int
    plate: str
    units: Sequence[tuple[Span, int]]
    use_class: UseClass
    enrolments: Sequence[Span] = ()
    fittings: Sequence[Span] = ()
    states: Sequence[VehicleState] = ()
    tank: Tank = field(default_factory=Tank)
    first_heard: datetime | None = None

    @property
    def is_confidential(self) -> bool:
        return self.use_class is UseClass.CONFIDENTIAL_MAIL


class Seen(StrEnum):
    """What positions say of the place that a claim names."""

    THERE = "there"
    AWAY = "away"
    NOT_COVERED = "not_covered"
    UNKNOWN_PLACE = "unknown_place"


@dataclass(frozen=True, slots=True)
class Told:
    """A reason with what makes it true, in plain values: the other row's line, what the rule found."""

    reason: Reason
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.reason.value, **self.values}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a row's time. ``seen`` None: no place was looked at.

    ``found``: what the rules on expenses and the comparison with other claims say.
    """

    day_kind: DayKind = DayKind.WORKDAY
    is_heard: bool = True
    seen: Seen | None = None
    is_ordered: bool = False
    is_driving: bool = False
    card_plate: str | None = None
    found: Sequence[Told] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A row's verdict with all reasons, the worst first; ``frozen``: what it rests on, None of confidential cars."""

    row: ClaimRow
    verdict: Verdict
    told: Sequence[Told]
    frozen: Mapping[str, Any] | None

    @property
    def codes(self) -> list[str]:
        return [one.reason.value for one in self.told]

    @property
    def amount(self) -> Decimal:
        return self.row.expense.amount
