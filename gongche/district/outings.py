"""Outings that break what their orders say, with near misses. Each function lets one car do one thing.

What must be found of them by R02, R03 and R11 is worked out from the diary (:mod:`gongche.district.off_order`).
"""

from __future__ import annotations

from gongche.district.stage import Stage

MINUTE_S = 60.0


def back_far_too_late(stage: Stage) -> None:
    """Over an hour and a half after the order's end."""
    out = stage.diary.drive(stage.private(12, 30), stage.at(8, 45, 60))
    until_s = out.arrive_s + stage.minutes(40, 60)
    stage.diary.home(until_s + stage.minutes(88, 98))
    stage.diary.order(out, out, out.end, until_s=until_s)


def back_a_little_late(stage: Stage) -> None:
    """Well within the hour."""
    out = stage.diary.drive(stage.private(12, 25), stage.at(8, 45, 60))
    until_s = out.arrive_s + stage.minutes(50, 80)
    stage.diary.home(until_s + stage.minutes(4, 8))
    stage.diary.order(out, out, out.end, until_s=until_s)


def long_stop(stage: Stage) -> None:
    """A morning somewhere, without an order."""
    stage.there_and_back(stage.private(10, 30), stage.at(9, 0, 60), stage.minutes(170, 240))


def long_stop_elsewhere(stage: Stage) -> None:
    """A morning somewhere, under an order to a place on the other side of the district."""
    out, back = stage.there_and_back(stage.private(17, 30), stage.at(9, 0, 60), stage.minutes(170, 240))
    far_m = [float(((office.spot - out.end.spot) ** 2).sum()) for office in stage.places.official]
    stage.diary.order(out, back, stage.places.official[far_m.index(max(far_m))], "督查督办")


def stop_under_two_hours(stage: Stage) -> None:
    stage.there_and_back(stage.private(10, 30), stage.at(9, 0, 90), stage.minutes(90, 105))


def long_stop_at_destination(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(10, 30), stage.at(9, 0, 60), stage.minutes(170, 240))
    stage.diary.order(out, back, out.end, "驻点工作")


def detour(stage: Stage) -> None:
    """To an office near by, by way of a village at the other end of the district."""
    office = stage.pick(stage.places.official, 4, 14)
    through = stage.diary.drive(stage.private(30, 60), stage.at(8, 45, 60))
    on = stage.diary.drive(office, through.arrive_s + stage.minutes(1, 1.5))
    back = stage.diary.home(on.arrive_s + stage.minutes(20, 40))
    planned_m, length_m = 2 * back.length_m, through.length_m + on.length_m
    if length_m < max(2 * planned_m, planned_m + 15_000):
        raise LookupError(f"no detour to speak of: {length_m:.0f} m where {planned_m:.0f} m were planned")
    stage.diary.order(through, back, office, "送达文件", planned_m=planned_m)
    stage.diary.misdeed("R12", through.depart_s, on.arrive_s, f"去{office.name}，绕道{through.end.name}")


def long_way_as_planned(stage: Stage) -> None:
    """Over 10 km more than planned, but a third more only."""
    out, back = stage.there_and_back(stage.private(40, 60), stage.at(8, 45, 60), stage.minutes(1, 1.5))
    stage.diary.order(out, back, out.end, planned_m=(out.length_m + back.length_m) / 1.35)


def small_detour(stage: Stage) -> None:
    """Twice as long as planned, but a few kilometres."""
    out, back = stage.there_and_back(stage.private(8, 12), stage.at(8, 45, 60), stage.minutes(1, 1.5))
    stage.diary.order(out, back, out.end, planned_m=max(1_000.0, out.length_m + back.length_m - 7_000))
