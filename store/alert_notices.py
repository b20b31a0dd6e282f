"""Being told of alerts as they are raised."""

from __future__ import annotations

from collections.abc import AsyncIterator

from store.database import connect
from store.errors import store_errors


async def alert_notices(dsn: str) -> AsyncIterator[int | None]:
    """Ids of alerts as they are committed, on a connection of its own; first ``None``, once it listens.

    Whoever reads the alerts after that ``None`` misses none. Raises StoreUnavailableError when the connection
    breaks; what was raised in between is not told.
    """
    async with await connect(dsn, autocommit=True, application="gongche alerts") as connection:
        with store_errors():
            await connection.execute("listen alerts")
            yield None
            async for notice in connection.notifies():
                yield int(notice.payload)
