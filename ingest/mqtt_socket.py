"""Reading an MQTT connection in large pieces, and not more often than is of use; writing it in large pieces.

paho asks its socket for a packet's first byte, its length and its body one by one and makes a dozen objects of each;
aiomqtt wakes up for whatever has come. Where thousands of packets come in a second, singly, that costs more than what
is done with them. So messages and acknowledgements are cut out of the stream here; signing in, subscribing, keeping
alive and parting stay with the libraries.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

import aiomqtt
import paho.mqtt.client as paho

from ingest.mqtt_packet import MalformedError, Packets, Splitter

_READ_BYTES = 65_536
_REST_S = 0.02
_QOS = 1


class RestingClient(aiomqtt.Client):
    """aiomqtt's client; once it is connected it may be told to read at rest."""

    _reader: _RestingReader | None = None

    def read_at_rest(self, take: Callable[[Packets], None]) -> None:
        """Changes how this connection is read from now on.

        Messages and acknowledgements go to ``take``, many at once; paho hears of the other packets only.
        """
        sock = self._client._sock
        if sock is not None:
            buffered = _BufferedSocket(sock, take, lambda: bool(self._client._in_packet["command"]))
            self._client._sock = cast(Any, buffered)
            self._reader = _RestingReader(self._client, buffered, self._disconnected)

    def send(self, packets: bytes) -> None:
        """Writes whole packets, what the socket does not take a little later; nothing where the connection is gone."""
        if self._client._sock is not None:
            self._client._packet_queue(packets[0], packets, 0, _QOS)
            self._write()

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:  # as aiomqtt does: whatever it is, this connection is over
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        if self._reader is None:  # it is being connected, on another thread
            super()._on_socket_register_write(client, userdata, sock)
        else:
            self._loop.add_writer(sock.fileno(), self._write)

    def _on_socket_close(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        super()._on_socket_close(client, userdata, sock)


class _BufferedSocket:
    """A socket that is asked for little and reads much.

    The reader goes on reading while something is ``pending``, as aiomqtt does for TLS. A piece that ends within a
    packet ends the reading, or a steady stream would keep the event loop from everything else.
    """

    def __init__(self, sock: Any, take: Callable[[Packets], None], has_begun: Callable[[], bool]) -> None:
        self._sock = sock
        self._take = take
        self._paho_has_begun: Callable[[], bool] | None = has_begun
        self._splitter = Splitter()
        self._data = b""
        self._at = 0
        self._may_read = True
        self.was_full = False
        """the last piece was as large as can be: there is more"""

    def recv(self, size: int) -> bytes:
        if self._paho_has_begun is not None:  # the packet during which we took over is paho's to the end
            if self._paho_has_begun():
                return cast(bytes, self._sock.recv(size))
            self._paho_has_begun = None
        if self._at == len(self._data):
            if not self._may_read:
                raise BlockingIOError
            self._may_read = False
            data = self._sock.recv(_READ_BYTES)
            self.was_full = len(data) == _READ_BYTES
            self._data, self._at = self._for_paho(data), 0
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _for_paho(self, data: bytes) -> bytes:
        if not data:  # the broker hung up
            return data
        try:
            packets = self._splitter.feed(data)
        except MalformedError as error:
            raise aiomqtt.MqttError(f"the broker sends what is no MQTT: {error}") from error
        if packets.published or packets.acknowledged:
            self._take(packets)
        if not packets.others:
            raise BlockingIOError
        return packets.others

    def pending(self) -> int:
        left = len(self._data) - self._at
        if left:
            return left
        self._may_read = True
        return self._sock.pending() if isinstance(self._sock, ssl.SSLSocket) else 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _RestingReader:
    """Reads the socket as aiomqtt does, and then leaves it alone for a moment unless there is more.

    Messages of single trackers come one by one; to wake up for each costs more than to take it in. A batch waits for
    others longer than that anyway.
    """

    def __init__(self, client: paho.Client, sock: _BufferedSocket, lost: asyncio.Future[Any]) -> None:
        self._client, self._sock, self._lost = client, sock, lost
        self._loop = asyncio.get_running_loop()
        self._file = sock.fileno()
        self._timer: asyncio.TimerHandle | None = None
        self._begin()

    def stop(self) -> None:
        """No more reading, not later either."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._file)

    def _begin(self) -> None:
        self._timer = None
        self._loop.add_reader(self._file, self._read)

    def _read(self) -> None:
        try:
            self._client.loop_read()
            while self._sock.pending():
                self._client.loop_read()
        except Exception as error:  # as aiomqtt does: whatever it is, this connection is over
            if not self._lost.done():
                self._lost.set_exception(error)
        if not self._sock.was_full and not self._lost.done() and self._client._sock is self._sock:
            self._loop.remove_reader(self._file)
            self._timer = self._loop.call_later(_REST_S, self._begin)
