"""Bring a database's schema up to this program: numbered files, forward only, each applied once.

Several processes may migrate at once: one does, the others wait and find it done.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from store.database import Connection, connect
from store.errors import StoreError, store_errors
from store.job_queue import bring_queue_up_to_date
from store.sql import load
from store.timescale import use_timescaledb

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_queries = load("migrations")


class MigrationError(StoreError):
    """The files and the database contradict each other; nothing was changed."""


@dataclass(frozen=True)
class Migration:
    """One file of `store/migrations`."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Fingerprint that is kept beside the name when applied, so that an edit afterwards is seen."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True)
class Migrated:
    """What a run did: names of the files applied now (none: all were before), and remarks."""

    applied: list[str]
    notes: list[str]


def shipped() -> list[Migration]:
    """The migrations of this program, in order."""
    folder = files("store") / "migrations"
    migrations = [
        Migration(entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if _FILE_NAME.fullmatch(entry.name)
    ]
    return sorted(migrations, key=lambda migration: migration.name)


async def migrate(dsn: str) -> Migrated:
    """Apply what is missing, each file in one transaction; then procrastinate's own; then use TimescaleDB where it is.

    The last two run each time: the library may get newer, and a plain server may get the extension later.
    Raises MigrationError, QueueMigrationError, StoreUnavailableError.
    """
    async with await connect(dsn, autocommit=True, application="gongche migrate") as connection:
        with store_errors():
            await connection.execute(_queries["lock"])  # a session's lock: gone with the connection, kill -9 included
            await connection.execute(_queries["make_table"])
            applied = await _apply_missing(connection, shipped())
            await bring_queue_up_to_date(connection)
            note = await use_timescaledb(connection)
    return Migrated(applied, [note])


async def _apply_missing(connection: Connection, migrations: Sequence[Migration]) -> list[str]:
    rows = await (await connection.execute(_queries["applied"])).fetchall()
    missing = still_to_apply(migrations, dict(rows))
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(_queries["record"], {"name": migration.name, "sha256": migration.sha256})
    return [migration.name for migration in missing]


def still_to_apply(migrations: Sequence[Migration], applied: dict[str, str]) -> list[Migration]:
    """What of `migrations` (in order) is not in `applied` (name → sha256).

    Raises MigrationError when an applied file was edited, when the database knows one that the program does
    not (it is newer), or when a file has another's number or comes before one already applied.
    """
    by_name = {migration.name: migration for migration in migrations}
    numbers = [migration.name[:4] for migration in migrations]
    if len(set(numbers)) < len(numbers):
        raise MigrationError(f"two migrations have one number: {', '.join(by_name)}")
    for name, sha256 in applied.items():
        if name not in by_name:
            raise MigrationError(
                f"The database has migration {name}, which this program does not know: the program is older "
                f"than the database; install the newer one. 程序版本低于数据库版本: 请安装较新的程序。"
            )
        if by_name[name].sha256 != sha256:
            raise MigrationError(
                f"Migration {name} was edited after it was applied to this database: restore the file "
                f"and put the change into a new one. 迁移文件 {name} 在应用后被修改: 请恢复原文件并新建迁移。"
            )
    missing = [migration for migration in migrations if migration.name not in applied]
    if missing and applied and missing[0].name < max(applied):
        raise MigrationError(f"Migration {missing[0].name} comes before {max(applied)}, which is applied already.")
    return missing
