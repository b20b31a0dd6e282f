"""The payload formats that are understood. To add one: write its module, name it here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ingest import emqx_jt808, owntracks, payload
from ingest.format import Format

FORMATS: tuple[Format, ...] = (payload.FORMAT, owntracks.FORMAT, emqx_jt808.FORMAT)


def topic_filters(formats: Sequence[Format] = FORMATS) -> tuple[str, ...]:
    """What ingest subscribes to."""
    return tuple(each.topic_filter for each in formats)


def topics_of(tracker: str, formats: Sequence[Format] = FORMATS) -> tuple[str, ...]:
    """MQTT filters of all that one tracker may publish: its own topics in each format."""
    return tuple(topic for each in formats for topic in each.topics_of(tracker))


@lru_cache(maxsize=200_000)  # a topic names its tracker, so there are about as many as trackers
def format_of(topic: str, formats: tuple[Format, ...] = FORMATS) -> Format | None:
    """The format that reads a topic's messages."""
    return next((each for each in formats if each.takes(topic)), None)
