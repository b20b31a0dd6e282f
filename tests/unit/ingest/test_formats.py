"""The seam at which payload formats are added."""

from __future__ import annotations

import pytest

from ingest.decode import decode
from ingest.format import Format
from ingest.formats import FORMATS, format_of
from ingest.message import Content, Received
from ingest.reasons import Reason
from tests.builders.intake import RECEIVED_US, message, position


@pytest.mark.parametrize(
    ("topic_filter", "topic", "takes"),
    [
        ("v1/+/position", "v1/T1/position", True),
        ("v1/+/position", "v1/T1/status", False),
        ("v1/+/position", "v1/T1/position/x", False),
        ("v1/+/position", "v1//position", True),
        ("owntracks/#", "owntracks/u/d", True),
        ("owntracks/#", "other/u/d", False),
    ],
)
def test_a_format_takes_the_topics_of_its_filter(topic_filter: str, topic: str, takes: bool) -> None:
    assert Format("any", topic_filter, lambda _: Content("", [], [])).takes(topic) is takes


def test_every_registered_format_reads_its_own_topics() -> None:
    assert {each.name for each in FORMATS} == {"gongche"}
    assert format_of("v1/T1/position") is FORMATS[0]
    assert format_of("v1/T1/status") is None


def test_a_format_that_fails_costs_its_message_and_nothing_else() -> None:
    def fail(_: Received) -> Content:
        raise ZeroDivisionError("oh")

    broken = Format("broken", "broken/+", fail)
    messages = [Received("broken/T1", b"x" * 100_000, RECEIVED_US), message(position())]
    reports = decode(messages, 1_000_000, (*FORMATS, broken))
    assert len(reports) == 1
    (kept,) = reports.unreadable
    assert (kept.reason, kept.detail) == (Reason.DECODER_FAILED, "ZeroDivisionError: oh")
    assert len(kept.payload) == 100_000, "our fault, so nothing is cut off"
