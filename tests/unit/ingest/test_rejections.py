"""What is put aside is counted to the tracker that its topic names, on the local day that it came."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from fleet.clock import SECOND_US, SHANGHAI, day_start_us
from fleet.message import Rejection, UnassignedMessage, UnreadableMessage
from fleet.position import Positions
from ingest.assign import Batch
from ingest.rejections import rejections, tracker_of

MIDNIGHT_US = day_start_us(date(2026, 10, 3))


def unreadable(topic: str, reason: str, received_us: int) -> UnreadableMessage:
    return UnreadableMessage(topic, b"", b"", -1, 0, reason, "", received_us)


def unassigned(tracker: str, positions: int, received_us: int) -> UnassignedMessage:
    return UnassignedMessage(tracker, 0, (0,), "", b"", b"", "unknown_tracker", received_us, positions)


def test_they_are_counted_by_tracker_day_and_reason_in_order() -> None:
    before_us, after_us = MIDNIGHT_US - 1, MIDNIGHT_US + 5 * SECOND_US
    batch = Batch(
        Positions.empty(),
        [unassigned("U", 20, after_us), unassigned("U", 3, MIDNIGHT_US)],
        [
            unreadable("v1/T/position", "not_json", after_us),
            unreadable("v1/T/position", "not_json", before_us),
            unreadable("v1/T/position", "bad_time", after_us),
            unreadable("v1/T/position", "not_json", MIDNIGHT_US),
        ],
    )
    assert rejections(batch, SHANGHAI) == [
        Rejection("T", date(2026, 10, 2), "not_json", 1, before_us),
        Rejection("T", date(2026, 10, 3), "bad_time", 1, after_us),
        Rejection("T", date(2026, 10, 3), "not_json", 2, after_us),
        Rejection("U", date(2026, 10, 3), "unknown_tracker", 23, after_us),
    ]


def test_the_day_is_that_of_the_zone() -> None:
    batch = Batch(Positions.empty(), [unassigned("U", 1, MIDNIGHT_US)], [])
    assert [one.day for one in rejections(batch, ZoneInfo("UTC"))] == [date(2026, 10, 2)]


@pytest.mark.parametrize(
    ("topic", "tracker"),
    [
        ("v1/T1/position", "T1"),
        ("v1/苏/position", "苏"),
        (f"v1/{'x' * 99}/position", "x" * 64),
        ("v1//position", ""),
        ("owntracks/zhang/phone", "zhang~phone"),
        ("owntracks/zh~ang/phone", "zh~ang/phone"),
        ("jt808/c1/013800138000/up", "13800138000"),
        ("jt808/c1/x/up", "c1/x"),
        ("elsewhere/T1", ""),
    ],
)
def test_a_topic_names_its_tracker(topic: str, tracker: str) -> None:
    assert tracker_of(topic) == tracker
