"""A connection that is read at rest, and a broker that says things at awkward moments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from ingest.broker import BatchLimits, BrokerAccount, Session, open_session
from ingest.message import Received
from ingest.mqtt_packet import head_of

CONNACK, PINGRESP = b"\x20\x02\x00\x00", b"\xd0\x00"
KEEPS_STILL_S = 0.1


def message(number: int) -> bytes:
    return head_of("v1/T1/position", b"%d" % number) + number.to_bytes(2, "big") + b"%d" % number


class Broker:
    """Says what it is told to after a subscription."""

    def __init__(self) -> None:
        self.writer: asyncio.StreamWriter
        self.with_subscription = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kind, length = await reader.readexactly(2)
                body = await reader.readexactly(length)
                if kind == 0x10:
                    writer.write(CONNACK)
                elif kind == 0x82:
                    writer.write(b"\x90\x03" + body[:2] + b"\x01" + self.with_subscription)
        writer.close()

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await asyncio.sleep(KEEPS_STILL_S)


@asynccontextmanager
async def session(broker: Broker) -> AsyncIterator[Session]:
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    try:
        account = BrokerAccount("127.0.0.1", server.sockets[0].getsockname()[1], "at-rest")
        async with open_session(account, ["v1/+/position"], BatchLimits(wait_s=0)) as opened:
            yield opened
    finally:
        server.close()


async def heard(session: Session, count: int) -> list[Received]:
    messages: list[Received] = []
    async for batch in session.batches(asyncio.Event()):
        messages += batch
        if len(messages) >= count:
            break
    return messages


async def test_a_message_that_began_with_the_subscription_is_read_to_its_end() -> None:
    broker = Broker()
    broker.with_subscription = message(1)[:9]
    async with session(broker) as opened:
        await broker.say(message(1)[9:] + message(2) + message(3)[:4], message(3)[4:])
        assert [one.mid for one in await heard(opened, 3)] == [1, 2, 3]


async def test_what_is_no_message_between_messages_costs_none() -> None:
    broker = Broker()
    async with session(broker) as opened:
        await broker.say(message(1) + PINGRESP + message(2), PINGRESP[:1], PINGRESP[1:] + message(3))
        assert [one.payload for one in await heard(opened, 3)] == [b"1", b"2", b"3"]


async def test_what_is_no_mqtt_ends_the_connection() -> None:
    broker = Broker()
    with pytest.raises(ConnectionError, match="no MQTT"):
        await hear_noise(broker)


async def hear_noise(broker: Broker) -> None:
    async with session(broker) as opened:
        await broker.say(b"\x30\xff\xff\xff\xff\x01")
        await heard(opened, 1)
