"""What a batch of messages said, collected message by message; turned into columns all at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fleet.message import UnreadableMessage
from ingest.message import BadElement, Content, Reading, Received
from ingest.reasons import Reason, UnreadableError

KEPT_BYTES = 65_536
"""Of an unreadable payload so much is kept, with its full length and its SHA-256."""

_KEPT_WHOLE = frozenset({Reason.TOO_LARGE, Reason.DECODER_FAILED, Reason.REFUSED, Reason.CLOCK_AHEAD})
"""Not the sender's fault, or maybe not (the clock that is wrong may be ours), so nothing of them is cut off."""


class Reports:
    """The positions and the unreadable parts of a batch of messages.

    ``trackers`` gives each tracker of the batch its row (0, 1, ...), in order of appearance. ``without_position``
    counts messages of kinds that hold none.
    """

    def __init__(self, messages: Sequence[Received]) -> None:
        self.messages = messages
        self.trackers: dict[str, int] = {}
        self.unreadable: list[UnreadableMessage] = []
        self.without_position = 0
        self._readings: list[Reading] = []
        self._message_rows: list[int] = []
        self._tracker_rows: list[int] = []
        self._counts: list[int] = []
        self._offsets_min: list[int | None] = []

    def __len__(self) -> int:
        """How many positions were read."""
        return len(self._readings)

    def add(self, message_row: int, content: Content) -> None:
        """Takes in what one message said."""
        if not content.readings and not content.bad:
            self.without_position += 1
            return
        self._readings += content.readings
        self._message_rows.append(message_row)
        self._tracker_rows.append(self.trackers.setdefault(content.tracker, len(self.trackers)))
        self._counts.append(len(content.readings))
        self._offsets_min.append(content.offset_min)
        if content.bad:
            self._put_elements_aside(self.messages[message_row], content.bad)

    def put_aside(self, message_row: int, why: UnreadableError) -> None:
        """Keeps a whole message that cannot be read, with the reason."""
        self.unreadable.append(unreadable_message(self.messages[message_row], why))

    def _put_elements_aside(self, message: Received, bad: Sequence[BadElement]) -> None:
        sha256 = hashlib.sha256(message.payload).digest()
        for place, value, why in bad:
            kept = json.dumps(value).encode()[:KEPT_BYTES]
            self.unreadable.append(_entry(message, place, kept, sha256, why))

    def columns(self) -> NDArray[np.float64]:
        """The readings, shape (11, n): one row a field of Reading, one column a position."""
        return np.array(self._readings, np.float64).reshape(-1, 11).T

    def offsets_min(self) -> NDArray[np.float64] | None:
        """For each position the minutes from UTC that its time was read with, shape (n,); NaN where the time tells its
        own, and None where all do."""
        if not any(offset is not None for offset in self._offsets_min):
            return None
        return np.repeat(np.array(self._offsets_min, np.float64), self._counts)

    def message_rows(self) -> NDArray[np.int64]:
        """For each position the place of its message in the batch, shape (n,)."""
        return np.repeat(np.array(self._message_rows, np.int64), self._counts)

    def tracker_rows(self) -> NDArray[np.int64]:
        """For each position the row of its tracker, shape (n,)."""
        return np.repeat(np.array(self._tracker_rows, np.int64), self._counts)


def unreadable_message(message: Received, why: UnreadableError) -> UnreadableMessage:
    """A whole message that cannot be read, as it is kept."""
    kept = message.payload if why.reason in _KEPT_WHOLE else message.payload[:KEPT_BYTES]
    return _entry(message, -1, kept, hashlib.sha256(message.payload).digest(), why)


def _entry(message: Received, element: int, kept: bytes, sha256: bytes, why: UnreadableError) -> UnreadableMessage:
    return UnreadableMessage(
        topic=message.topic,
        payload=kept,
        payload_sha256=sha256,
        element=element,
        payload_bytes=len(message.payload),
        reason=why.reason,
        detail=why.detail,
        received_us=message.received_us,
    )
