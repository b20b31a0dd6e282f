"""Serving the application over HTTP until told to stop; open pages do not hold it up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from api.app import create_app
from api.live_feed import LiveFeed
from api.site import Site
from store.database import connect

STOP_S = 5
"""So long requests in hand may take after being told to stop."""


async def serve(
    site: Site,
    host: str,
    port: int,
    stop: asyncio.Event,
    *,
    started: Callable[[int], None] | None = None,
) -> None:
    """Serves pages on host and port (0: a free one) until ``stop`` is set; ``started`` is told the port.

    Then takes no new connections, ends the open event streams, finishes the requests in hand (``STOP_S`` at
    most) and lets the database go. Raises OSError when the address is taken, StoreError when there is no database.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio switches Nagle's delay off on what is accepted: 40 ms an answer.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        async with await connect(site.dsn):
            pass  # so that a database that is away is said in a line, not in a server's traceback
        app = create_app(site)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=STOP_S, lifespan="on"
        )
        server = _Server(config, listener, started)
        serving = asyncio.create_task(server.serve([listener]), name="pages")
        stopping = asyncio.create_task(stop.wait(), name="pages: told to stop")
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if server.started:
            feed: LiveFeed = app.state.live_feed
            feed.close()
        server.should_exit = True
        await serving
        if not server.started:
            raise RuntimeError("the pages could not be started; the log above says why")


class _Server(uvicorn.Server):
    """Leaves signals to the program around it, and says when it is ready."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, started: Callable[[int], None] | None) -> None:
        super().__init__(config)
        self._port = int(listener.getsockname()[1])
        self._tell_started = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._tell_started is not None:
            self._tell_started(self._port)
