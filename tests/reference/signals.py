"""Signals of one vehicle, word by word from docs/facts.md, in plain Python. As slow and plain as facts.py beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from tests.reference.facts import MOVING_FROM_KMH, STEP_AT_MOST_S, Fix, counting_fixes, distance_m

COARSE_ODOMETER_M = 1000
NO_FIX = 1


class Said(Protocol):
    """A message as a test has it."""

    @property
    def ts_us(self) -> int: ...
    @property
    def lon_e7(self) -> int: ...
    @property
    def lat_e7(self) -> int: ...
    @property
    def speed_kmh(self) -> float: ...
    @property
    def odometer_km(self) -> float: ...
    @property
    def flags(self) -> int: ...


class Moment(NamedTuple):
    """All that was heard of a vehicle at one instant."""

    ts_us: int
    flags: int
    has_fix: bool
    odometer_km: float | None


def moments(messages: Sequence[Said]) -> list[Moment]:
    """One for each instant: an alarm that any message carries, a fix if any has one, the highest odometer."""
    found = []
    for ts_us in sorted({message.ts_us for message in messages}):
        own = [message for message in messages if message.ts_us == ts_us]
        flags = 0
        for message in own:
            flags |= message.flags
        odometers = [message.odometer_km for message in own if message.odometer_km == message.odometer_km]
        has_fix = any(not message.flags & NO_FIX for message in own)
        found.append(Moment(ts_us, flags, has_fix, max(odometers, default=None)))
    return found


def runs(heard: Sequence[Moment], member: Callable[[Moment], bool]) -> list[list[Moment]]:
    """Runs of two or more neighbouring members, each at most 10 min after the one before."""
    found: list[list[Moment]] = []
    before: Moment | None = None
    for moment in heard:
        if member(moment):
            near = before is not None and moment.ts_us - before.ts_us <= STEP_AT_MOST_S * 1_000_000
            if near and before is not None and member(before):
                found[-1].append(moment)
            else:
                found.append([moment])
        before = moment
    return [run for run in found if len(run) > 1]


def alarm(messages: Sequence[Said], flag: int) -> list[tuple[int, int]]:
    return [(run[0].ts_us, run[-1].ts_us) for run in runs(moments(messages), lambda moment: bool(moment.flags & flag))]


def no_fix(messages: Sequence[Said]) -> list[tuple[int, int, int]]:
    """Start, end, metres that the odometer grew."""
    return [
        (run[0].ts_us, run[-1].ts_us, sum(_grown_m(a, b) for a, b in pairwise(run)))
        for run in runs(moments(messages), lambda moment: not moment.has_fix)
    ]


def _grown_m(one: Moment, other: Moment) -> int:
    if one.odometer_km is None or other.odometer_km is None:
        return 0
    grown_m = round(other.odometer_km * 1000) - round(one.odometer_km * 1000)
    most_m = 200 * (other.ts_us - one.ts_us) / 3.6e9 * 1000 + COARSE_ODOMETER_M
    return grown_m if abs(grown_m) <= most_m else 0


def faster_than(messages: Sequence[Said], kmh: float) -> list[tuple[int, int]]:
    """Runs of moving steps, implied speed and the reported speeds at both ends over the limit."""
    reported = {
        (message.ts_us, message.lon_e7, message.lat_e7): message.speed_kmh
        for message in messages
        if not message.flags & NO_FIX
    }
    found: list[tuple[int, int]] = []
    for one, other in pairwise(counting_fixes(Fix(*place) for place in reported)):
        hours = (other.ts_us - one.ts_us) / 3.6e9
        implied_kmh = distance_m(one, other) / 1000 / hours
        moving = hours <= STEP_AT_MOST_S / 3600 and MOVING_FROM_KMH <= implied_kmh <= 200
        if moving and implied_kmh > kmh and reported[one] > kmh and reported[other] > kmh:
            if found and found[-1][1] == one.ts_us:
                found[-1] = (found[-1][0], other.ts_us)
            else:
                found.append((one.ts_us, other.ts_us))
    return found
