"""The position table on a real TimescaleDB: split by week, compressed by vehicle, evidence all the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from store.migrate import migrate
from store.timescale import HYPERTABLE, NOT_LOADED

MONDAY = datetime(2026, 9, 28, tzinfo=UTC)
Row = tuple[int, datetime, int, int, int]


def reports(vehicle_id: int, count: int, *, since: datetime = MONDAY, every_s: int = 10) -> list[Row]:
    """Positions of one vehicle driving north-east."""
    return [
        (vehicle_id, since + timedelta(seconds=every_s * i), 1_183_000_000 + 97 * i, 339_600_000 + 61 * i, 1)
        for i in range(count)
    ]


def store(connection: psycopg.Connection, rows: Iterable[Row]) -> int:
    """COPY into a staging table, then take over what is new, as ingest does; the number of new rows."""
    connection.execute("create temp table if not exists staging (like positions including defaults)")
    connection.execute("truncate staging")
    columns = "vehicle_id, ts, lon_e7, lat_e7, tracker_id"
    with connection.cursor().copy(f"copy staging ({columns}) from stdin (format binary)") as copy:
        copy.set_types(["int4", "timestamptz", "int4", "int4", "int4"])
        for row in rows:
            copy.write_row(row)
    return connection.execute("insert into positions select * from staging on conflict do nothing").rowcount


def stored(connection: psycopg.Connection, vehicle_id: int) -> list[Row]:
    return connection.execute(
        "select vehicle_id, ts, lon_e7, lat_e7, tracker_id from positions where vehicle_id = %s order by ts",
        [vehicle_id],
    ).fetchall()


def compress(connection: psycopg.Connection) -> None:
    connection.execute("select compress_chunk(chunk) from show_chunks('positions') chunk")


def sizes_bytes(connection: psycopg.Connection) -> tuple[int, int]:
    row = connection.execute(
        "select sum(before_compression_total_bytes)::bigint, sum(after_compression_total_bytes)::bigint"
        " from chunk_columnstore_stats('positions') where compression_status = 'Compressed'"
    ).fetchone()
    assert row
    return row


def connect(dsn: str) -> psycopg.Connection:
    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute("set time zone 'UTC'")
    return connection


async def test_migrating_makes_a_hypertable_of_a_week_a_chunk_compressed_by_vehicle_and_deletes_nothing(
    timescale_with_extension: str,
) -> None:
    migrated = await migrate(timescale_with_extension)
    assert migrated.notes == [" / ".join(HYPERTABLE)]
    with connect(timescale_with_extension) as connection:
        week = connection.execute(
            "select time_interval from timescaledb_information.dimensions where hypertable_name = 'positions'"
        ).fetchall()
        settings = connection.execute(
            "select segmentby, orderby from timescaledb_information.hypertable_columnstore_settings"
        ).fetchall()
        policies = connection.execute(
            "select proc_name, config ->> 'compress_after' from timescaledb_information.jobs"
            " where hypertable_name = 'positions'"
        ).fetchall()
    assert week == [(timedelta(days=7),)]
    assert [row[0] for row in settings] == ["vehicle_id"]
    assert settings[0][1].split(",")[0] == "ts"
    assert policies == [("policy_compression", "14 days")]


async def test_migrating_again_changes_nothing(timescale_with_extension: str) -> None:
    await migrate(timescale_with_extension)
    again = await migrate(timescale_with_extension)
    assert (again.applied, again.notes) == ([], [" / ".join(HYPERTABLE)])


async def test_a_filled_plain_table_becomes_a_hypertable_when_the_extension_comes_later(timescale: str) -> None:
    before = await migrate(timescale)
    assert before.notes == [" / ".join(NOT_LOADED)]
    with connect(timescale) as connection:
        store(connection, reports(7, 500))
        connection.execute("create extension timescaledb")
    after = await migrate(timescale)
    assert (after.applied, after.notes) == ([], [" / ".join(HYPERTABLE)])
    with connect(timescale) as connection:
        assert stored(connection, 7) == reports(7, 500)


async def test_positions_come_out_as_they_went_in_and_repeats_stay_out(timescale_with_extension: str) -> None:
    await migrate(timescale_with_extension)
    over_two_weeks = reports(1, 300, every_s=4000) + reports(2, 300, every_s=4000)
    with connect(timescale_with_extension) as connection:
        assert store(connection, over_two_weeks) == 600
        assert store(connection, over_two_weeks) == 0
        assert stored(connection, 1) + stored(connection, 2) == over_two_weeks


async def test_late_positions_go_into_a_compressed_week_and_repeats_of_compressed_ones_stay_out(
    timescale_with_extension: str,
) -> None:
    await migrate(timescale_with_extension)
    on_time, late = reports(1, 2000)[::2], reports(1, 2000)[1::2]
    with connect(timescale_with_extension) as connection:
        store(connection, on_time)
        compress(connection)
        assert store(connection, on_time[-100:] + late) == len(late)
        assert stored(connection, 1) == reports(1, 2000)
        compress(connection)
        assert stored(connection, 1) == reports(1, 2000)


async def test_compression_saves_at_least_three_quarters(timescale_with_extension: str) -> None:
    await migrate(timescale_with_extension)
    with connect(timescale_with_extension) as connection:
        store(connection, [row for vehicle_id in range(1, 6) for row in reports(vehicle_id, 2000)])
        compress(connection)
        before_bytes, after_bytes = sizes_bytes(connection)
    assert after_bytes < before_bytes / 4


async def test_the_exclusion_constraints_hold_there_too(timescale_with_extension: str) -> None:
    await migrate(timescale_with_extension)
    with connect(timescale_with_extension) as connection:
        connection.execute("insert into units (code, name) values ('u', 'u')")
        connection.execute("insert into vehicles (plate, unit_id) values ('苏N00001', 1)")
        connection.execute("insert into enrolments (vehicle_id, during) values (1, '[2026-01-01, 2026-06-01)')")
        with pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute("insert into enrolments (vehicle_id, during) values (1, '[2026-05-01,)')")
