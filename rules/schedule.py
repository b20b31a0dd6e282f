"""The schedule of a year 放假安排 as the State Council's office publishes it in November or December, and what looks
odd in one that was entered by hand. Nothing odd is refused for it: a second person looks at the document.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rules.calendar import REACH_INTO_DECEMBER, OwnDay

_DAY = timedelta(days=1)
_SATURDAY = 5
_FRIDAY = 4

STATUTORY_DAYS = 13
"""Days off that a year has by law since 2025: so many more weekdays are off than weekend days are worked."""

DAYS_OFF = range(20, 41)
"""A year's schedules have named 23 to 33 days off since 2008."""

MAKE_UP_WITHIN_DAYS = 21
"""So near to a day off for a festival a make-up workday lies."""

BETWEEN = "、"
"""Stands between two festivals of one day: 国庆节、中秋."""


@dataclass(frozen=True, slots=True)
class Festival:
    """One of the seven, by its name in the published calendar; the month and day its days off lie between."""

    name: str
    also: tuple[str, ...]
    first: tuple[int, int]
    last: tuple[int, int]
    always: tuple[int, int] | None = None
    en: str = ""


FESTIVALS = (
    Festival("元旦", ("元旦节", "新年"), (1, 1), (1, 4), (1, 1), "New Year"),
    Festival("春节", ("除夕",), (1, 15), (3, 2), None, "Spring Festival"),
    Festival("清明", ("清明节",), (4, 1), (4, 9), None, "Tomb-sweeping Day"),
    Festival("劳动节", ("五一", "五一劳动节", "国际劳动节"), (4, 27), (5, 7), (5, 1), "Labour Day"),
    Festival("端午", ("端午节",), (5, 25), (6, 30), None, "Dragon Boat Festival"),
    Festival("中秋", ("中秋节",), (9, 5), (10, 12), None, "Mid-Autumn Festival"),
    Festival("国庆节", ("国庆", "十一"), (9, 28), (10, 12), (10, 1), "National Day"),
)
_BY_NAME = {name: festival for festival in FESTIVALS for name in (festival.name, *festival.also)}


@dataclass(frozen=True, slots=True)
class Oddity:
    """What looks odd, in Chinese and English; ``day`` where it is one day that does."""

    zh: str
    en: str
    day: date | None = None


def festival_name(text: str) -> str:
    """A festival's name as the published calendar has it; of two in one cell both: 国庆/中秋节 is 国庆节、中秋.

    A name that is none of the seven stays as it is written.
    """
    plain = unicodedata.normalize("NFKC", text)
    for mark in ",/+和与及":
        plain = plain.replace(mark, BETWEEN)
    parts = [part.strip() for part in plain.split(BETWEEN) if part.strip()]
    return BETWEEN.join(_BY_NAME[part].name if part in _BY_NAME else part for part in parts)


def belongs_to(year: int, day: date) -> bool:
    """Whether a year's schedule can name a day: its New Year span may begin in the last days of December before."""
    return day.year == year or (day.year == year - 1 and (day.month, day.day) >= (12, REACH_INTO_DECEMBER))


def oddities(year: int, days: Sequence[OwnDay]) -> list[Oddity]:
    """What looks odd in the schedule of a year."""
    ordered = sorted(days, key=lambda own: own.day)
    return [*_festivals(year, ordered), *_days_off(ordered), *_make_up_days(ordered), *_balance(ordered)]


def _festivals(year: int, days: Sequence[OwnDay]) -> Iterable[Oddity]:
    off = {own.day for own in days if own.is_off}
    for festival in FESTIVALS:
        named = [own.day for own in days if own.is_off and festival.name in own.festival.split(BETWEEN)]
        if not named:
            yield Oddity(f"没有{festival.name}的休息日", f"no day off for {festival.en} ({festival.name})")
        if festival.always is not None and date(year, *festival.always) not in off:
            month, day = festival.always
            yield Oddity(
                f"{month}月{day}日（{festival.name}）不是休息日", f"{month:02}-{day:02} ({festival.en}) is not off"
            )
        early = date(year, *festival.first) - (4 if festival.name == "元旦" else 0) * _DAY
        for one in named:
            if not early <= one <= date(year, *festival.last):
                yield Oddity(f"{one} 不像是{festival.name}的日子", f"{one} is an unlikely day for {festival.en}", one)
        if named and (named[-1] - named[0]).days >= 10:
            yield Oddity(
                f"{festival.name}从 {named[0]} 到 {named[-1]}，跨度过长",
                f"{festival.en} reaches from {named[0]} to {named[-1]}, which is long",
            )


def _days_off(days: Sequence[OwnDay]) -> Iterable[Oddity]:
    off = [own for own in days if own.is_off]
    if len(off) not in DAYS_OFF:
        yield Oddity(f"共 {len(off)} 个休息日，往年为 23 至 33 个", f"{len(off)} days off; other years had 23 to 33")
    for own in off:
        if not own.festival:
            yield Oddity(f"{own.day} 休息，但没有写明节日", f"{own.day} is off, without a festival", own.day)
        for name in own.festival.split(BETWEEN) if own.festival else ():
            if name not in _BY_NAME:
                yield Oddity(
                    f"{own.day} 的节日“{name}”不在七个节日之中",
                    f"{own.day}: {name} is none of the seven festivals",
                    own.day,
                )


def _make_up_days(days: Sequence[OwnDay]) -> Iterable[Oddity]:
    off = [own.day for own in days if own.is_off]
    for own in days:
        if own.is_off:
            continue
        if own.day.weekday() < _SATURDAY:
            yield Oddity(
                f"{own.day} 上班，但这天不是周六周日", f"{own.day} is worked and is no Saturday or Sunday", own.day
            )
        if not any(abs((own.day - day).days) <= MAKE_UP_WITHIN_DAYS for day in off):
            yield Oddity(
                f"{own.day} 上班，但前后 {MAKE_UP_WITHIN_DAYS} 天没有休息日",
                f"{own.day} is worked, with no day off within {MAKE_UP_WITHIN_DAYS} days",
                own.day,
            )


def _balance(days: Sequence[OwnDay]) -> Iterable[Oddity]:
    weekdays_off = sum(bool(own.is_off) for own in days if own.day.weekday() <= _FRIDAY)
    weekends_worked = sum(not own.is_off for own in days if own.day.weekday() > _FRIDAY)
    net = weekdays_off - weekends_worked
    if net != STATUTORY_DAYS:
        yield Oddity(
            f"休息的工作日 {weekdays_off} 个减去调休上班 {weekends_worked} 个为 {net}，应为法定的 {STATUTORY_DAYS} 天",
            f"{weekdays_off} weekdays off less {weekends_worked} make-up workdays is {net};"
            f" by law it is {STATUTORY_DAYS}",
        )
