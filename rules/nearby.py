"""Papers by vehicle and time: those near a span are found without a look at all the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from fleet.clock import us_of
from fleet.span import Span
from rules.spans import EARLIEST_US, LATEST_US


class Paper(Protocol):
    @property
    def during(self) -> Span: ...


P = TypeVar("P", bound=Paper)


class Nearby(Generic[P]):
    """Papers given with the row of each one's vehicle. ``near_us``: how far off still is near."""

    def __init__(self, papers: Sequence[tuple[int, P]], near_us: int) -> None:
        self._papers = sorted(papers, key=lambda paper: paper[0])
        self._near_us = near_us
        self._row = np.array([row for row, _ in self._papers], np.int64)
        during = [paper.during for _, paper in self._papers]
        self._start_us = np.array([EARLIEST_US if d.start is None else us_of(d.start) for d in during], np.int64)
        self._end_us = np.array([LATEST_US if d.end is None else us_of(d.end) for d in during], np.int64)

    def of(self, row: int, start_us: int, end_us: int) -> list[P]:
        """A vehicle's papers that reach into the time from so long before a span to so long after it."""
        first, last = (int(at) for at in np.searchsorted(self._row, [row, row + 1]))
        own = slice(first, last)
        near = (self._start_us[own] < end_us + self._near_us) & (self._end_us[own] > start_us - self._near_us)
        return [self._papers[first + at][1] for at in np.flatnonzero(near).tolist()]
