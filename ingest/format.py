"""What a payload format is. Each lives in a module of its own and is registered in ``ingest.formats``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingest.message import Content, Received, tracker_code


@dataclass(frozen=True, slots=True)
class Format:
    """``read`` says what a message on a topic of this format contains; it raises UnreadableError with the reason.
    ``names`` makes the id of what stands in a topic for each ``+``; it raises UnreadableError where that is none.

    ``own_topics`` is what one tracker may publish, as an MQTT filter with ``{tracker}`` in it; nothing unless it is
    told, as the tracker's id need not be the level of the topic that a sign-in proves.
    """

    name: str
    topic_filter: str
    read: Callable[[Received], Content]
    names: Callable[..., str] = tracker_code
    own_topics: str = ""

    def takes(self, topic: str) -> bool:
        """Whether a topic is one of this format's (MQTT wildcards ``+`` and a last ``#``)."""
        wanted, levels = self.topic_filter.split("/"), topic.split("/")
        if wanted[-1] == "#":
            wanted = wanted[:-1]
            levels = levels[: len(wanted)]
        return len(wanted) == len(levels) and all(
            want in ("+", level) for want, level in zip(wanted, levels, strict=True)
        )

    def topics_of(self, tracker: str) -> tuple[str, ...]:
        """MQTT filters of what this tracker may publish; none where nothing tells which topics are a tracker's own."""
        return (self.own_topics.replace("{tracker}", tracker),) if self.own_topics else ()
