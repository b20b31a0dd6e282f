"""The position table on a real TimescaleDB: split by week, compressed by vehicle, evidence all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from fleet.clock import moment_of, us_of
from fleet.position import Positions
from fleet.span import Span
from store import judging
from store.database import connect
from store.fleet import (
    NewFitting,
    NewTracker,
    NewUnit,
    NewVehicle,
    save_fittings,
    save_trackers,
    save_units,
    save_vehicles,
)
from store.migrate import Migrated, migrate
from store.positions import StoreResult, store_positions
from store.timescale import HYPERTABLE, NOT_LOADED
from tests.timescale.conftest import create_extension, timescale_server

MONDAY_US = us_of(datetime(2026, 9, 28, tzinfo=UTC))
FROM_THE_BEGINNING = -(2**62)
VEHICLE = np.array([1], np.int32)


def drive(vehicle_id: int, steps: range, *, every_s: int = 10) -> Positions:
    """Those steps of a vehicle's drive north-east; the same step is the same position each time."""
    step = np.array(steps)
    return Positions.of(
        vehicle_id,
        MONDAY_US + step * every_s * 1_000_000,
        1_183_000_000 + 97 * step,
        339_600_000 + 61 * step,
        speed_kmh=np.where(step % 3 == 0, np.nan, step % 90),
        tracker_id=1,
        received_us=MONDAY_US,
    )


async def store(dsn: str, *batches: Positions) -> list[StoreResult]:
    """Store as ingest does, a transaction a batch."""
    async with await connect(dsn) as connection:
        results = []
        for batch in batches:
            async with connection.transaction():
                results.append(await store_positions(connection, batch))
        return results


def read(dsn: str) -> list[tuple[float, ...]]:
    """Vehicle 1 as judging reads it: (µs, longitude, latitude, speed) of each position, 0 for no speed."""
    with judging.connect(dsn) as connection:
        stored = judging.positions(connection, VEHICLE, np.array([FROM_THE_BEGINNING]))
    return rows(stored)


def rows(positions: Positions) -> list[tuple[float, ...]]:
    speed_kmh = np.nan_to_num(positions.speed_kmh)
    columns = (positions.ts_us, positions.lon_e7, positions.lat_e7, speed_kmh)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def compress(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select compress_chunk(chunk) from show_chunks('positions') chunk")


def sizes_bytes(dsn: str) -> tuple[int, int]:
    """The position table's size before and after compression, indexes included."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "select before_compression_total_bytes, after_compression_total_bytes"
            " from hypertable_columnstore_stats('positions')"
        ).fetchone()
    assert row
    return row


def test_migrating_makes_a_hypertable_of_a_week_a_chunk_compressed_by_vehicle_that_deletes_nothing(
    first_migration: tuple[str, Migrated],
) -> None:
    dsn, migrated = first_migration
    assert migrated.notes == [" / ".join(HYPERTABLE)]
    with psycopg.connect(dsn) as connection:
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
    assert settings == [("vehicle_id", "ts,lon_e7,lat_e7")]
    assert policies == [("policy_compression", "14 days")]


async def test_migrating_again_changes_nothing(hypertable: str) -> None:
    again = await migrate(hypertable)
    assert (again.applied, again.notes) == ([], [" / ".join(HYPERTABLE)])


async def test_a_filled_plain_table_becomes_a_hypertable_when_the_extension_comes_later() -> None:
    with timescale_server() as dsn:
        before = await migrate(dsn)
        assert before.notes == [" / ".join(NOT_LOADED)]
        await store(dsn, drive(1, range(500)))
        create_extension(dsn)
        after = await migrate(dsn)
        assert (after.applied, after.notes) == ([], [" / ".join(HYPERTABLE)])
        assert read(dsn) == rows(drive(1, range(500)))


async def test_positions_over_weeks_come_out_as_they_went_in_and_repeats_stay_out(
    hypertable: str,
) -> None:
    two_weeks = drive(1, range(300), every_s=4000)
    assert await store(hypertable, two_weeks, two_weeks) == [StoreResult(300, 0), StoreResult(0, 300)]
    assert read(hypertable) == rows(two_weeks)


async def test_late_positions_go_into_a_compressed_week_and_repeats_of_compressed_ones_stay_out(
    hypertable: str,
) -> None:
    on_time, repeated, late = (drive(1, steps) for steps in (range(0, 2000, 2), range(0, 200, 2), range(1, 2000, 2)))
    await store(hypertable, on_time)
    compress(hypertable)
    assert await store(hypertable, repeated, late) == [StoreResult(0, 100), StoreResult(1000, 0)]
    assert read(hypertable) == rows(drive(1, range(2000)))
    compress(hypertable)
    assert read(hypertable) == rows(drive(1, range(2000)))


async def test_late_positions_mark_their_vehicle_since_the_earliest_new_one(hypertable: str) -> None:
    await store(hypertable, drive(1, range(0, 2000, 2)))
    compress(hypertable)
    with psycopg.connect(hypertable, autocommit=True) as connection:
        connection.execute("truncate marks")
    await store(hypertable, drive(1, range(100, 200)))
    with psycopg.connect(hypertable) as connection:
        marks = connection.execute("select vehicle_id, since from marks").fetchall()
    earliest_new = datetime(2026, 9, 28, tzinfo=UTC) + timedelta(seconds=101 * 10)
    assert marks == [(1, earliest_new)]


async def test_a_swap_entered_late_takes_positions_out_of_compressed_weeks(hypertable: str) -> None:
    async with await connect(hypertable, autocommit=True) as connection:
        await save_units(connection, [NewUnit("u", "u")])
        await save_vehicles(connection, [NewVehicle(plate, "u") for plate in ("苏N00001", "苏N00002")])
        await save_trackers(connection, [NewTracker("T1"), NewTracker("T2")])
        always = Span(None, None)
        await save_fittings(connection, [NewFitting("T1", "苏N00001", always), NewFitting("T2", "苏N00002", always)])
    two_weeks = range(300)
    await store(hypertable, drive(1, two_weeks, every_s=4000), drive(3, two_weeks, every_s=4000))
    compress(hypertable)
    swapped_at = moment_of(MONDAY_US + 100 * 4_000_000_000)
    async with await connect(hypertable, autocommit=True) as connection:
        done = await save_fittings(connection, [NewFitting("T1", "苏N00002", Span(swapped_at, None))])
        assert (done.moved.positions, done.moved.repeated) == (200, 0)
        rows_of = (
            "select vehicle_id, count(*) from positions where tracker_id = 1 and vehicle_id < 3 group by 1 order by 1"
        )
        assert await (await connection.execute(rows_of)).fetchall() == [(1, 100), (2, 200)]
    assert read(hypertable) == rows(drive(1, range(100), every_s=4000))


async def test_compression_saves_at_least_three_quarters(hypertable: str) -> None:
    await store(hypertable, *(drive(vehicle_id, range(2000)) for vehicle_id in range(1, 6)))
    compress(hypertable)
    before_bytes, after_bytes = sizes_bytes(hypertable)
    assert after_bytes < before_bytes / 4


async def test_the_exclusion_constraints_hold_there_too(hypertable: str) -> None:
    with psycopg.connect(hypertable) as connection:
        connection.execute("insert into units (code, name) values ('u', 'u')")
        connection.execute("insert into vehicles (plate, unit_id) values ('苏N00001', 1)")
        connection.execute("insert into enrolments (vehicle_id, during) values (1, '[2026-01-01, 2026-06-01)')")
        with pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute("insert into enrolments (vehicle_id, during) values (1, '[2026-05-01,)')")
