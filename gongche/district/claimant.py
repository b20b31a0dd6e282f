"""A claimant: one car with what it did, for what is claimed for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fleet.expense import ExpenseType, FuelFamily, FuelKind, Precision, Tank
from gongche.district.diary import Diary
from gongche.district.fuel import tank_of
from gongche.district.movement import Leg
from gongche.district.places import Place, Places
from gongche.district.plane import Points
from gongche.district.season import LENGTH_S, WORKDAYS, clock, moment
from store.expenses import NewExpense

CAME_BY_M = 120.0
AT_THE_GATE_M = 2_000.0
AROUND_S = 45 * 60.0
"""More than any rule asks for around a claim, gaps included."""
PARKED_EVERY_S = 300.0
NEVER_MORE_L_PER_NORM = 1.1


@dataclass(frozen=True, slots=True)
class Passed:
    """A place that a car came by, and when."""

    name: str
    at_s: float


@dataclass(slots=True, eq=False)
class Claimant:
    """``rng``: of the claims alone, so that they change no drive."""

    diary: Diary
    places: Places
    rng: np.random.Generator

    @property
    def tank(self) -> Tank:
        return tank_of(self.diary.car)

    @property
    def burns_fuel(self) -> bool:
        return self.tank.tank_l is not None

    @property
    def tank_l(self) -> float:
        return float(self.tank.tank_l or 0)

    @property
    def norm_l_per_100km(self) -> float:
        return float(self.tank.norm_l_per_100km or 0)

    @property
    def has_second_tank(self) -> bool:
        return self.tank.second_tank_l is not None

    @property
    def family(self) -> FuelFamily | None:
        return None if self.tank.fuel_kind is None else self.tank.fuel_kind.family

    def chance(self) -> float:
        return float(self.rng.random())

    # What it did -------------------------------------------------------------------------------------------------

    def driven_km(self, since_s: float, until_s: float) -> float:
        return sum(leg.length_m for leg in self.diary.legs if since_s <= leg.depart_s < until_s) / 1000

    def points(self, seconds: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Points:
        """Where it was, in metres on the plane."""
        legs = self.diary.legs
        here = np.broadcast_to(self.diary.car.slot.spot, (len(seconds), 2)).copy()
        for leg in legs:
            begun = seconds >= leg.depart_s
            if begun.any():
                here[begun] = leg.at(seconds[begun])
        return here

    def away_m(self, spot: Points, at_s: float) -> float:
        """How near it came to a place around a moment."""
        seconds = np.arange(at_s - AROUND_S, at_s + AROUND_S, 10.0)
        return float(np.sqrt(((self.points(seconds) - spot) ** 2).sum(axis=1)).min())

    def seen_parked(self) -> float | None:
        """A moment of a workday at which it stood in its yard, and its tracker said so all around it."""
        if self.diary.car.habits.parked_every_s != PARKED_EVERY_S or not self.diary.car.habits.is_plain:
            return None
        return self._moment(lambda at_s: not self._drives(at_s) and self._is_seen(at_s))

    def asleep(self) -> float | None:
        """A moment of a workday at which it stood in its yard, and its tracker slept."""
        habits = self.diary.car.habits
        if habits.parked_every_s is not None or habits.in_garage:
            return None
        return self._moment(lambda at_s: not self._drives(at_s))

    def seen_driving(self) -> float | None:
        """A moment in the middle of a drive, of a car that is seen before and after it."""
        if self.diary.car.habits.parked_every_s != PARKED_EVERY_S or not self.diary.car.habits.is_plain:
            return None
        legs = [leg for leg in self.diary.legs if leg.minutes > 15]
        times = [self._minute(leg.depart_s + leg.minutes * 30) for leg in legs]
        return next((at_s for at_s in times if self._is_seen(at_s)), None)

    def lost_from_sight(self) -> float | None:
        """A moment in the middle of a silence of more than ten minutes of a drive."""
        for lost in self.diary.silences:
            at_s = self._minute((lost.start_s + lost.end_s) / 2)
            driving = any(leg.depart_s < at_s < leg.arrive_s for leg in self.diary.legs)
            if lost.end_s - lost.start_s > 11.5 * 60 and driving:
                return at_s
        return None

    def passed_station(self, since_s: float, until_s: float, among: Sequence[Leg] | None = None) -> Passed | None:
        """A station that it came by on some drive."""
        return self._passed(self.places.refuel, CAME_BY_M, since_s, until_s, among)

    def passed_gate(self) -> Passed | None:
        return self._passed(self.places.toll_gates, AT_THE_GATE_M, 0, LENGTH_S)

    def station_away(self, at_s: float, least_m: float) -> str | None:
        """A station that it did not come near around a moment."""
        return self._away(self.places.refuel, at_s, least_m, np.inf)

    def gate_away(self, at_s: float, least_m: float, most_m: float) -> str | None:
        return self._away(self.places.toll_gates, at_s, least_m, most_m)

    def some_station(self) -> str:
        return self.places.refuel[int(self.rng.integers(len(self.places.refuel)))].name

    def usual_litres(self, since_s: float, until_s: float) -> float:
        """Less than what it could have used, where it drove enough for that to be asked."""
        driven_km = self.driven_km(since_s, until_s)
        litres = float(self.rng.uniform(0.4, 0.9)) * self.tank_l
        used = NEVER_MORE_L_PER_NORM * self.norm_l_per_100km * driven_km / 100
        return min(litres, used) if driven_km > 270 else litres

    # What is claimed ---------------------------------------------------------------------------------------------

    def fuel(
        self,
        at_s: float,
        litres: float,
        place: str = "",
        kind: FuelKind | None = None,
        *,
        plate: str | None = None,
        day_alone: bool = False,
    ) -> None:
        litres_told = Decimal(round(litres * 100)) / 100
        self._claim(
            ExpenseType.FUEL, at_s, place, 7.6 * litres, day_alone, plate, litres_told, kind or self.tank.fuel_kind
        )

    def toll(self, at_s: float, place: str, *, day_alone: bool = False) -> None:
        self._claim(ExpenseType.TOLL, at_s, place, float(self.rng.integers(5, 60)), day_alone)

    def misdeed(self, rule: str, at_s: float, why: str) -> None:
        """This claim must be found."""
        self.diary.misdeed(rule, at_s, at_s + 60, why)

    def _claim(
        self,
        type_: ExpenseType,
        at_s: float,
        place: str,
        yuan: float,
        day_alone: bool,
        plate: str | None = None,
        litres: Decimal | None = None,
        kind: FuelKind | None = None,
    ) -> None:
        number = f"BX{self.diary.car.number + 1:04d}{len(self.diary.expenses) + 1:02d}"
        self.diary.expenses.append(
            NewExpense(
                f"number:{number}",
                plate or self.diary.car.plate,
                moment(at_s),
                Precision.DAY if day_alone else Precision.MINUTE,
                type_,
                Decimal(round(yuan * 100)) / 100,
                litres,
                kind,
                place,
                f"10001132{self.diary.car.number:08d}",
                f"24322{int(self.rng.integers(10**9, 10**10))}",
            )
        )

    # Looking -----------------------------------------------------------------------------------------------------

    def _moment(self, fits: Callable[[float], bool]) -> float | None:
        """A whole minute of some workday between 8:30 and 17:00."""
        for number in self.rng.permutation(len(WORKDAYS)).tolist():
            at_s = self._minute(clock(WORKDAYS[number], 8, float(self.rng.uniform(30, 540))))
            if fits(at_s):
                return at_s
        return None

    @staticmethod
    def _minute(at_s: float) -> float:
        return at_s // 60 * 60

    def _drives(self, at_s: float) -> bool:
        """Around a moment."""
        return any(leg.depart_s - AROUND_S < at_s < leg.arrive_s + AROUND_S for leg in self.diary.legs)

    def _is_seen(self, at_s: float) -> bool:
        """Nothing hides it around a moment."""
        hidden = [*self.diary.silences, *self.diary.blind]
        return not any(s.start_s - AROUND_S < at_s < s.end_s + AROUND_S for s in hidden)

    def _passed(
        self,
        places: Sequence[Place],
        within_m: float,
        since_s: float,
        until_s: float,
        among: Sequence[Leg] | None = None,
    ) -> Passed | None:
        spots = np.array([place.spot for place in places])
        legs = [leg for leg in (self.diary.legs if among is None else among) if since_s <= leg.depart_s < until_s]
        for number in self.rng.permutation(len(legs)).tolist():
            seconds = np.arange(legs[number].depart_s, legs[number].arrive_s, 5.0)
            away_m = np.sqrt(((legs[number].at(seconds)[:, None, :] - spots[None]) ** 2).sum(axis=2))
            if away_m.min() < within_m:
                when, where = np.unravel_index(int(away_m.argmin()), away_m.shape)
                return Passed(places[int(where)].name, self._minute(float(seconds[when])))
        return None

    def _away(self, places: Sequence[Place], at_s: float, least_m: float, most_m: float) -> str | None:
        order: list[int] = self.rng.permutation(len(places)).tolist()
        for number in order:
            if least_m < self.away_m(places[number].spot, at_s) < most_m:
                return places[number].name
        return None
