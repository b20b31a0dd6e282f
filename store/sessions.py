"""Who is connected, as the database sees it."""

from __future__ import annotations

from store.database import connect
from store.errors import store_errors
from store.sql import load

_queries = load("sessions")


async def is_connected_from_here(dsn: str, application: str) -> bool:
    """Whether a process of this machine that calls itself `application` is connected. Raises StoreUnavailableError."""
    async with await connect(dsn, autocommit=True, application="gongche health") as connection:
        with store_errors():
            row = await (await connection.execute(_queries["from_here"], {"application": application})).fetchone()
    return row == (True,)
