"""A span of time [start, end), half-open, as nouns carry it. Columns of spans are in ``rules.spans``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to, not including, ``end``; both aware. ``None`` means open on that side."""

    start: datetime | None
    end: datetime | None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"a span must end after it starts: {self.start} .. {self.end}")
