"""A claim: an expense as a span of a vehicle, and what a rule's word found in some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from fleet.clock import DAY_US, MINUTE_US, day_start_us, local_day, us_of
from fleet.expense import Expense, Precision


@dataclass(frozen=True, slots=True)
class Claim:
    """An expense of the vehicle ``row`` over its minute, or its day where it tells no more.

    It ends a microsecond before the next minute or day begins: claims of two minutes, or days, are two.
    """

    row: int
    expense: Expense
    start_us: int
    end_us: int

    @property
    def has_time(self) -> bool:
        """Whether it is known to the minute; if not, nothing is said of where the car was: unknown is not no."""
        return self.expense.precision is Precision.MINUTE

    def as_evidence(self) -> dict[str, Any]:
        """Plain values, for people to look the claim up by."""
        expense = self.expense
        return {
            "id": expense.id,
            "type": expense.type.value,
            "at": expense.at.isoformat(),
            "precision": expense.precision.value,
            "amount": f"{expense.amount:.2f}",
            "litres": None if expense.litres is None else f"{expense.litres.normalize():f}",
            "fuel_kind": expense.fuel_kind and expense.fuel_kind.value,
            "place": expense.place,
            "card": expense.card,
            "invoice": expense.invoice,
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """Claims of a vehicle that a word holds for, over a span; ``told``: the values that made it true."""

    row: int
    start_us: int
    end_us: int
    claims: Sequence[Claim]
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, claims: Sequence[Claim], **told: Any) -> Hit:
        """Over the span of the last of the claims."""
        last = claims[-1]
        return cls(last.row, last.start_us, last.end_us, claims, told)


def claim_of(row: int, expense: Expense, zone: ZoneInfo) -> Claim:
    """The expense as a claim of a vehicle."""
    at_us = us_of(expense.at)
    if expense.precision is Precision.MINUTE:
        start_us, length_us = at_us - at_us % MINUTE_US, MINUTE_US
    else:
        start_us, length_us = day_start_us(local_day(at_us, zone), zone), DAY_US
    return Claim(row, expense, start_us, start_us + length_us - 1)
