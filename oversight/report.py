"""A report 报告: which kinds there are, what each one is about, its number 发文字号, and which one is due next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from fleet.week import Week
from rules.calendar import WorkCalendar

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_CASE = re.compile(r"[1-9]\d{0,17}")
_HOLIDAYS_BACK = timedelta(days=31)


class ReportKind(StrEnum):
    """What is reported."""

    SPOT_CHECK = "spot_check"
    """每周抽查: of the draw of a week."""
    WEEK = "week"
    """每周疑似违规: of a week."""
    RANKING = "ranking"
    """月度排名: of a month."""
    HOLIDAY = "holiday"
    """节假日情况: of a holiday span, known by its first day."""
    BULLETIN = "bulletin"
    """通报: of the cases decided in a month."""
    CASE_FILE = "case_file"
    """案卷: of a case."""


class PeriodError(ValueError):
    """What is no period of that kind, in both languages."""

    def __init__(self, kind: ReportKind, text: str) -> None:
        zh, en = _WRITTEN[kind]
        super().__init__(f"“{text}”不是{zh} / {text!r} is not {en}")
        self.zh, self.en = f"“{text}”不是{zh}", f"{text!r} is not {en}"


_WRITTEN = {
    ReportKind.SPOT_CHECK: ("周次，如 2026-W41", "a week, such as 2026-W41"),
    ReportKind.WEEK: ("周次，如 2026-W41", "a week, such as 2026-W41"),
    ReportKind.RANKING: ("月份，如 2026-09", "a month, such as 2026-09"),
    ReportKind.BULLETIN: ("月份，如 2026-09", "a month, such as 2026-09"),
    ReportKind.HOLIDAY: ("假期首日，如 2026-10-01", "the first day of a holiday, such as 2026-10-01"),
    ReportKind.CASE_FILE: ("案件编号，如 12", "the number of a case, such as 12"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """What a report of a kind is about. ``key`` is how it is written: 2026-W41, 2026-09, 2026-10-01, 12."""

    kind: ReportKind
    key: str

    @classmethod
    def read(cls, kind: ReportKind, text: str) -> Period:
        """Raises PeriodError for what is not written so."""
        key = text.strip()
        try:
            match kind:
                case ReportKind.SPOT_CHECK | ReportKind.WEEK:
                    Week.read(key)
                case ReportKind.RANKING | ReportKind.BULLETIN:
                    _month(key)
                case ReportKind.HOLIDAY:
                    if date.fromisoformat(key).isoformat() != key or not 2000 <= int(key[:4]) <= 2198:
                        raise ValueError(key)
                case ReportKind.CASE_FILE:
                    if _CASE.fullmatch(key) is None:
                        raise ValueError(key)
        except ValueError as error:
            raise PeriodError(kind, text) from error
        return cls(kind, key)

    @property
    def week(self) -> Week:
        """Of a report about a week."""
        return Week.read(self.key)

    @property
    def month(self) -> date:
        """The first day, of a report about a month."""
        return _month(self.key)

    @property
    def next_month(self) -> date:
        """The first day after it, of a report about a month."""
        return (self.month + timedelta(days=31)).replace(day=1)

    @property
    def first_day(self) -> date:
        """Of a report about a holiday."""
        return date.fromisoformat(self.key)

    @property
    def case_id(self) -> int:
        """Of a case file."""
        return int(self.key)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """发文字号: the sign of the office, the year, and a number that counts from 1 in each year without holes."""

    prefix: str
    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.prefix}〔{self.year}〕{self.number}号"


def due(today: date, calendar: WorkCalendar) -> Iterator[Period]:
    """What an office has to report on a day, the most pressing first. Whether there is anything to tell (a draw, a
    decided case) and what was issued already is for the caller to ask."""
    this_week = Week.of(today)
    for span in reversed(calendar.holiday_spans(today - _HOLIDAYS_BACK, today)):
        if span.last < today:
            yield Period(ReportKind.HOLIDAY, span.first.isoformat())
    yield Period(ReportKind.SPOT_CHECK, str(this_week))
    yield Period(ReportKind.WEEK, str(this_week.previous))
    last_month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    yield Period(ReportKind.BULLETIN, f"{last_month:%Y-%m}")
    yield Period(ReportKind.RANKING, f"{last_month:%Y-%m}")
    yield Period(ReportKind.SPOT_CHECK, str(this_week.previous))


def _month(key: str) -> date:
    match = _MONTH.fullmatch(key)
    if match is None or not 2000 <= int(match[1]) <= 2198:
        raise ValueError(key)
    return date(int(match[1]), int(match[2]), 1)
