"""Messages that could not become positions: kept with their payload and a reason, never dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class UnreadableMessage:
    """A payload, or one element of an array in it, that could not be read.

    ``payload`` is what is kept of it: for a whole message (``element`` -1) its first bytes, for one element that
    element as JSON. ``payload_sha256`` and ``payload_bytes`` are always those of the whole message as it came.
    """

    topic: str
    payload: bytes
    payload_sha256: bytes
    element: int
    payload_bytes: int
    reason: str
    detail: str
    received_us: int


@dataclass(frozen=True, slots=True)
class UnassignedMessage:
    """A readable message with a position of an unknown tracker, or of one fitted to no vehicle at that time.

    ``ts_us`` is the time of its first such position, ``waiting_us`` are the times of all of them, ascending. The
    payload is kept whole: it is read again once the tracker turns out to have been fitted at one of these times.
    ``positions`` counts the positions in it that still belong to no vehicle.
    """

    tracker: str
    ts_us: int
    waiting_us: tuple[int, ...]
    topic: str
    payload: bytes
    payload_sha256: bytes
    reason: str
    received_us: int
    positions: int = 1


@dataclass(frozen=True, slots=True)
class Rejection:
    """``count`` positions or messages of a tracker that were put aside for one reason on one local day of receipt.

    ``tracker`` is "" where nothing tells whose they are.
    """

    tracker: str
    day: date
    reason: str
    count: int
    last_us: int
