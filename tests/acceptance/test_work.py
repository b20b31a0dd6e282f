"""Two workers that are killed at random, over weeks that pass in seconds: each week's draw is there exactly once."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import signal
import time
from collections import Counter
from datetime import datetime, timedelta

import psycopg
import pytest

from fleet.audit import broken
from gongche import logs
from gongche.drawing import faults_of
from gongche.settings import Settings
from gongche.working import Pace, note_due, run_work
from store import draws
from store.audit import entries
from store.database import connect
from tests.acceptance.program import eventually
from tests.integration.api.builders import district, local

FASTER = 240_000
"""A week in two and a half seconds."""
START = local("2026-03-02 00:00")
WEEKS = [f"2026-W{number:02}" for number in range(10, 18)]


PACE = Pace(look_s=0.1, fetch_s=0.1, heartbeat_s=0.3, stalled_s=1.5, first_retry_s=1.0)


def work(dsn: str, epoch_s: float) -> None:
    """``gongche work`` with a clock that runs, until it is told to stop or killed."""
    logs.configure("work")

    def now() -> datetime:
        return START + timedelta(seconds=(time.time() - epoch_s) * FASTER)

    async def until_told() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await run_work(dsn, Settings(_env_file=None), stop, now=now, pace=PACE)

    asyncio.run(until_told())


class Worker:
    """A process that is started anew whenever it was killed."""

    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.acceptance.test_work"])  # so that a start takes no seconds

    def __init__(self, dsn: str, epoch_s: float) -> None:
        self.arguments = (dsn, epoch_s)
        self.start()

    def start(self) -> None:
        self.process = self.processes.Process(target=work, args=self.arguments, daemon=True)
        self.process.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> int | None:
        self.process.terminate()
        self.process.join(30)
        return self.process.exitcode


@pytest.mark.timeout(150)
def test_each_week_is_drawn_once_whoever_is_killed(database: str) -> None:
    with district(database) as built:
        units = [built.unit(f"单位{number}") for number in range(4)]
        for number in range(60):
            built.vehicle(f"苏N{number:05}", unit=units[number % 4])
    asyncio.run(begin(database))
    chance, epoch_s = random.Random(7), time.time()
    workers = [Worker(database, epoch_s) for _ in range(2)]
    kills = 0
    try:
        # Both are away at times; what falls into those is caught up.
        while time.time() - epoch_s < len(WEEKS) * 7 * 86_400 / FASTER:
            time.sleep(chance.uniform(0.3, 2.0))
            victims = workers if chance.random() < 0.3 else [chance.choice(workers)]
            for victim in victims:
                victim.kill()
                kills += 1
            time.sleep(chance.choice([0, 0, 2.0]))
            for victim in victims:
                victim.start()
        eventually(lambda: drawn(database).keys() >= set(WEEKS), "not all was drawn")
    finally:
        ended = [worker.stop() for worker in workers]
    assert kills > 5
    assert ended == [0, 0]
    assert set(drawn(database).values()) == {1}
    asyncio.run(all_is_right(database))


async def begin(dsn: str) -> None:
    """The first look, from which on nothing may be missed."""
    async with await connect(dsn, autocommit=True) as conn:
        await note_due(conn, Settings(_env_file=None), START)


def drawn(dsn: str) -> Counter[str]:
    """How often each week was drawn."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("select to_char(week, 'IYYY-\"W\"IW') from draws").fetchall()
    return Counter(week for (week,) in rows)


async def all_is_right(dsn: str) -> None:
    """Each draw verifies, each act is in the chain once, and nothing that is done was done twice."""
    async with await connect(dsn, autocommit=True) as conn:
        for found in await draws.draws(conn):
            assert await faults_of(conn, found) == []
        chain = [entry async for entry in entries(conn)]
        assert list(broken(chain)) == []
        acts = Counter((entry.deed.act, entry.deed.subject) for entry in chain)
        assert set(acts.values()) == {1}
        commitments = await (
            await conn.execute("select count(*), count(distinct week) from draw_commitments")
        ).fetchone()
        assert commitments is not None
        assert commitments[0] == commitments[1]
