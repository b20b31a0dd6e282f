"""Sets of moments as sorted lists of disjoint [start, end) in microseconds; enough to judge by, slowly."""

from __future__ import annotations

from collections.abc import Iterable

Intervals = list[tuple[int, int]]


def union(*sets: Iterable[tuple[int, int]]) -> Intervals:
    joined: Intervals = []
    for start, end in sorted(span for spans in sets for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def intersection(a: Iterable[tuple[int, int]], b: Iterable[tuple[int, int]]) -> Intervals:
    others = list(b)
    return union(
        (max(start, other_start), min(end, other_end))
        for start, end in a
        for other_start, other_end in others
        if other_start < end and start < other_end
    )


def difference(a: Iterable[tuple[int, int]], b: Iterable[tuple[int, int]]) -> Intervals:
    left = []
    taken = union(b)
    for start, end in union(a):
        at = start
        for taken_start, taken_end in taken:
            if taken_start < end and at < taken_end:
                left.append((at, taken_start))
                at = max(at, taken_end)
        left.append((at, end))
    return union(left)


def touches(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether [start, end) shares time with any of the spans."""
    return any(other_start < end and start < other_end for other_start, other_end in spans)


def kept(spans: Iterable[tuple[int, int]], join_us: int, lasting_us: int) -> Intervals:
    """Spans closer than ``join_us`` made one, those kept whose parts add up to ``lasting_us``."""
    groups: list[Intervals] = []
    for span in union(spans):
        if groups and span[0] - groups[-1][-1][1] < join_us:
            groups[-1].append(span)
        else:
            groups.append([span])
    return [(group[0][0], group[-1][1]) for group in groups if sum(end - start for start, end in group) >= lasting_us]
