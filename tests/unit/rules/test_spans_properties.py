"""The algebra against a grid of minutes, in which a set of spans is a set of minutes, told the slow way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules import spans as algebra
from rules.spans import Spans
from tests.builders.spans import MINUTE_US, ORIGIN_US, minute_us

VEHICLES = 3
MINUTES = 40
Grid = tuple[frozenset[int], ...]

pairs = st.lists(st.tuples(st.integers(0, VEHICLES - 1), st.integers(0, MINUTES - 1), st.integers(0, 9)), max_size=14)
sets = pairs.map(
    lambda rows: Spans.of(
        [row for row, _, _ in rows],
        [minute_us(start) for _, start, _ in rows],
        [minute_us(min(start + length, MINUTES)) for _, start, length in rows],
    )
)
durations = st.integers(0, 12)


def grid(spans: Spans) -> Grid:
    minutes: list[set[int]] = [set() for _ in range(VEHICLES)]
    for row, start, end in zip(spans.vehicle, spans.start_us, spans.end_us, strict=True):
        assert (start - ORIGIN_US) % MINUTE_US == 0 == (end - ORIGIN_US) % MINUTE_US
        minutes[row] |= set(range((start - ORIGIN_US) // MINUTE_US, (end - ORIGIN_US) // MINUTE_US))
    return tuple(frozenset(row) for row in minutes)


def runs(minutes: frozenset[int]) -> list[frozenset[int]]:
    """Maximal runs of neighbouring minutes, in order."""
    found: list[set[int]] = []
    for minute in sorted(minutes):
        if found and minute - 1 in found[-1]:
            found[-1].add(minute)
        else:
            found.append({minute})
    return [frozenset(run) for run in found]


def each_row(a: Grid, b: Grid, what: object) -> Grid:
    assert callable(what)
    return tuple(frozenset(what(left, right)) for left, right in zip(a, b, strict=True))


def is_normal(spans: Spans) -> bool:
    line = list(zip(spans.vehicle, spans.start_us, spans.end_us, strict=True))
    return all(start < end for _, start, end in line) and all(
        before[0] < after[0] or (before[0] == after[0] and before[2] < after[1]) for before, after in pairwise(line)
    )


@given(pairs)
def test_making_a_set_marks_the_minutes_of_all_its_spans(rows: list[tuple[int, int, int]]) -> None:
    starts = [minute_us(start) for _, start, _ in rows]
    ends = [minute_us(start + length) for _, start, length in rows]
    made = Spans.of([row for row, _, _ in rows], starts, ends)
    assert is_normal(made)
    assert grid(made) == tuple(
        frozenset(minute for row, start, length in rows if row == v for minute in range(start, start + length))
        for v in range(VEHICLES)
    )


@given(sets, sets)
def test_the_operators_are_those_of_sets_of_minutes(a: Spans, b: Spans) -> None:
    for found, wanted in (
        (a | b, each_row(grid(a), grid(b), frozenset.union)),
        (a & b, each_row(grid(a), grid(b), frozenset.intersection)),
        (a - b, each_row(grid(a), grid(b), frozenset.difference)),
        (a.within(b), each_row(grid(a), grid(b), frozenset.intersection)),
        (algebra.complement(a, b), each_row(grid(b), grid(a), frozenset.difference)),
    ):
        assert is_normal(found)
        assert grid(found) == wanted


@given(sets, sets)
def test_touching_and_without_part_whole_spans(a: Spans, b: Spans) -> None:
    def touched(left: frozenset[int], right: frozenset[int]) -> set[int]:
        return {minute for run in runs(left) if run & right for minute in run}

    assert is_normal(algebra.touching(a, b))
    assert grid(algebra.touching(a, b)) == each_row(grid(a), grid(b), touched)
    assert grid(algebra.without(a, b)) == each_row(grid(a), grid(b), lambda left, right: left - touched(left, right))


@given(sets, durations)
def test_longer_and_shorter_part_the_runs_by_length(a: Spans, minutes: int) -> None:
    long = tuple(frozenset(m for run in runs(row) if len(run) >= minutes for m in run) for row in grid(a))
    assert grid(algebra.longer(a, minutes * MINUTE_US)) == long
    assert algebra.longer(a, minutes * MINUTE_US) | algebra.shorter(a, minutes * MINUTE_US) == a
    assert algebra.longer(a, minutes * MINUTE_US) & algebra.shorter(a, minutes * MINUTE_US) == Spans.empty()


@given(sets, durations, durations)
def test_growing_reaches_every_minute_near_enough(a: Spans, before: int, after: int) -> None:
    grown = algebra.grow(a, before * MINUTE_US, after * MINUTE_US)
    assert is_normal(grown)
    assert grid(grown) == tuple(
        frozenset(near for minute in row for near in range(minute - before, minute + after + 1)) for row in grid(a)
    )


@given(sets, durations)
def test_joining_puts_runs_together_that_are_closer_than_the_gap(a: Spans, gap: int) -> None:
    wanted: list[tuple[int, int, int, int, int]] = []
    for row, minutes in enumerate(grid(a)):
        groups: list[list[frozenset[int]]] = []
        for run in runs(minutes):
            if groups and min(run) - (max(groups[-1][-1]) + 1) < gap:
                groups[-1].append(run)
            else:
                groups.append([run])
        wanted += [(row, min(group[0]), max(group[-1]) + 1, sum(map(len, group)), len(group)) for group in groups]
    found = algebra.joined(a, gap * MINUTE_US)
    columns = (
        found.vehicle.tolist(),
        ((found.start_us - ORIGIN_US) // MINUTE_US).tolist(),
        ((found.end_us - ORIGIN_US) // MINUTE_US).tolist(),
        (found.total_us // MINUTE_US).tolist(),
        found.spans.tolist(),
    )
    assert list(zip(*columns, strict=True)) == wanted


@given(sets, sets, sets)
def test_the_laws_of_sets_hold(a: Spans, b: Spans, c: Spans) -> None:
    assert a | b == b | a
    assert a & b == b & a
    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a | (b & c) == (a | b) & (a | c)
    assert a - (b | c) == (a - b) - c
    assert a & (b - c) == (a & b) - c
    assert a | a == a == a & a
    assert (a - b) | (a & b) == a
    assert a | Spans.empty() == a == a - Spans.empty()


@given(sets, sets)
def test_complements_follow_de_morgan_within_a_frame(a: Spans, b: Spans) -> None:
    frame = Spans.for_all([minute_us(0)], [minute_us(MINUTES)], VEHICLES)

    def complement(spans: Spans) -> Spans:
        return algebra.complement(spans, frame)

    assert complement(a | b) == complement(a) & complement(b)
    assert complement(a & b) == complement(a) | complement(b)
    assert complement(complement(a)) == a
    assert a - b == a & complement(b)


@given(sets, sets)
def test_the_line_of_ranks_used_for_long_times_gives_the_same(a: Spans, b: Spans) -> None:
    """A vehicle far down the line, with time without end, forces ranks instead of offsets."""
    far = Spans.of([1_000_000], [-np.inf], [np.inf])
    near = np.arange(VEHICLES)

    def first_rows(spans: Spans) -> Spans:
        return spans.select(np.isin(spans.vehicle, near))

    assert first_rows((a | far) & (b | far)) == a & b
    assert first_rows((a | far) - b) == a - b
    assert algebra.without(a | far, b) == algebra.without(a, b) | far


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_in_which_spans_are_given_does_not_matter(rows: list[tuple[int, int, int]], chance: object) -> None:
    def made(given: list[tuple[int, int, int]]) -> Spans:
        return Spans.of([r for r, _, _ in given], [s for _, s, _ in given], [s + n for _, s, n in given])

    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert made(shuffled) == made(rows)
