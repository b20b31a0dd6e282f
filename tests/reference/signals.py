"""Signals of one vehicle, word by word from docs/facts.md, in plain Python. As slow and plain as facts.py beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, pairwise
from math import nan
from typing import NamedTuple

from tests.reference.facts import MOVING, STEP_AT_MOST_S, Facts, Fix, Stop, Track, Trip, distance_m, track_of

COARSE_ODOMETER_M = 1000
MOST_ODOMETER_KM = 10_000_000
NO_FIX = 1 << 0
POWER_CUT, ANTENNA_CUT, ANTENNA_SHORT = 1 << 8, 1 << 9, 1 << 10


class Message(NamedTuple):
    """One report. NaN: it does not say. ``flags``: alarms, and NO_FIX where its place counts for nothing."""

    ts_us: int
    lon_e7: int
    lat_e7: int
    speed_kmh: float = nan
    odometer_km: float = nan
    flags: int = 0


def fixes_in(messages: Iterable[Message]) -> list[Fix]:
    """The places of those with a fix."""
    return [Fix(*message[:3]) for message in messages if not message.flags & NO_FIX]


class Moment(NamedTuple):
    """All that was heard of a vehicle at one instant."""

    ts_us: int
    flags: int
    has_fix: bool
    odometer_km: float | None


def moments(messages: Sequence[Message]) -> list[Moment]:
    """One for each instant: an alarm that any message carries, a fix if any has one, the highest odometer."""
    found = []
    in_time = sorted(messages, key=lambda message: message.ts_us)
    for ts_us, same_instant in groupby(in_time, key=lambda message: message.ts_us):
        own, flags = list(same_instant), 0
        for message in own:
            flags |= message.flags
        odometers = [message.odometer_km for message in own if abs(message.odometer_km) <= MOST_ODOMETER_KM]
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


def alarm(heard: Sequence[Moment], flag: int) -> list[tuple[int, int]]:
    return [(run[0].ts_us, run[-1].ts_us) for run in runs(heard, lambda moment: bool(moment.flags & flag))]


def no_fix(heard: Sequence[Moment]) -> list[tuple[int, int, int]]:
    """Start, end, metres that the odometer grew."""
    return [
        (run[0].ts_us, run[-1].ts_us, sum(_grown_m(a, b) for a, b in pairwise(run)))
        for run in runs(heard, lambda moment: not moment.has_fix)
    ]


def _grown_m(one: Moment, other: Moment) -> int:
    if one.odometer_km is None or other.odometer_km is None:
        return 0
    grown_m = round(other.odometer_km * 1000) - round(one.odometer_km * 1000)
    most_m = 200 * (other.ts_us - one.ts_us) / 3.6e9 * 1000 + COARSE_ODOMETER_M
    return grown_m if abs(grown_m) <= most_m else 0


def faster_than(messages: Sequence[Message], kmh: float, track: Track | None = None) -> list[tuple[int, int]]:
    """Runs of moving steps, implied speed and the reported speeds at both ends over the limit."""
    reported = {Fix(*message[:3]): message.speed_kmh for message in messages if not message.flags & NO_FIX}
    fixes, steps = track or track_of(reported)
    found: list[tuple[int, int]] = []
    for step, (one, other) in zip(steps, pairwise(fixes), strict=True):
        implied_kmh = step.distance_m / 1000 / (step.duration_us / 3.6e9)
        if step.kind == MOVING and implied_kmh > kmh and reported[one] > kmh and reported[other] > kmh:
            if found and found[-1][1] == one.ts_us:
                found[-1] = (found[-1][0], other.ts_us)
            else:
                found.append((one.ts_us, other.ts_us))
    return found


def moved_unseen(heard: Sequence[Moment], track: Track, facts: Facts, farther_than_m: float) -> list[tuple[int, int]]:
    """Gaps that hold no moment without a fix, whose two fixes lie so far apart, and of which the later one is borne
    out: some step from it on is no gap.
    """
    blind = [moment.ts_us for moment in heard if not moment.has_fix]
    place = {fix.ts_us: fix for fix in track.fixes}
    seen: list[Trip | Stop] = [*facts.trips, *facts.stops]
    known_until_us = max((fact.end_us for fact in seen), default=0)
    return [
        (gap.start_us, gap.end_us)
        for gap in facts.gaps
        if distance_m(place[gap.start_us], place[gap.end_us]) > farther_than_m
        and not any(gap.start_us < ts_us < gap.end_us for ts_us in blind)
        and gap.end_us < known_until_us
    ]
