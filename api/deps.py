"""What routes are handed: a connection in a transaction, the site, the renderer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from api.live_feed import LiveFeed
from api.render import Renderer
from api.site import Site
from store.database import Connection, transaction


async def _connection(request: Request) -> AsyncIterator[Connection]:
    async with transaction(request.app.state.pool) as conn:
        yield conn


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _renderer(request: Request) -> Renderer:
    renderer: Renderer = request.app.state.renderer
    return renderer


def _live_feed(request: Request) -> LiveFeed:
    feed: LiveFeed = request.app.state.live_feed
    return feed


Conn = Annotated[Connection, Depends(_connection, scope="function")]
"""Committed before the answer is sent: what it says was written is, and a slow reader holds nothing."""
TheSite = Annotated[Site, Depends(_site)]
Pages = Annotated[Renderer, Depends(_renderer)]
Feed = Annotated[LiveFeed, Depends(_live_feed)]
