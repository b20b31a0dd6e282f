"""Trackers with users of their own, at the embedded broker and at Mosquitto: what each may do, and what nobody may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import aiomqtt
import pytest

from fleet.credential import Credential
from gongche.credentials import new_credential
from gongche.embedded.broker import EmbeddedBroker
from tests.fixtures.mosquitto import Mosquitto

PATIENCE_S = 20


class Broker(Protocol):
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    def admit(self, credentials: Sequence[Credential]) -> None: ...


@pytest.fixture(params=["embedded", "mosquitto"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Nobody is admitted yet."""
    if request.param == "embedded":
        with EmbeddedBroker(tmp_path / "broker") as embedded:
            yield embedded
    else:
        with Mosquitto(tmp_path / "mosquitto") as mosquitto:
            yield mosquitto


def client(broker: Broker, user: str, password: str) -> aiomqtt.Client:
    return aiomqtt.Client(broker.host, broker.port, username=user, password=password, identifier=f"of-{user}")


def ingest(broker: Broker) -> aiomqtt.Client:
    return client(broker, broker.username, broker.password)


async def next_message(reader: aiomqtt.Client) -> tuple[str, object]:
    async with asyncio.timeout(PATIENCE_S):
        message = await anext(aiter(reader.messages))
    return str(message.topic), message.payload


async def lets_in(broker: Broker, user: str, password: str) -> bool:
    try:
        async with client(broker, user, password):
            return True
    except aiomqtt.MqttError:
        return False


@asynccontextmanager
async def signed_in_until_cut_off(broker: Broker, user: str, password: str) -> AsyncIterator[aiomqtt.Client]:
    """Leaving it waits for the end of the connection, and sees that nothing can be published on it any more."""
    tracker = client(broker, user, password)
    await tracker.__aenter__()
    yield tracker
    with pytest.raises(aiomqtt.MqttError):
        async with asyncio.timeout(PATIENCE_S):
            await anext(aiter(tracker.messages))
    with pytest.raises(aiomqtt.MqttError):
        await tracker.publish(f"v1/{user}/position", b"after", qos=1)
    with suppress(aiomqtt.MqttError):
        await tracker.__aexit__(None, None, None)


async def test_a_tracker_speaks_for_itself_and_for_no_other(guarded: Broker) -> None:
    one, its_password = new_credential("T1")
    other, _ = new_credential("T2")
    guarded.admit([one, other])
    async with ingest(guarded) as reader, client(guarded, "T1", its_password) as tracker:
        await reader.subscribe("v1/#", qos=1)
        for topic in ("v1/T2/position", "v1/T1x/position", "v1/position", "elsewhere/T1", "$SYS/T1"):
            await _try(tracker, topic)
        await tracker.publish("v1/T1/position", b"honest", qos=1)
        assert await next_message(reader) == ("v1/T1/position", b"honest"), "what was forged would have come before"


async def _try(tracker: aiomqtt.Client, topic: str) -> None:
    """Publish, whatever the broker thinks of it: 3.1.1 has no word for a refusal."""
    await tracker.publish(topic, b"forged", qos=1)


async def test_a_tracker_reads_nothing_of_others_nor_of_its_own(guarded: Broker) -> None:
    nosy, nosy_password = new_credential("T1")
    honest, honest_password = new_credential("T2")
    guarded.admit([nosy, honest])
    async with (
        ingest(guarded) as reader,
        client(guarded, "T1", nosy_password) as t1,
        client(guarded, "T2", honest_password) as t2,
    ):
        await reader.subscribe("v1/#", qos=1)
        for wanted in ("v1/T2/position", "v1/+/position", "v1/#", "#", "v1/T1/#"):
            await t1.subscribe(wanted, qos=1)  # Mosquitto grants it, and delivers nothing
        await t2.publish("v1/T2/position", b"here", qos=1)
        assert await next_message(reader) == ("v1/T2/position", b"here")
        await t1.publish("v1/T1/position", b"there", qos=1)  # answered on the connection that a message would come on
        assert await next_message(reader) == ("v1/T1/position", b"there")
        assert len(t1.messages) == 0


async def test_nobody_comes_in_with_another_ones_password_or_a_hash(guarded: Broker) -> None:
    one, its_password = new_credential("T1")
    other, other_password = new_credential("T2")
    guarded.admit([one, other])
    assert await lets_in(guarded, "T1", its_password)
    for user, password in (
        ("T1", other_password), ("T2", its_password), ("T1", ""), ("T1", one.bcrypt), ("T1", one.pbkdf2_sha512),
        ("T3", its_password), ("trackers", its_password), ("t1", its_password),
    ):  # fmt: skip
        assert not await lets_in(guarded, user, password), (user, password)


async def test_a_revoked_tracker_is_cut_off_and_stays_out_while_others_and_ingest_stay_in(guarded: Broker) -> None:
    lost, lost_password = new_credential("T1")
    honest, honest_password = new_credential("T2")
    guarded.admit([lost, honest])
    async with ingest(guarded) as reader, client(guarded, "T2", honest_password) as t2:
        await reader.subscribe("v1/#", qos=1)
        async with signed_in_until_cut_off(guarded, "T1", lost_password) as t1:
            await t1.publish("v1/T1/position", b"before", qos=1)
            assert await next_message(reader) == ("v1/T1/position", b"before")
            guarded.admit([honest])
        assert not await lets_in(guarded, "T1", lost_password)
        await t2.publish("v1/T2/position", b"goes on", qos=1)
        assert await next_message(reader) == ("v1/T2/position", b"goes on")


async def test_a_new_password_ends_the_one_before(guarded: Broker) -> None:
    before, old_password = new_credential("T1")
    guarded.admit([before])
    async with signed_in_until_cut_off(guarded, "T1", old_password):
        after, new_password = new_credential("T1")
        guarded.admit([after])
    assert not await lets_in(guarded, "T1", old_password)
    assert await lets_in(guarded, "T1", new_password)
