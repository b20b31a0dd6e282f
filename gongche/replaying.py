"""Replays a track file over MQTT as its trackers would have sent it: in time's order, at a pace, QoS 1."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from fleet.clock import moment_of
from gongche.addresses import BrokerAddress
from gongche.publish import Publisher, payload_of, topic_of
from gongche.track_file import TrackFile
from ingest.message import DATUMS, NO_DATUM, Reading, tracker_code
from ingest.payload import moment_us
from ingest.reasons import UnreadableError

CONNECTIONS = 50
"""One connection a tracker, up to so many; then trackers share."""

_FIELDS = ("speed_kmh", "heading_deg", "altitude_m", "satellites", "odometer_km", "fuel_l")


class Row(NamedTuple):
    """One message to be: when it was sent, by which tracker, and what it says."""

    ts_us: int
    tracker: str
    position: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Track:
    """A file's rows in the order of their times. ``left_out`` counts those without a time or a tracker.

    Rows that are wrong otherwise (a longitude of 1555) are published like any: trackers send such, and ingest is there
    to put them aside.
    """

    rows: Sequence[Row]
    left_out: int

    @property
    def trackers(self) -> list[str]:
        return list(dict.fromkeys(row.tracker for row in self.rows))


@dataclass(frozen=True, slots=True)
class Pace:
    """``speed`` times as fast as it was, None for as fast as possible; ``first_us`` is the first row's new time."""

    speed: float | None
    first_us: int | None = None


def read_track(file: TrackFile) -> Track:
    """The whole file."""
    rows: list[Row] = []
    left_out = 0
    for chunk in file.chunks():
        for tracker, reading in zip(chunk.trackers, chunk.readings, strict=True):
            rows.append(Row(int(reading[0]), tracker, _position(reading)))
        for bad in chunk.bad:
            try:
                ts_us = moment_us(bad.element.get("ts"))
                moment_of(ts_us)
                rows.append(Row(ts_us, tracker_code(bad.tracker), bad.element))
            except (UnreadableError, OverflowError):
                left_out += 1
    rows.sort(key=lambda row: row.ts_us)
    return Track(rows, left_out)


def _position(reading: Reading) -> dict[str, object]:
    _ts_us, lon, lat, *values, _flags, datum = reading
    told: dict[str, object] = {"lon": lon, "lat": lat}
    for name, value in zip(_FIELDS, values, strict=True):
        if not isnan(value) and (name, value) != ("satellites", -1):
            told[name] = value
    return told if datum == NO_DATUM else {**told, "datum": DATUMS[int(datum)]}


async def replay(
    track: Track, address: BrokerAddress, pace: Pace, progress: Callable[[int], None], connections: int = CONNECTIONS
) -> int:
    """Publishes every row; how many were acknowledged, which is all. ``progress`` hears how many are published."""
    if not track.rows:
        return 0
    trackers, first_us = track.trackers, track.rows[0].ts_us
    shift_us = 0 if pace.first_us is None else pace.first_us - first_us
    run, loop = secrets.token_hex(4), asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        publishers = [
            await stack.enter_async_context(Publisher(address, f"replay-{run}-{number}"))
            for number in range(min(connections, len(trackers)))
        ]
        of_tracker = {code: publishers[place % len(publishers)] for place, code in enumerate(trackers)}
        began_s = loop.time()
        for number, row in enumerate(track.rows):
            if pace.speed is not None:
                due_s = began_s + (row.ts_us - first_us) / 1e6 / pace.speed
                await asyncio.sleep(max(due_s - loop.time(), 0.0))
            payload = payload_of({**row.position, "ts": moment_of(row.ts_us + shift_us).isoformat()})
            await of_tracker[row.tracker].publish(topic_of(row.tracker), payload)
            progress(number + 1)
    return sum(publisher.acknowledged for publisher in publishers)
