"""Cars that stand elsewhere over a holiday, with near misses and excuses; and classes of use that excuse.

Each function lets one car do one thing. A night away is R08's, a drive within the holiday R06's.
"""

from __future__ import annotations

from datetime import timedelta

from fleet.order import WaiverKind
from gongche.district.movement import Leg
from gongche.district.season import clock
from gongche.district.stage import Stage

DAY_S = 86_400.0
HOUR_S = 3600.0


def away_over_mid_autumn(stage: Stage) -> None:
    out, _ = _away(stage, nights=4)
    stage.diary.misdeed("R07", out.depart_s + DAY_S, _clock(stage, 4, 0), "中秋假期停在外面，未封存")
    _nights(stage, 4)


def away_over_national_day(stage: Stage) -> None:
    out, _ = _away(stage, nights=8)
    stage.diary.misdeed("R07", out.depart_s + DAY_S, _clock(stage, 8, 0), "国庆假期停在外面，未封存")
    _nights(stage, 8)


def back_on_the_third_day(stage: Stage) -> None:
    out, back = _away(stage, nights=3, back_at=10)
    stage.diary.misdeed("R07", out.depart_s + DAY_S, back.arrive_s, "假期第三天才开回单位")
    stage.diary.misdeed("R06", back.depart_s, back.arrive_s, "假期中开回单位，无派车单")
    _nights(stage, 3)


def gone_within_the_holiday(stage: Stage) -> None:
    """Sealed at first; then away for three nights."""
    out = stage.diary.drive(stage.private(12, 30), stage.at(9, 0, 60))
    back = stage.diary.home(_clock(stage, 3, 15))
    stage.used("R06", out, back, "假期中开出数日")
    stage.diary.misdeed("R07", out.depart_s + DAY_S, back.arrive_s, "假期中开出数日，未封存")
    _nights(stage, 3)


def gone_for_a_night(stage: Stage) -> None:
    """Back after less than a day: driven in the holiday, a night away, but it was seen at home."""
    out = stage.diary.drive(stage.private(12, 30), stage.at(15, 0, 60))
    back = stage.diary.home(_clock(stage, 1, 10))
    stage.used("R06", out, back, "假期中外出一夜")
    _nights(stage, 1)


def away_under_order(stage: Stage) -> None:
    out, back = _away(stage, nights=4)
    stage.diary.order(out, back, out.end, "假期驻点值守")


def away_in_repair(stage: Stage) -> None:
    out, back = _away(stage, nights=4)
    stage.diary.order(out, out, out.end, "送修")
    stage.diary.order(back, back, back.end, "修毕取车")
    stage.diary.waiver(WaiverKind.REPAIR, out.depart_s - HOUR_S, back.arrive_s + HOUR_S, "假期大修")


def away_on_duty(stage: Stage) -> None:
    out, back = _away(stage, nights=4)
    stage.diary.waiver(WaiverKind.DUTY, out.depart_s - HOUR_S, back.arrive_s + HOUR_S, "假期防汛值班点")


def patrol(stage: Stage) -> None:
    """Of a law enforcement car, at whatever time of whatever day: excused by its class from the rules on time."""
    stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 90), stage.minutes(7, 50))


def _away(stage: Stage, nights: int, back_at: float = 7.75) -> tuple[Leg, Leg]:
    """Parked at some place at the end of a workday, driven home after so many nights."""
    out = stage.diary.drive(stage.private(8, 40), stage.at(17, 20, 30))
    return out, stage.diary.home(_clock(stage, nights, back_at))


def _nights(stage: Stage, count: int) -> None:
    for night in range(count):
        stage.diary.misdeed("R08", _clock(stage, night, 22), _clock(stage, night + 1, 5), "假期夜间未回单位停放")


def _clock(stage: Stage, days: int, hours: float) -> float:
    return clock(stage.day + timedelta(days=days), 0, hours * 60)
