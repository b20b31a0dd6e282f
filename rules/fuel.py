"""Fuel that was claimed against a car's tanks and norm (docs/rules.md: words that come from expenses). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from fleet.clock import month_start_us, next_month_us
from fleet.expense import ExpenseType, Tank
from rules.claims import Claim, Hit
from rules.records import History, Records


def wrong_fuel(claims: Iterable[Claim], tanks: Sequence[Tank]) -> list[Hit]:
    """Fuel of another family than the car takes. What a second tank holds is not known: it excuses."""
    found = []
    for claim in _fuel(claims):
        tank, kind = tanks[claim.row], claim.expense.fuel_kind
        if kind and tank.fuel_kind and tank.second_tank_l is None and kind.family is not tank.fuel_kind.family:
            found.append(Hit.of([claim], fuel_kind=kind.value, car_takes=tank.fuel_kind.value))
    return found


def overfilled(claims: Iterable[Claim], tanks: Sequence[Tank], factor: float) -> list[Hit]:
    """Fills of more than ``factor`` times what the car's tanks hold together."""
    found = []
    for fill in _fills(claims):
        tank = tanks[fill[0].row]
        litres = _litres(fill)
        if tank.tank_l is None:
            continue
        holds_l = tank.tank_l + (tank.second_tank_l or 0)
        if litres > Decimal(str(factor)) * holds_l:
            found.append(Hit.of(fill, litres=float(litres), tanks_l=float(holds_l)))
    return found


def filled_again(claims: Iterable[Claim], tanks: Sequence[Tank], within_us: int) -> list[Hit]:
    """Fills that, with those less than ``within_us`` before them, are more than the car has tanks.

    Only of cars whose tank the register knows, for it would then know of a second one.
    """
    by_row: dict[int, list[list[Claim]]] = defaultdict(list)
    for fill in _fills(claims):
        if fill[0].has_time and tanks[fill[0].row].tank_l is not None:
            by_row[fill[0].row].append(fill)
    found = []
    for row, fills in by_row.items():
        have = 1 if tanks[row].second_tank_l is None else 2
        for number, fill in enumerate(fills):
            since_us = fill[0].start_us - within_us
            near = [other for other in fills[: number + 1] if other[0].start_us > since_us]
            if len(near) > have:
                found.append(Hit.of([claim for other in near for claim in other], fills=len(near), tanks=have))
    return found


def overused(
    claims: Iterable[Claim], tanks: Sequence[Tank], history: History, zone: ZoneInfo, factor: float, least_m: float
) -> list[Hit]:
    """Local months in which the fuel claimed for 100 km is more than ``factor`` times the car's norm.

    A month counts once facts reach its end, from its beginning or the car's first fix in it. What was driven in gaps
    is not known: as much is granted as if the car had driven all through them as fast as it did in its trips.
    """
    found = []
    for row, month_us, fuel in _months(claims, tanks, zone):
        end_us = next_month_us(month_us, zone)
        driven = _driven(history, row, month_us, end_us)
        norm_l = tanks[row].norm_l_per_100km
        if driven is None or norm_l is None:
            continue
        begin_us, metres, granted_m = driven
        counted = [claim for claim in fuel if claim.start_us >= begin_us]
        litres = _litres(counted)
        if metres >= least_m and litres * 100_000 > Decimal(str(factor)) * norm_l * (metres + granted_m):
            told = {
                "litres": float(litres),
                "driven_km": round(metres / 1000),
                "granted_km": round(granted_m / 1000),
                "norm_l_per_100km": float(norm_l),
            }
            found.append(Hit(row, begin_us, end_us - 1, counted, told))
    return found


def _driven(history: History, row: int, month_us: int, end_us: int) -> tuple[int, int, int] | None:
    """From when on a month is known, whole metres driven in trips that begin in it, and metres granted for its gaps;
    None where its end is not known yet, or nothing was driven."""
    trips, stops, gaps = (part.take(part.vehicle == row) for part in (history.trips, history.stops, history.gaps))
    known: list[Records] = [records for records in (trips, stops, gaps) if len(records)]
    if not known or max(int(records.end_us.max()) for records in known) < end_us:
        return None
    begin_us = max(month_us, min(int(records.start_us.min()) for records in known))
    own = history.trips.take(
        (history.trips.vehicle == row) & (history.trips.start_us >= begin_us) & (history.trips.start_us < end_us)
    )
    driving_us = int((own.end_us - own.start_us).sum())
    if not driving_us:
        return None
    metres = int(np.rint(own.distance_m).astype(np.int64).sum())
    silent_us = int(np.maximum(np.minimum(gaps.end_us, end_us) - np.maximum(gaps.start_us, begin_us), 0).sum())
    return begin_us, metres, metres * silent_us // driving_us


def _months(claims: Iterable[Claim], tanks: Sequence[Tank], zone: ZoneInfo) -> Iterator[tuple[int, int, list[Claim]]]:
    """Vehicle, beginning and fuel claims of each local month, of cars that have a norm."""
    months: dict[tuple[int, int], list[Claim]] = defaultdict(list)
    for claim in _fuel(claims):
        if tanks[claim.row].norm_l_per_100km is not None:
            months[claim.row, month_start_us(claim.start_us, zone)].append(claim)
    for (row, month_us), fuel in months.items():
        yield row, month_us, fuel


def _fills(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Fuel claims of one minute and station are one fill, paid in parts; of a day alone each is its own."""
    fills: dict[tuple[int, int, str, int], list[Claim]] = defaultdict(list)
    for claim in _fuel(claims):
        alone = 0 if claim.has_time else claim.expense.id
        fills[claim.row, claim.start_us, claim.expense.place, alone].append(claim)
    return list(fills.values())


def _fuel(claims: Iterable[Claim]) -> Iterator[Claim]:
    return (claim for claim in claims if claim.expense.type is ExpenseType.FUEL)


def _litres(claims: Iterable[Claim]) -> Decimal:
    return sum((claim.expense.litres or Decimal() for claim in claims), Decimal())
