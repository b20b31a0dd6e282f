"""Which unit a vehicle belonged to, and since when: a history without gaps, the first unit from the beginning of time.

The day that a change counts from is what a paper says of it: the vehicle was with the unit *since* that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class VehicleUnit:
    """A unit by its code, and since when (None: the beginning of time) until the next one of the history."""

    unit_code: str
    since: datetime | None = None


class UnitChangeError(Exception):
    """What is said of a vehicle's unit does not follow on ``last``, what is known last."""

    def __init__(self, last: VehicleUnit, asked: VehicleUnit) -> None:
        super().__init__(f"{asked} does not follow on {last}")
        self.last = last
        self.asked = asked


def followed(history: Sequence[VehicleUnit], asked: VehicleUnit) -> tuple[VehicleUnit, ...]:
    """The history with what a vehicle's unit is since a moment; nothing that it says of earlier times changes.

    That the first known unit is so since some day says nothing new. Raises UnitChangeError for a change that is no
    later than the last one, and for another beginning of the last unit than the one that is known.
    """
    last = history[-1]
    if asked.unit_code == last.unit_code:
        if None in (asked.since, last.since) or asked == last:
            return tuple(history)
        raise UnitChangeError(last, asked)
    if asked.since is None or (last.since is not None and asked.since <= last.since):
        raise UnitChangeError(last, asked)
    return (*history, asked)


def corrected(history: Sequence[VehicleUnit], asked: VehicleUnit) -> tuple[VehicleUnit, ...]:
    """The history in which a vehicle has been with a unit since a moment, whatever it says from then on.

    Where the unit is known from an earlier moment, it began at the one asked.
    """
    if asked.since is None:
        raise ValueError("a correction needs the moment since when it is so")
    before = [one for one in history if one.since is None or one.since < asked.since]
    if before[-1].unit_code == asked.unit_code and before[-1].since is not None:
        before.pop()
    if before[-1].unit_code == asked.unit_code:
        return tuple(before)
    return (*before, asked)
