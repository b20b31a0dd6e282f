"""The holiday campaign 假期专项: one for each holiday span of the work calendar, and what is due in it when. Pure.

It is opened three working days before its holiday, watches through it, and is closed on the first workday after it.
Of days that no schedule knows there is no campaign: unknown is not no holiday, and that is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from fleet.clock import day_start_us, moment_of
from oversight.deadline import workday_before
from rules.calendar import DayKind, HolidaySpan, WorkCalendar

WORKDAYS_BEFORE = 3
OPENS_AT = DIGEST_AT = CLOSES_AT = time(8)
SEALED_BY = time(2)
"""On the first day of the holiday; by then a car is to be seen standing at home."""

_DAY = timedelta(days=1)
_BEFORE, _AFTER = 16 * _DAY, 30 * _DAY
"""So far around a day are the holidays that something of can be due on it."""

_SLUGS = {
    "元旦": "new-year",
    "春节": "spring-festival",
    "清明": "qingming",
    "劳动节": "labour-day",
    "端午": "dragon-boat",
    "中秋": "mid-autumn",
    "国庆节": "national-day",
}
_EN = {
    "元旦": "New Year",
    "春节": "Spring Festival",
    "清明": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "端午": "Dragon Boat Festival",
    "中秋": "Mid-Autumn Festival",
    "国庆节": "National Day",
}


class Phase(StrEnum):
    """Where a campaign is at a moment."""

    AHEAD = "ahead"
    """not opened yet"""
    BEFORE = "before"
    """节前 remind and warn"""
    DURING = "during"
    """节中 watch"""
    AFTER = "after"
    """节后: the summary is due, on the first workday or before it"""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Campaign:
    """``opens``, ``closes``: workdays. ``provisional``: a day from the opening to the closing is UNKNOWN to the
    calendar."""

    key: str
    first: date
    last: date
    festivals: tuple[str, ...]
    opens: date
    closes: date
    provisional: bool = False

    @property
    def days(self) -> list[date]:
        """The days of the holiday."""
        return [self.first + n * _DAY for n in range((self.last - self.first).days + 1)]

    @property
    def name_zh(self) -> str:
        return "、".join(self.festivals)

    @property
    def name_en(self) -> str:
        return " and ".join(_EN.get(name, name) for name in self.festivals)

    def span(self, calendar: WorkCalendar) -> tuple[datetime, datetime]:
        """From 00:00 of its first to 24:00 of its last day."""
        return midnight(self.first, calendar), midnight(self.last + _DAY, calendar)

    def phase(self, now: datetime, calendar: WorkCalendar) -> Phase:
        """Where it is. It is closed when its last day of work, the first after the holiday, is over."""
        begin, end = self.span(calendar)
        if now < at(self.opens, OPENS_AT, calendar):
            return Phase.AHEAD
        if now < begin:
            return Phase.BEFORE
        if now < end:
            return Phase.DURING
        return Phase.AFTER if now < midnight(self.closes + _DAY, calendar) else Phase.CLOSED


@dataclass(frozen=True, slots=True)
class YearsCampaigns:
    """Those of a year, in order. ``unknown_from``: its first day that no schedule knows, from which on there may be
    more."""

    year: int
    campaigns: Sequence[Campaign]
    unknown_from: date | None


def midnight(day: date, calendar: WorkCalendar) -> datetime:
    """The moment that a local day begins."""
    return moment_of(day_start_us(day, calendar.zone))


def at(day: date, clock: time, calendar: WorkCalendar) -> datetime:
    """The moment of a local time."""
    return datetime.combine(day, clock, calendar.zone).astimezone(midnight(day, calendar).tzinfo)


@lru_cache(maxsize=32)
def campaigns_of(calendar: WorkCalendar, year: int) -> YearsCampaigns:
    """The campaigns of a year: of the holidays that end in it. (The New Year's may begin in December.)"""
    first, last = date(year, 1, 1), date(year, 12, 31)
    spans = [span for span in calendar.holiday_spans(first, last) if span.last.year == year]
    unknown = calendar.first_unknown(first, within_days=(last - first).days)
    return YearsCampaigns(year, _named(calendar, year, spans), unknown)


def campaigns_near(calendar: WorkCalendar, day: date) -> list[Campaign]:
    """Those that something can be due of on a day."""
    years = range((day - _BEFORE).year, (day + _AFTER).year + 1)
    found = (one for year in years for one in _known_of(calendar, year))
    return [one for one in found if one.opens - _BEFORE <= day <= one.closes + _BEFORE]


def _known_of(calendar: WorkCalendar, year: int) -> Sequence[Campaign]:
    return campaigns_of(calendar, year).campaigns


def _named(calendar: WorkCalendar, year: int, spans: Sequence[HolidaySpan]) -> list[Campaign]:
    """By the year and the festival that comes first. Were a festival in two spans, the later one has a number too."""
    used: Counter[str] = Counter()
    found = []
    for span in sorted(spans, key=lambda one: one.first):
        slug = _SLUGS.get(span.festivals[0], f"{span.first:%m%d}")
        used[slug] += 1
        key = f"{year}-{slug}" if used[slug] == 1 else f"{year}-{slug}-{used[slug]}"
        found.append(_campaign(calendar, key, span))
    return found


def _campaign(calendar: WorkCalendar, key: str, span: HolidaySpan) -> Campaign:
    opens, closes = _opening(calendar, span), span.last + _DAY
    while calendar.day(closes).is_off:
        closes += _DAY
    near = (opens + n * _DAY for n in range((closes - opens).days + 1))
    provisional = any(calendar.day(day).kind is DayKind.UNKNOWN for day in near)
    return Campaign(key, span.first, span.last, span.festivals, opens, closes, provisional)


def _opening(calendar: WorkCalendar, span: HolidaySpan) -> date:
    """The third workday before it; where another holiday lies in between and shuts the office, the last one."""
    last = third = workday_before(calendar, span.first)
    for _ in range(WORKDAYS_BEFORE - 1):
        third = workday_before(calendar, third)
    between = (third + n * _DAY for n in range((span.first - third).days))
    return last if any(calendar.day(day).kind is DayKind.HOLIDAY for day in between) else third


# What the calendar changes ----------------------------------------------------------------------------------------


class Turn(StrEnum):
    """What an entry about a campaign says of it."""

    OPENED = "opened"
    MOVED = "moved"
    """before its holiday began: it has other days now"""
    WITHDRAWN = "withdrawn"
    """before its holiday began: there is no such holiday any more"""
    CHANGED = "changed"
    """after it began: it has other days now, and goes on by them"""
    GONE = "gone"
    """after it began: there is no such holiday any more; what was written stands"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign as it was entered last. ``is_closed``: its summary is written."""

    campaign: Campaign
    turn: Turn
    is_closed: bool = False


def turns_due(
    standing: Mapping[str, Standing], calendar: WorkCalendar, now: datetime, also: str | None = None
) -> Iterator[tuple[Turn, Campaign]]:
    """What is to be entered now: campaigns to open, and what a changed calendar does to those that are open.

    ``also``: the key of one that is opened although its holiday is over (when nothing worked in its time).
    """
    planned = {one.key: one for one in campaigns_near(calendar, now.astimezone(calendar.zone).date())}
    if also is not None and also not in planned and also[:4].isdigit():
        planned |= {one.key: one for one in _known_of(calendar, int(also[:4])) if one.key == also}
    for key, one in planned.items():
        known = standing.get(key)
        is_due = at(one.opens, OPENS_AT, calendar) <= now
        if (known is None or known.turn is Turn.WITHDRAWN) and is_due and (key == also or now < one.span(calendar)[1]):
            yield Turn.OPENED, one
    for known in standing.values():
        turn = _turned(known, calendar, now)
        if turn is not None:
            yield turn


def _turned(known: Standing, calendar: WorkCalendar, now: datetime) -> tuple[Turn, Campaign] | None:
    was = known.campaign
    if known.is_closed or known.turn in (Turn.WITHDRAWN, Turn.GONE):
        return None
    if any(calendar.day(day).kind is DayKind.UNKNOWN for day in was.days):
        return None  # a schedule that was taken back says nothing: unknown is not no
    begun = was.span(calendar)[0] <= now
    is_now = next((one for one in _known_of(calendar, int(was.key[:4])) if one.key == was.key), None)
    if is_now is None:
        return (Turn.GONE if begun else Turn.WITHDRAWN), was
    if (is_now.first, is_now.last, is_now.closes) == (was.first, was.last, was.closes):
        return None
    return (Turn.CHANGED if begun else Turn.MOVED), is_now
