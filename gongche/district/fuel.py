"""What the register says of the cars' fuel, by their models. The figures are rough."""

from __future__ import annotations

from decimal import Decimal

from fleet.expense import FuelKind, Tank
from gongche.district.cars import Car

_MODELS = {
    "大众帕萨特": (FuelKind.PETROL_92, 60, 9),
    "别克GL8": (FuelKind.PETROL_92, 70, 11),
    "丰田凯美瑞": (FuelKind.PETROL_92, 60, 8),
    "江铃全顺": (FuelKind.DIESEL_0, 80, 10),
    "长城炮": (FuelKind.DIESEL_0, 78, 10),
    "大众途观": (FuelKind.PETROL_95, 60, 9),
    "比亚迪秦": (FuelKind.PETROL_92, 48, 7),
    "五菱宏光": (FuelKind.PETROL_92, 50, 8),
}
_WITH_SECOND_TANK, _ONE_IN, _SECOND_L = "江铃全顺", 3, Decimal(60)
ELECTRIC = Tank(FuelKind.ELECTRIC)


def tank_of(car: Car) -> Tank:
    """Electric cars have none."""
    if car.model not in _MODELS:
        return ELECTRIC
    kind, tank_l, norm = _MODELS[car.model]
    second = _SECOND_L if car.model == _WITH_SECOND_TANK and car.number % _ONE_IN == 0 else None
    return Tank(kind, Decimal(tank_l), second, Decimal(norm))
