"""Cells that speak of fuel and money: kinds of fuel 油品, litres, yuan."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from fleet.expense import FuelKind
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.sheet import Row

_SOLD = {
    "92": FuelKind.PETROL_92,
    "95": FuelKind.PETROL_95,
    "98": FuelKind.PETROL_98,
    "0": FuelKind.DIESEL_0,
    "-10": FuelKind.DIESEL_10,
    "-20": FuelKind.DIESEL_20,
    "-35": FuelKind.DIESEL_35,
}
_ENDINGS = ("", "#", "号", "#汽油", "号汽油", "#柴油", "号柴油")
FUEL_KINDS = {
    "汽油": FuelKind.PETROL,
    "柴油": FuelKind.DIESEL,
    **dict.fromkeys(("天然气", "液化气", "CNG", "LNG", "LPG"), FuelKind.GAS),
    "电": FuelKind.ELECTRIC,
    **{kind.value: kind for kind in FuelKind},
    **{
        f"{grade}{ending}": kind
        for grade, kind in _SOLD.items()
        for ending in _ENDINGS
        if ending[1:] in ("", {"petrol": "汽油", "diesel": "柴油"}[kind.family])
    },
}
_MOST = 10_000_000
_NUMBER = re.compile(r"\d+(\.\d+)?")


def needed_quantity(row: Row, column: str, places: int, unit: str) -> Decimal:
    """As :func:`quantity`; 0 is one, an empty cell is none."""
    cells.needed(row, column)
    return _number(row, column, places, unit)


def quantity(row: Row, column: str, places: int, unit: str) -> Decimal | None:
    """A number of litres, more than 0, with at most so many decimals; None when the cell is empty."""
    if not row[column]:
        return None
    number = _number(row, column, places, unit)
    if not number:
        raise CellError(column, row[column], "应大于 0", "must be more than 0")
    return number


def _number(row: Row, column: str, places: int, unit: str) -> Decimal:
    text = re.sub(rf"[\s,¥￥{unit}]|[lL]$", "", unicodedata.normalize("NFKC", row[column]))
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    if number is None or number != round(number, places) or number >= _MOST:
        raise CellError(
            column,
            row[column],
            f"应为数字，至多 {places} 位小数，如 45.5",
            f"must be a number with at most {places} decimals, such as 45.5",
        )
    return number
