"""The seam at which payload formats are added."""

from __future__ import annotations

import pytest

from ingest.decode import decode
from ingest.format import Format
from ingest.formats import FORMATS, format_of, topics_of
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


def test_a_tracker_may_publish_what_its_format_says_and_nothing_where_it_says_nothing() -> None:
    silent = Format("silent", "any/+/+", lambda _: Content("", [], []))
    telling = Format("telling", "any/+/+", lambda _: Content("", [], []), own_topics="any/{tracker}/#")
    assert topics_of("T1", [silent, telling]) == ("any/T1/#",)


def test_no_registered_format_lets_a_tracker_publish_as_another() -> None:
    topics = topics_of("T1")
    assert topics
    for topic in topics:
        for rest in ("position", "T2", "T2/up", "T2/position"):
            received = message(position())._replace(topic=topic.replace("+", "T2").replace("#", rest))
            each = format_of(received.topic)
            assert each is None or each.read(received).tracker == "T1"


def test_every_registered_format_reads_its_own_topics() -> None:
    told = {"v1/T1/position": "gongche", "owntracks/zhang/phone": "owntracks", "jt808/c/13800138000/up": "emqx_jt808"}
    assert {each.name for each in FORMATS} == set(told.values())
    for topic, name in told.items():
        its_format = format_of(topic)
        assert its_format is not None
        assert its_format.name == name
    for topic in ("v1/T1/status", "owntracks/zhang/phone/event", "jt808/c/13800138000/dn"):
        assert format_of(topic) is None


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
