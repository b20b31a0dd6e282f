"""A message as it came, and what a format read in it."""

from __future__ import annotations

from typing import NamedTuple

from ingest.reasons import Reason, UnreadableError


class Received(NamedTuple):
    """One MQTT message; ``mid`` and ``qos`` are what acknowledging it takes."""

    topic: str
    payload: bytes
    received_us: int
    mid: int = 0
    qos: int = 1


Reading = tuple[float, float, float, float, float, float, float, float, float, float, float]
"""ts_us, lon_deg, lat_deg, speed_kmh, heading_deg, altitude_m, satellites, odometer_km, fuel_l, flags, datum.

Numbers only, so that a batch becomes columns at once. All are exact in a float: a moment's microseconds stay under
2**53 until the year 2255. What was not reported is NaN (satellites: -1); ``datum`` is a place in DATUMS or NO_DATUM.
"""

DATUMS = ("wgs84", "gcj02", "bd09")
NO_DATUM = -1
"""The message names no datum: its tracker's profile says which."""


class BadElement(NamedTuple):
    """One element of an array that cannot be read, beside its good ones; ``place`` counts from 0."""

    place: int
    value: object
    why: UnreadableError


class Content(NamedTuple):
    """What a message says: positions of one tracker, and elements that cannot be read.

    Neither: a message of another kind, in which there is no position. ``offset_min``: the minutes from UTC that the
    times were read with because they do not tell their own, which the tracker's profile may know better; None: they do.
    """

    tracker: str
    readings: list[Reading]
    bad: list[BadElement]
    offset_min: int | None = None


TRACKER_CHARACTERS_MAX = 64


def tracker_code(text: str) -> str:
    """The text, if it can be a tracker's id; raises UnreadableError otherwise."""
    if not 0 < len(text) <= TRACKER_CHARACTERS_MAX or "\0" in text:
        raise UnreadableError(Reason.BAD_TRACKER, ascii(text[:TRACKER_CHARACTERS_MAX]), field="tracker")
    return text
