"""A stage: one car, one day, and the places at hand, for what is planted there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely

from gongche.district.diary import Diary
from gongche.district.movement import Leg
from gongche.district.places import Place, Places
from gongche.district.routine import Routine
from gongche.district.season import clock

LEFT_BY_M = 500.0  # what counts as having left the district
SIDE_STREET_KMH = 30.0
SIDE_STREET_INSIDE_M = 100.0
SIDE_STREET_START_MIN = 0.9  # from the slot to the road


@dataclass(frozen=True, slots=True)
class Stage:
    """Where an event takes place. ``at`` gives seconds of the day's clock, drawn evenly between two times."""

    diary: Diary
    day: date
    places: Places
    routine: Routine

    def at(self, hours: int, minutes: float = 0, within_min: float = 0) -> float:
        return clock(self.day, hours, minutes + self.diary.rng.uniform(0, 1) * within_min)

    def minutes(self, least: float, most: float) -> float:
        """A stay in seconds of between so many minutes."""
        return float(self.diary.rng.uniform(least, most)) * 60

    def ordinary_day(self) -> None:
        self.routine.ordinary_day(self.diary, self.day)

    def pick(self, among: list[Place], least_min: float, most_min: float) -> Place:
        """One that takes about so many minutes to get to. A drive may take up to a third less or more."""
        rng = self.diary.rng
        order: list[int] = rng.permutation(len(among)).tolist()
        for number in order:
            if least_min <= self.diary.minutes_to(among[number]) <= most_min:
                return among[number]
        raise LookupError(f"no place {least_min} to {most_min} minutes from {self.diary.place.name}")

    def private(self, least_min: float, most_min: float) -> Place:
        """Nobody's business, and no sensitive place."""
        return self.pick(self.places.private, least_min, most_min)

    def side_street(self, minutes: float) -> Place:
        """A dead end near home, reached in just about so many minutes, away from sensitive places,
        inside the district."""
        home = self.diary.car.slot
        corner = self.diary.roads.nodes[home.node]
        length_m = (minutes - SIDE_STREET_START_MIN) * SIDE_STREET_KMH / 0.06
        avoided = shapely.union_all([place.area for place in self.places.sensitive])
        ends = corner + np.array([[1, 0], [-1, 0], [0.6, -0.8], [-0.6, -0.8], [0, -1]]) * length_m
        inside = shapely.contains(self.places.district.buffer(-SIDE_STREET_INSIDE_M), shapely.points(ends))
        farthest = int(np.argmax(shapely.distance(avoided, shapely.points(ends)) * inside))
        return Place("附近小路", home.node, ends[farthest][None, :], SIDE_STREET_KMH)

    def sensitive(self, least_min: float, most_min: float, word: str = "") -> Place:
        """A sensitive place whose name holds a word."""
        return self.pick([p for p in self.places.sensitive if word in p.name], least_min, most_min)

    def there_and_back(self, to: Place, depart_s: float, stay_s: float) -> tuple[Leg, Leg]:
        out = self.diary.drive(to, depart_s)
        return out, self.diary.home(self.diary.free_from_s + stay_s)

    def used(self, rule: str, out: Leg, back: Leg, why: str) -> None:
        """Driving out and back: one misdeed if it stood for less than the rule's 30 min in between, or two."""
        pause_s = back.depart_s - out.arrive_s
        if pause_s < 20 * 60:
            self.diary.misdeed(rule, out.depart_s, back.arrive_s, why)
        elif pause_s > 40 * 60:
            self.diary.misdeed(rule, out.depart_s, out.arrive_s, why)
            self.diary.misdeed(rule, back.depart_s, back.arrive_s, why)
        else:
            raise ValueError("a pause of about 30 min would leave it to chance whether it is one or two")

    def left_district(self, out: Leg, back: Leg, why: str) -> None:
        """From the first moment beyond the border by 500 m to the last."""
        away_s = np.arange(out.depart_s, back.arrive_s, 5.0)
        points = np.where((away_s < out.arrive_s)[:, None], out.at(away_s), back.at(away_s))
        beyond = shapely.distance(self.places.district, shapely.points(points)) > LEFT_BY_M
        seconds = away_s[beyond]
        self.diary.misdeed("R09", float(seconds[0]), float(seconds[-1]), why)
