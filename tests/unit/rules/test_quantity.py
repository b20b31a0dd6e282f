"""Quantities written in a rule and read in a sentence."""

from __future__ import annotations

import pytest

from rules.quantity import (
    QuantityError,
    clock_in_words,
    clock_us,
    distance_in_words,
    distance_m,
    duration_in_words,
    duration_us,
)

SECOND_US = 1_000_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 s", 30),
        ("15 min", 900),
        ("2h", 7200),
        ("1 h 30 min", 5400),
        ("1.5 h", 5400),
        ("2 d", 172_800),
        ("15 分钟", 900),
    ],
)
def test_durations_are_read_in_their_units(text: str, seconds: int) -> None:
    assert duration_us(text) == seconds * SECOND_US


@pytest.mark.parametrize("text", ["", " ", "15", "15 minutes", "min", "-5 min", "5 km", "1e9 s", "15 min x", "99999 d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        duration_us(text)


def test_distances_are_read_in_their_units() -> None:
    assert (distance_m("50 m"), distance_m("5 km"), distance_m("0.5 公里")) == (50, 5000, 500)


@pytest.mark.parametrize("text", ["", "50", "50 min", "-1 m", "9999 km", "1 km 50 m"])
def test_what_is_no_distance_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        distance_m(text)


def test_times_of_day_are_read_up_to_the_end_of_the_day() -> None:
    assert [clock_us(text) // SECOND_US for text in ("00:00", "07:30", "23:59", "24:00")] == [0, 27_000, 86_340, 86_400]


@pytest.mark.parametrize("text", ["7:30", "24:01", "25:00", "12:60", "0730", "noon", ""])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match=r"不是钟点.*no time of day"):
        clock_us(text)


def test_quantities_are_said_in_both_languages() -> None:
    assert duration_in_words(duration_us("1 h 30 min"), "zh") == "1 小时 30 分钟"
    assert duration_in_words(duration_us("1 h 1 min 2.5 s"), "en") == "1 hour 1 minute 2.5 seconds"
    assert (duration_in_words(0, "zh"), duration_in_words(0, "en")) == ("0 秒", "0 seconds")
    assert [distance_in_words(m, "zh") for m in (50, 1234, 5000)] == ["50 米", "1234 米", "5 公里"]
    assert [distance_in_words(m, "en") for m in (0.5, 1500)] == ["0.5 m", "1.5 km"]
    assert [clock_in_words(clock_us(text)) for text in ("07:30", "24:00")] == ["07:30", "24:00"]
