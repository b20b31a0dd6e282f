"""Messages split over several frames (header bit 13), put together again. Bounded in number, size and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.jt808.frame import Frame

MESSAGES_MAX = 4
"""Split messages of one terminal at the same time; the oldest is given up for a new one."""
PARTS_MAX = 64
"""More than any batch of positions needs; pictures and sound, which need more, are not taken."""
PATIENCE_S = 60.0


class Whole(NamedTuple):
    """A message, and the frames that it came in: each of them waits for an answer."""

    message: Frame
    frames: tuple[Frame, ...]


@dataclass(slots=True)
class _Open:
    since_s: float
    frames: dict[int, Frame] = field(default_factory=dict)


class Assembly:
    """Puts the parts of one terminal's messages together.

    The parts of a message have serial numbers that follow each other, so each part tells the first one's.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[int, int, int], _Open] = {}
        self.given_up = 0

    def add(self, frame: Frame, now_s: float) -> Whole | None:
        """The whole message once its last missing part came; None before."""
        if frame.parts == 1:
            return Whole(frame, (frame,))
        self._forget(now_s)
        if frame.parts > PARTS_MAX:
            self.given_up += 1
            return None
        first_serial = (frame.serial - frame.part + 1) & 0xFFFF
        key = (frame.message_id, first_serial, frame.parts)
        one = self._open.get(key)
        if one is None:
            if len(self._open) >= MESSAGES_MAX:
                del self._open[next(iter(self._open))]
                self.given_up += 1
            one = self._open[key] = _Open(now_s)
        one.frames[frame.part] = frame
        if len(one.frames) < frame.parts:
            return None
        del self._open[key]
        frames = tuple(one.frames[part] for part in range(1, frame.parts + 1))
        body = b"".join(part.body for part in frames)
        return Whole(frames[0]._replace(body=body, parts=1, part=1), frames)

    def _forget(self, now_s: float) -> None:
        late = [key for key, one in self._open.items() if now_s - one.since_s > PATIENCE_S]
        for key in late:
            del self._open[key]
        self.given_up += len(late)
