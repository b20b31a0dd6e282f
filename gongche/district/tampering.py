"""Speeding and what is done to trackers, with near misses and excuses. Each function lets one car do one thing.

All happens under an order in work hours, so that no other rule speaks of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fleet.order import WaiverKind
from fleet.position import Flag
from gongche.district.diary import Alarm, Stretch
from gongche.district.movement import Leg
from gongche.district.places import Place
from gongche.district.stage import Stage

HOUR_S = 3600.0
MINUTE_S = 60.0
STRAIGHT_AT_LEAST_M = 4_000.0


def speeding(stage: Stage) -> None:
    for leg, straight_m in _on_the_straight(stage, 158.0):
        from_m, to_m = straight_m
        stage.diary.misdeed("R13", leg.passes_s(from_m), leg.passes_s(to_m), "出区公路上超过120公里/小时")


def fast_but_not_too_fast(stage: Stage) -> None:
    """At up to 115 km/h."""
    _on_the_straight(stage, 104.0)


def fast_in_an_emergency(stage: Stage) -> None:
    legs = [leg for leg, _ in _on_the_straight(stage, 158.0)]
    stage.diary.waiver(WaiverKind.EMERGENCY, legs[0].depart_s - HOUR_S, legs[-1].arrive_s + HOUR_S, "抢险救援")


def fast_for_a_moment(stage: Stage) -> None:
    """Over 120 km/h for some ten seconds."""
    place = replace(stage.side_street(2.8), approach_kmh=158.0)
    out, back = stage.there_and_back(place, stage.at(9, 0, 240), stage.minutes(20, 60))
    stage.diary.order(out, back, place)


def power_cut(stage: Stage) -> None:
    _alarmed_all_the_way(stage, Flag.POWER_CUT, "行驶途中终端断电报警")


def antenna_cut(stage: Stage) -> None:
    _alarmed_all_the_way(stage, Flag.ANTENNA_CUT, "行驶途中天线被拔报警")


def power_cut_for_three_minutes(stage: Stage) -> None:
    out, _ = _outing(stage, 12, 30)
    _alarm(stage, Flag.POWER_CUT, out.depart_s + 120, out.depart_s + 300)


def loose_contact(stage: Stage) -> None:
    """The alarm comes and goes: two minutes on, one off."""
    out, _ = _outing(stage, 17, 30)
    for start_s in np.arange(out.depart_s + 60, out.arrive_s - 180, 180.0).tolist():
        _alarm(stage, Flag.POWER_CUT, start_s, start_s + 120)


def power_cut_in_repair(stage: Stage) -> None:
    out, back = _outing(stage, 12, 30)
    _alarm(stage, Flag.POWER_CUT, out.depart_s, back.arrive_s)
    stage.diary.waiver(WaiverKind.REPAIR, out.depart_s - HOUR_S, back.arrive_s + HOUR_S, "终端检修")


def moved_unseen(stage: Stage) -> None:
    out, _ = _outing(stage, 17, 30)
    start_s, end_s = _unplugged(stage, out)
    stage.diary.misdeed("R15", start_s, end_s, f"终端失联，再出现时已在{out.end.name}")


def moved_a_little_unseen(stage: Stage) -> None:
    """Not a kilometre."""
    place = stage.side_street(2.8)
    out, back = stage.there_and_back(place, stage.at(9, 30, 200), stage.minutes(40, 60))
    stage.diary.order(out, back, place)
    _unplugged(stage, out)


def moved_unseen_in_repair(stage: Stage) -> None:
    out, back = _outing(stage, 17, 30)
    _unplugged(stage, out)
    # From long before to long after: the tracker of a parked car may be asleep for hours.
    stage.diary.waiver(WaiverKind.REPAIR, out.depart_s - 5 * HOUR_S, back.arrive_s + 5 * HOUR_S, "送修")


def jammed(stage: Stage) -> None:
    for leg in _outing(stage, 34, 60):
        start_s, end_s = leg.depart_s + 90, leg.arrive_s - 90
        stage.diary.blind.append(Stretch(start_s, end_s))
        stage.diary.misdeed("R16", start_s, end_s, "行驶中有消息而无定位，里程仍在增加")


def long_tunnel(stage: Stage) -> None:
    """Without a fix for 11 min of a drive."""
    out, _ = _outing(stage, 20, 45)
    stage.diary.blind.append(Stretch(out.depart_s + 60, out.depart_s + 12 * MINUTE_S))


def parked_without_fix(stage: Stage) -> None:
    """Under a roof for an hour: the odometer stands."""
    out, back = _outing(stage, 12, 30)
    stage.diary.blind.append(Stretch(out.arrive_s + 60, back.depart_s - 60))


def _outing(stage: Stage, least_min: float, most_min: float) -> tuple[Leg, Leg]:
    """To a place and back under an order, about an hour there."""
    place = stage.private(least_min, most_min)
    out, back = stage.there_and_back(place, stage.at(9, 30, 200), stage.minutes(50, 80))
    stage.diary.order(out, back, place)
    return out, back


def _on_the_straight(stage: Stage, kmh: float) -> list[tuple[Leg, tuple[float, float]]]:
    """Out of the district by a straight road at about that speed and back: each leg, and from where to where."""
    corners = stage.diary.roads.nodes
    straight_m = {
        place.name: float(np.sqrt(((place.spot - corners[place.node]) ** 2).sum())) for place in stage.places.outside
    }
    far = [place for place in stage.places.outside if straight_m[place.name] >= STRAIGHT_AT_LEAST_M]
    town = stage.pick(far, 8, 90)
    place = Place(town.name, town.node, town.approach[-1:], kmh)
    out, back = stage.there_and_back(place, stage.at(8, 30, 120), stage.minutes(40, 90))
    stage.diary.order(out, back, place, "跨区联系工作", out_of_district=True)
    length_m = straight_m[town.name]
    return [(out, (out.length_m - length_m, out.length_m)), (back, (0.0, length_m))]


def _alarmed_all_the_way(stage: Stage, flag: Flag, why: str) -> None:
    out, _ = _outing(stage, 17, 30)
    _alarm(stage, flag, out.depart_s + 60, out.arrive_s - 30)
    stage.diary.misdeed("R15", out.depart_s + 60, out.arrive_s - 30, why)


def _alarm(stage: Stage, flag: Flag, start_s: float, end_s: float) -> None:
    stage.diary.alarms.append(Alarm(Stretch(start_s, end_s), flag))


def _unplugged(stage: Stage, leg: Leg) -> tuple[float, float]:
    """Nothing is heard from before the drive until after it."""
    start_s, end_s = leg.depart_s - 10 * MINUTE_S, leg.arrive_s + 20 * MINUTE_S
    stage.diary.silences.append(Stretch(start_s, end_s))
    return start_s, end_s
