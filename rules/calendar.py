"""The work calendar 工作日历: what kind of day a local day is, and spans of days and hours.

Published years come from ``chinesecalendar``; the centre's own days stand above it. What neither knows is UNKNOWN:
it is judged as its weekday suggests and marked provisional, never taken for known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
from chinese_calendar.constants import Holiday
from numpy.typing import NDArray

from fleet.clock import DAY_US, HOUR_US, MINUTE_US, SHANGHAI, day_start_us, local_day, us_of
from rules.spans import EARLIEST_US, LATEST_US, Spans

_DAY = timedelta(days=1)
_SATURDAY = 5

WORK_START_US = 7 * HOUR_US + 30 * MINUTE_US
WORK_END_US = 19 * HOUR_US
NIGHT_START_US = 22 * HOUR_US
NIGHT_END_US = 5 * HOUR_US

REACH_INTO_DECEMBER = 28
"""From this day of December the New Year span of the next year's schedule may change a day.

It began on 30 December (2007, 2018, 2023) with a make-up workday on the 29th at the earliest since 2007.
"""


class DayKind(StrEnum):
    """What a local day is to the rules."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    """A day off that is in no holiday span."""
    HOLIDAY = "holiday"
    """A day of a holiday span: of a maximal run of days off that holds a festival's day."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day that the centre entered itself. Above the published calendar; with its source on record."""

    day: date
    is_off: bool
    festival: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A local day. Of an UNKNOWN one ``is_off`` is what the weekday suggests."""

    day: date
    kind: DayKind
    is_off: bool
    festivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HolidaySpan:
    """A holiday from 00:00 of ``first`` to 24:00 of ``last``; two festivals in one run of days off are one span."""

    first: date
    last: date
    festivals: tuple[str, ...]


class Hours(NamedTuple):
    """Sorted half-open spans in µs since 1970, the same for every vehicle (see ``Spans.for_all``)."""

    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]


class _Off(NamedTuple):
    """What is known of one day by itself. ``is_off`` is None where nothing is."""

    is_off: bool | None
    festival: str


class WorkCalendar:
    """Kinds of days, and spans of them between two moments.

    ``entered_years``: years whose whole schedule is among ``own_days``, so that a day of them without an entry is
    known to be an ordinary one. Without it an own day in an unknown year makes only that day known.
    """

    def __init__(
        self, own_days: Iterable[OwnDay] = (), *, entered_years: Iterable[int] = (), zone: ZoneInfo = SHANGHAI
    ) -> None:
        self.zone = zone
        self._own = {own.day: own for own in own_days}
        self._entered = frozenset(entered_years)
        self._days: dict[date, Day] = {}

    # Days ------------------------------------------------------------------------------------------------

    def day(self, day: date) -> Day:
        """What a local day is."""
        if day not in self._days:
            self._days.update((known.day, known) for known in self._run_around(day))
        return self._days[day]

    def holiday_spans(self, first: date, last: date) -> list[HolidaySpan]:
        """The holiday spans that have a day from ``first`` to ``last``, each whole."""
        found: dict[date, HolidaySpan] = {}
        for day in _days(first, last):
            if self.day(day).kind is DayKind.HOLIDAY:
                run = [one.day for one in self._run_around(day)]
                found[run[0]] = HolidaySpan(run[0], run[-1], self.day(day).festivals)
        return list(found.values())

    def first_unknown(self, since: date, within_days: int = 400) -> date | None:
        """The first UNKNOWN day from a day on, for the banner that asks for the next schedule."""
        days = _days(since, since + within_days * _DAY)
        return next((day for day in days if self.day(day).kind is DayKind.UNKNOWN), None)

    def knows_year(self, year: int) -> bool:
        """Whether its schedule is known: published, or entered whole."""
        return year in self._entered or _is_published(year)

    def _run_around(self, day: date) -> list[Day]:
        """The maximal run of days off around a day off, judged as one; any other day alone."""
        by_itself = self._by_itself(day)
        if by_itself.is_off is None:
            return [Day(day, DayKind.UNKNOWN, day.weekday() >= _SATURDAY)]
        if not by_itself.is_off:
            return [Day(day, DayKind.WORKDAY, False)]
        first = last = day
        while self._by_itself(first - _DAY).is_off:
            first -= _DAY
        while self._by_itself(last + _DAY).is_off:
            last += _DAY
        run = list(_days(first, last))
        named = (name for one in run for name in self._by_itself(one).festival.split("、"))
        festivals = tuple(dict.fromkeys(name for name in named if name))
        kind = DayKind.HOLIDAY if festivals else DayKind.WEEKEND
        return [Day(one, kind, True, festivals) for one in run]

    def _by_itself(self, day: date) -> _Off:
        own = self._own.get(day)
        published = self._published(day)
        if own is None:
            return published
        festival = own.festival or (published.festival if published.is_off else "")
        return _Off(own.is_off, festival if own.is_off else "")

    def _published(self, day: date) -> _Off:
        known = day.year in self._entered or _is_published(day.year)
        if day.month == 12 and day.day >= REACH_INTO_DECEMBER:
            known = known and (day.year + 1 in self._entered or _is_published(day.year + 1))
        if not known:
            return _Off(None, "")
        if day.year in self._entered and not _is_published(day.year):
            return _Off(day.weekday() >= _SATURDAY, "")
        return _schedule(day)

    # Spans -----------------------------------------------------------------------------------------------
    # Between two moments. Days of a kind come in whole spans, which may reach beyond: what is judged together must
    # not change where a holiday begins. UNKNOWN days, which have no end, are cut there.

    def workdays(self, start_us: int, end_us: int) -> Hours:
        """Spans of workdays that touch [start, end), UNKNOWN Mondays to Fridays among them."""
        return self._spans_of_days(start_us, end_us, lambda day: not day.is_off)

    def weekends(self, start_us: int, end_us: int) -> Hours:
        """Spans of days off in no holiday span, UNKNOWN Saturdays and Sundays among them."""
        return self._spans_of_days(start_us, end_us, lambda day: day.is_off and day.kind is not DayKind.HOLIDAY)

    def holidays(self, start_us: int, end_us: int) -> Hours:
        """Holiday spans, from 00:00 of the first to 24:00 of the last day."""
        return self._spans_of_days(start_us, end_us, lambda day: day.kind is DayKind.HOLIDAY)

    def unknown(self, start_us: int, end_us: int) -> Hours:
        """Days that no calendar knows: what is judged there by the calendar is provisional."""
        days = [day for day in _days(*self._days_of(start_us, end_us)) if self.day(day).kind is DayKind.UNKNOWN]
        starts = [day_start_us(day, self.zone) for day in days]
        return _clipped(starts, [day_start_us(day + _DAY, self.zone) for day in days], start_us, end_us)

    def between(self, start_us: int, end_us: int, from_clock_us: int, to_clock_us: int) -> Hours:
        """Every day from one time of day to another (µs since midnight); on the next day when not after the first.

        Where clocks are put back the span runs from the first showing of the one to the last showing of the other.
        """
        days = _days(*self._days_of(start_us, end_us, margin=1))
        return self._hours(days, from_clock_us, to_clock_us, start_us, end_us)

    def work_hours(self, start_us: int, end_us: int) -> Hours:
        """07:30 to 19:00 of workdays."""
        days = (day for day in _days(*self._days_of(start_us, end_us)) if not self.day(day).is_off)
        return self._hours(days, WORK_START_US, WORK_END_US, start_us, end_us)

    def night(self, start_us: int, end_us: int) -> Hours:
        """22:00 to 05:00."""
        return self.between(start_us, end_us, NIGHT_START_US, NIGHT_END_US)

    def _days_of(self, start_us: int, end_us: int, margin: int = 0) -> tuple[date, date]:
        """First and last local day of [start, end), and ``margin`` days before, whose night may reach in."""
        first = local_day(max(start_us, EARLIEST_US), self.zone) - margin * _DAY
        return first, local_day(min(end_us, LATEST_US) - 1, self.zone)

    def _spans_of_days(self, start_us: int, end_us: int, wanted: Callable[[Day], bool]) -> Hours:
        starts: list[int] = []
        ends: list[int] = []
        first, last = self._days_of(start_us, end_us)
        while first <= last and wanted(self.day(first)) and wanted(self.day(first - _DAY)):
            first -= _DAY
        while first <= last and wanted(self.day(last)) and wanted(self.day(last + _DAY)):
            last += _DAY
        for day in _days(first, last):
            if wanted(self.day(day)):
                starts.append(day_start_us(day, self.zone))
                ends.append(day_start_us(day + _DAY, self.zone))
        return _clipped(starts, ends, EARLIEST_US, LATEST_US)

    def _hours(self, days: Iterable[date], from_clock_us: int, to_clock_us: int, start_us: int, end_us: int) -> Hours:
        over_midnight = _DAY if to_clock_us <= from_clock_us else timedelta(0)
        starts: list[int] = []
        ends: list[int] = []
        for day in days:
            starts.append(self._showings_us(day, from_clock_us)[0])
            ends.append(max(self._showings_us(day + over_midnight, to_clock_us)))
        return _clipped(starts, ends, start_us, end_us)

    def _showings_us(self, day: date, clock_us: int) -> tuple[int, int]:
        """When a clock shows a time of day: first and second where it is put back, else the same moment twice.

        A time that is skipped counts by the offset before the skip (first) and after it (second), as datetime does.
        """
        if clock_us == DAY_US:
            day, clock_us = day + _DAY, 0
        local = datetime.combine(day, time(), self.zone) + timedelta(microseconds=clock_us)
        return us_of(local), us_of(local.replace(fold=1))


@cache
def _is_published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@cache
def _schedule(day: date) -> _Off:
    """What the published schedule says of a day of a published year."""
    is_off, name = chinese_calendar.get_holiday_detail(day)
    return _Off(is_off, Holiday(name).chinese if is_off and name else "")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * _DAY for n in range((last - first).days + 1))


def _clipped(starts: list[int], ends: list[int], start_us: int, end_us: int) -> Hours:
    """What lies in [start, end), spans that touch put together."""
    begin = np.maximum(np.array(starts, np.int64), start_us)
    end = np.minimum(np.array(ends, np.int64), end_us)
    some = begin < end
    merged = Spans.of(0, begin[some], end[some])
    return Hours(merged.start_us, merged.end_us)
