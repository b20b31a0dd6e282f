"""Signals: what trackers say besides where they are. High speed, alarms, messages without a fix; as spans.

The definitions are section "Signals" of docs/facts.md. A span of messages never depends on where judging goes on:
a cut is itself a moment with a message, so a span is the part up to it joined with the part from it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.clock import SECOND_US
from fleet.position import ALARMS, Flag, Positions
from rules.expression import Term
from rules.facts import FactLimits, Facts, Index, Mask, Runs
from rules.records import Signals

COARSE_ODOMETER_M = 1000
"""Odometers that count whole kilometres jump by one; so much more than the way possible is still growth."""
_MOST_ODOMETER_KM = 10_000_000


@dataclass(frozen=True, slots=True, order=True)
class Signal:
    """A signal that rules speak of: a word of the vocabulary and, where it has one, its argument."""

    word: str
    argument: str = ""

    @property
    def name(self) -> str:
        """As it is stored: ``faster_than(120.0)``, ``alarm(power_cut)``, ``no_fix``."""
        return f"{self.word}({self.argument})" if self.argument else self.word


OFFLINE = Signal("offline")


def signal_of(term: Term) -> Signal | None:
    """The signal that a term speaks of; None for any other term."""
    match term:
        case Term("faster_than", (speed_kmh,)):
            return Signal("faster_than", repr(float(speed_kmh)))
        case Term("alarm", (name,)):
            return Signal("alarm", str(name))
        case Term("no_fix"):
            return Signal("no_fix")
        case Term("offline"):
            return OFFLINE
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """Moments at which vehicles were heard of, in order; several messages of one instant are one. Columns."""

    vehicle_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    flags: NDArray[np.int32]
    """Alarms that any of its messages carries, and NO_FIX where none has a fix."""
    odometer_km: NDArray[np.float64]


def messages_of(positions: Positions) -> Messages:
    """The moments of positions that stand :meth:`Positions.in_order`."""
    vehicle_id, ts_us, flags, odometer_km = (
        positions.vehicle_id, positions.ts_us, positions.flags, positions.odometer_km,
    )  # fmt: skip
    again = (ts_us[1:] == ts_us[:-1]) & (vehicle_id[1:] == vehicle_id[:-1])
    if again.any():
        first = np.flatnonzero(np.concatenate(([True], ~again)))
        several = np.flatnonzero(np.diff(first, append=len(ts_us)) > 1)
        # Of these few alone the messages are laid together: from the first of each to the next one's first.
        edges = np.stack((first[several], np.append(first, len(ts_us))[several + 1]), axis=1).ravel()
        any_flag, all_flags = (_over(reduced, flags, edges) for reduced in (np.bitwise_or, np.bitwise_and))
        highest_km = _over(np.fmax, np.where(_is_reading(odometer_km), odometer_km, np.nan), edges)
        vehicle_id, ts_us, flags, odometer_km = vehicle_id[first], ts_us[first], flags[first], odometer_km[first]
        flags[several] = (any_flag & ~np.int32(Flag.NO_FIX)) | (all_flags & np.int32(Flag.NO_FIX))
        odometer_km[several] = highest_km
    return Messages(vehicle_id, ts_us, flags, odometer_km)


def _is_reading(odometer_km: NDArray[np.float64]) -> Mask:
    """Whether it is told, and not out of all bounds."""
    return np.abs(odometer_km) <= _MOST_ODOMETER_KM


def _over(reduced: np.ufunc, column: NDArray[Any], edges: Index) -> NDArray[Any]:
    """The column reduced over stretches of it, each given by its first row and the row after its last."""
    return np.asarray(reduced.reduceat(np.append(column, column[-1:]), edges)[::2])


def signals_of(
    positions: Positions, vehicle_ids: NDArray[np.int32], facts: Facts, asked: Sequence[Signal], limits: FactLimits
) -> Signals:
    """All spans of the signals asked for, each signal by its number in ``asked``."""
    parts = [Signals.empty()]
    messages = messages_of(positions) if any(signal.word != "faster_than" for signal in asked) else None
    for number, signal in enumerate(asked):
        if signal.word == "faster_than":
            parts.append(_fast(facts, number, float(signal.argument)))
        elif signal == OFFLINE and messages is not None:
            parts.append(_offline(messages, vehicle_ids, number, limits))
        elif messages is not None:
            flag = ALARMS[signal.argument] if signal.word == "alarm" else Flag.NO_FIX
            runs = _runs(messages, flag, limits)
            parts.append(_heard(messages, vehicle_ids, number, runs, limits, measured=flag is Flag.NO_FIX))
    return Signals.concatenate(parts)


def _fast(facts: Facts, number: int, speed_kmh: float) -> Signals:
    """Runs of moving steps that are faster, implied and reported at both ends. Not reported (NaN) is not faster."""
    fixes, steps = facts.fixes, facts.steps
    faster = fixes.speed_kmh > speed_kmh
    rows = np.flatnonzero(faster[:-1] & faster[1:] & steps.moving)
    rows = rows[steps.distance_m[rows] * 3.6e6 > speed_kmh * steps.duration_us[rows]]
    parted = rows[1:] != rows[:-1] + 1
    first = rows[np.concatenate(([True], parted))] if len(rows) else rows
    last = rows[np.concatenate((parted, [True]))] + 1 if len(rows) else rows
    return _numbered(number, fixes.vehicle[first], fixes.ts_us[first], fixes.ts_us[last])


def _offline(messages: Messages, vehicle_ids: NDArray[np.int32], number: int, limits: FactLimits) -> Signals:
    """From just after a message to the next one, where that is long. Just after: two silences that a message parts
    must not become one, neither as spans nor where judging goes on from that message.
    """
    start_us, end_us = messages.ts_us[:-1] + 1, messages.ts_us[1:]
    same = messages.vehicle_id[1:] == messages.vehicle_id[:-1]
    rows = np.flatnonzero(same & (end_us - start_us >= limits.offline_s * SECOND_US))
    vehicle = np.searchsorted(vehicle_ids, messages.vehicle_id[rows])
    return _numbered(number, vehicle, start_us[rows], end_us[rows])


def _runs(messages: Messages, flag: Flag, limits: FactLimits) -> Runs:
    """Runs of neighbouring messages, near in time, that all carry the flag; two messages at least."""
    at = np.flatnonzero(messages.flags & np.int32(flag))
    one, other = at[:-1], at[1:]
    linked: Mask = (
        (other == one + 1)
        & (messages.vehicle_id[one] == messages.vehicle_id[other])
        & (messages.ts_us[other] - messages.ts_us[one] <= limits.step_s * SECOND_US)
    )
    before, after = np.concatenate(([False], linked))[: len(at)], np.concatenate((linked, [False]))[: len(at)]
    return Runs(at[after & ~before], at[before & ~after])


def _heard(
    messages: Messages, vehicle_ids: NDArray[np.int32], number: int, runs: Runs, limits: FactLimits, *, measured: bool
) -> Signals:
    vehicle = np.searchsorted(vehicle_ids, messages.vehicle_id[runs.first])
    grown_m = _grown_m(messages, runs, limits) if measured and len(runs) else None
    return _numbered(number, vehicle, messages.ts_us[runs.first], messages.ts_us[runs.last], grown_m)


def _grown_m(messages: Messages, runs: Runs, limits: FactLimits) -> Index:
    """What the odometer grew over each run, in whole metres: summed over its neighbouring messages that both
    report it, without those between which it was set anew or jumped farther than a car drives.
    """
    length = runs.last - runs.first
    starts = np.cumsum(length) - length
    one = np.repeat(runs.first - starts, length) + np.arange(length.sum())
    reported = _is_reading(messages.odometer_km)
    metres = np.rint(np.where(reported, messages.odometer_km, 0.0) * 1000).astype(np.int64)
    grown = metres[one + 1] - metres[one]
    most_m = limits.impossible_kmh * (messages.ts_us[one + 1] - messages.ts_us[one]) / 3.6e9 * 1000 + COARSE_ODOMETER_M
    counts = reported[one] & reported[one + 1] & (np.abs(grown) <= most_m)
    return np.asarray(np.add.reduceat(np.where(counts, grown, 0), starts))


def _numbered(
    number: int,
    vehicle: NDArray[np.int32] | Index,
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    grown_m: Index | None = None,
) -> Signals:
    grown = np.zeros(len(start_us), np.int32) if grown_m is None else grown_m.astype(np.int32)
    return Signals(vehicle.astype(np.int32), start_us, end_us, np.full(len(start_us), number, np.int32), grown)


def open_at(signals: Signals, vehicle: NDArray[np.int32], cut_us: NDArray[np.int64]) -> Signals:
    """The spans open at cuts (sorted by vehicle and time), each ending there; ``vehicle`` in them is a cut's number."""
    low = _at_or_before(vehicle, cut_us, signals.vehicle, signals.start_us)
    high = _at_or_before(vehicle, cut_us, signals.vehicle, signals.end_us)
    count = high - low
    row = np.repeat(np.arange(len(signals)), count)
    cut = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    opened = signals.take(row)
    return Signals(cut.astype(np.int32), opened.start_us, cut_us[cut], opened.signal, opened.grown_m)


def _at_or_before(
    vehicle: NDArray[np.int32], ts_us: NDArray[np.int64], asked: NDArray[np.int32], asked_us: NDArray[np.int64]
) -> Index:
    """For each moment asked for, how many of the sorted ones come before it or are it."""
    is_asked = np.repeat([False, True], [len(vehicle), len(asked)])
    order = np.lexsort((is_asked, np.concatenate((ts_us, asked_us)), np.concatenate((vehicle, asked))))
    passed = np.cumsum(~is_asked[order])
    found = np.empty(len(order), np.int64)
    found[order] = passed
    return found[len(vehicle) :]
