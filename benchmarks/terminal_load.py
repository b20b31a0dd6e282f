"""Terminals as a load: a process of its own that sends frames as fast as they are answered, and says how many were.

``python -m benchmarks.terminal_load HOST PORT KEY_HEX TERMINALS SECONDS BATCH UNDER_WAY``: each terminal keeps so many
messages unanswered; BATCH 0 sends heartbeats only, one each ten seconds. Prints "ready" when all are let in, waits for
a line, and prints the locations answered at the end. Plain sockets, so that the load costs little itself.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic
from typing import cast

from gongche.simulating import numbers
from gongche.terminal import location_at
from ingest.jt808 import terminal as say
from ingest.jt808.frame import Frame, octets_of
from ingest.jt808.gateway import Directory, Gateway, Publisher
from ingest.jt808.location import batch_octets_of
from ingest.jt808.location import octets_of as body_of

_START = datetime(2026, 10, 2, tzinfo=UTC)
_HEARTBEAT_S = 10.0
_READ_BYTES = 16_384


@cache
def _body(message: int, batch: int) -> bytes:
    """Of the message of that number: all terminals drive the same way, so that it is made once for all."""
    seconds = range(message * batch, (message + 1) * batch)
    locations = [
        location_at(_START + timedelta(seconds=second), 118.33 + second % 1000 * 1e-5, 33.95, 36, 90, 1.0)
        for second in seconds
    ]
    return body_of(locations[0]) if batch == 1 else batch_octets_of(locations)


class _Terminal:
    """Keeps so many messages unanswered."""

    def __init__(self, host: str, port: int, number: str, batch: int) -> None:
        self.answers = 0
        self.line = socket.create_connection((host, port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._number = number.zfill(12)
        self._batch = batch
        self._flags = 0
        self._message = 0
        self._serial = 0

    def authenticate(self, code: str) -> None:
        """Until it is let in."""
        self._send([(say.AUTHENTICATE, code.encode())])
        while self._flags < 2:
            self._read()
        self._flags -= 2

    def go(self, messages: int) -> None:
        """Sends so many more."""
        kind = say.LOCATION if self._batch == 1 else say.LOCATION_BATCH
        first, self._message = self._message, self._message + messages
        self._send([(kind, _body(message, self._batch)) for message in range(first, self._message)])

    def heard(self) -> int:
        """How many messages are answered that were not."""
        self._read()
        answers = self._flags // 2
        new, self.answers = answers - self.answers, answers
        return new

    def beat(self) -> None:
        self._send([(say.HEARTBEAT, b"")])

    def _read(self) -> None:
        octets = self.line.recv(_READ_BYTES)
        if not octets:
            raise ConnectionError("the gateway hung up")
        self._flags += octets.count(b"\x7e")

    def _send(self, messages: list[tuple[int, bytes]]) -> None:
        octets = b""
        for message_id, body in messages:
            octets += octets_of(Frame(message_id, self._number, self._serial, body))
            self._serial = (self._serial + 1) & 0xFFFF
        self.line.sendall(octets)


def _press(terminals: dict[int, _Terminal], seconds: float, under_way: int) -> None:
    """Until the time is over; what is answered later counts for nothing."""
    poll, until_s = select.epoll(), monotonic() + seconds
    for number, terminal in terminals.items():
        poll.register(number, select.EPOLLIN)
        terminal.go(under_way)
    while monotonic() < until_s:
        for number, _ in poll.poll(until_s - monotonic()):
            terminal = terminals[number]
            if new := terminal.heard():
                terminal.go(new)


async def _beat(terminals: dict[int, _Terminal], seconds: float) -> None:
    loop = asyncio.get_running_loop()
    until_s = loop.time() + seconds
    while loop.time() < until_s:
        for terminal in terminals.values():
            terminal.beat()
            await asyncio.sleep(_HEARTBEAT_S / len(terminals))


def _main(host: str, port: int, key: bytes, count: int, seconds: float, batch: int, under_way: int) -> None:
    codes = Gateway(cast(Directory, None), cast(Publisher, None), key)
    terminals = {}
    for number in numbers(count):  # one after the other: a gateway lets few strangers of one address wait
        terminal = _Terminal(host, port, number, batch)
        terminal.authenticate(codes.code_of(number))
        terminals[terminal.line.fileno()] = terminal
    print("ready", flush=True)
    sys.stdin.readline()
    if batch:
        _press(terminals, seconds, under_way)
    else:
        asyncio.run(_beat(terminals, seconds))
    print(sum(terminal.answers for terminal in terminals.values()) * max(1, batch), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    host, port, key, *numbers_told = sys.argv[1:]
    count, seconds, batch, under_way = map(int, numbers_told)
    _main(host, int(port), bytes.fromhex(key), count, seconds, batch, under_way)
