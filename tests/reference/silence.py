"""Silence, word by word from docs/facts.md ("Silence") and docs/rules.md (R14), in plain Python.

Of a whole fleet, as what is held against one car depends on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tests.reference.facts import Fix, reference_facts
from tests.reference.intervals import Intervals, difference, intersection, union
from tests.reference.papers import EVER_US, Papers

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
LEAST_VEHICLES = 5


class Heard(NamedTuple):
    """All that came of one car, and when it had a tracker (None: nothing on record; a side that is None is open)."""

    fixes: Sequence[Fix]
    without_fix: Sequence[Fix] = ()
    papers: Papers = Papers()
    fittings: Sequence[tuple[int | None, int | None]] | None = None

    def moments(self) -> list[int]:
        return sorted({message.ts_us for message in (*self.fixes, *self.without_fix)})

    def fitted(self) -> Intervals:
        if self.fittings is None:
            return [(-EVER_US, EVER_US)]
        return union((-EVER_US if a is None else a, EVER_US if b is None else b) for a, b in self.fittings)


class Offline(NamedTuple):
    """R14: ``is_warning`` under 72 hours."""

    start_us: int
    end_us: int
    is_warning: bool


def fleet_time(cars: Sequence[Heard]) -> int | None:
    """The latest whole hour that enough cars have been heard of at or after."""
    last = sorted((moments[-1] for car in cars if (moments := car.moments())), reverse=True)
    if not last:
        return None
    enough = min(len(last), 2 + len(last) // 20)
    return last[enough - 1] // HOUR_US * HOUR_US


def offline(car: Heard, until_us: int | None) -> list[tuple[int, int]]:
    """From 1 µs after a moment to the next, and after the last one to the fleet's time: 24 hours or more each."""
    moments = car.moments()
    found = [(one + 1, other) for one, other in pairwise(moments)]
    if moments and until_us is not None:
        found.append((moments[-1] + 1, until_us))
    return [(start, end) for start, end in found if end - start >= DAY_US]


def counting(car: Heard) -> Intervals:
    """From its first moment on, while a tracker is fitted to it."""
    moments = car.moments()
    return intersection([(moments[0], EVER_US)], car.fitted()) if moments else []


def silent(car: Heard, until_us: int | None) -> Intervals:
    """While it counts: gaps of 30 min or more without any message, and offline."""
    blind = {message.ts_us for message in car.without_fix} - {fix.ts_us for fix in car.fixes}
    gaps = [
        (gap.start_us, gap.end_us)
        for gap in reference_facts(car.fixes).gaps
        if gap.end_us - gap.start_us >= 30 * MINUTE_US and not any(gap.start_us < ts < gap.end_us for ts in blind)
    ]
    return intersection(union(gaps, offline(car, until_us)), counting(car))


def fleet_silences(cars: Sequence[Heard], percent: float = 20) -> Intervals:
    """When at least five cars count and more than so many percent of them are silent."""
    until_us = fleet_time(cars)
    here, quiet = [counting(car) for car in cars], [silent(car, until_us) for car in cars]
    edges = sorted({edge for spans in (*here, *quiet) for span in spans for edge in span})

    def how_many(sets: Sequence[Intervals], at_us: int) -> int:
        return sum(any(start <= at_us < end for start, end in spans) for spans in sets)

    return union(
        (start, end)
        for start, end in pairwise(edges)
        if how_many(here, start) >= LEAST_VEHICLES and 100 * how_many(quiet, start) > percent * how_many(here, start)
    )


def verdicts(car: Heard, until_us: int | None, silences: Intervals) -> list[Offline]:
    """R14 of one car, given the fleet's time and silences: each part of a silence by itself."""
    taken = union(car.papers.disabled(), silences, difference([(-EVER_US, EVER_US)], car.fitted()))
    parts = [
        part
        for span in offline(car, until_us)
        for part in difference(intersection([span], car.papers.enrolled()), taken)
        if part[1] - part[0] >= DAY_US
    ]
    return [Offline(start, end, end - start < 3 * DAY_US) for start, end in sorted(parts)]
