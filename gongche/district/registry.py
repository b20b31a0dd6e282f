"""What the registry says of cars and what they do all the same: not enrolled, laid up, scrapped, in repair.

Each function lets one car do one thing. All drives are in work hours, so that rules on time say nothing of them.
"""

from __future__ import annotations

from datetime import timedelta

from fleet.order import WaiverKind
from fleet.span import Span
from fleet.vehicle_state import StateKind
from gongche.district.cars import ENROLLED_FROM
from gongche.district.movement import Leg
from gongche.district.season import clock, moment
from gongche.district.stage import Stage

HOUR_S = 3600.0
LAID_UP_DAYS = 3


def enrolled_late(stage: Stage) -> None:
    """The tracker was fitted before the season; the car is in the system from the next day on."""
    stage.ordinary_day()
    from_s = _midnight_s(stage, 1)
    stage.diary.enrolled = [Span(moment(from_s), None)]
    stage.diary.misdeed("R01", 0.0, from_s, "终端已装，车辆迟迟未纳管")


def enrolment_lapsed(stage: Stage) -> None:
    stage.ordinary_day()
    from_s, to_s = _midnight_s(stage, 0), _midnight_s(stage, 2)
    stage.diary.enrolled = [Span(ENROLLED_FROM, moment(from_s)), Span(moment(to_s), None)]
    stage.diary.misdeed("R01", from_s, to_s, "退出纳管两天后才重新登记，其间终端仍在上报")


def driven_while_laid_up(stage: Stage) -> None:
    stage.diary.state(StateKind.LAID_UP, _midnight_s(stage, 0), _midnight_s(stage, LAID_UP_DAYS))
    stage.used("R17", *_outing(stage), "车辆已停用，仍外出行驶")


def driven_though_scrapped(stage: Stage) -> None:
    stage.diary.state(StateKind.SCRAPPED, _midnight_s(stage, 0), None)
    stage.used("R17", *_outing(stage), "车辆已报废，仍外出行驶")


def driven_while_in_repair(stage: Stage) -> None:
    stage.diary.waiver(WaiverKind.REPAIR, stage.at(8), _midnight_s(stage, 1), "更换变速箱")
    stage.used("R17", *_outing(stage), "登记送修的车辆在外行驶")


def stays_put_while_laid_up(stage: Stage) -> None:
    """Reports from its yard all the time."""
    stage.diary.state(StateKind.LAID_UP, _midnight_s(stage, 0), _midnight_s(stage, LAID_UP_DAYS))


def stays_put_when_scrapped(stage: Stage) -> None:
    stage.diary.state(StateKind.SCRAPPED, _midnight_s(stage, 0), None)


def round_the_corner_while_laid_up(stage: Stage) -> None:
    """Moved out of the way and back, each in under 5 min."""
    stage.diary.state(StateKind.LAID_UP, _midnight_s(stage, 0), _midnight_s(stage, LAID_UP_DAYS))
    stage.there_and_back(stage.side_street(2.5), stage.at(9, 0, 240), stage.minutes(40, 120))


def test_drive(stage: Stage) -> None:
    stage.diary.waiver(WaiverKind.REPAIR, _midnight_s(stage, 0), _midnight_s(stage, 1), "更换刹车片")
    out, back = _outing(stage)
    stage.diary.waiver(WaiverKind.TEST_DRIVE, out.depart_s - HOUR_S, back.arrive_s + HOUR_S, "修后试车")


def to_the_workshop_and_home(stage: Stage) -> None:
    """The days of the repair are whole ones; the way there and the way home have orders."""
    stage.diary.waiver(WaiverKind.REPAIR, _midnight_s(stage, 0), _midnight_s(stage, LAID_UP_DAYS), "大修")
    there = stage.diary.drive(stage.private(12, 40), stage.at(9, 0, 90))
    stage.diary.order(there, there, there.end, "送修")
    home = stage.diary.home(clock(stage.day + timedelta(days=LAID_UP_DAYS - 1), 15))
    stage.diary.order(home, home, home.end, "修毕取车")


def _outing(stage: Stage) -> tuple[Leg, Leg]:
    return stage.there_and_back(stage.private(12, 30), stage.at(9, 0, 240), stage.minutes(50, 80))


def _midnight_s(stage: Stage, days: int) -> float:
    return clock(stage.day + timedelta(days=days), 0)
