"""What must NOT be found: near misses, excused uses and bad data. Each function lets one car do one thing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from fleet.order import WaiverKind
from gongche.district.diary import Stretch
from gongche.district.places import Place
from gongche.district.season import clock
from gongche.district.stage import Stage

HOUR_S = 3600.0


def evening_under_order(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 40), stage.minutes(7, 50))
    stage.diary.order(out, back, out.end, "夜间应急抢修")


def evening_order_filed_late(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 40), stage.minutes(7, 14))
    stage.diary.order(out, back, out.end, "紧急出动，事后补单", filed_after_s=15 * HOUR_S)


def night_emergency(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(17, 35), stage.at(19, 25, 30), stage.minutes(20, 50))
    span_s = out.depart_s - HOUR_S, back.arrive_s + HOUR_S
    stage.diary.waiver(WaiverKind.EMERGENCY, *span_s, "防汛应急")


def nine_minutes_only(stage: Stage) -> None:
    """A short errand after hours: less than 10 min there and back together."""
    stage.ordinary_day()
    stage.there_and_back(stage.side_street(2.8), stage.at(19, 30, 60), stage.minutes(6, 12))


def two_short_hops_far_apart(stage: Stage) -> None:
    """Each under 10 min, more than half an hour between them: not one use of 10 min."""
    stage.there_and_back(stage.side_street(6), stage.at(19, 15, 15), stage.minutes(50, 75))


def home_just_after_seven(stage: Stage) -> None:
    """Back a few minutes after the end of work hours, under an hour after the order's."""
    out = stage.diary.drive(stage.private(16, 19), stage.at(14, 0, 30))
    stage.diary.home(stage.at(18, 42, 1))
    stage.diary.order(out, out, out.end, until_s=stage.at(18, 25))


def make_up_workday(stage: Stage) -> None:
    """Work hours of a Saturday or Sunday that is worked: an ordinary outing without an order."""
    stage.there_and_back(stage.private(10, 30), stage.at(9, 0, 60), stage.minutes(30, 60))


def weekend_four_minutes(stage: Stage) -> None:
    """Moved to a place round the corner and back: each under 5 min."""
    stage.there_and_back(stage.side_street(2.5), stage.at(9, 0, 480), stage.minutes(40, 120))


def weekend_on_duty(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(12, 35), stage.at(9, 0, 240), stage.minutes(20, 120))
    stage.diary.waiver(WaiverKind.DUTY, out.depart_s - HOUR_S, back.arrive_s + HOUR_S, "周末值班")


def weekend_under_order(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(12, 35), stage.at(9, 0, 240), stage.minutes(20, 120))
    stage.diary.order(out, back, out.end, "周末加班")


def holiday_under_order(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(12, 35), stage.at(8, 0, 500), stage.minutes(10, 120))
    stage.diary.order(out, back, out.end, "节日安全检查")


def holiday_on_duty(stage: Stage) -> None:
    """The roster covers the whole day, a night out included."""
    next_day = stage.day + timedelta(days=1)
    stage.diary.waiver(WaiverKind.DUTY, stage.at(8), clock(next_day, 9), "假期值班")
    stage.there_and_back(stage.private(12, 35), stage.at(10, 0, 120), stage.minutes(30, 120))
    stage.there_and_back(stage.private(12, 35), stage.at(20, 30), 8 * HOUR_S)


def holiday_drift(stage: Stage) -> None:
    """Stands at home with a tracker that sees the sky badly and reports often, with speeds that are none."""
    stage.diary.fidgets.append(Stretch(stage.at(0), stage.at(23, 59)))


def silent_into_holiday(stage: Stage) -> None:
    """Nearly home at the end of the last workday; not heard of until the holiday's first morning."""
    out = stage.diary.drive(stage.pick(stage.places.official, 12, 30), stage.at(15, 0, 60))
    back = stage.diary.home(stage.at(18, 0, 15))
    stage.diary.order(out, back, out.end)
    next_day = stage.day + timedelta(days=1)
    stage.diary.silences.append(Stretch(back.passes_s(back.length_m - 1200), clock(next_day, 6, 30)))


def stop_at_ordered_place(stage: Stage) -> None:
    place = stage.sensitive(3, 40)
    out, back = stage.there_and_back(place, stage.at(8, 30, 240), stage.minutes(40, 90))
    stage.diary.order(out, back, place, "会议在此召开", zone=place.name)


def short_sensitive_stop(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.sensitive(3, 40), stage.at(8, 30, 240), stage.minutes(8, 11))
    stage.diary.order(out, back, stage.places.official[0])


def stop_beside_sensitive_place(stage: Stage) -> None:
    """Across the road: 100 m from the place's border, where 50 m would count."""
    place = stage.sensitive(3, 40)
    assert place.area is not None
    beside = np.array([[place.area.bounds[0] - 100.0, place.spot[1]]])
    out, back = stage.there_and_back(
        Place(f"{place.name}对面", place.node, beside), stage.at(8, 30, 240), stage.minutes(30, 60)
    )
    stage.diary.order(out, back, stage.places.official[0])


def along_the_border(stage: Stage) -> None:
    """Several kilometres outside, never more than 250 m."""
    out, back = stage.there_and_back(stage.places.border_road, stage.at(8, 30, 60), stage.minutes(20, 40))
    stage.diary.order(out, back, stage.places.official[0])


def turned_round_outside(stage: Stage) -> None:
    """Over 500 m outside, for less than 5 min."""
    out, back = stage.there_and_back(stage.places.turning_place, stage.at(8, 30, 60), stage.minutes(1, 1.5))
    stage.diary.order(out, back, stage.places.official[0])


def ordered_out_of_district(stage: Stage) -> None:
    place = stage.pick(stage.places.outside, 12, 90)
    out, back = stage.there_and_back(place, stage.at(8, 30, 60), stage.minutes(40, 90))
    stage.diary.order(out, back, place, "跨区联系工作", out_of_district=True)


def night_90_m_from_home(stage: Stage) -> None:
    """Outside the gate, within the 100 m that the rule allows."""
    yard = stage.diary.car.slot
    assert yard.area is not None
    beside = np.array([[yard.area.bounds[2] + 90.0, yard.area.centroid.y]])
    stage.diary.drive(Place("院外路边", yard.node, beside), stage.at(17, 0, 60))
    stage.diary.home(clock(stage.day + timedelta(days=1), 8, 30))


def night_at_the_yards_edge(stage: Stage) -> None:
    """Parked by the fence with drift across it, all night."""
    yard = stage.diary.car.slot
    assert yard.area is not None
    edge = np.array([[yard.area.bounds[2] - 5.0, yard.area.centroid.y]])
    stage.diary.drive(Place("院内围墙边", yard.node, edge), stage.at(17, 0, 60))
    stage.diary.fidgets.append(Stretch(stage.at(19), clock(stage.day + timedelta(days=1), 7)))
    stage.diary.home(clock(stage.day + timedelta(days=1), 8, 30))


def back_before_eleven(stage: Stage) -> None:
    """Stood elsewhere for 40 min of the night, then a drive too short for off-hours use."""
    stage.diary.drive(stage.side_street(2.8), stage.at(17, 0, 60))
    stage.diary.home(stage.at(22, 38, 4))


def night_at_the_garage(stage: Stage) -> None:
    next_day = stage.day + timedelta(days=1)
    out = stage.diary.drive(stage.private(8, 40), stage.at(15, 0, 90))
    back = stage.diary.home(clock(next_day, 9, 30))
    stage.diary.order(out, out, out.end, "送修")
    stage.diary.order(back, back, back.end, "修毕取车")
    stage.diary.waiver(WaiverKind.REPAIR, out.depart_s - HOUR_S, back.arrive_s + HOUR_S, "送修")


def night_under_order(stage: Stage) -> None:
    next_day = stage.day + timedelta(days=1)
    out = stage.diary.drive(stage.private(8, 40), stage.at(15, 0, 90))
    back = stage.diary.home(clock(next_day, 9, 30))
    stage.diary.order(out, back, out.end, "驻点工作，次日返回")
