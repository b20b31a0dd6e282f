"""Connections to the database, asynchronous; the one sync connection is the judge's (store.judging)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from store.errors import store_errors

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

_APPLICATION = "gongche"
_CONNECT_TIMEOUT_S = 10


async def connect(dsn: str, *, autocommit: bool = False, application: str = _APPLICATION) -> Connection:
    """One connection, its session in UTC. Close it with `async with`. Raises StoreUnavailableError."""
    with store_errors():
        connection = await AsyncConnection.connect(
            dsn, autocommit=autocommit, application_name=application, connect_timeout=_CONNECT_TIMEOUT_S
        )
        try:
            await _prepare_session(connection)
        except BaseException:
            await connection.close()
            raise
    return connection


async def open_pool(
    dsn: str, *, min_size: int = 1, max_size: int = 4, application: str = _APPLICATION, wait_s: float = 30
) -> Pool:
    """A pool with `min_size` connections made. `await pool.close()` closes it, and waits for those lent out.

    Raises StoreUnavailableError when the database cannot be reached within `wait_s`.
    """
    parameters: dict[str, Any] = {"application_name": application, "connect_timeout": _CONNECT_TIMEOUT_S}
    pool: Pool = AsyncConnectionPool(
        dsn, min_size=min_size, max_size=max_size, kwargs=parameters, configure=_prepare_session,
        check=AsyncConnectionPool.check_connection, open=False, name=application,
    )  # fmt: skip
    with store_errors():
        try:
            await pool.open(wait=True, timeout=wait_s)
        except BaseException:
            await pool.close()
            raise
    return pool


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool in a transaction: committed on leaving, rolled back on an error.

    This is the border: whatever the driver raises inside leaves as a StoreError. Once left without an error,
    the commit is on the database's disk.
    """
    with store_errors():
        async with pool.connection() as connection, connection.transaction():
            yield connection


async def _prepare_session(connection: Connection) -> None:
    await connection.execute("set time zone 'UTC'")
    await connection.commit()
