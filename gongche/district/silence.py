"""Trackers that fall silent, with near misses and excuses, and an hour at which the platform did.

All stand at home meanwhile, so that no other rule speaks of it, and keep away from the first hours of holidays, when
everybody has to be seen there.
"""

from __future__ import annotations

from datetime import date

from fleet.order import WaiverKind
from gongche.district.diary import Diary, Stretch
from gongche.district.season import LENGTH_S, clock, moment
from gongche.district.stage import Stage

HOUR_S = 3600.0
EVENING = (20, 30)

OUTAGE_DAY = date(2026, 10, 8)
OUTAGE = Stretch(clock(OUTAGE_DAY, 8, 20), clock(OUTAGE_DAY, 11, 10))
CLEAR_OF_OUTAGE_S = 12 * HOUR_S

LONG_BEFORE_HOLIDAYS = [date(2026, 9, 18), date(2026, 9, 25), date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)]
"""Days whose evening begins four days without a holiday's first hours."""
BEFORE_HOLIDAYS = [date(2026, 9, 18), date(2026, 9, 20), date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 4)]
"""Days whose evening begins two such days."""
FOUR_DAYS_LEFT = [date(2026, 10, 7)]
TWO_DAYS_LEFT = [date(2026, 10, 9)]


def three_days(stage: Stage) -> None:
    start_s, end_s = _silent(stage, 81)
    stage.diary.misdeed("R14", start_s, end_s, "终端连续三天以上没有任何消息")


def still_silent(stage: Stage) -> None:
    """From before the outage on: nobody knows whether it was, before that was over."""
    _, end_s = _silent(stage, 240)
    stage.diary.misdeed("R14", OUTAGE.end_s, end_s, "终端离线三天以上，至今没有消息")


def silent_for_two_days(stage: Stage) -> None:
    start_s, end_s = _silent(stage, 240)
    stage.diary.misdeed("R14", start_s, end_s, "提醒：终端离线两天，至今没有消息")


def a_day(stage: Stage) -> None:
    start_s, end_s = _silent(stage, 32)
    stage.diary.misdeed("R14", start_s, end_s, "提醒：终端一天以上没有任何消息")


def not_quite_three_days(stage: Stage) -> None:
    start_s, end_s = _silent(stage, 71)
    stage.diary.misdeed("R14", start_s, end_s, "提醒：终端71小时没有任何消息，未满三天")


def not_quite_a_day(stage: Stage) -> None:
    _silent(stage, 23)


def silent_in_repair(stage: Stage) -> None:
    start_s, end_s = _silent(stage, 81)
    stage.diary.waiver(WaiverKind.REPAIR, start_s - 6 * HOUR_S, end_s + 6 * HOUR_S, "送修，终端断电")


def outage(diaries: list[Diary]) -> None:
    """The platform is down for hours of a working day: what cars did meanwhile nobody knows, nor is it their fault.

    Cars whose misdeeds are near were heard by another gateway, so that what is planted stays.
    """
    from_s, to_s = OUTAGE.start_s - CLEAR_OF_OUTAGE_S, OUTAGE.end_s + CLEAR_OF_OUTAGE_S
    for diary in diaries:
        if not any(m.start < moment(to_s) and m.end > moment(from_s) for m in diary.misdeeds):
            diary.silences.append(OUTAGE)


def _silent(stage: Stage, hours: float) -> tuple[float, float]:
    start_s = stage.at(*EVENING)
    end_s = min(start_s + hours * HOUR_S, LENGTH_S)
    stage.diary.silences.append(Stretch(start_s, end_s))
    return start_s, end_s
