"""An expense 费用: what was claimed for a car, a row of a claims sheet; and what a car's tank says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class ExpenseType(StrEnum):
    """What the money was for."""

    FUEL = "fuel"
    TOLL = "toll"
    REPAIR = "repair"
    WASH = "wash"
    PARKING = "parking"
    INSURANCE = "insurance"
    INSPECTION = "inspection"
    TOWING = "towing"
    FINE = "fine"
    OTHER = "other"


class Precision(StrEnum):
    """How well a claim's time is known: many sheets tell the day alone."""

    MINUTE = "minute"
    DAY = "day"


class FuelFamily(StrEnum):
    """What an engine takes. Grades of one family are no wrong fuel."""

    PETROL = "petrol"
    DIESEL = "diesel"
    GAS = "gas"
    ELECTRIC = "electric"


class FuelKind(StrEnum):
    """Fuel 油品 as it is sold; a family's own name where the grade is not told."""

    PETROL = "petrol"
    PETROL_92 = "92"
    PETROL_95 = "95"
    PETROL_98 = "98"
    DIESEL = "diesel"
    DIESEL_0 = "0"
    DIESEL_10 = "-10"
    DIESEL_20 = "-20"
    DIESEL_35 = "-35"
    GAS = "gas"
    ELECTRIC = "electric"

    @property
    def family(self) -> FuelFamily:
        if self in (FuelKind.GAS, FuelKind.ELECTRIC):
            return FuelFamily(self.value)
        return FuelFamily.PETROL if self.name.startswith("PETROL") else FuelFamily.DIESEL


@dataclass(frozen=True, slots=True)
class Expense:
    """One claim as it counts now. ``at`` of a claim that tells the day alone is that local day's beginning.

    Money is in yuan. None and empty texts are what the sheet does not say.
    """

    id: int
    plate: str
    at: datetime
    precision: Precision
    type: ExpenseType
    amount: Decimal
    litres: Decimal | None = None
    fuel_kind: FuelKind | None = None
    place: str = ""
    card: str = ""
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class Tank:
    """What the register says of a car's fuel: its kind, its tanks, and its norm in litres per 100 km. None: unknown."""

    fuel_kind: FuelKind | None = None
    tank_l: Decimal | None = None
    second_tank_l: Decimal | None = None
    norm_l_per_100km: Decimal | None = None
