"""Scheduled jobs 定时任务: what became due, what is done, what failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, tuple_row

from oversight.jobs import Due
from store.database import Connection
from store.sql import load

_queries = load("jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """An occurrence of a job. ``error``: why it failed last, if it did."""

    job: str
    key: str
    due_at: datetime
    done_at: datetime | None
    failures: int
    failed_at: datetime | None
    error: str


async def hold_cursor(conn: Connection, job: str, begin: datetime) -> datetime:
    """Through which moment a job's occurrences are noted; nobody else notes any until the transaction ends."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["hold_cursor"], {"job": job, "begin": begin})
        row: tuple[datetime] | None = await cursor.fetchone()
    return row[0] if row else begin


async def note(conn: Connection, job: str, found: Iterable[Due], through: datetime) -> None:
    """Notes what is due, and through which moment that is all."""
    for one in found:
        await conn.execute(_queries["note"], {"job": one.job, "key": one.key, "at": one.at})
    await conn.execute(_queries["move_cursor"], {"job": job, "through": through})


async def waiting(conn: Connection) -> list[JobRun]:
    """What is due and not done, the oldest first."""
    async with conn.cursor(row_factory=class_row(JobRun)) as cursor:
        await cursor.execute(_queries["waiting"])
        return await cursor.fetchall()


async def hold(conn: Connection, job: str, key: str) -> bool:
    """Whether an occurrence is still to be done; if so nobody else does it until the transaction ends."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["hold"], {"job": job, "key": key})
        return await cursor.fetchone() is not None


async def done(conn: Connection, job: str, key: str, at: datetime) -> None:
    """In the transaction of what the job did."""
    await conn.execute(_queries["done"], {"job": job, "key": key, "at": at})


async def failed(conn: Connection, job: str, key: str, at: datetime, error: str) -> int:
    """In a transaction of its own: that of the job is undone. How often it has failed; 0: it was done meanwhile."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["failed"], {"job": job, "key": key, "at": at, "error": error})
        (failures,) = await cursor.fetchone() or (0,)
    return int(failures)


async def runs(conn: Connection, limit: int = 50) -> list[JobRun]:
    """Occurrences: those that are not done, then the newest."""
    async with conn.cursor(row_factory=class_row(JobRun)) as cursor:
        await cursor.execute(_queries["runs"], {"limit": limit})
        return await cursor.fetchall()
