"""Words of the calendar: together as alone, whatever time is known of the other vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.clock import DAY_US, HOUR_US, day_start_us
from rules.calendar import Day, WorkCalendar
from rules.kinds import Argument
from rules.papers import Papers
from rules.records import Gaps, History, Signals, Stops, Trips, Visits
from rules.source import JudgingSource
from rules.spans import Spans
from rules.units import Units
from rules.visits import ZoneTable

CALENDAR = WorkCalendar()
MARGIN_US = 2 * DAY_US
WORDS: list[tuple[str, tuple[Argument, ...]]] = [
    ("workday", ()),
    ("weekend", ()),
    ("holiday", ()),
    ("unknown_day", ()),
    ("work_hours", ()),
    ("night", ()),
    ("between", (22 * HOUR_US, 5 * HOUR_US)),
]

Known = tuple[int, int]
"""First and last moment known of a vehicle, in µs."""

days = st.dates(date(2019, 12, 1), date(2028, 2, 1)).map(day_start_us)
knowns = st.builds(
    lambda start_us, early_us, lasts_us: (start_us - early_us, start_us - early_us + lasts_us),
    days,
    st.integers(0, DAY_US),
    st.one_of(st.integers(1, 10 * DAY_US), st.integers(1, 60 * DAY_US)),
)


def source_of(vehicles: int, known: dict[int, Known]) -> JudgingSource:
    stops = [[row, start_us, end_us, 0, 0, 2, 0.0] for row, (start_us, end_us) in known.items()]
    history = History(Trips.empty(), Stops.of_rows(stops), Gaps.empty(), Visits.empty(), Signals.empty())
    return judging(history, vehicles, CALENDAR)


def judging(history: History, vehicles: int, calendar: WorkCalendar) -> JudgingSource:
    units = np.zeros(vehicles, np.int32)
    return JudgingSource(vehicles, history, [], [], {}, Papers(), calendar, ZoneTable([]), Units.always(units))


def alone(word: str, arguments: Sequence[Argument], known: Known) -> list[tuple[int, int]]:
    """Of one vehicle, asked of the calendar itself."""
    bounds = known[0] - MARGIN_US, known[1] + MARGIN_US
    match word:
        case "between":
            hours = CALENDAR.between(*bounds, *map(int, arguments))
        case "unknown_day":
            hours = CALENDAR.unknown(*bounds)
        case "work_hours" | "night":
            hours = getattr(CALENDAR, word)(*bounds)
        case _:
            hours = getattr(CALENDAR, f"{word}s")(*bounds)
    return list(zip(hours.start_us.tolist(), hours.end_us.tolist(), strict=True))


@pytest.mark.parametrize(("word", "arguments"), WORDS, ids=[word for word, _ in WORDS])
@settings(deadline=None)
@given(known=st.dictionaries(st.integers(0, 5), knowns, max_size=4))
def test_each_vehicle_has_the_days_and_hours_that_it_has_alone(
    word: str, arguments: tuple[Argument, ...], known: dict[int, Known]
) -> None:
    found = source_of(6, known).term(word, arguments)
    expected = [(row, *span) for row in sorted(known) for span in alone(word, arguments, known[row])]
    assert list(zip(found.vehicle.tolist(), found.start_us.tolist(), found.end_us.tolist(), strict=True)) == expected
    assert found == Spans.of(found.vehicle, found.start_us, found.end_us), "not normal"


def test_years_in_which_nothing_is_known_are_not_asked_for() -> None:
    """A car whose clock showed 1980 does not make the calendar sixty years long."""
    asked: set[date] = set()

    class Asked(WorkCalendar):
        def day(self, day: date) -> Day:
            asked.add(day)
            return super().day(day)

    old_us, new_us = day_start_us(date(1980, 1, 6)), day_start_us(date(2026, 9, 29))
    known = {0: (old_us, old_us + DAY_US), 1: (new_us, new_us + DAY_US), 2: (new_us, new_us + 2 * DAY_US)}
    source = judging(source_of(3, known).history, 3, Asked())
    assert set(source.term("workday", ()).vehicle.tolist()) == {0, 1, 2}
    assert {day.year for day in asked} == {1979, 1980, 2026}
    assert len(asked) < 30  # a margin about each, and the days that belong to its first and last day
