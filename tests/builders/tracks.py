"""Tracks in a line: ``track(at(0), at(5, east_m=600), ...)``. Metres are from a point in 宿豫区."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from hypothesis import strategies as st

from fleet.clock import SHANGHAI, us_of
from fleet.position import E7, Flag, Positions
from tests.reference.facts import Fix
from tests.reference.signals import Message

LON, LAT = 118.33, 33.95
METRES_PER_DEGREE = 6_371_008.8 * math.pi / 180
NOON = datetime(2026, 9, 22, 12, tzinfo=SHANGHAI)


def saying(
    fixes: Sequence[Fix], flags: int = 0, *, speed_kmh: float = math.nan, odometer_km: Sequence[float] = ()
) -> list[Message]:
    """The fixes as messages that say so."""
    odometers = odometer_km or [math.nan] * len(fixes)
    return [Message(*fix, speed_kmh, km, flags) for fix, km in zip(fixes, odometers, strict=True)]


def at(minute: float = 0, *, east_m: float = 0, north_m: float = 0, second: float = 0, since: datetime = NOON) -> Fix:
    """A fix so many minutes and seconds after ``since``, so many metres from the point."""
    ts_us = us_of(since) + round((minute * 60 + second) * 1e6)
    lon = LON + east_m / (METRES_PER_DEGREE * math.cos(math.radians(LAT)))
    lat = LAT + north_m / METRES_PER_DEGREE
    return Fix(ts_us, round(lon * E7), round(lat * E7))


def drive(start: float, minutes: float, *, from_m: float, to_m: float, every_s: float = 15) -> list[Fix]:
    """Fixes of a straight eastward drive at even speed."""
    n = max(2, round(minutes * 60 / every_s) + 1)
    return [at(start + minutes * i / (n - 1), east_m=from_m + (to_m - from_m) * i / (n - 1)) for i in range(n)]


def stand(start: float, minutes: float, *, at_m: float = 0, every_s: float = 60) -> list[Fix]:
    """Fixes of a parked car."""
    n = max(2, round(minutes * 60 / every_s) + 1)
    return [at(start + minutes * i / (n - 1), east_m=at_m) for i in range(n)]


def positions(fixes: Iterable[Fix | Message], vehicle_id: int = 1) -> Positions:
    """The fixes as columns, in the order of judging."""
    messages = [Message(*fix) for fix in fixes]
    columns = np.array([message[:3] for message in messages], np.int64).reshape(-1, 3)
    return Positions.of(
        vehicle_id,
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
        speed_kmh=[message.speed_kmh for message in messages],
        odometer_km=[message.odometer_km for message in messages],
        flags=[message.flags for message in messages],
    ).in_order()


@st.composite
def tracks(draw: st.DrawFn, most_legs: int = 12) -> list[Fix]:
    """Random tracks in which everything the definitions speak of happens, near the thresholds and far from them."""
    fixes: list[Fix] = []
    second, east = 0.0, 0.0
    for _ in range(draw(st.integers(1, most_legs))):
        leg = draw(st.sampled_from(["drive", "creep", "stand", "sleep", "silence", "wild", "island", "repeat"]))
        steps = draw(st.integers(1, 8))
        every = draw(st.sampled_from([1, 20, 60, 149, 151, 299, 301, 599, 600, 601, 1300]))
        for _ in range(steps if leg in ("drive", "creep", "stand", "island") else 1):
            second += every if leg != "sleep" else draw(st.sampled_from([601, 900, 20_000]))
            if leg == "drive":
                east += draw(st.sampled_from([1.3, 1.5, 10, 50])) * every
            elif leg == "creep":
                east += draw(st.sampled_from([-60, -9, 0, 9, 60, 110]))
            elif leg == "sleep":
                east += draw(st.sampled_from([0, 50, 99, 101, 5_000]))
            elif leg == "silence":
                second += 700
                east += draw(st.sampled_from([150, 30_000]))
            elif leg in ("wild", "island"):
                east += draw(st.sampled_from([-1, 1])) * every * draw(st.sampled_from([54, 57, 900]))
            shift = draw(st.sampled_from([0, 0, 0, 3])) if leg == "repeat" else 0
            fixes.append(at(second=second, east_m=east))
            if leg == "repeat":
                fixes.append(at(second=second, east_m=east + shift))
    return fixes


MOODS = [0, 0, 0, Flag.NO_FIX, Flag.NO_FIX | Flag.ANTENNA_CUT, Flag.POWER_CUT, Flag.ANTENNA_CUT]


@st.composite
def reports(draw: st.DrawFn, most_legs: int = 12) -> list[Message]:
    """Random tracks whose messages carry alarms, lack fixes, and tell speeds and odometers, true ones and wild ones."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    flags, odometer_km = 0, 1000.0
    messages = []
    for fix in sorted(set(draw(tracks(most_legs)))):
        if chance.random() < 0.15:
            flags = chance.choice(MOODS)
        odometer_km += chance.choice([0, 0.1, 0.5, 3]) if chance.random() < 0.95 else chance.choice([-900, 500])
        told_km = odometer_km if chance.random() < 0.9 else math.nan
        messages.append(Message(*fix, chance.choice([130, 130, 150, 120, 30, math.nan]), told_km, flags))
    return messages
