"""What was claimed for the one car of :mod:`tests.builders.ruling`, and what the register says of its fuel."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import count

from fleet.clock import SHANGHAI
from fleet.expense import Expense, ExpenseType, FuelKind, Precision, Tank

_ids = count(1)


def fuelled(at: str, litres: float | None = 40, *, place: str = "", kind: str | None = None, **more: str) -> Expense:
    """A fuel claim; ``09-29 10:00``, or ``09-29`` where the sheet tells the day alone."""
    return _claimed(ExpenseType.FUEL, at, place, _decimal(litres), None if kind is None else FuelKind(kind), **more)


def tolled(at: str, place: str = "") -> Expense:
    """A toll claim."""
    return _claimed(ExpenseType.TOLL, at, place)


def repaired(at: str) -> Expense:
    """A claim of another type."""
    return _claimed(ExpenseType.REPAIR, at, "")


def tank(
    litres: float | None = None, *, second: float | None = None, norm: float | None = None, kind: str | None = None
) -> Tank:
    """A tank of so many litres, a second one, the norm in litres per 100 km, the kind of fuel."""
    return Tank(None if kind is None else FuelKind(kind), _decimal(litres), _decimal(second), _decimal(norm))


def _claimed(
    type_: ExpenseType,
    at: str,
    place: str,
    litres: Decimal | None = None,
    kind: FuelKind | None = None,
    invoice: str = "",
) -> Expense:
    year = at if at[4] == "-" else f"2026-{at}"
    precision = Precision.MINUTE if ":" in year else Precision.DAY
    moment = datetime.fromisoformat(year).replace(tzinfo=SHANGHAI)
    return Expense(next(_ids), "苏N10001", moment, precision, type_, Decimal(100), litres, kind, place, invoice=invoice)


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))
