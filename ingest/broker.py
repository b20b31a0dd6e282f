"""A session at the MQTT broker: persistent, many messages at once, acknowledged by hand after the commit.

aiomqtt as delivered acknowledges a message on receipt. Its paho client can leave that to us, and its queue type is
ours to choose; both are used here. A session lives as long as its connection: message ids mean nothing on the next
one, so what was not acknowledged on a lost connection is forgotten here and sent again by the broker.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import aiomqtt
import paho.mqtt.client as paho

from ingest.message import Received
from ingest.mqtt_packet import Packets, Published, pubacks_of
from ingest.mqtt_socket import RestingClient

_QOS = 1
_REFUSED_FROM = 0x80
_KEEPALIVE_S = 30
_ANSWERS_WITHIN_S = 10


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """Where the broker is and who signs in; ``client_id`` names the persistent session, one a process."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """A batch ends at so many messages, or when its first message has waited so long for others."""

    messages: int = 5_000
    wait_s: float = 0.05


class BatchQueue(asyncio.Queue[Any]):
    """The queue that aiomqtt fills, except that ``get`` hands over all messages there are, up to the limits."""

    def __init__(self, limits: BatchLimits, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self._limits = limits
        self._messages: list[Received] = []
        self._first_at_s = 0.0
        self._some = asyncio.Event()
        self._full = asyncio.Event()

    def put_nowait(self, item: Received) -> None:
        self._messages.append(item)
        count = len(self._messages)
        if count == 1:
            self._first_at_s = asyncio.get_running_loop().time()
            self._some.set()
        if count == self._limits.messages:
            self._full.set()

    async def get(self) -> list[Received]:
        await self._some.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._first_at_s + self._limits.wait_s):
                await self._full.wait()
        limit = self._limits.messages
        batch, self._messages = self._messages[:limit], self._messages[limit:]
        if not self._messages:
            self._some.clear()
        if len(self._messages) < limit:
            self._full.clear()
        return batch

    def qsize(self) -> int:
        return len(self._messages)


class _Client(RestingClient):
    """aiomqtt's client, putting plain values into the queue."""

    def take(self, packets: Packets) -> None:
        """Messages that came in one piece."""
        now_us = time.time_ns() // 1_000
        for topic, payload, mid, qos in packets.published:
            self._queue.put_nowait(cast(Any, Received(_text(topic), payload, now_us, mid, qos)))

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:  # noqa: ARG002
        """One that came with the answer to the subscription, or with QoS 2."""
        published = Published(message._topic, bytes(message.payload), message.mid, message.qos)
        self.take(Packets([published]))


def _text(topic: bytes) -> str:
    # Not message.topic, nor aiomqtt's Topic: both raise for a topic that is no proper text, and an exception
    # here ends the connection. Such a topic is an unreadable message like any other.
    return topic.decode("utf-8", "replace").replace("\0", "\ufffd")


class Session:
    """One connection of the persistent session."""

    def __init__(self, client: RestingClient) -> None:
        self._client = client

    async def batches(self, stop: asyncio.Event) -> AsyncIterator[Sequence[Received]]:
        """Messages as they come, many at once, until ``stop``; what is in the queue then stays with the broker."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                batch = asyncio.ensure_future(anext(self._client.messages))
                await asyncio.wait((batch, stopping), return_when=asyncio.FIRST_COMPLETED)
                if not batch.done():
                    batch.cancel()
                    return
                yield cast(Sequence[Received], _translated(batch))
        finally:
            stopping.cancel()

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tells the broker that these need not be sent again; nothing on a connection that is gone."""
        mids = [message.mid for message in messages if message.qos]
        if mids:  # in one piece: paho's own ack() costs a packet in its queue and a system call for each
            self._client.send(pubacks_of(mids))


@asynccontextmanager
async def open_session(
    account: BrokerAccount, topic_filters: Sequence[str], limits: BatchLimits
) -> AsyncIterator[Session]:
    """Signs in, subscribes, and on leaving disconnects after the acknowledgements have gone out.

    Raises ConnectionError when the broker is out of reach, refuses the sign-in or a subscription, or goes away.
    """
    client = _Client(
        account.host,
        account.port,
        username=account.username,
        password=account.password,
        tls_context=account.tls,
        identifier=account.client_id,
        clean_session=False,
        queue_type=cast(Any, partial(BatchQueue, limits)),
        keepalive=_KEEPALIVE_S,
        timeout=_ANSWERS_WITHIN_S,
    )
    client._client.manual_ack_set(True)
    client._client.disable_logger()  # two calls for each packet, for nothing
    try:
        async with client:
            granted = await client.subscribe([(topic_filter, _QOS) for topic_filter in topic_filters])
            codes = [code if isinstance(code, int) else code.value for code in granted]
            refused = [name for name, code in zip(topic_filters, codes, strict=True) if code >= _REFUSED_FROM]
            if refused:
                raise ConnectionError(f"the broker refuses the subscription to {', '.join(refused)}")
            client.read_at_rest(client.take)
            yield Session(client)
    except aiomqtt.MqttError as error:
        raise ConnectionError(str(error)) from error


def _translated(batch: asyncio.Future[Any]) -> Any:
    try:
        return batch.result()
    except aiomqtt.MqttError as error:
        raise ConnectionError(f"{error} ({error.__cause__})") from error
