"""Migrating: once, by one of many, and never over an edited past."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import psycopg
import pytest

from store.database import connect
from store.migrate import Migration, MigrationError, migrate, shipped, still_to_apply

FIRST = Migration("0001_first", "select 1")
SECOND = Migration("0002_second", "select 2")


async def test_an_empty_database_gets_every_migration_in_order(empty_database: str) -> None:
    migrated = await migrate(empty_database)
    assert migrated.applied == [migration.name for migration in shipped()]


async def test_migrating_again_applies_nothing(database: str) -> None:
    assert (await migrate(database)).applied == []


async def test_of_many_that_start_at_once_one_migrates_and_all_succeed(empty_database: str) -> None:
    runs = await asyncio.gather(*(migrate(empty_database) for _ in range(5)))
    names = [migration.name for migration in shipped()]
    assert sorted(run.applied for run in runs) == [[], [], [], [], names]


async def test_a_migration_that_was_edited_after_it_was_applied_is_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("update schema_migrations set sha256 = 'of the file as it was' where name like '0001%'")
    with pytest.raises(MigrationError, match="0001_initial was edited"):
        await migrate(database)


async def test_a_database_that_is_newer_than_the_program_is_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("insert into schema_migrations (name, sha256) values ('9999_of_next_year', '')")
    with pytest.raises(MigrationError, match="9999_of_next_year"):
        await migrate(database)


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("create table violations (in_the_way int)")
    with pytest.raises(Exception, match='"violations" already exists'):
        await migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    assert sorted(tables) == [("schema_migrations",), ("violations",)]


async def test_what_trackers_held_by_default_was_said_by_nobody(empty_database: str) -> None:
    async with await connect(empty_database, autocommit=True) as conn:
        for migration in shipped():
            if migration.name == "0031_tracker_models":
                await conn.execute("insert into trackers (code) values ('T1')")
                await conn.execute("insert into trackers (code, datum, utc_offset_min) values ('T2', 'gcj02', 0)")
            await conn.execute(migration.sql)
        found = await conn.execute("select code, datum, utc_offset_min from trackers order by code")
        assert await found.fetchall() == [("T1", None, None), ("T2", "gcj02", 0)]
        found = await conn.execute("select code, datum, utc_offset_min, speed_factor from tracker_profiles order by 1")
        assert await found.fetchall() == [("T1", "wgs84", 480, 1.0), ("T2", "gcj02", 0, 1.0)]


async def test_vehicles_that_were_there_have_had_their_unit_for_ever(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [migration for migration in shipped() if migration.name < "0032"]
    with monkeypatch.context() as earlier:
        earlier.setattr("store.migrate.shipped", lambda: before)
        await migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        connection.execute("insert into units (code, name) values ('A', '甲'), ('B', '乙')")
        connection.execute("insert into vehicles (plate, unit_id) values ('苏N00001', 1), ('苏N00002', 2)")
        connection.execute("delete from marks")
    assert (await migrate(empty_database)).applied == [
        migration.name for migration in shipped() if migration.name >= "0032"
    ]
    with psycopg.connect(empty_database) as connection:
        rows = connection.execute("select vehicle_id, unit_id, lower_inf(during), upper_inf(during) from vehicle_units")
        assert rows.fetchall() == [(1, 1, True, True), (2, 2, True, True)]
        assert connection.execute("select count(*) from marks").fetchone() == (0,), "nothing is judged otherwise"
        connection.execute("insert into vehicles (plate, unit_id) values ('苏N00003', 1)")
        assert connection.execute("select count(*) from vehicle_units").fetchone() == (3,)


def test_what_is_applied_is_left_out() -> None:
    assert still_to_apply([FIRST, SECOND], {"0001_first": FIRST.sha256}) == [SECOND]


def test_a_migration_numbered_before_an_applied_one_is_refused() -> None:
    with pytest.raises(MigrationError, match="0001_first comes before 0002_second"):
        still_to_apply([FIRST, SECOND], {"0002_second": SECOND.sha256})


def test_two_migrations_of_one_number_are_refused() -> None:
    with pytest.raises(MigrationError, match="one number"):
        still_to_apply([FIRST, replace(SECOND, name="0001_second")], {})


def test_every_file_among_the_migrations_has_the_form_that_is_applied() -> None:
    from importlib.resources import files

    there = {entry.name for entry in (files("store") / "migrations").iterdir() if entry.name.endswith(".sql")}
    assert there == {f"{migration.name}.sql" for migration in shipped()}
