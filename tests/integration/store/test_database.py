"""Connections: their session, and the border at which the driver's errors end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from gongche.embedded.postgres import EmbeddedPostgres
from store.database import Pool, connect, open_pool, transaction
from store.errors import (
    SchemaNotReadyError,
    StoreConflictError,
    StoreRefusedError,
    StoreUnavailableError,
)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    opened = await open_pool(database, max_size=2)
    yield opened
    await opened.close()


async def test_a_session_speaks_utc_whatever_the_database_is_set_to(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute(f"alter database {administrator.info.dbname} set timezone = 'Asia/Shanghai'".encode())
    async with await connect(database) as connection:
        row = await (await connection.execute("select timestamptz '2026-10-01 00:00+08'")).fetchone()
    assert row
    assert row[0].isoformat() == datetime(2026, 9, 30, 16, tzinfo=UTC).isoformat()


async def test_a_session_of_a_pool_speaks_utc_too_and_says_who_it_is(database: str) -> None:
    pool = await open_pool(database, application="gongche judge")
    async with transaction(pool) as connection:
        row = await (
            await connection.execute("select current_setting('timezone'), current_setting('application_name')")
        ).fetchone()
    await pool.close()
    assert row == ("UTC", "gongche judge")


async def test_a_transaction_is_committed_on_leaving(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await connection.execute("insert into units (code, name) values ('A', '甲')")
    async with transaction(pool) as connection:
        assert await (await connection.execute("select code from units")).fetchall() == [("A",)]


async def test_a_transaction_with_an_error_leaves_nothing_and_the_error_as_it_was(pool: Pool) -> None:
    async def store_and_fail() -> None:
        async with transaction(pool) as connection:
            await connection.execute("insert into units (code, name) values ('A', '甲')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store_and_fail()
    async with transaction(pool) as connection:
        assert await (await connection.execute("select code from units")).fetchall() == []


async def test_a_repeated_key_is_a_conflict_that_names_the_constraint(pool: Pool) -> None:
    with pytest.raises(StoreConflictError, match=r"Key \(code\)=\(A\) already exists") as conflict:
        async with transaction(pool) as connection:
            await connection.execute("insert into units (code, name) values ('A', '甲'), ('A', '乙')")
    assert conflict.value.constraint == "units_code_key"


async def test_a_missing_reference_is_refused(pool: Pool) -> None:
    with pytest.raises(StoreRefusedError, match=r"unit_id.*is not present"):
        async with transaction(pool) as connection:
            await connection.execute("insert into vehicles (plate, unit_id) values ('苏N00001', 99)")


async def test_tables_that_are_missing_send_to_gongche_migrate(empty_database: str) -> None:
    pool = await open_pool(empty_database)
    with pytest.raises(SchemaNotReadyError, match="run `gongche migrate`"):
        async with transaction(pool) as connection:
            await connection.execute("select 1 from positions")
    await pool.close()


async def test_a_wrong_password_says_so(database: str) -> None:
    with pytest.raises(StoreUnavailableError, match=r"are its address, user and password right.*authentication failed"):
        await connect(make_conninfo(database, password="wrong"))


async def test_a_server_that_does_not_run_is_out_of_reach(unused_tcp_port: int) -> None:
    with pytest.raises(StoreUnavailableError, match="out of reach"):
        await connect(f"postgresql://gongche@127.0.0.1:{unused_tcp_port}/gongche")
    with pytest.raises(StoreUnavailableError, match="out of reach"):
        await open_pool(f"postgresql://gongche@127.0.0.1:{unused_tcp_port}/gongche", wait_s=0.5)


async def test_a_pool_goes_on_after_the_server_was_restarted(postgres_server: EmbeddedPostgres) -> None:
    pool = await open_pool(postgres_server.dsn)

    async def store_while_it_stops() -> None:
        async with transaction(pool) as connection:
            postgres_server.stop()
            await connection.execute("insert into units (code, name) values ('A', '甲')")

    with pytest.raises(StoreUnavailableError, match="out of reach"):
        await store_while_it_stops()
    postgres_server.start()
    async with transaction(pool) as connection:
        assert await (await connection.execute("select code from units")).fetchall() == []
    await pool.close()
