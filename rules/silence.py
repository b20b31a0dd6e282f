"""The whole fleet: until when it was heard of, and when so much of it was silent that the platform is to blame.

The definitions are section "Silence" of docs/facts.md. Pure, and the same for one judging in memory and for the
store, which keeps the outcome: what is told of one car depends on the others here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.clock import HOUR_US, MINUTE_US, SECOND_US
from rules.facts import FactLimits
from rules.records import Gaps, Signals
from rules.spans import LATEST_US, Int64s, Spans

COUNTING_GAP_US = 30 * MINUTE_US
"""Gaps without a message count as silence of a vehicle from this length on."""
LEAST_VEHICLES = 5
"""Of fewer vehicles, the silence of some is not the platform's."""
USUAL_PERCENT = 20
UNHEARD_US = -(2**62)
"""Stands for "never" among the moments at which vehicles were first and last heard of."""

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """``until_us``: the fleet's time, None while none is known. The columns: its silences, sorted, apart."""

    until_us: int | None
    start_us: Int64s
    end_us: Int64s

    @classmethod
    def unknown(cls) -> Fleet:
        return cls(None, np.empty(0, np.int64), np.empty(0, np.int64))

    def silent(self, vehicles: int) -> Spans:
        """The fleet's silences, of each vehicle."""
        return Spans.for_all(self.start_us, self.end_us, vehicles)

    def open_silences(self, heard_until_us: Int64s, limits: FactLimits) -> tuple[Rows, Int64s, Int64s]:
        """Of vehicles last heard of then (by row): those offline up to the fleet's time; rows, starts, ends."""
        none = np.empty(0, np.int64)
        if self.until_us is None:
            return np.empty(0, np.int32), none, none
        lasts_us = self.until_us - heard_until_us - 1
        rows = np.flatnonzero((heard_until_us != UNHEARD_US) & (lasts_us >= limits.offline_s * SECOND_US))
        return rows.astype(np.int32), heard_until_us[rows] + 1, np.full(len(rows), self.until_us, np.int64)


def fleet_time_us(heard_until_us: Int64s) -> int | None:
    """The fleet's time: the whole hour up to which more than a few of its vehicles have been heard of.

    Two of them at least and one more of every twenty: a few clocks that run ahead must not make the others late.
    """
    heard = np.sort(heard_until_us[heard_until_us != UNHEARD_US])
    if not len(heard):
        return None
    agreeing = min(len(heard), 2 + len(heard) // 20)
    return int(heard[-agreeing]) // HOUR_US * HOUR_US


def silences_of(
    gaps: Gaps, signals: Signals, offline: int, opened: tuple[Rows, Int64s, Int64s], present: Spans
) -> Spans:
    """The silences of vehicles that count: gaps without a message, and times offline (signal number ``offline``)."""
    long = gaps.take((gaps.messages == 0) & (gaps.end_us - gaps.start_us >= COUNTING_GAP_US))
    closed = signals.take(signals.signal == offline)
    silent = Spans.of(
        np.concatenate([long.vehicle, closed.vehicle, opened[0]]),
        np.concatenate([long.start_us, closed.start_us, opened[1]]),
        np.concatenate([long.end_us, closed.end_us, opened[2]]),
    )
    return silent & present


def present_of(heard_from_us: Int64s, unfitted: Spans) -> Spans:
    """From when on each vehicle (by row) counts: since it was first heard of, while it has a tracker."""
    rows = np.flatnonzero(heard_from_us != UNHEARD_US)
    return Spans.of(rows, heard_from_us[rows], np.full(len(rows), LATEST_US)) - unfitted


def fleet_silences(silent: Spans, present: Spans, percent: float) -> tuple[Int64s, Int64s]:
    """When more than so many percent of the vehicles present were silent: starts and ends, sorted and apart."""
    times = np.concatenate([present.start_us, present.end_us, silent.start_us, silent.end_us])
    if not len(times):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    signs = [np.repeat([1, -1], len(spans)) for spans in (present, silent)]
    order = np.argsort(times, kind="stable")
    is_present = np.repeat([True, False], [2 * len(present), 2 * len(silent)])
    steps = np.concatenate(signs)
    here = np.cumsum(np.where(is_present, steps, 0)[order])
    quiet = np.cumsum(np.where(is_present, 0, steps)[order])
    # Of several changes at one moment, only what all of them leave counts.
    last = np.append(np.diff(times[order]) > 0, True)
    held = ((here >= LEAST_VEHICLES) & (100 * quiet > percent * here))[last]
    turns = times[order][last][np.diff(held, prepend=np.False_)]
    return turns[0::2], turns[1::2]


def fleet_of(
    gaps: Gaps,
    signals: Signals,
    offline: int,
    heard_from_us: Int64s,
    heard_until_us: Int64s,
    unfitted: Spans,
    percent: float = USUAL_PERCENT,
) -> Fleet:
    """The fleet of the vehicles that these are all the facts of, by row; ``offline`` is the number of that signal."""
    until_us = fleet_time_us(heard_until_us)
    none = np.empty(0, np.int64)
    present = present_of(heard_from_us, unfitted)
    opened = Fleet(until_us, none, none).open_silences(heard_until_us, FactLimits())
    starts_us, ends_us = fleet_silences(silences_of(gaps, signals, offline, opened, present), present, percent)
    return Fleet(until_us, starts_us, ends_us)


def changed(one: tuple[Int64s, Int64s], other: tuple[Int64s, Int64s]) -> tuple[Int64s, Int64s]:
    """Where two sets of silences differ."""
    first, second = Spans.of(0, *one), Spans.of(0, *other)
    differing = (first - second) | (second - first)
    return differing.start_us, differing.end_us
