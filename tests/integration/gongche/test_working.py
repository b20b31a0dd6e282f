"""The role work: what fails is shown and tried again, what was missed is caught up, a dead worker's job is done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from gongche.commands.work import list_jobs
from gongche.settings import Settings
from gongche.working import Pace, note_due, run_work
from store import draws
from store.database import connect
from store.job_queue import QueueMigrationError, bring_queue_up_to_date, shipped, still_to_apply
from store.jobs import JobRun, hold, runs
from tests.integration.api.builders import District, district, local

PACE = Pace(look_s=0.05, fetch_s=0.05, heartbeat_s=0.2, stalled_s=0.6, first_retry_s=0.1)
MONDAY = local("2026-11-23 09:00")
PATIENCE_S = 60


@pytest.fixture
def built(database: str) -> Iterator[District]:
    with district(database) as builders:
        yield builders


async def work_until(database: str, holds: Callable[[list[JobRun]], bool], now: Callable[[], datetime]) -> list[JobRun]:
    """Two workers work until something holds of the occurrences."""
    stop = asyncio.Event()
    settings = Settings(_env_file=None)
    workers = [asyncio.create_task(run_work(database, settings, stop, now=now, pace=PACE)) for _ in range(2)]
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await stored(database)
            while not holds(found):
                await asyncio.sleep(0.05)
                found = await stored(database)
    finally:
        stop.set()
        await asyncio.gather(*workers)
    return found


async def stored(database: str) -> list[JobRun]:
    async with await connect(database, autocommit=True) as conn:
        return await runs(conn)


def all_done(found: list[JobRun]) -> bool:
    return bool(found) and all(run.done_at for run in found)


def ticking(start: datetime) -> Callable[[], datetime]:
    """A clock that goes on a second each time it is read."""
    moments = (start + timedelta(seconds=n) for n in range(1_000_000))
    return lambda: next(moments)


async def test_the_first_start_begins_with_this_week(database: str, built: District) -> None:
    built.vehicle()
    async with await connect(database, autocommit=True) as conn:
        await note_due(conn, Settings(_env_file=None), MONDAY)
        found = {(run.job, run.key) for run in await runs(conn)}
        assert found == {("case_reminders", "2026-11-23"), ("draw", "2026-W48"), ("campaigns", "2026-11-23")}


async def test_missed_weeks_are_caught_up(database: str, built: District) -> None:
    for number in range(20):
        built.vehicle(f"苏N{number:05}")
    async with await connect(database, autocommit=True) as conn:
        await note_due(conn, Settings(_env_file=None), local("2026-11-01 00:00"))
    found = await work_until(database, all_done, ticking(MONDAY))
    assert {run.key for run in found if run.job == "draw"} >= {f"2026-W{number}" for number in range(45, 49)}
    async with await connect(database, autocommit=True) as conn:
        assert len(await draws.draws(conn)) == 5


async def test_what_fails_is_shown_and_tried_again_until_it_can_be_done(
    database: str, built: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ticking(MONDAY)
    async with await connect(database, autocommit=True) as conn:
        await note_due(conn, Settings(_env_file=None), local("2026-11-23 08:30"))
    failed = await work_until(database, lambda runs: any(run.failures >= 3 for run in runs), clock)
    waits = next(run for run in failed if run.failures >= 3)
    assert (waits.job, waits.done_at) == ("draw", None)
    (letter,) = built.conn.execute("select key, kind, roles from letters").fetchall()
    assert letter == ("job/draw/2026-W48", "operation", ["admin", "staff"]), "one, however often it fails"
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    listing = typer.Typer()
    listing.command()(list_jobs)
    shown = await asyncio.to_thread(CliRunner().invoke, listing, ["--format", "json"])
    assert shown.exit_code == 1
    assert any(run["error"] for run in json.loads(shown.output))
    built.vehicle()
    done = await work_until(database, all_done, clock)
    assert max(run.failures for run in done) >= 3


async def test_a_job_that_died_in_a_workers_hands_is_done_by_another(database: str, built: District) -> None:
    built.vehicle()
    async with await connect(database, autocommit=True) as conn:
        await note_due(conn, Settings(_env_file=None), local("2026-11-20 17:00"))
        # As a worker leaves it that took the job and was killed.
        await conn.execute("insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 h')")
        await conn.execute(
            "insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
            " select 'default', 'gongche.job', 'commit_draw 2026-W48', 'commit_draw 2026-W48',"
            ' \'{"job": "commit_draw", "key": "2026-W48"}\', \'doing\', id from procrastinate_workers'
        )
    found = await work_until(database, all_done, ticking(MONDAY))
    assert {(run.job, run.key) for run in found} >= {("commit_draw", "2026-W48"), ("draw", "2026-W48")}


async def test_who_comes_second_finds_it_done(database: str) -> None:
    async with await connect(database) as one, await connect(database) as other:
        await one.execute("insert into job_runs (job, key, due_at) values ('draw', '2026-W48', now())")
        await one.commit()
        assert await hold(one, "draw", "2026-W48")
        second = asyncio.create_task(hold(other, "draw", "2026-W48"))
        await one.execute("update job_runs set done_at = now()")
        await one.commit()
        assert not await second


async def test_workers_stop_though_the_database_is_away(built: District) -> None:
    stop = asyncio.Event()
    nowhere = "postgresql://127.0.0.1:1/gongche?connect_timeout=1"
    worker = asyncio.create_task(run_work(nowhere, Settings(_env_file=None), stop, pace=PACE))
    await asyncio.sleep(0.3)
    stop.set()
    async with asyncio.timeout(PATIENCE_S):
        await worker
    assert built.conn.info.status is psycopg.pq.ConnStatus.OK


def test_pauses_grow_up_to_an_hour() -> None:
    assert [Pace().retry_s(failures) for failures in (1, 2, 3, 6, 7, 500)] == [60, 120, 240, 1920, 3600, 3600]


# The queue's own tables ----------------------------------------------------------------------------------


async def test_the_queue_is_made_with_our_tables_and_only_once(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        assert await bring_queue_up_to_date(conn) == []
        rows = await (await conn.execute("select name from queue_migrations order by 1")).fetchall()
    assert [name for (name,) in rows] == [file.stem for file in shipped()]


def test_a_newer_library_brings_its_migrations_and_an_older_one_is_refused() -> None:
    assert still_to_apply(["1", "2", "3"], ["1", "2"]) == ["3"]
    with pytest.raises(QueueMigrationError, match="newer procrastinate"):
        still_to_apply(["1", "2"], ["1", "2", "3"])
