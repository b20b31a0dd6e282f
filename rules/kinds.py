"""What may stand as an argument in a rule, and how its text becomes a value."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from fleet.position import ALARMS
from rules.quantity import (
    QuantityError,
    clock_in_words,
    clock_us,
    distance_in_words,
    distance_m,
    duration_us,
    duration_written,
)

Argument = str | int | float
"""A zone or alarm name; µs (durations, times of day) or a count; metres or km/h."""


class Kind(StrEnum):
    """What may stand at an argument's place."""

    SPANS = "spans"
    DURATION = "duration"
    DISTANCE = "distance"
    CLOCK = "clock"
    NUMBER = "number"
    COUNT = "count"
    PLACE = "place"
    ALARM = "alarm"


WANTED = {
    Kind.SPANS: ("时段，如 driving", "spans such as driving"),
    Kind.DURATION: ('时长，如 "15 min"', 'a duration such as "15 min"'),
    Kind.DISTANCE: ('距离，如 "50 m"', 'a distance such as "50 m"'),
    Kind.CLOCK: ('钟点，如 "07:30"', 'a time of day such as "07:30"'),
    Kind.NUMBER: ("数，如 120", "a number such as 120"),
    Kind.COUNT: ("整数，如 3", "a whole number such as 3"),
    Kind.PLACE: (
        '围栏类别，或加引号的围栏名称，如 sensitive、"某酒店"',
        'a zone kind, or a zone name in quotes: sensitive, "Hotel"',
    ),
    Kind.ALARM: ("报警名称，如 power_cut", "an alarm name such as power_cut"),
}
"""What an error asks for, in Chinese and English."""

_READ: dict[Kind, tuple[type | tuple[type, ...], Callable[[Any], Argument]]] = {
    Kind.DURATION: (str, duration_us),
    Kind.DISTANCE: (str, distance_m),
    Kind.CLOCK: (str, clock_us),
    Kind.NUMBER: ((int, float), float),
    Kind.COUNT: (int, int),
    Kind.PLACE: (str, str.strip),
    Kind.ALARM: (str, lambda name: name if name in ALARMS else ""),
}


def value_of(written: Argument, kind: Kind) -> Argument:
    """A value as it is written in a rule or on its page: ``"15 min"`` as a duration is 900,000,000 µs.

    Raises QuantityError.
    """
    types, read = _READ.get(kind, ((), str))
    value = read(written) if isinstance(written, types) and not isinstance(written, bool) else ""
    if value == "":
        zh, en = WANTED[kind]
        raise QuantityError(f"此处应为{zh}，却是 {written}", f"expected {en} but found {written}")
    return value


def written_of(value: Argument, kind: Kind) -> Argument:
    """A value as it may be written, in one way: what :func:`value_of` reads as it."""
    match kind, value:
        case Kind.DURATION, int():
            return duration_written(value)
        case Kind.DISTANCE, int() | float():
            return distance_in_words(value, "en")
        case Kind.CLOCK, int():
            return clock_in_words(value)
        case Kind.NUMBER, int() | float():
            return int(value) if value == int(value) else value
    return value
