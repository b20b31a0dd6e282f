"""Terminals as a load: a process of its own that sends frames as fast as they are answered, and says how many were.

``python -m benchmarks.terminal_load HOST PORT KEY_HEX TERMINALS SECONDS BATCH UNDER_WAY``: each terminal keeps so many
messages unanswered; BATCH 0 sends heartbeats only, one each ten seconds. Prints "ready" when all are let in, waits for
a line, and prints the locations answered at the end.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
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


@cache
def _body(message: int, batch: int) -> bytes:
    """Of the message of that number: all terminals drive the same way, so that the load costs little itself."""
    seconds = range(message * batch, (message + 1) * batch)
    locations = [
        location_at(_START + timedelta(seconds=second), 118.33 + second % 1000 * 1e-5, 33.95, 36, 90, 1.0)
        for second in seconds
    ]
    return body_of(locations[0]) if batch == 1 else batch_octets_of(locations)


class _Terminal(asyncio.Protocol):
    """Keeps so many messages unanswered; frames are made while they are sent."""

    def __init__(self, number: str, code: str, batch: int, under_way: int) -> None:
        self.ready = asyncio.get_running_loop().create_future()
        self.answers = 0
        self._number = number.zfill(12)
        self._code = code
        self._batch = batch
        self._under_way = under_way
        self._flags = 0
        self._sending = False
        self._message = 0
        self._serial = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send(say.AUTHENTICATE, self._code.encode())

    def data_received(self, data: bytes) -> None:
        self._flags += data.count(b"\x7e")
        count = self._flags // 2
        if not self.ready.done():
            self.ready.set_result(None)
            count -= 1
            self._flags -= 2
        new, self.answers = count - self.answers, count
        if self._sending and self._batch:
            self._go(new)

    def start(self) -> None:
        self._sending = True
        if self._batch:
            self._go(self._under_way)

    def stop(self) -> None:
        self._sending = False

    def beat(self) -> None:
        self._send(say.HEARTBEAT, b"")

    def close(self) -> None:
        self._transport.close()

    def _go(self, messages: int) -> None:
        for _ in range(messages):
            self._send(say.LOCATION if self._batch == 1 else say.LOCATION_BATCH, _body(self._message, self._batch))
            self._message += 1

    def _send(self, message_id: int, body: bytes) -> None:
        self._transport.write(octets_of(Frame(message_id, self._number, self._serial, body)))
        self._serial = (self._serial + 1) & 0xFFFF


async def _press(host: str, port: int, key: bytes, count: int, seconds: float, batch: int, under_way: int) -> None:
    loop = asyncio.get_running_loop()
    codes = Gateway(cast(Directory, None), cast(Publisher, None), key)
    made: list[_Terminal] = []
    for number in numbers(count):  # one after the other: a gateway lets few strangers of one address wait
        _, terminal = await loop.create_connection(
            lambda number=number: _Terminal(number, codes.code_of(number), batch, under_way), host, port
        )
        await terminal.ready
        made.append(terminal)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for terminal in made:
        terminal.start()
    until_s = loop.time() + seconds
    while batch == 0 and loop.time() < until_s:
        for terminal in made:
            terminal.beat()
            await asyncio.sleep(_HEARTBEAT_S / count)
    await asyncio.sleep(max(0.0, until_s - loop.time()))
    for terminal in made:
        terminal.stop()
    answered = sum(terminal.answers for terminal in made) * max(1, batch)
    print(answered, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for terminal in made:
        terminal.close()


if __name__ == "__main__":
    host, port, key, *numbers_told = sys.argv[1:]
    count, seconds, batch, under_way = map(int, numbers_told)
    asyncio.run(_press(host, int(port), bytes.fromhex(key), count, seconds, batch, under_way))
