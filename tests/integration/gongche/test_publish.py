"""Publishing as trackers do, on a real broker."""

from __future__ import annotations

import pytest

from gongche.addresses import BrokerAddress
from gongche.embedded.broker import EmbeddedBroker
from gongche.publish import Publisher, PublisherRefusedError, payload_of, topic_of

POSITION = payload_of({"ts": "2026-10-01T09:00:00+08:00", "lon": 118.3, "lat": 33.9})


def as_tracker(broker: EmbeddedBroker, password: str | None = None) -> BrokerAddress:
    return BrokerAddress(broker.host, broker.port, broker.tracker_username, password or broker.tracker_password)


async def test_leaving_waits_until_everything_is_acknowledged(broker: EmbeddedBroker) -> None:
    heard: list[bytes] = []
    async with Publisher(as_tracker(broker), "publish-1", window=5, acknowledged=heard.append) as publisher:
        for _ in range(50):
            await publisher.publish(topic_of("P1"), POSITION)
    assert heard == [POSITION] * 50
    assert publisher.acknowledged == 50


async def publish(publisher: Publisher, messages: int) -> None:
    async with publisher:
        for _ in range(messages):
            await publisher.publish(topic_of("P2"), POSITION)


@pytest.mark.parametrize("messages", [1, 50])
async def test_a_wrong_password_is_told_and_not_tried_for_ever(broker: EmbeddedBroker, messages: int) -> None:
    """Both when it leaves and when it waits for room in its window of 5."""
    with pytest.raises(PublisherRefusedError, match="publish-2"):
        await publish(Publisher(as_tracker(broker, "wrong"), "publish-2", window=5), messages)


@pytest.mark.parametrize("window", [0, 65_535])
def test_a_window_that_no_message_ids_fill_is_refused(broker: EmbeddedBroker, window: int) -> None:
    with pytest.raises(ValueError, match="1 to 65534"):
        Publisher(as_tracker(broker), "publish-3", window=window)
