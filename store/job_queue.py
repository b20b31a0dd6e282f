"""Procrastinate's own tables in our database, kept as new as the library that is installed; forward only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from procrastinate.schema import SchemaManager

from store.database import Connection
from store.errors import StoreError
from store.sql import load

_queries = load("jobs")


class QueueMigrationError(StoreError):
    """The database's queue is newer than the library that is installed; nothing was changed."""


async def bring_queue_up_to_date(conn: Connection) -> list[str]:
    """Makes the tables, or applies the library's migrations that came since; their names.

    ``conn`` is in autocommit mode and alone in migrating. Raises QueueMigrationError.
    """
    files = shipped()
    applied = [name for (name,) in await (await conn.execute(_queries["queue_applied"])).fetchall()]
    missing = still_to_apply([file.stem for file in files], applied)
    if not applied:
        async with conn.transaction():
            await conn.execute(SchemaManager.get_schema())
            for name in missing:
                await conn.execute(_queries["queue_record"], {"name": name})
        return missing
    for file in files:
        if file.stem in missing:
            async with conn.transaction():
                await conn.execute(file.read_bytes())
                await conn.execute(_queries["queue_record"], {"name": file.stem})
    return missing


def shipped() -> list[Path]:
    """The library's migrations, in order."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def still_to_apply(names: Iterable[str], applied: Iterable[str]) -> list[str]:
    """The library's migrations that the database lacks, in order. Raises QueueMigrationError where it knows others."""
    known = sorted(names)
    if newer := sorted(set(applied) - set(known)):
        raise QueueMigrationError(
            f"The queue of jobs was made by a newer procrastinate ({newer[-1]}): install that one or a newer one. "
            f"任务队列由较新的 procrastinate 建立：请安装相应版本。"
        )
    return [name for name in known if name not in set(applied)]
