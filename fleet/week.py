"""A week as it stands in an address and in a draw: 2026-W40, Monday to Sunday, ISO 8601."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Week:
    """The local week that begins on ``monday``."""

    monday: date

    @classmethod
    def of(cls, day: date) -> Week:
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def read(cls, text: str) -> Week:
        """From ``2026-W40``; ValueError when there is no such week."""
        match = _WRITTEN.fullmatch(text)
        if match is None or not 2000 <= int(match[1]) <= 2199:
            raise ValueError(f"not a week: {text!r}")
        return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1))

    def weeks_since(self, earlier: Week) -> int:
        """How many weeks it begins after an earlier one."""
        return (self.monday - earlier.monday).days // 7

    @property
    def after(self) -> date:
        """The day after its last."""
        return self.monday + timedelta(days=7)

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=n) for n in range(7)]

    @property
    def previous(self) -> Week:
        return Week(self.monday - timedelta(days=7))

    @property
    def next(self) -> Week:
        return Week(self.after)

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"
