"""Server-sent events: ``alert`` when one is raised, ``positions`` when cars moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from api.deps import Conn, Feed
from api.live_feed import LiveFeed
from api.looks import TheLooks
from api.permission import Permission, TheScope, may
from store.scope import Scope

router = APIRouter()

QUIET_S = 15.0
"""After this long without an event a comment is sent, so that whoever stands between keeps the line open."""
LONGEST_S = 3600.0
"""Then the browser has to come again, and its session is looked at again."""


@router.get("/events", dependencies=[Depends(may(Permission.SEE_LIVE))])
async def events(conn: Conn, feed: Feed, scope: TheScope, looks: TheLooks) -> StreamingResponse:
    """The events from now on; first all cars."""
    await looks.at_live(conn)
    return StreamingResponse(
        _stream(feed, scope),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _stream(feed: LiveFeed, scope: Scope) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_S
    with feed.watch(scope) as queue:
        yield "retry: 2000\n\n"
        while loop.time() < until:
            try:
                event = await asyncio.wait_for(queue.get(), QUIET_S)
            except TimeoutError:
                yield ": quiet\n\n"
                continue
            if event is None:
                return
            yield str(event)
