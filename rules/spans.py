"""Sets of spans of many vehicles at once, as columns, and the algebra on them.

A span is half-open, [start, end), in microseconds since 1970. A set is *normal*: sorted by vehicle and start, no
span empty, spans of one vehicle neither overlapping nor touching (what touches is one span). Equal sets have equal
columns. Nothing here loops over vehicles or spans: every vehicle is laid on one line of integers, one after the
other, and the line is swept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Int64s = NDArray[np.int64]
Mask = NDArray[np.bool_]

EARLIEST_US = -2_208_988_800_000_000
"""1900-01-01T00:00Z. What is open to the left begins here."""
LATEST_US = 7_258_118_400_000_000
"""2200-01-01T00:00Z. What is open to the right ends here."""

_LINE_LIMIT = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Columns of equal length: ``vehicle`` (row number of the vehicle among those judged together) and times in µs.

    The plain constructor trusts its arguments to be normal; :meth:`of` makes them so.
    """

    vehicle: NDArray[np.int32]
    start_us: Int64s
    end_us: Int64s

    # Making ----------------------------------------------------------------------------------------------

    @classmethod
    def empty(cls) -> Spans:
        return cls(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))

    @classmethod
    def of(cls, vehicle: ArrayLike, start_us: ArrayLike, end_us: ArrayLike) -> Spans:
        """The normal set of spans given in any order, overlapping or not.

        Times outside EARLIEST_US..LATEST_US, infinities included, are moved to that bound; empty spans vanish.
        A single vehicle number may stand for the whole column. Raises ValueError for a span that ends before it
        starts, a NaN, a negative vehicle number or columns of different lengths.
        """
        start, end = _times(start_us), _times(end_us)
        rows = np.broadcast_to(np.asarray(vehicle, dtype=np.int32), start.shape)
        if start.shape != end.shape:
            raise ValueError(f"{len(start)} starts, {len(end)} ends")
        if (end < start).any():
            at = int(np.flatnonzero(end < start)[0])
            raise ValueError(f"span {at} ends at {end[at]} before it starts at {start[at]}")
        if len(rows) and rows.min() < 0:
            raise ValueError(f"vehicle rows count from 0, not {rows.min()}")
        some = start < end
        return _normal(np.ascontiguousarray(rows[some]), start[some], end[some])

    @classmethod
    def for_all(cls, start_us: ArrayLike, end_us: ArrayLike, vehicles: int) -> Spans:
        """The same spans for each of ``vehicles`` vehicles (a calendar's, say)."""
        one = cls.of(0, start_us, end_us)
        rows = np.repeat(np.arange(vehicles, dtype=np.int32), len(one))
        return cls(rows, np.tile(one.start_us, vehicles), np.tile(one.end_us, vehicles))

    # Looking ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.start_us)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spans):
            return NotImplemented
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(Spans))

    __hash__ = None  # type: ignore[assignment]  # arrays can change, so a set of spans is no key

    @property
    def duration_us(self) -> Int64s:
        """How long each span is."""
        return self.end_us - self.start_us

    def total_us(self, vehicles: int) -> Int64s:
        """How long each vehicle's spans are together, by row: an array of ``vehicles`` values."""
        total = np.zeros(vehicles, np.int64)
        np.add.at(total, self.vehicle, self.duration_us)
        return total

    def count(self, vehicles: int) -> Int64s:
        """How many spans each vehicle has, by row: an array of ``vehicles`` values."""
        return np.bincount(self.vehicle, minlength=vehicles).astype(np.int64)

    def select(self, mask: Mask) -> Spans:
        """The spans where ``mask`` is true; normal, as leaving out keeps order and distance."""
        return Spans(self.vehicle[mask], self.start_us[mask], self.end_us[mask])

    # Algebra ---------------------------------------------------------------------------------------------

    def __or__(self, other: Spans) -> Spans:
        if not len(self):
            return other
        return _combined(self, other, np.logical_or) if len(other) else self

    def __and__(self, other: Spans) -> Spans:
        if not len(self) or not len(other):
            return Spans.empty()
        return _combined(self, other, np.logical_and)

    def __sub__(self, other: Spans) -> Spans:
        if not len(self) or not len(other):
            return self
        return _combined(self, other, np.greater)

    def within(self, frame: Spans) -> Spans:
        """What of these spans lies in ``frame``; the same as ``self & frame``."""
        return self & frame


def complement(spans: Spans, frame: Spans) -> Spans:
    """What of ``frame`` is in none of ``spans``. Without a frame there is no complement: time has no end."""
    return frame - spans


def touching(spans: Spans, others: Spans) -> Spans:
    """The whole spans of ``spans`` that share time with some span of ``others``.

    Spans that merely meet at an instant share none: they are half-open.
    """
    return spans.select(overlapped(spans, others))


def without(spans: Spans, others: Spans) -> Spans:
    """The whole spans of ``spans`` that share no time with any span of ``others``."""
    return spans.select(~overlapped(spans, others))


def overlapped(spans: Spans, others: Spans) -> Mask:
    """For each span, whether some other shares time with it."""
    if not len(spans) or not len(others):
        return np.zeros(len(spans), np.bool_)
    vehicle = np.concatenate([spans.vehicle, others.vehicle])
    starts, ends = _line(
        vehicle,
        np.concatenate([spans.start_us, others.start_us]),
        np.concatenate([spans.end_us, others.end_us]),
    )
    n = len(spans)
    # The first other that ends after this span starts is the only one that has to be looked at.
    following = np.searchsorted(ends[n:], starts[:n], side="right")
    start_of = np.append(starts[n:], np.iinfo(np.int64).max)
    found: Mask = start_of[following] < ends[:n]
    return found


def after(spans: Spans, others: Spans) -> Spans:
    """Of each span of ``spans`` the part after the first end of one of ``others`` that lies within it."""
    if not len(spans) or not len(others):
        return Spans.empty()
    starts, ends, other_ends = _lines(spans, others)
    following = np.searchsorted(other_ends, starts, side="right")
    ended = np.append(other_ends, np.iinfo(np.int64).max)[following] < ends
    return Spans(spans.vehicle[ended], others.end_us[following[ended]], spans.end_us[ended])


def longer(spans: Spans, than_us: int) -> Spans:
    """The spans of at least ``than_us``."""
    return spans.select(spans.duration_us >= than_us)


def after_first(spans: Spans, first_us: int) -> Spans:
    """Each span without its first ``first_us``; one that is no longer than that vanishes."""
    left = spans.select(spans.duration_us > first_us)
    return Spans(left.vehicle, left.start_us + first_us, left.end_us)


def shorter(spans: Spans, than_us: int) -> Spans:
    """The spans of less than ``than_us``: those that :func:`longer` leaves out."""
    return spans.select(spans.duration_us < than_us)


def grow(spans: Spans, before_us: int, after_us: int) -> Spans:
    """Each span made to start ``before_us`` earlier and end ``after_us`` later; what then meets is one span."""
    if before_us < 0 or after_us < 0:
        raise ValueError(f"spans grow, they do not shrink: {before_us}, {after_us}")
    room_us = LATEST_US - EARLIEST_US
    start = np.maximum(spans.start_us, EARLIEST_US + min(before_us, room_us)) - min(before_us, room_us)
    end = np.minimum(spans.end_us, LATEST_US - min(after_us, room_us)) + min(after_us, room_us)
    return _merged(spans.vehicle, start, end)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Spans that belong together: from the first one's start to the last one's end, and their own time in between.

    Columns of equal length, sorted by vehicle and start; ``spans`` counts a group's members.
    """

    vehicle: NDArray[np.int32]
    start_us: Int64s
    end_us: Int64s
    total_us: Int64s
    spans: Int64s

    def __len__(self) -> int:
        return len(self.start_us)

    def select(self, mask: Mask) -> Groups:
        return Groups(*(getattr(self, f.name)[mask] for f in fields(self)))

    @property
    def whole(self) -> Spans:
        """Each group as one span."""
        return Spans(self.vehicle, self.start_us, self.end_us)

    def lasting(self, us: int) -> Groups:
        """The groups whose spans add up to at least ``us``."""
        return self.select(self.total_us >= us)


def joined(spans: Spans, gap_us: int) -> Groups:
    """Groups of spans of one vehicle that lie closer together than ``gap_us``."""
    apart = np.ones(len(spans), np.bool_)
    apart[1:] = (spans.vehicle[1:] != spans.vehicle[:-1]) | (spans.start_us[1:] - spans.end_us[:-1] >= gap_us)
    first = np.flatnonzero(apart)
    if not len(first):
        none = np.empty(0, np.int64)
        return Groups(np.empty(0, np.int32), none, none, none, none)
    last = np.append(first[1:], len(spans)) - 1
    return Groups(
        spans.vehicle[first],
        spans.start_us[first],
        spans.end_us[last],
        np.add.reduceat(spans.duration_us, first),
        last - first + 1,
    )


# The line --------------------------------------------------------------------------------------------------


def _times(values: ArrayLike) -> Int64s:
    """Whole µs within the range; infinities become its ends."""
    times = np.atleast_1d(np.asarray(values))
    if times.dtype.kind == "f" and np.isnan(times).any():
        raise ValueError("a time is not a number")
    # Both bounds are exact as floats, so the cast comes after the clipping.
    clipped: Int64s = np.clip(times, EARLIEST_US, LATEST_US).astype(np.int64)
    return clipped


def _line(vehicle: NDArray[np.int32], *times: Int64s) -> list[Int64s]:
    """One integer for each (vehicle, time), in their order, with room between vehicles.

    Vehicle by vehicle, ``width`` apart. When that would leave the integers (thousands of vehicles and spans open
    for centuries), times are first replaced by their rank among those given, which keeps the order all the same.
    """
    rows = vehicle.astype(np.int64)
    earliest = min(int(column.min()) for column in times)
    width = max(int(column.max()) for column in times) - earliest + 2
    if (int(rows.max()) + 1) * width < _LINE_LIMIT:
        base = rows * width - earliest
        return [base + column for column in times]
    values = np.unique(np.concatenate(times))
    base = rows * (len(values) + 1)
    return [base + np.searchsorted(values, column) for column in times]


def _normal(vehicle: NDArray[np.int32], start: Int64s, end: Int64s) -> Spans:
    if not len(vehicle):
        return Spans.empty()
    (line,) = _line(vehicle, start)
    if (line[1:] < line[:-1]).any():
        order = np.argsort(line, kind="stable")
        vehicle, start, end = vehicle[order], start[order], end[order]
    return _merged(vehicle, start, end)


def _merged(vehicle: NDArray[np.int32], start: Int64s, end: Int64s) -> Spans:
    """The normal set of spans that are sorted by (vehicle, start) already."""
    if not len(vehicle):
        return Spans.empty()
    starts, ends = _line(vehicle, start, end)
    reach = np.maximum.accumulate(ends)
    opens = np.ones(len(starts), np.bool_)
    opens[1:] = starts[1:] > reach[:-1]
    if opens.all():
        return Spans(vehicle, start, end)
    first = np.flatnonzero(opens)
    return Spans(vehicle[first], start[first], np.maximum.reduceat(end, first))


def _edges(spans: Spans) -> tuple[NDArray[np.int32], Int64s]:
    """Vehicle and time of start, end, start, end, ...: strictly rising along the line, as the set is normal."""
    times = np.empty(2 * len(spans), np.int64)
    times[0::2], times[1::2] = spans.start_us, spans.end_us
    return np.repeat(spans.vehicle, 2), times


def _combined(left: Spans, right: Spans, holds: Any) -> Spans:
    """The time where ``holds(in left, in right)``, a numpy comparison of two masks that is false outside both.

    All edges are put in order; after each, a set is entered if an odd number of its edges has passed. Where several
    edges fall together only the state after the last of them counts, so the result is normal by itself.
    """
    edges = [_edges(left), _edges(right)]
    vehicle = np.concatenate([part[0] for part in edges])
    times = np.concatenate([part[1] for part in edges])
    (line,) = _line(vehicle, times)
    order = np.argsort(line, kind="stable")
    line = line[order]
    passed_left = np.cumsum(order < 2 * len(left))
    in_left = (passed_left & 1).astype(np.bool_)
    in_right = ((np.arange(1, len(order) + 1) - passed_left) & 1).astype(np.bool_)
    last = np.ones(len(order), np.bool_)
    last[:-1] = line[1:] != line[:-1]
    inside = holds(in_left, in_right)[last]
    turns = np.diff(inside, prepend=np.False_)
    chosen = order[last][turns]
    return Spans(vehicle[chosen[0::2]], times[chosen[0::2]], times[chosen[1::2]])


def _lines(spans: Spans, others: Spans) -> tuple[Int64s, Int64s, Int64s]:
    """Starts and ends of ``spans`` and ends of ``others`` on one line."""
    vehicle = np.concatenate([spans.vehicle, spans.vehicle, others.vehicle])
    (line,) = _line(vehicle, np.concatenate([spans.start_us, spans.end_us, others.end_us]))
    n = len(spans)
    return line[:n], line[n : 2 * n], line[2 * n :]
