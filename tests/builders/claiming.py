"""Random claims for the cars of :mod:`tests.builders.weeks`, near the thresholds of R18 to R21. A seed tells all."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from random import Random

from fleet.clock import MINUTE_US, SECOND_US, SHANGHAI, moment_of, us_of
from fleet.expense import Expense, ExpenseType, FuelKind, Precision, Tank
from tests.builders.tracks import at as point_at
from tests.builders.weeks import Car
from tests.reference import claims as reference
from tests.reference.facts import Facts
from tests.reference.places import Area, Zone

FUELS = [None, None, "92", "95", "petrol", "0", "-10", "gas"]
LITRES = [None, "20", "30", "31.5", "31.501", "63", "63.001", "40", "105"]
STATIONS = ("油站", "东站", "无此站", "")
GATES = ("东口", "西口", "无此口")


def more_zones(chance: Random) -> list[Zone]:
    """Stations and gates where cars come by, or nearly; some for a time or a unit only."""
    return [
        Zone(
            90, "东站", "refuel", _square(3_000 + chance.choice([0, 250, 330]), 0, 30), chance.choice([None, None, 1])
        ),
        Zone(91, "东口", "toll_gate", _square(chance.choice([5_000, 9_000]), 0, 20)),
        Zone(92, "西口", "toll_gate", _square(-chance.choice([4_900, 8_000]), 0, 40)),
    ]


def _square(east_m: float, north_m: float, half_m: float) -> Area:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    points = [point_at(east_m=east_m + x * half_m, north_m=north_m + y * half_m) for x, y in corners]
    return Area([[(point.lon_e7, point.lat_e7) for point in points]])


def claims_of(chance: Random, car: Car, facts: Facts) -> tuple[list[reference.Claim], reference.Tank]:
    """What was claimed for a car, and its tank. ``facts``: for fuel just under, at and over what it may have used."""
    tank = reference.Tank(
        chance.choice(FUELS), chance.choice([None, "30", "60"]), chance.choice([None, None, "40"]), "10"
    )
    made = [_claim(chance, car) for _ in range(chance.choice([0, 2, 5, 9]))]
    for claim in list(made):
        if claim.has_time and claim.type == "fuel" and chance.random() < 0.4:
            later_us = claim.us + chance.choice([0, 1, 239, 240, 241]) * MINUTE_US
            made.append(claim._replace(us=later_us, litres=chance.choice(LITRES)))
    return made + _of_months(chance, car, facts), tank._replace(norm=chance.choice([None, "10", "10", "7.5"]))


def _claim(chance: Random, car: Car) -> reference.Claim:
    near_s = [0, 60, -60, 599, 600, 601, 1199, 1200, 1201, -599, -600, -660, -1200, -1260, 7200]
    us = chance.choice(car.fixes).ts_us + chance.choice(near_s) * SECOND_US
    type_ = chance.choice(["fuel", "fuel", "toll", "toll", "wash"])
    place = chance.choice(STATIONS if type_ != "toll" else GATES)
    litres = chance.choice(LITRES) if type_ == "fuel" else None
    if chance.random() < 0.2:
        day = moment_of(us).astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return reference.Claim(us_of(day), False, type_, litres, chance.choice(FUELS), place)
    return reference.Claim(us - us % MINUTE_US, True, type_, litres, chance.choice(FUELS), place)


def _of_months(chance: Random, car: Car, facts: Facts) -> list[reference.Claim]:
    """One fill in a month that is over, of about what the norm allows."""
    if not facts.trips or chance.random() < 0.3:
        return []
    start, end = reference.month_of(car.fixes[0].ts_us)
    metres = sum(round(trip.distance_m) for trip in facts.trips if start <= trip.start_us < end)
    litres = Decimal(metres) * 13 / 100_000 * chance.choice([Decimal("0.99"), Decimal(1), Decimal("1.01"), Decimal(2)])
    at_us = chance.choice(facts.trips).start_us
    return [reference.Claim(at_us - at_us % MINUTE_US, True, "fuel", f"{litres:.3f}")] if litres >= 1 else []


def expenses_of(row: int, claims: list[reference.Claim]) -> list[tuple[int, Expense]]:
    """The claims as the program takes them."""
    return [
        (
            row,
            Expense(
                1000 * row + number,
                "",
                moment_of(claim.us).astimezone(UTC),
                Precision.MINUTE if claim.has_time else Precision.DAY,
                ExpenseType(claim.type),
                Decimal(1),
                _decimal(claim.litres),
                None if claim.fuel is None else FuelKind(claim.fuel),
                claim.place,
            ),
        )
        for number, claim in enumerate(claims)
    ]


def tank_of(tank: reference.Tank) -> Tank:
    kind = None if tank.fuel is None else FuelKind(tank.fuel)
    return Tank(kind, _decimal(tank.litres), _decimal(tank.second), _decimal(tank.norm))


def _decimal(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)
