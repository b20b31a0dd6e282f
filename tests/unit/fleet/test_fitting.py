"""Which vehicle a tracker was on, against looking through the fittings one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.fitting import ALWAYS_US, Fittings

Fitting = tuple[int, int, int, int]
"""tracker row, start, end, vehicle"""


@st.composite
def histories(draw: st.DrawFn) -> list[Fitting]:
    """Fittings of up to four trackers, none overlapping, some touching, sorted as in the columns."""
    fittings = []
    for tracker in range(4):
        edges = sorted(draw(st.sets(st.integers(0, 20), max_size=6)))
        bounds = [-ALWAYS_US, *edges, ALWAYS_US] if draw(st.booleans()) else edges
        for start, end in pairwise(bounds):
            if draw(st.booleans()):
                fittings.append((tracker, start, end, draw(st.integers(1, 9))))
    return fittings


def columns(fittings: list[Fitting]) -> Fittings:
    rows = np.array(fittings, np.int64).reshape(-1, 4).T
    return Fittings(
        np.arange(5, dtype=np.int32),
        ("wgs84",) * 5,
        rows[0],
        rows[1],
        rows[2],
        rows[3].astype(np.int32),
        (480,) * 5,
        (1.0,) * 5,
    )


def one_by_one(fittings: list[Fitting], tracker: int, ts_us: int) -> int:
    return next((v for row, start, end, v in fittings if row == tracker and start <= ts_us < end), -1)


@given(histories(), st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 21))))
def test_a_fitting_holds_from_its_start_up_to_its_end(fittings: list[Fitting], asked: list[tuple[int, int]]) -> None:
    trackers = np.array([tracker for tracker, _ in asked], np.int64)
    moments = np.array([moment for _, moment in asked], np.int64)
    assert columns(fittings).vehicles_at(trackers, moments).tolist() == [
        one_by_one(fittings, tracker, moment) for tracker, moment in asked
    ]
