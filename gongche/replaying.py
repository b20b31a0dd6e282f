"""Replays a track file over MQTT as its trackers would have sent it: in time's order, at a pace, QoS 1."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import isnan

from fleet.clock import moment_of
from gongche.addresses import BrokerAddress
from gongche.publish import Publisher, payload_of, topic_of
from gongche.track_file import TrackFile
from ingest.message import DATUMS, Reading

CONNECTIONS = 50
"""One connection a tracker, up to so many; then trackers share."""

_FIELDS = ("speed_kmh", "heading_deg", "altitude_m", "satellites", "odometer_km", "fuel_l")


@dataclass(frozen=True, slots=True)
class Track:
    """All rows of a file, in the order of their times; ``bad`` counts the rows that were left out."""

    rows: Sequence[tuple[str, Reading]]
    bad: int

    @property
    def trackers(self) -> list[str]:
        return list(dict.fromkeys(tracker for tracker, _ in self.rows))


@dataclass(frozen=True, slots=True)
class Pace:
    """``speed`` times as fast as it was, None for as fast as possible; ``first_us`` is the first row's new time."""

    speed: float | None
    first_us: int | None = None


def read_track(file: TrackFile) -> Track:
    """The whole file."""
    rows: list[tuple[str, Reading]] = []
    bad = 0
    for chunk in file.chunks():
        rows += zip(chunk.trackers, chunk.readings, strict=True)
        bad += len(chunk.bad)
    rows.sort(key=lambda row: row[1][0])
    return Track(rows, bad)


async def replay(
    track: Track, address: BrokerAddress, pace: Pace, progress: Callable[[int], None], connections: int = CONNECTIONS
) -> int:
    """Publishes every row; how many were acknowledged, which is all. ``progress`` hears how many are published."""
    if not track.rows:
        return 0
    trackers = track.trackers
    first_us = int(track.rows[0][1][0])
    shift_us = 0 if pace.first_us is None else pace.first_us - first_us
    run, loop = secrets.token_hex(4), asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        publishers = [
            await stack.enter_async_context(Publisher(address, f"replay-{run}-{number}"))
            for number in range(min(connections, len(trackers)))
        ]
        of_tracker = {code: publishers[place % len(publishers)] for place, code in enumerate(trackers)}
        topics = {code: topic_of(code) for code in trackers}
        began_s = loop.time()
        for number, (tracker, reading) in enumerate(track.rows):
            if pace.speed is not None:
                due_s = began_s + (reading[0] - first_us) / 1e6 / pace.speed
                if (early_s := due_s - loop.time()) > 0:
                    await asyncio.sleep(early_s)
            await of_tracker[tracker].publish(topics[tracker], payload(reading, shift_us))
            progress(number + 1)
    return sum(publisher.acknowledged for publisher in publishers)


def payload(reading: Reading, shift_us: int) -> bytes:
    """A reading as a tracker sends it, its time moved."""
    ts_us, lon, lat, *values, _flags, datum = reading
    told: dict[str, object] = {"ts": moment_of(int(ts_us) + shift_us).isoformat(), "lon": lon, "lat": lat}
    for name, value in zip(_FIELDS, values, strict=True):
        told[name] = None if isnan(value) or value == -1 else value
    if datum >= 0:
        told["datum"] = DATUMS[int(datum)]
    return payload_of(told)
