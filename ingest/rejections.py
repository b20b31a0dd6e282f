"""What of a batch is no position of a vehicle, counted by tracker, local day and reason: for the trackers' health."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from fleet.clock import local_day
from fleet.message import Rejection
from ingest.assign import Batch
from ingest.formats import format_of
from ingest.message import TRACKER_CHARACTERS_MAX
from ingest.reasons import UnreadableError


def rejections(batch: Batch, zone: ZoneInfo) -> list[Rejection]:
    """In the order of tracker, day and reason, so that two writers meet in one order."""
    counts: dict[tuple[str, date, str], tuple[int, int]] = {}
    for tracker, received_us, reason, count in _entries(batch):
        key = tracker, local_day(received_us, zone), reason
        known, last_us = counts.get(key, (0, received_us))
        counts[key] = known + count, max(last_us, received_us)
    return [Rejection(*key, *counts[key]) for key in sorted(counts)]


def _entries(batch: Batch) -> Iterator[tuple[str, int, str, int]]:
    for unassigned in batch.unassigned:
        yield unassigned.tracker, unassigned.received_us, str(unassigned.reason), unassigned.positions
    for unreadable in batch.unreadable:
        yield tracker_of(unreadable.topic), unreadable.received_us, str(unreadable.reason), 1


def tracker_of(topic: str) -> str:
    """The tracker that a topic names; what stands where its format's filter has a ``+`` where that is none; "" for a
    topic that no format reads."""
    its_format = format_of(topic)
    if its_format is None:
        return ""
    wanted, levels = its_format.topic_filter.split("/"), topic.split("/")
    named = [level for want, level in zip(wanted, levels, strict=False) if want == "+"]
    try:
        return its_format.names(*named)
    except UnreadableError:
        return "/".join(named)[:TRACKER_CHARACTERS_MAX]
