"""The fleet's time and its silences, against a count moment by moment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.clock import HOUR_US, MINUTE_US
from rules.facts import FactLimits
from rules.records import Gaps, Signals
from rules.silence import (
    UNHEARD_US,
    Fleet,
    changed,
    fleet_silences,
    fleet_time_us,
    present_of,
    silences_of,
)
from rules.spans import LATEST_US, Spans

DAY_US = 24 * HOUR_US
vehicle_spans = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 30), st.integers(0, 12)), max_size=25)


def spans(rows: list[tuple[int, int, int]]) -> Spans:
    return Spans.of([v for v, _, _ in rows], [start for _, start, _ in rows], [start + n for _, start, n in rows])


def at(some: Spans, moment: int) -> set[int]:
    return set(some.vehicle[(some.start_us <= moment) & (some.end_us > moment)].tolist())


def held(percent: int, here: set[int], quiet: set[int]) -> bool:
    return len(here) >= 5 and 100 * len(quiet) > percent * len(here)


@given(present=vehicle_spans, silent=vehicle_spans, percent=st.sampled_from([0, 20, 40, 50, 99, 100]))
def test_the_fleet_is_silent_when_more_than_so_many_percent_are(
    present: list[tuple[int, int, int]], silent: list[tuple[int, int, int]], percent: int
) -> None:
    whole = Spans.of(range(4), [0] * 4, [45] * 4)  # so that there are often five
    here = spans(present) | whole
    quiet = spans(silent) & here
    starts_us, ends_us = fleet_silences(quiet, here, percent)
    expected = [moment for moment in range(50) if held(percent, at(here, moment), at(quiet, moment))]
    found = [moment for start, end in zip(starts_us, ends_us, strict=True) for moment in range(start, end)]
    assert found == expected
    assert (starts_us[1:] > ends_us[:-1]).all(), "apart"


@pytest.mark.parametrize(("silent", "is_held"), [(2, False), (3, True)])
def test_a_fifth_is_not_more_than_a_fifth(silent: int, is_held: bool) -> None:
    here = Spans.of(range(10), [0] * 10, [9] * 10)
    quiet = Spans.of(range(silent), [2] * silent, [5] * silent)
    starts_us, ends_us = fleet_silences(quiet, here, 20)
    assert list(zip(starts_us.tolist(), ends_us.tolist(), strict=True)) == ([(2, 5)] if is_held else [])


def test_of_four_vehicles_none_is_the_platforms() -> None:
    here = Spans.of(range(4), [0] * 4, [9] * 4)
    assert len(fleet_silences(here, here, 20)[0]) == 0


@pytest.mark.parametrize(
    ("last_h", "time_h"),
    [
        ([], None),
        ([5.5], 5),
        ([5.5, 3.25], 3),
        ([5.5, 3.25, 3], 3),
        ([900, 3.25, 3], 3),  # a clock that runs ahead
        ([3.5] * 18 + [900, 900], 3),
        ([3.5] * 18 + [900, 900, 900], 900),  # twenty-one: three agree
        ([3.5] * 17 + [900, 900], 900),
    ],
)
def test_the_fleets_time_is_what_some_agree_on(last_h: list[float], time_h: int | None) -> None:
    last_us = np.array([round(h * HOUR_US) for h in last_h] + [UNHEARD_US], np.int64)
    assert fleet_time_us(last_us) == (None if time_h is None else time_h * HOUR_US)


def test_open_silences_last_over_a_day_up_to_the_fleets_time() -> None:
    until_us = 100 * HOUR_US
    heard_us = np.array([until_us - DAY_US, until_us - DAY_US - 1, UNHEARD_US, until_us + 5], np.int64)
    none = np.empty(0, np.int64)
    rows, starts_us, ends_us = Fleet(until_us, none, none).open_silences(heard_us, FactLimits())
    assert (rows.tolist(), starts_us.tolist(), ends_us.tolist()) == ([1], [until_us - DAY_US], [until_us])
    assert len(Fleet.unknown().open_silences(heard_us, FactLimits())[0]) == 0


def test_what_counts_as_silence_of_a_vehicle() -> None:
    long, short = 30 * MINUTE_US, 30 * MINUTE_US - 1
    gaps = Gaps.of_rows([(0, 0, long, 0, 0, 0, 0, 0), (1, 0, short, 0, 0, 0, 0, 0), (2, 0, long, 0, 0, 0, 0, 1)])
    signals = Signals.of_rows([(3, 0, DAY_US, 7, 0), (4, 0, DAY_US, 6, 0)])
    opened = np.array([5], np.int32), np.array([0]), np.array([DAY_US])
    present = present_of(np.array([0, 0, 0, 10, 0, 0, UNHEARD_US]), Spans.of([5], [20], [LATEST_US]))
    silent = silences_of(gaps, signals, 7, opened, present)
    rows = zip(silent.vehicle.tolist(), silent.start_us.tolist(), silent.end_us.tolist(), strict=True)
    assert list(rows) == [(0, 0, long), (3, 10, DAY_US), (5, 0, 20)]


def test_where_two_sets_of_silences_differ() -> None:
    one = np.array([0, 20]), np.array([10, 30])
    other = np.array([5, 20, 40]), np.array([10, 30, 50])
    starts_us, ends_us = changed(one, other)
    assert (starts_us.tolist(), ends_us.tolist()) == ([0, 40], [5, 50])
    assert len(changed(one, one)[0]) == 0
