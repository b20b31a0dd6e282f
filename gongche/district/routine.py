"""What cars do on an ordinary day: out after 07:40, back in the yard before 18:50, nowhere near trouble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from gongche.district.diary import Diary, Stretch
from gongche.district.movement import usual_minutes
from gongche.district.places import Place, Places, Yard
from gongche.district.season import clock

USED_ON_A_DAY = 0.78
WITHOUT_ORDER = 0.03
USUAL_PLACES = 14
LATE_UPLOADS = 0.015
TUNNELS = 0.02
BLACKOUTS = 0.006
BACK_BY = (18, 20)
REASONS = ["下乡调研", "送达文件", "现场检查", "参加会议", "走访服务", "督查督办", "应急值守", "业务培训"]


@dataclass(frozen=True, slots=True)
class Routine:
    """Where each unit's cars usually go."""

    usual: dict[str, list[Place]]

    def ordinary_day(self, diary: Diary, day: date) -> None:
        """A workday: perhaps an outing in the morning, perhaps one in the afternoon."""
        rng = diary.rng
        if rng.random() >= USED_ON_A_DAY:
            return
        if rng.random() < 0.75:
            self.outing(diary, clock(day, 7, rng.uniform(45, 150)), clock(day, 13))
        if rng.random() < 0.7:
            leave_s = max(clock(day, 13, rng.uniform(15, 180)), diary.free_from_s + 900)
            self.outing(diary, leave_s, clock(day, *BACK_BY))

    def outing(self, diary: Diary, leave_s: float, back_by_s: float) -> None:
        """To one or two usual places and home, with an order; not at all if that takes too long."""
        rng = diary.rng
        usual = self.usual[diary.car.unit_code]
        stops = [usual[int(number)] for number in rng.choice(len(usual), 1 + int(rng.random() < 0.4), False)]
        stays_s = rng.uniform(12, 80, len(stops)) * 60
        ways = zip([diary.place, *stops], [*stops, diary.car.slot], strict=True)
        longest_s = 1.25 * 60 * sum(usual_minutes(diary.roads, a, b) for a, b in ways)
        if leave_s + longest_s + stays_s.sum() > back_by_s:
            return
        legs = []
        for place, stay_s in zip(stops, stays_s.tolist(), strict=True):
            legs.append(diary.drive(place, leave_s))
            leave_s = diary.free_from_s + stay_s
        legs.append(diary.home(leave_s))
        if rng.random() >= WITHOUT_ORDER:
            length_m = sum(leg.length_m for leg in legs)
            also = stops[0] if len(stops) > 1 else None
            diary.order(legs[0], legs[-1], stops[-1], str(rng.choice(REASONS)), planned_m=1.1 * length_m, also=also)
        if rng.random() < LATE_UPLOADS:
            diary.late += legs
        for leg in legs:
            self._lose_sight(diary, leg.depart_s, leg.arrive_s)

    def _lose_sight(self, diary: Diary, start_s: float, end_s: float) -> None:
        chance = diary.rng.random()
        if chance < BLACKOUTS:
            lost_s = diary.rng.uniform(12, 20) * 60
        elif chance < BLACKOUTS + TUNNELS:
            lost_s = diary.rng.uniform(1, 4) * 60
        else:
            return
        if end_s - start_s > lost_s + 240:
            from_s = diary.rng.uniform(start_s + 60, end_s - lost_s - 60)
            diary.silences.append(Stretch(from_s, from_s + lost_s))


def make_routine(places: Places, yards: list[Yard], rng: np.random.Generator) -> Routine:
    """Each unit's usual places: near ones more often than far ones."""
    spots = np.array([place.spot for place in places.official])
    usual = {}
    for yard in yards:
        away = spots - (yard.area.centroid.x, yard.area.centroid.y)
        nearest = np.argsort((away * away).sum(axis=1), kind="stable")
        ranks = np.unique((rng.random(USUAL_PLACES * 2) ** 2 * len(nearest) * 0.9).astype(np.int64))
        usual[yard.unit_code] = [places.official[int(nearest[rank])] for rank in ranks[:USUAL_PLACES]]
    return Routine(usual)
