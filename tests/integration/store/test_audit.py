"""The audit chain in the database: written by many at once, kept from changes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest

from fleet.audit import Deed, broken
from store.audit import about, entries, record
from store.database import connect

NOW = datetime(2026, 10, 9, 0, 30, tzinfo=UTC)


def look(plate: str, by: str = "张三") -> Deed:
    return Deed(actor=by, role="staff", act="see_track", subject=plate, details={"reason": "抽查", "days": 7})


async def test_what_is_written_comes_back_as_a_whole_chain(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        written = [await record(conn, look(f"苏N1234{n}"), NOW) for n in range(5)]
        assert [entry async for entry in entries(conn)] == written
        assert [entry async for entry in entries(conn, after=3)] == written[3:]
        assert list(broken(written)) == []
        assert await about(conn, "苏N12343") == [written[3]]


async def test_many_write_at_once_without_a_hole(database: str) -> None:
    async def clerk(name: str) -> None:
        async with await connect(database, autocommit=True) as conn:
            for _ in range(20):
                await record(conn, look("苏N12345", name), NOW)

    await asyncio.gather(*(clerk(f"员{n}") for n in range(5)))
    async with await connect(database, autocommit=True) as conn:
        chain = [entry async for entry in entries(conn)]
    assert [entry.number for entry in chain] == list(range(1, 101))
    assert list(broken(chain)) == []


async def test_a_deed_that_is_undone_leaves_no_entry(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        async with conn.transaction(force_rollback=True):
            await record(conn, look("苏N12345"), NOW)
        await record(conn, look("苏N12346"), NOW)
        assert [(entry.number, entry.deed.subject) async for entry in entries(conn)] == [(1, "苏N12346")]


@pytest.mark.parametrize(
    "forgery", ["update audit_entries set actor = '李四'", "delete from audit_entries", "truncate audit_entries"]
)
async def test_entries_are_neither_changed_nor_removed(database: str, forgery: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        await record(conn, look("苏N12345"), NOW)
        with pytest.raises(psycopg.errors.RestrictViolation):
            await conn.execute(forgery)


async def test_a_forgery_behind_the_triggers_shows(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        for n in range(4):
            await record(conn, look(f"苏N1234{n}"), NOW)
        await conn.execute("alter table audit_entries disable trigger all")
        await conn.execute("update audit_entries set details = '{}' where number = 2")
        assert [number for number, *_ in broken([entry async for entry in entries(conn)])] == [2]
