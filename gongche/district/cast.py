"""Who does what when: what is planted, given out to cars and days; all the other days are ordinary ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from gongche.district import misdeeds, off_order, outings, tampering, traps
from gongche.district.cars import Car
from gongche.district.diary import Diary
from gongche.district.places import Places
from gongche.district.roads import Roads
from gongche.district.routine import Routine
from gongche.district.season import DAYS, HOLIDAYS, MAKE_UP_WORKDAYS, WEEKEND_DAYS, WORKDAYS
from gongche.district.stage import Stage

ONE_DAY = timedelta(days=1)
PLAIN_WORKDAYS = [day for day in WORKDAYS if day not in MAKE_UP_WORKDAYS]
BEFORE_WORKDAY = [day for day in WORKDAYS if day + ONE_DAY in WORKDAYS]
BEFORE_HOLIDAY = [day for day in WORKDAYS if day + ONE_DAY in HOLIDAYS]
LAST_OF_HOLIDAY = [day for day in HOLIDAYS if day + ONE_DAY in WORKDAYS]
WITHIN_HOLIDAY = [day for day in HOLIDAYS if day + ONE_DAY in HOLIDAYS]
NATIONAL_DAY = [date(2026, 10, 1)]
BEFORE_MAKE_UP = [day for day in WEEKEND_DAYS if day + ONE_DAY in MAKE_UP_WORKDAYS]


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be planted ``times`` times, on one of ``days``, running into the following ``nights`` days."""

    make: Callable[[Stage], None]
    times: int
    days: list[date]
    nights: int = 0
    drift_at_most_m: float = 12.0


PLANTED = [
    Event(misdeeds.evening_errand, 4, PLAIN_WORKDAYS),
    Event(misdeeds.evening_errand, 2, MAKE_UP_WORKDAYS),
    Event(misdeeds.evening_visit, 2, PLAIN_WORKDAYS),
    Event(misdeeds.before_work, 2, PLAIN_WORKDAYS),
    Event(misdeeds.late_way_home, 2, PLAIN_WORKDAYS),
    Event(misdeeds.two_short_hops, 2, PLAIN_WORKDAYS),
    Event(misdeeds.evening_under_cancelled_order, 1, PLAIN_WORKDAYS),
    Event(misdeeds.evening_order_filed_too_late, 1, PLAIN_WORKDAYS),
    Event(misdeeds.evening_uploaded_late, 2, PLAIN_WORKDAYS),
    Event(misdeeds.night_into_holiday, 2, BEFORE_HOLIDAY, 1),
    Event(misdeeds.night_out_of_holiday, 2, LAST_OF_HOLIDAY, 1),
    Event(misdeeds.night_into_make_up_workday, 1, BEFORE_MAKE_UP, 1),
    Event(misdeeds.weekend_errand, 5, WEEKEND_DAYS),
    Event(misdeeds.weekend_visit, 2, WEEKEND_DAYS),
    Event(misdeeds.weekend_at_farm_restaurant, 2, WEEKEND_DAYS),
    Event(misdeeds.holiday_errand, 6, HOLIDAYS),
    Event(misdeeds.holiday_visit, 3, HOLIDAYS),
    Event(misdeeds.holiday_before_eight, 1, NATIONAL_DAY),
    Event(misdeeds.holiday_under_cancelled_order, 1, HOLIDAYS),
    Event(misdeeds.holiday_at_scenic_spot, 2, HOLIDAYS),
    Event(misdeeds.holiday_journey, 2, WITHIN_HOLIDAY, 1),
    Event(misdeeds.night_at_a_village, 7, BEFORE_WORKDAY, 1),
    Event(misdeeds.night_at_home, 4, BEFORE_WORKDAY, 1),
    Event(misdeeds.late_from_a_village, 2, PLAIN_WORKDAYS),
    Event(misdeeds.out_of_district, 6, WORKDAYS),
    Event(misdeeds.out_of_district_at_weekend, 1, WEEKEND_DAYS),
    Event(misdeeds.stop_on_the_way, 8, WORKDAYS),
    Event(misdeeds.evening_out, 2, PLAIN_WORKDAYS),
    Event(traps.evening_under_order, 4, PLAIN_WORKDAYS),
    Event(traps.evening_order_filed_late, 1, PLAIN_WORKDAYS),
    Event(traps.night_emergency, 2, PLAIN_WORKDAYS),
    Event(traps.nine_minutes_only, 3, PLAIN_WORKDAYS),
    Event(traps.two_short_hops_far_apart, 2, PLAIN_WORKDAYS),
    Event(traps.home_just_after_seven, 3, PLAIN_WORKDAYS),
    Event(traps.make_up_workday, 4, MAKE_UP_WORKDAYS),
    Event(traps.weekend_four_minutes, 2, WEEKEND_DAYS),
    Event(traps.weekend_on_duty, 3, WEEKEND_DAYS),
    Event(traps.weekend_under_order, 4, WEEKEND_DAYS),
    Event(traps.holiday_under_order, 12, HOLIDAYS),
    Event(traps.holiday_on_duty, 6, WITHIN_HOLIDAY, 1),
    Event(traps.holiday_drift, 4, HOLIDAYS),
    Event(traps.silent_into_holiday, 2, BEFORE_HOLIDAY, 1),
    Event(traps.stop_at_ordered_place, 3, WORKDAYS),
    Event(traps.short_sensitive_stop, 2, WORKDAYS),
    Event(traps.stop_beside_sensitive_place, 2, WORKDAYS),
    Event(traps.along_the_border, 2, WORKDAYS),
    Event(traps.turned_round_outside, 2, WORKDAYS),
    Event(traps.ordered_out_of_district, 3, WORKDAYS),
    Event(traps.night_90_m_from_home, 2, BEFORE_WORKDAY, 1, drift_at_most_m=4),
    Event(traps.night_at_the_yards_edge, 2, BEFORE_WORKDAY, 1),
    Event(traps.back_before_eleven, 2, PLAIN_WORKDAYS),
    Event(traps.night_at_the_garage, 2, BEFORE_WORKDAY, 1),
    Event(traps.night_under_order, 2, BEFORE_WORKDAY, 1),
    Event(tampering.speeding, 4, PLAIN_WORKDAYS),
    Event(tampering.power_cut, 2, PLAIN_WORKDAYS),
    Event(tampering.antenna_cut, 2, PLAIN_WORKDAYS),
    Event(tampering.moved_unseen, 4, PLAIN_WORKDAYS),
    Event(tampering.jammed, 4, PLAIN_WORKDAYS),
    Event(tampering.fast_but_not_too_fast, 2, PLAIN_WORKDAYS),
    Event(tampering.fast_for_a_moment, 2, PLAIN_WORKDAYS),
    Event(tampering.fast_in_an_emergency, 2, PLAIN_WORKDAYS),
    Event(tampering.power_cut_for_three_minutes, 2, PLAIN_WORKDAYS),
    Event(tampering.loose_contact, 2, PLAIN_WORKDAYS),
    Event(tampering.power_cut_in_repair, 2, PLAIN_WORKDAYS),
    Event(tampering.moved_a_little_unseen, 2, PLAIN_WORKDAYS),
    Event(tampering.moved_unseen_in_repair, 2, PLAIN_WORKDAYS),
    Event(tampering.long_tunnel, 2, PLAIN_WORKDAYS),
    Event(tampering.parked_without_fix, 2, PLAIN_WORKDAYS),
    Event(outings.back_far_too_late, 4, PLAIN_WORKDAYS),
    Event(outings.back_a_little_late, 2, PLAIN_WORKDAYS),
    Event(outings.long_stop, 5, PLAIN_WORKDAYS),
    Event(outings.long_stop_elsewhere, 4, PLAIN_WORKDAYS),
    Event(outings.stop_under_two_hours, 2, PLAIN_WORKDAYS),
    Event(outings.long_stop_at_destination, 2, PLAIN_WORKDAYS),
    Event(outings.detour, 8, PLAIN_WORKDAYS),
    Event(outings.long_way_as_planned, 2, PLAIN_WORKDAYS),
    Event(outings.small_detour, 2, PLAIN_WORKDAYS),
]


def play(cars: list[Car], roads: Roads, places: Places, routine: Routine, rng: np.random.Generator) -> list[Diary]:
    """Every car's diary of the season. Each event gets a car of its own."""
    parts = _cast(cars, rng)
    diaries = []
    for car in cars:
        diary = Diary(car, roads, rng)
        event, event_day = parts.get(car.number, (None, None))
        for day in DAYS:
            if event is not None and event_day is not None:
                if day == event_day:
                    event.make(Stage(diary, day, places, routine))
                if event_day <= day <= event_day + event.nights * ONE_DAY:
                    continue
            if day in WORKDAYS:
                routine.ordinary_day(diary, day)
        off_order.settle(diary)
        diaries.append(diary)
    return diaries


def _cast(cars: list[Car], rng: np.random.Generator) -> dict[int, tuple[Event, date]]:
    """Which car (by number) plays in which event, on which day."""
    order = [cars[number] for number in rng.permutation(len(cars)).tolist()]
    parts: dict[int, tuple[Event, date]] = {}
    for event in sorted(PLANTED, key=lambda event: event.drift_at_most_m):
        for time in range(event.times):
            car = next(
                car for car in order
                if car.number not in parts
                and not car.habits.in_garage
                and car.habits.drift_m <= event.drift_at_most_m
            )  # fmt: skip
            parts[car.number] = (event, event.days[(time * 5 + int(rng.integers(5))) % len(event.days)])
    return parts
