"""Who does what when: what is planted, given out to cars and days; all the other days are ordinary ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from fleet.vehicle import UseClass
from gongche.district import misdeeds, off_order, outings, registry, sealing, silence, tampering, traps
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
BEFORE_MID_AUTUMN = [date(2026, 9, 24)]
BEFORE_NATIONAL_DAY = [date(2026, 9, 30)]
THREE_WORKDAYS = [day for day in WORKDAYS if day + ONE_DAY in WORKDAYS and day + 2 * ONE_DAY in WORKDAYS]
BEFORE_MAKE_UP = [day for day in WEEKEND_DAYS if day + ONE_DAY in MAKE_UP_WORKDAYS]


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be planted ``times`` times, on one of ``days``, running into the following ``nights`` days.

    Law enforcement cars, which rules on time do not speak of, play where they are wanted and, to spare the others,
    where ``any_class`` will do: in what has nothing to do with time.
    """

    make: Callable[[Stage], None]
    times: int
    days: list[date]
    nights: int = 0
    drift_at_most_m: float = 12.0
    use_class: UseClass | None = None
    any_class: bool = False
    awake: bool = False
    """With a tracker that reports while parked, so that when it was last heard of is known."""

    def may_be_played_by(self, car: Car) -> bool:
        """Whether the car's tracker is good enough, and its class the right one."""
        habits = car.habits
        if habits.in_garage or habits.drift_m > self.drift_at_most_m:
            return False
        if self.awake and habits.parked_every_s is None:
            return False
        if self.use_class is None:
            return self.any_class or car.use_class is not UseClass.LAW_ENFORCEMENT
        return car.use_class is self.use_class


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
    Event(tampering.speeding, 4, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.power_cut, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.antenna_cut, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.moved_unseen, 4, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.jammed, 4, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.fast_but_not_too_fast, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.fast_for_a_moment, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.fast_in_an_emergency, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.power_cut_for_three_minutes, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.loose_contact, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.power_cut_in_repair, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.moved_a_little_unseen, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.moved_unseen_in_repair, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.long_tunnel, 2, PLAIN_WORKDAYS, any_class=True),
    Event(tampering.parked_without_fix, 2, PLAIN_WORKDAYS, any_class=True),
    Event(registry.enrolled_late, 5, WORKDAYS[:6], any_class=True),
    Event(registry.enrolment_lapsed, 3, WORKDAYS[4:], any_class=True),
    Event(registry.driven_while_laid_up, 3, THREE_WORKDAYS, 2, any_class=True),
    Event(registry.driven_though_scrapped, 1, WORKDAYS[-2:], len(DAYS), any_class=True),
    Event(registry.driven_while_in_repair, 2, PLAIN_WORKDAYS, any_class=True),
    Event(registry.stays_put_while_laid_up, 4, THREE_WORKDAYS, 2, any_class=True),
    Event(registry.stays_put_when_scrapped, 2, WORKDAYS[-5:], len(DAYS), any_class=True),
    Event(registry.round_the_corner_while_laid_up, 2, THREE_WORKDAYS, 2, any_class=True),
    Event(registry.test_drive, 3, PLAIN_WORKDAYS, any_class=True),
    Event(registry.to_the_workshop_and_home, 2, THREE_WORKDAYS, 2, any_class=True),
    Event(sealing.away_over_mid_autumn, 2, BEFORE_MID_AUTUMN, 4),
    Event(sealing.away_over_national_day, 2, BEFORE_NATIONAL_DAY, 8),
    Event(sealing.back_on_the_third_day, 2, BEFORE_NATIONAL_DAY, 3),
    Event(sealing.gone_within_the_holiday, 2, NATIONAL_DAY, 3),
    Event(sealing.gone_for_a_night, 2, NATIONAL_DAY, 1),
    Event(sealing.away_under_order, 2, BEFORE_MID_AUTUMN, 4),
    Event(sealing.away_in_repair, 2, BEFORE_MID_AUTUMN, 4),
    Event(sealing.away_on_duty, 1, BEFORE_MID_AUTUMN, 4),
    Event(sealing.patrol, 4, PLAIN_WORKDAYS, use_class=UseClass.LAW_ENFORCEMENT),
    Event(sealing.patrol, 2, WEEKEND_DAYS, use_class=UseClass.LAW_ENFORCEMENT),
    Event(sealing.patrol, 3, HOLIDAYS, use_class=UseClass.LAW_ENFORCEMENT),
    Event(misdeeds.evening_errand, 2, PLAIN_WORKDAYS, use_class=UseClass.CONFIDENTIAL_MAIL),
    Event(misdeeds.holiday_errand, 1, HOLIDAYS, use_class=UseClass.CONFIDENTIAL_MAIL),
    Event(silence.three_days, 4, silence.LONG_BEFORE_HOLIDAYS, 4, awake=True),
    Event(silence.still_silent, 2, silence.FOUR_DAYS_LEFT, 4, awake=True),
    Event(silence.silent_for_two_days, 1, silence.TWO_DAYS_LEFT, 2, awake=True),
    Event(silence.a_day, 3, silence.BEFORE_HOLIDAYS, 2, awake=True),
    Event(silence.not_quite_three_days, 2, silence.LONG_BEFORE_HOLIDAYS, 4, awake=True),
    Event(silence.not_quite_a_day, 3, silence.BEFORE_HOLIDAYS, 2, awake=True),
    Event(silence.silent_in_repair, 2, silence.LONG_BEFORE_HOLIDAYS, 4, awake=True),
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
    silence.outage(diaries)
    return diaries


def _cast(cars: list[Car], rng: np.random.Generator) -> dict[int, tuple[Event, date]]:
    """Which car (by number) plays in which event, on which day."""
    order = [cars[number] for number in rng.permutation(len(cars)).tolist()]
    parts: dict[int, tuple[Event, date]] = {}
    # Those that few cars will do for come first.
    for event in sorted(PLANTED, key=lambda event: (event.use_class is None, event.drift_at_most_m)):
        for time in range(event.times):
            free = [car for car in order if car.number not in parts and event.may_be_played_by(car)]
            car = min(free, key=lambda car: event.any_class and car.use_class is not UseClass.LAW_ENFORCEMENT)
            parts[car.number] = (event, event.days[(time * 5 + int(rng.integers(5))) % len(event.days)])
    return parts
