"""Publishing positions as trackers do: MQTT, QoS 1, sent again after every reconnection until acknowledged.

Used by the gateway, by ``gongche replay`` and by the demonstration's live cars.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from gongche.addresses import BrokerAddress
from ingest.mqtt_packet import MIDS, Packets, head_of
from ingest.mqtt_socket import RestingClient

# Return codes of a refused connection, MQTT 3.1.1's own and what the client makes of them: protocol (132), client id
# (133), user or password (134), not authorised (135). Coming again mends none of them.
_FOR_GOOD = frozenset({1, 2, 4, 5, 132, 133, 134, 135})
_AT_ONCE = 300
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0


def topic_of(tracker: str) -> str:
    """The topic of a tracker's positions."""
    return f"v1/{tracker}/position"


def payload_of(position: Mapping[str, object]) -> bytes:
    """One position in Gongche's own format; what is None is left out, NaN stays NaN for ingest to refuse."""
    told = {name: value for name, value in position.items() if value is not None}
    return json.dumps(told, separators=(",", ":")).encode()


class PublisherRefusedError(Exception):
    """The broker lets this publisher in under no circumstances: its name, password or id is not accepted."""


class Publisher:
    """One connection to the broker. Leaving ``async with`` waits until everything is acknowledged.

    Both ``publish`` and leaving raise PublisherRefusedError where the broker refuses the sign-in. Making one raises
    Problem where the address' files for TLS cannot be used.

    ``window`` bounds how many messages are unacknowledged at a time, fewer than there are message ids: ``publish``
    waits for room. ``acknowledged`` is called with each payload whose PUBACK came, once.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        *,
        window: int = 100,
        acknowledged: Callable[[bytes], None] | None = None,
    ) -> None:
        if not 0 < window < MIDS:
            raise ValueError(f"a window of {window} messages: 1 to {MIDS - 1}")
        self._address = address
        self._tls = address.tls_context()
        self._client_id = client_id
        self._tell = acknowledged
        self._client: RestingClient | None = None
        self._unsent: list[bytes] = []
        self._unacknowledged: dict[int, tuple[bytes, bytes, Callable[[], None] | None]] = {}
        self._last_mid = 0
        self._window = window
        self._has_room = asyncio.Event()
        self._has_room.set()
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
        try:
            if error is None:
                await self.unless_refused(self._all_acknowledged.wait())
        finally:
            await self.abandon()

    async def publish(self, topic: str, payload: bytes, acknowledged: Callable[[], None] | None = None) -> None:
        """Hands a message over, waiting for room in the window; it is sent until it is acknowledged.

        ``acknowledged`` is called then, once. Raises ValueError for what no broker takes.
        """
        head = head_of(topic, payload)
        while not self._has_room.is_set():
            await self.unless_refused(self._has_room.wait())
        self._keep(head, payload, acknowledged)

    def publish_at_once(self, topic: str, payload: bytes, acknowledged: Callable[[], None] | None = None) -> bool:
        """As ``publish``, but does nothing where there is no room; whether there was."""
        if self._has_room.is_set():
            self._keep(head_of(topic, payload), payload, acknowledged)
            return True
        return False

    def _keep(self, head: bytes, payload: bytes, acknowledged: Callable[[], None] | None) -> None:
        mid = self._free_mid()
        self._unacknowledged[mid] = (head, payload, acknowledged)
        if len(self._unacknowledged) >= self._window:
            self._has_room.clear()
        self._all_acknowledged.clear()
        self.published += 1
        if self._client is not None:
            self._send(mid)

    async def abandon(self) -> None:
        """Disconnects at once; what was not acknowledged may or may not have arrived."""
        if self._staying is not None:
            self._staying.cancel()
            with suppress(asyncio.CancelledError, PublisherRefusedError):
                await self._staying

    async def unless_refused(self, waiting: Coroutine[Any, Any, Any]) -> None:
        """Waits for it, or raises what ended the connection for good."""
        if self._staying is None:
            raise RuntimeError("a publisher is used inside `async with`")
        task = asyncio.create_task(waiting)
        await asyncio.wait({task, self._staying}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            self._staying.result()

    async def _stay_connected(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            client = _client(self._address, self._tls, self._client_id)
            try:
                async with client:
                    client.read_at_rest(self._take)
                    pause_s = _FIRST_PAUSE_S
                    self._client = client
                    self._unsent.clear()
                    for mid in self._unacknowledged:
                        self._send(mid)
                    async for _ in client.messages:  # none come: this waits for the connection's end
                        pass
            except MqttConnectError as error:
                if getattr(error.rc, "value", error.rc) in _FOR_GOOD:
                    raise PublisherRefusedError(f"{self._client_id}: {error}") from error
            except aiomqtt.MqttError:
                pass  # the broker went away: it is tried again
            finally:
                self._client = None
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _free_mid(self) -> int:
        while True:
            self._last_mid = self._last_mid % MIDS + 1
            if self._last_mid not in self._unacknowledged:
                return self._last_mid

    def _send(self, mid: int) -> None:
        """Goes out with others of this round of the event loop, which may be a long one: not with all of them."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        head, payload, _ = self._unacknowledged[mid]
        self._unsent.append(b"%b%b%b" % (head, mid.to_bytes(2, "big"), payload))
        if len(self._unsent) == _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        packets = b"".join(self._unsent)
        self._unsent.clear()
        if self._client is not None and packets:
            self._client.send(packets)

    def _take(self, packets: Packets) -> None:
        for mid in packets.acknowledged:
            known = self._unacknowledged.pop(mid, None)
            if known is None:
                continue
            _, payload, tell = known
            self.acknowledged += 1
            if tell is not None:
                tell()
            if self._tell is not None:
                self._tell(payload)
        if len(self._unacknowledged) < self._window:
            self._has_room.set()
        if not self._unacknowledged:
            self._all_acknowledged.set()


def _client(address: BrokerAddress, tls: ssl.SSLContext | None, client_id: str) -> RestingClient:
    client = RestingClient(
        address.host,
        address.port,
        username=address.username,
        password=address.password,
        tls_context=tls,
        identifier=client_id,
    )
    client._client.disable_logger()  # a lost connection is nothing to shout about here: it is made again
    return client
