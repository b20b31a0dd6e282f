"""Whether the database can be worked with: reachable, and its schema this program's."""

from __future__ import annotations

from store.database import Connection
from store.errors import store_errors
from store.migrate import shipped, still_to_apply
from store.sql import load

_queries = load("migrations")


async def missing_migrations(conn: Connection) -> list[str]:
    """Names of the migrations that this database still lacks; raises StoreError when it is not usable at all."""
    with store_errors():
        rows = await (await conn.execute(_queries["applied"])).fetchall()
    return [migration.name for migration in still_to_apply(shipped(), dict(rows))]
