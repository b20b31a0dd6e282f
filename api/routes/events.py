"""Server-sent events: ``alert`` when one is raised, ``positions`` when cars moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from api.deps import Conn, Feed
from api.live_feed import LiveFeed
from api.looks import TheLooks
from api.permission import Permission, TheScope, may, permissions, signed_in
from store.errors import StoreError
from store.scope import Scope

router = APIRouter()

QUIET_S = 15.0
"""After this long without an event a comment is sent, so that whoever stands between keeps the line open."""
LONGEST_S = 3600.0
"""Then the browser has to come again."""
LOOK_AGAIN_S = 5.0
"""So often the session is looked at again: whoever is disabled, or has other roles, hears no more after that long."""


@router.get("/events", dependencies=[Depends(may(Permission.SEE_LIVE))])
async def events(request: Request, conn: Conn, feed: Feed, scope: TheScope, looks: TheLooks) -> StreamingResponse:
    """The events from now on; first all cars."""
    await looks.at_live(conn)

    async def may_still() -> bool:
        try:
            user = await signed_in(request)
        except StoreError:  # nobody can be asked: it is asked again
            return True
        return user is not None and Permission.SEE_LIVE in permissions(user)

    return StreamingResponse(
        _stream(feed, scope, may_still),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _stream(feed: LiveFeed, scope: Scope, may_still: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_S
    look_at, quiet_at = loop.time() + LOOK_AGAIN_S, loop.time() + QUIET_S
    with feed.watch(scope) as queue:
        yield "retry: 2000\n\n"
        while loop.time() < until:
            if loop.time() >= look_at:
                if not await may_still():
                    return
                look_at = loop.time() + LOOK_AGAIN_S
            if loop.time() >= quiet_at:
                yield ": quiet\n\n"
                quiet_at = loop.time() + QUIET_S
            try:
                event = await asyncio.wait_for(queue.get(), max(min(look_at, quiet_at) - loop.time(), 0))
            except TimeoutError:
                continue
            if event is None:
                return
            yield str(event)
            quiet_at = loop.time() + QUIET_S
