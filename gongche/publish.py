"""Publishing positions as trackers do: MQTT, QoS 1, sent again after every reconnection until acknowledged.

Used by ``gongche replay`` and by the demonstration's live cars.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import aiomqtt
import paho.mqtt.client as paho

from gongche.addresses import BrokerAddress

_QOS = 1
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0


def topic_of(tracker: str) -> str:
    """The topic of a tracker's positions."""
    return f"v1/{tracker}/position"


def payload_of(position: Mapping[str, object]) -> bytes:
    """One position in Gongche's own format; what is None is left out, NaN stays NaN for ingest to refuse."""
    told = {name: value for name, value in position.items() if value is not None}
    return json.dumps(told, separators=(",", ":")).encode()


class Publisher:
    """One connection to the broker. Leaving ``async with`` waits until everything is acknowledged.

    ``window`` bounds how many messages are unacknowledged at a time: ``publish`` waits for room. ``acknowledged``
    is called with each payload whose PUBACK came, once.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        *,
        window: int = 100,
        acknowledged: Callable[[bytes], None] | None = None,
    ) -> None:
        self._address = address
        self._client_id = client_id
        self._window = window
        self._tell = acknowledged
        self._client: _Client | None = None
        self._unacknowledged: dict[int, tuple[str, bytes]] = {}
        self._number_of_mid: dict[int, int] = {}
        self._next_number = 0
        self._room = asyncio.Semaphore(window)
        self._all_acknowledged = asyncio.Event()
        self._all_acknowledged.set()
        self._staying: asyncio.Task[None] | None = None
        self.published = 0
        self.acknowledged = 0

    async def __aenter__(self) -> Publisher:
        self._staying = asyncio.create_task(self._stay_connected(), name=f"publisher {self._client_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await self._all_acknowledged.wait()
        await self.abandon()

    async def publish(self, topic: str, payload: bytes) -> None:
        """Hands a message over, waiting for room in the window; it is sent until it is acknowledged."""
        await self._room.acquire()
        number, self._next_number = self._next_number, self._next_number + 1
        self._unacknowledged[number] = (topic, payload)
        self._all_acknowledged.clear()
        self.published += 1
        if self._client is not None:
            self._send(self._client, number)

    async def abandon(self) -> None:
        """Disconnects at once; what was not acknowledged may or may not have arrived."""
        if self._staying is not None:
            self._staying.cancel()
            with suppress(asyncio.CancelledError):
                await self._staying

    async def _stay_connected(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            client = _Client(self._address, self._client_id, self._window, self._on_acknowledged)
            try:
                async with client:
                    pause_s = _FIRST_PAUSE_S
                    self._number_of_mid.clear()
                    self._client = client
                    for number in list(self._unacknowledged):
                        self._send(client, number)
                    async for _ in client.messages:  # none come: this waits for the connection's end
                        pass
            except aiomqtt.MqttError:
                pass
            finally:
                self._client = None
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _send(self, client: _Client, number: int) -> None:
        topic, payload = self._unacknowledged[number]
        self._number_of_mid[client.send(topic, payload)] = number

    def _on_acknowledged(self, mid: int) -> None:
        number = self._number_of_mid.pop(mid, None)
        if number is None:
            return
        _, payload = self._unacknowledged.pop(number)
        self.acknowledged += 1
        self._room.release()
        if not self._unacknowledged:
            self._all_acknowledged.set()
        if self._tell is not None:
            self._tell(payload)


class _Client(aiomqtt.Client):
    """aiomqtt's client with many messages under way at once: it tells of each PUBACK instead of waiting for it."""

    def __init__(self, address: BrokerAddress, client_id: str, window: int, tell: Callable[[int], None]) -> None:
        super().__init__(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            identifier=client_id,
            max_inflight_messages=window,
        )
        self._client.disable_logger()  # a lost connection is nothing to shout about here: it is made again
        self._tell = tell

    def send(self, topic: str, payload: bytes) -> int:
        """Queues a message for the socket; its id on this connection."""
        return self._client.publish(topic, payload, _QOS).mid

    def _on_publish(self, client: paho.Client, userdata: Any, mid: int, *_: Any) -> None:  # noqa: ARG002
        self._tell(mid)
