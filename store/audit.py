"""The audit chain: entries are added under a lock, in the transaction of the deed itself, and never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from fleet.audit import NOTHING_BEFORE, Deed, Entry, hash_of
from store import judging
from store.database import Connection
from store.sql import load

_queries = load("audit")
_AT_ONCE = 10_000


async def record(conn: Connection, deed: Deed, at: datetime) -> Entry:
    """Adds an entry; it stands when the caller's transaction commits, as the deed does.

    Other writers of the chain wait until then: call it last.
    """
    async with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["lock"])
        await cursor.execute(_queries["last"])
        entry = _next(await cursor.fetchone(), deed, at)
        await cursor.execute(_queries["add"], _values(entry))
    return entry


def record_now(conn: judging.Connection, deed: Deed, at: datetime) -> Entry:
    """As :func:`record`, on a judge's connection, which rules are entered on."""
    with conn.transaction():
        conn.execute(_queries["lock"])
        row = conn.execute(_queries["last"]).fetchone()
        entry = _next(row, deed, at)
        conn.execute(_queries["add"], _values(entry))
    return entry


async def entries(conn: Connection, after: int = 0) -> AsyncIterator[Entry]:
    """All entries after a number, in order."""
    while True:
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(_queries["after"], {"after": after, "limit": _AT_ONCE})
            rows = await cursor.fetchall()
        for row in rows:
            yield _entry(row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are looked for; None asks for nothing. ``since`` ≤ at < ``until``.

    ``subject``: what it was done to; of a car its plate, which also finds entries about several.
    """

    actor: str | None = None
    acts: tuple[str, ...] | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def found(conn: Connection, wanted: Wanted, *, before: int | None = None, limit: int = 100) -> list[Entry]:
    """The newest entries that are wanted, of those before a number, newest first."""
    values = {
        "actor": wanted.actor,
        "acts": None if wanted.acts is None else list(wanted.acts),
        "subject": wanted.subject,
        "since": wanted.since,
        "until": wanted.until,
        "before": before,
        "limit": limit,
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["found"], values)
        return [_entry(row) for row in await cursor.fetchall()]


async def head(conn: Connection) -> tuple[int, bytes]:
    """Number and hash of the last entry: written down elsewhere, it says that nothing before it was changed since."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["last"])
        return await cursor.fetchone() or (0, NOTHING_BEFORE)


async def actors(conn: Connection) -> list[str]:
    """Everybody of whom there is an entry, by name."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["actors"])
        return [actor for (actor,) in await cursor.fetchall()]


async def has_done(conn: Connection, actor: str, act: str, *, since: datetime) -> bool:
    """Whether there is an entry of that person and act from ``since`` on."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["has_done"], {"actor": actor, "act": act, "since": since})
        return await cursor.fetchone() == (True,)


async def about(conn: Connection, subject: str, limit: int = 200) -> list[Entry]:
    """The newest entries about a subject, newest first."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["about"], {"subject": subject, "limit": limit})
        return [_entry(row) for row in await cursor.fetchall()]


def _next(last: tuple[Any, ...] | None, deed: Deed, at: datetime) -> Entry:
    number, previous = (last[0] + 1, bytes(last[1])) if last else (1, NOTHING_BEFORE)
    return Entry(number=number, at=at, deed=deed, previous=previous, hash=hash_of(number, at, deed, previous))


def _values(entry: Entry) -> dict[str, Any]:
    deed = entry.deed
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": deed.actor,
        "role": deed.role,
        "act": deed.act,
        "subject": deed.subject,
        "details": Jsonb(dict(deed.details)),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _entry(row: tuple[Any, ...]) -> Entry:
    number, at, actor, role, act, subject, details, previous, hash_ = row
    deed = Deed(actor=actor, role=role, act=act, subject=subject, details=details)
    return Entry(number=number, at=at, deed=deed, previous=bytes(previous), hash=bytes(hash_))
