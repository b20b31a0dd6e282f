"""Terminals on TCP, their locations on to the broker. A location is answered once the broker has it.

So nothing that a terminal was told is done is ever lost: until then it keeps the location itself and sends it again.
A broker that is away fills the window, which keeps everybody from being read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from ingest.jt808.connection import Connection
from ingest.jt808.gateway import Gateway

_log = structlog.get_logger(__name__)

_READ_BYTES = 16_384


@asynccontextmanager
async def listening(gateway: Gateway, host: str, port: int) -> AsyncIterator[int]:
    """Takes connections inside; gives the port. Leaving closes them all. Raises OSError when the address is taken."""
    read_into = bytearray(_READ_BYTES)  # one for all: what was read is taken at once
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(gateway, read_into), host, port, backlog=1024)
    reading = asyncio.create_task(_read_profiles_regularly(gateway), name="gateway profiles")
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        reading.cancel()
        await gateway.end()
        with suppress(asyncio.CancelledError):
            await reading


async def _read_profiles_regularly(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(gateway.limits.profiles_every_s)
        try:
            await gateway.read_profiles_again()
        except ConnectionError:
            gateway.counts["profiles_out_of_reach"] += 1
        except Exception:  # whatever it is: were this to end, a clock that is told anew would not hold
            _log.exception("profiles are not read again")
