"""Parts of every year, over its end and on its odd day too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quantity import QuantityError
from rules.season import Season

days = st.dates(date(1999, 1, 1), date(2105, 12, 31))
seasons = st.builds(
    lambda first, last: Season((first.month, first.day), (last.month, last.day)),
    st.dates(date(2000, 1, 1), date(2000, 12, 31)),
    st.dates(date(2000, 1, 1), date(2000, 12, 31)),
)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("05-01..09-30", ["2026-05-01", "2026-09-30", "2031-07-01"], ["2026-04-30", "2026-10-01"]),
        ("10-08..04-30", ["2026-10-08", "2026-12-31", "2027-01-01", "2027-04-30"], ["2026-10-07", "2026-05-01"]),
        ("07-01..07-01", ["2026-07-01"], ["2026-06-30", "2026-07-02"]),
        ("02-29..02-29", ["2028-02-29"], ["2026-02-28", "2026-03-01", "2028-03-01"]),
        ("01-01..12-31", ["2026-01-01", "2026-12-31", "2028-02-29"], []),
    ],
)
def test_both_ends_are_included(text: str, inside: list[str], outside: list[str]) -> None:
    season = Season.of(text)
    assert str(season) == text
    assert all(date.fromisoformat(day) in season for day in inside)
    assert not any(date.fromisoformat(day) in season for day in outside)


@pytest.mark.parametrize("text", ["", "05-01", "05-01..", "5-1..9-30", "13-01..02-01", "04-31..06-01", "05-01-09-30"])
def test_what_is_no_season_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="is no season"):
        Season.of(text)


@given(seasons, days)
def test_it_turns_on_the_days_that_it_says(season: Season, day: date) -> None:
    before = day - timedelta(days=1)
    if (before in season) != (day in season):
        assert day in {*season.turns(before.year), *season.turns(day.year)}
