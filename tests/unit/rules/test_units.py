"""Units over time: which one a vehicle had at a moment, and which vehicles had the same all along."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.units import Units

VEHICLES = 3
changes = st.dictionaries(
    st.tuples(st.integers(0, VEHICLES - 1), st.integers(-5, 5)), st.integers(1, 3), max_size=6
).map(lambda told: [(row, since_us, unit) for (row, since_us), unit in told.items()])
firsts = st.lists(st.integers(1, 3), min_size=VEHICLES, max_size=VEHICLES)


def unit_at(row: int, at_us: int, first: list[int], told: list[tuple[int, int, int]]) -> int:
    """As one reads it from a list."""
    known = sorted((since_us, unit) for of, since_us, unit in told if of == row and since_us <= at_us)
    return known[-1][1] if known else first[row]


@given(firsts, changes)
def test_at_each_moment_a_vehicle_has_the_unit_of_its_last_change(
    first: list[int], told: list[tuple[int, int, int]]
) -> None:
    units = Units.of(np.array(first, np.int32), told)
    moments = range(-6, 7)
    for row in range(VEHICLES):
        expected = [unit_at(row, at_us, first, told) for at_us in moments]
        rows, ts_us = np.full(len(moments), row), np.array(moments, np.int64)
        assert units.at(rows, ts_us).tolist() == expected
        assert [units.one_at(row, at_us) for at_us in moments] == expected
        assert units.take(slice(row, row + 1)).at(np.zeros(len(moments), np.int32), ts_us).tolist() == expected


@given(firsts, changes)
def test_a_history_tells_when_a_vehicle_came_to_another_unit(
    first: list[int], told: list[tuple[int, int, int]]
) -> None:
    histories, number = Units.of(np.array(first, np.int32), told).histories
    assert len(set(histories)) == len(histories)
    for row in range(VEHICLES):
        (began_us, unit), *rest = histories[number[row]]
        assert (began_us, unit) == (None, unit_at(row, -6, first, told))
        for since_us, later in rest:
            assert since_us is not None
            assert (unit, later) == (unit_at(row, since_us - 1, first, told), unit_at(row, since_us, first, told))
            assert unit != later
            unit = later
        assert unit == unit_at(row, 6, first, told)


def test_vehicles_without_a_change_have_one_column() -> None:
    units = Units.of(np.array([7, 8], np.int32), [])
    assert (units.ids.tolist(), units.change) == ([[7], [8]], False)
