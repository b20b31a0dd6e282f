"""Shifts 班次: from when to when a duty of one day lasts, as rosters write it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fleet.span import Span

_CLOCK = r"(\d{1,2})(?:[:时点](\d{1,2})?分?)"
_HOURS = re.compile(rf"{_CLOCK}(?:[-–—~―]+|至|到)(次日|翌日|第二天)?{_CLOCK}")
_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Shift:
    """Minutes after the day's midnight; an end of more than 1440 lies on the next day."""

    start_min: int
    end_min: int

    def on(self, day: date, zone: ZoneInfo) -> Span:
        """The shift that begins on a local day."""
        start, end = (_moment(day, minutes, zone) for minutes in (self.start_min, self.end_min))
        return Span(start, end)


WHOLE_DAY = Shift(0, _DAY_MIN)
DAY_SHIFT = Shift(8 * 60, 20 * 60)
NIGHT_SHIFT = Shift(20 * 60, 32 * 60)
NAMED = {
    "全天": WHOLE_DAY,
    "24小时": WHOLE_DAY,
    "白班": DAY_SHIFT,
    "日班": DAY_SHIFT,
    "夜班": NIGHT_SHIFT,
    "晚班": NIGHT_SHIFT,
    "day": DAY_SHIFT,
    "night": NIGHT_SHIFT,
    "all day": WHOLE_DAY,
}


def shift_of(text: str) -> Shift:
    """A shift by its hours (``17:30-次日8:30``), which count before its name (``白班``). Raises ValueError.

    What ends no later than it begins ends on the next day.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _HOURS.search(re.sub(r"\s", "", plain))
    if found is None:
        known = NAMED.get(re.sub(r"\([^()]*\)", "", plain).strip().casefold())
        if known is None or re.search(r"\d", re.sub("24小时", "", plain)):
            raise ValueError(f"不是班次 not a shift: {text!r}")
        return known
    hour, minute, next_day, end_hour, end_minute = found.groups()
    start_min = _minutes(text, hour, minute, 23)
    end_min = _minutes(text, end_hour, end_minute, 24)
    return Shift(start_min, end_min + (_DAY_MIN if next_day or end_min <= start_min else 0))


def _minutes(text: str, hour: str, minute: str | None, last_hour: int) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or int(hour) > last_hour or minutes > _DAY_MIN:
        raise ValueError(f"不是时刻 not a time of day: {text!r}")
    return minutes


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """By the wall clock of that day, or of the next."""
    days, left = divmod(minutes, _DAY_MIN)
    return datetime.combine(day + timedelta(days=days), time(left // 60, left % 60), tzinfo=zone)
