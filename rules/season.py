"""A season 时令: a part of every year, as 夏令 and 冬令 hours go by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rules.quantity import QuantityError

_WRITTEN = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_LEAP_YEAR = 2000
_DAY = timedelta(days=1)

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Season:
    """From one day of the year to another, both included; over the year's end where the last comes before the first."""

    first: MonthDay
    last: MonthDay

    @classmethod
    def of(cls, text: str) -> Season:
        """``05-01..09-30``. Raises QuantityError."""
        written = _WRITTEN.fullmatch(text.strip())
        try:
            if written is None:
                raise ValueError
            numbers = [int(part) for part in written.groups()]
            first, last = (numbers[0], numbers[1]), (numbers[2], numbers[3])
            date(_LEAP_YEAR, *first), date(_LEAP_YEAR, *last)
        except ValueError:
            raise QuantityError(
                f"“{text[:40]}”不是时令，应写作 05-01..09-30（月-日..月-日，首尾都算）",
                f'"{text[:40]}" is no season; write 05-01..09-30 (month-day..month-day, both included)',
            ) from None
        return cls(first, last)

    def __str__(self) -> str:
        return "{:02d}-{:02d}..{:02d}-{:02d}".format(*self.first, *self.last)

    def __contains__(self, day: date) -> bool:
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last

    def turns(self, year: int) -> Iterator[date]:
        """The days of a year on which it begins and after which it is over (that day is not of it any more)."""
        yield _on(year, self.first)
        yield _on(year, self.last) + (_DAY if _is_there(year, self.last) else timedelta(0))


def _is_there(year: int, at: MonthDay) -> bool:
    return at != (2, 29) or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _on(year: int, at: MonthDay) -> date:
    """That day of the year; for 29 February where there is none the day after it."""
    return date(year, *at) if _is_there(year, at) else date(year, 3, 1)
