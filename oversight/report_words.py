"""The words of reports: ``reports.zh.toml`` and ``reports.en.toml``, the same keys in each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fleet.week import Week
from rules.catalogue import CATALOGUE

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_EN_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip
_ZH_NUMBERS = "一二三四五六七八九十"


@cache
def texts(language: Language) -> Mapping[str, str]:
    """All texts of a language, by ``section.name``."""
    read = tomllib.loads(files("oversight").joinpath(f"reports.{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{name}": text for section, named in read.items() for name, text in named.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """One language, and the zone of local days: what reports are written with."""

    language: Language
    zone: ZoneInfo

    def say(self, key: str, **values: Any) -> str:
        """A text; KeyError for one that there is not."""
        text = texts(self.language)[key]
        return text.format(**values) if values else text

    def heading(self, number: int, key: str, **values: Any) -> str:
        """一、组织情况; 1. How it was organised."""
        text = self.say(key, **values)
        return f"{_ZH_NUMBERS[number - 1]}、{text}" if self.language == "zh" else f"{number}. {text}"

    def day(self, day: date | datetime) -> str:
        """2026年10月8日; 8 October 2026."""
        one = day.astimezone(self.zone).date() if isinstance(day, datetime) else day
        if self.language == "zh":
            return f"{one.year}年{one.month}月{one.day}日"
        return f"{one.day} {_EN_MONTHS[one.month - 1]} {one.year}"

    def month(self, first: date) -> str:
        """2026年9月; September 2026."""
        return (
            f"{first.year}年{first.month}月" if self.language == "zh" else f"{_EN_MONTHS[first.month - 1]} {first.year}"
        )

    def week(self, week: Week) -> str:
        """2026年第41周; week 41 of 2026."""
        year, number, _ = week.monday.isocalendar()
        return f"{year}年第{number}周" if self.language == "zh" else f"week {number} of {year}"

    def moment(self, moment: datetime) -> str:
        """2026年10月8日 08:30; 8 October 2026, 08:30."""
        clock = moment.astimezone(self.zone).strftime("%H:%M")
        return f"{self.day(moment)}{' ' if self.language == 'zh' else ', '}{clock}"

    def short(self, moment: datetime) -> str:
        """10-08 08:30, for columns."""
        return moment.astimezone(self.zone).strftime("%m-%d %H:%M")

    def dated(self, moment: datetime) -> str:
        """2026-10-08 08:30, for columns of any year."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def span(self, start: datetime, end: datetime) -> str:
        """10-08 08:30 – 09:10, the day of the end only where it is another; for columns."""
        local_start, local_end = start.astimezone(self.zone), end.astimezone(self.zone)
        shown = "%H:%M" if local_start.date() == local_end.date() else "%m-%d %H:%M"
        return f"{local_start:%m-%d %H:%M} – {local_end.strftime(shown)}"

    def hours(self, seconds: float) -> str:
        """1 小时 25 分; 1 h 25 min; under a minute as one."""
        hours, minutes = divmod(max(round(seconds / 60), 1), 60)
        if not hours:
            return self.say("time.minutes", m=minutes)
        return self.say("time.hours_minutes", h=hours, m=minutes) if minutes else self.say("time.hours", h=hours)

    def rule(self, rule_id: str) -> str:
        """What a rule is called; its id where the catalogue lacks it."""
        rule = CATALOGUE.get(rule_id)
        if rule is None:
            return rule_id
        return rule.name_zh if self.language == "zh" else rule.name_en

    def role(self, role: str) -> str:
        """What a role is called; several in one, as ``head+staff``, one after the other."""
        return self.listed(self.say(f"role.{one}") for one in role.split("+"))

    def rules(self, rule_ids: Iterable[str]) -> str:
        """Several, one after the other."""
        return self.listed(self.rule(one) for one in rule_ids)

    def listed(self, parts: Iterable[str]) -> str:
        """甲、乙; a, b."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def parts(self, parts: Iterable[str]) -> str:
        """Several sentences in one cell: 甲；乙; a; b. Empty ones are left out."""
        return ("；" if self.language == "zh" else "; ").join(part for part in parts if part)

    def noted(self, text: str, note: str) -> str:
        """存疑：夜间外停; doubtful: out at night. Without a note, the text."""
        return f"{text}{'：' if self.language == 'zh' else ': '}{note}" if note else text


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who reports, in which words, when. ``unknown_days``: of the period, which no calendar knows."""

    words: Words
    district: str
    issuer: str
    issued_on: date
    made_by: str = ""
    """which version of the program"""

    def notes(self, unknown_days: Iterable[date] = (), *more: str) -> tuple[str, ...]:
        """What stands below every report, after what its days call for."""
        unknown = [self.words.day(day) for day in unknown_days]
        told = [self.words.say("notes.unknown_days", days=self.words.listed(unknown))] if unknown else []
        made = [self.words.say("notes.made_by", version=self.made_by)] if self.made_by else []
        return (*more, *told, *made)
