"""Texts and how times, lengths and spans are written, in Chinese and in English.

All texts of the pages stand in ``api/texts``, one catalogue a language, the same keys in each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo


class Language(StrEnum):
    """The value is what stands in the address and in the cookie."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> str:
        """For the ``lang`` attribute."""
        return {"zh": "zh-CN", "en": "en"}[self.value]

    @property
    def other(self) -> Language:
        return Language.EN if self is Language.ZH else Language.ZH


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All texts of a language, by ``section.name``."""
    text = (files("api") / "texts" / f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        entries += _flat(name, value) if isinstance(value, dict) else [(name, str(value))]
    return entries


_EN_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_EN_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_ZH_DAYS = "一二三四五六日"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Speech:
    """One language in one time zone: what templates write with."""

    language: Language
    time_zone: ZoneInfo

    def t(self, key: str, **values: Any) -> str:
        """A text; raises KeyError for one that the catalogue lacks."""
        text = catalogue(self.language)[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        return key in catalogue(self.language)

    def day(self, day: date | datetime, *, year: bool = False) -> str:
        """10月8日 周四; Thu 8 Oct."""
        if isinstance(day, datetime):
            day = day.astimezone(self.time_zone).date()
        if self.language is Language.ZH:
            said = f"{day.month}月{day.day}日 周{_ZH_DAYS[day.weekday()]}"
            return f"{day.year}年{said}" if year else said
        said = f"{_EN_DAYS[day.weekday()]} {day.day} {_EN_MONTHS[day.month - 1]}"
        return f"{said} {day.year}" if year else said

    def clock(self, moment: datetime, *, seconds: bool = False) -> str:
        """08:30."""
        return moment.astimezone(self.time_zone).strftime("%H:%M:%S" if seconds else "%H:%M")

    def moment(self, moment: datetime, *, year: bool = False, seconds: bool = False) -> str:
        """10月8日 周四 08:30; Thu 8 Oct 08:30."""
        return f"{self.day(moment, year=year)} {self.clock(moment, seconds=seconds)}"

    def short(self, moment: datetime) -> str:
        """10-08 08:30, for columns."""
        return moment.astimezone(self.time_zone).strftime("%m-%d %H:%M")

    def dated(self, moment: datetime | str) -> str:
        """2026-10-08 08:30, or 2026-10-08 at midnight, local; of a moment in ISO 8601 too. For columns of any year."""
        at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return at.astimezone(self.time_zone).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")

    def span(self, start: datetime | None, end: datetime | None, *, year: bool = False) -> str:
        """10月8日 周四 08:30–09:10, the day of the end only where it is another; an open side is said so.

        What does not last is a moment: a claim that tells its minute.
        """
        if start is None and end is None:
            return self.t("time.always")
        if start is None or end is None:
            known = start or end
            assert known is not None
            return self.t("time.from" if start else "time.until", moment=self.moment(known, year=year))
        if self.is_moment(start, end):
            return self.moment(start, year=year)
        same_day = start.astimezone(self.time_zone).date() == end.astimezone(self.time_zone).date()
        last = self.clock(end) if same_day else self.moment(end)
        return f"{self.moment(start, year=year)}{self.t('time.dash')}{last}"

    def is_moment(self, start: datetime, end: datetime) -> bool:
        """Whether both are of one minute."""
        return end - start <= _MINUTE and self.clock(start) == self.clock(end)

    def duration(self, length: timedelta | float) -> str:
        """1 小时 25 分; 1 h 25 min. From minutes on whole minutes, rounded; a number is seconds."""
        seconds = round(length.total_seconds() if isinstance(length, timedelta) else length)
        if seconds < 60:
            return self.t("time.seconds", n=seconds)
        minutes = round(seconds / 60)
        if minutes < 60:
            return self.t("time.minutes", n=minutes)
        hours, minutes = divmod(minutes, 60)
        if hours < 48:
            return self.t("time.hours_minutes", h=hours, m=minutes) if minutes else self.t("time.hours", n=hours)
        days, hours = divmod(hours, 24)
        return self.t("time.days_hours", d=days, h=hours) if hours else self.t("time.days", n=days)

    def distance(self, metres: float) -> str:
        """12.3 公里; 12.3 km."""
        if metres < 1000:
            return self.t("length.metres", n=round(metres))
        return self.t("length.kilometres", n=f"{metres / 1000:.1f}")

    def number(self, value: float) -> str:
        """12,345: the same in both."""
        return f"{value:,.0f}"
