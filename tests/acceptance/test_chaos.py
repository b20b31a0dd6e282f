"""Invariant 1: nothing acknowledged is lost, whatever is killed, whenever."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from gongche.addresses import BrokerAddress
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.publish import Publisher, topic_of
from store.database import connect
from tests.acceptance.program import PATIENCE_S, environment
from tests.builders.intake import fit

SEED = 20261001
TRACKERS = 20
MESSAGES_PER_S = 2_000
KILLS_EACH = 4
START = 1_790_913_600


class Role:
    """A process of a role (`gongche ingest`, ...) that can be killed and started again."""

    def __init__(
        self, name: str, folder: Path, postgres: EmbeddedPostgres, broker: EmbeddedBroker, **settings: str
    ) -> None:
        self.name = name
        self._folder = folder
        told = {
            "database_url": postgres.dsn,
            "mqtt_host": broker.host,
            "mqtt_port": str(broker.port),
            "mqtt_username": broker.username,
            "mqtt_password": broker.password,
        }
        self._env = environment(folder, **(told | settings))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gongche", self.name], env=self._env, stdout=log, stderr=log
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)


class Sent:
    """What the trackers sent, and what they saw acknowledged: (tracker, second) of each message."""

    def __init__(self) -> None:
        self.count = 0
        self.acknowledged: set[tuple[str, int]] = set()
        self._awaited = 0
        self._reached = asyncio.Event()

    def one_more(self) -> None:
        self.count += 1
        if self.count >= self._awaited:
            self._reached.set()

    async def reaches(self, count: int) -> None:
        """Waits until so many were sent."""
        self._awaited = count
        self._reached.clear()
        await self._reached.wait()

    def heard(self, tracker: str) -> Callable[[bytes], None]:
        def acknowledged(payload: bytes) -> None:
            self.acknowledged.add((tracker, json.loads(payload)["ts"]))

        return acknowledged


async def send_until(stop: asyncio.Event, broker: EmbeddedBroker, sent: Sent) -> None:
    """Every tracker reports at its share of the rate until `stop`; returns when all of it is acknowledged."""
    address = BrokerAddress(broker.host, broker.port, broker.tracker_username, broker.tracker_password)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        publishers = {
            code: await stack.enter_async_context(Publisher(address, code, acknowledged=sent.heard(code)))
            for code in (f"T{number:02}" for number in range(TRACKERS))
        }
        began_s, second = loop.time(), START
        while not stop.is_set():
            for code, publisher in publishers.items():
                payload = b'{"ts":%d,"lon":118.3,"lat":33.9,"speed_kmh":43.2}' % second
                await publisher.publish(topic_of(code), payload)
                sent.one_more()
            second += 1
            await asyncio.sleep(max(0.0, began_s + sent.count / MESSAGES_PER_S - loop.time()))


async def kill_by_turns(
    servers: Sequence[EmbeddedPostgres | EmbeddedBroker | Role], chance: random.Random, sent: Sent
) -> list[str]:
    """Kills each of them KILLS_EACH times, at moments told by the messages sent; the victims in order."""
    victims = [*servers] * KILLS_EACH
    chance.shuffle(victims)
    for victim in victims:
        async with asyncio.timeout(PATIENCE_S):
            await sent.reaches(sent.count + chance.randrange(MESSAGES_PER_S // 4, 3 * MESSAGES_PER_S))
        assert victim.pid is not None
        await asyncio.to_thread(kill, victim.pid)
        await asyncio.sleep(chance.uniform(0, 0.5))
        await asyncio.to_thread(victim.start)
    return [type(victim).__name__ for victim in victims]


def kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.send_signal(signal.SIGKILL)
    with suppress(psutil.NoSuchProcess):
        process.wait(PATIENCE_S)


async def until_stored(dsn: str, messages: set[tuple[str, int]]) -> None:
    """Waits until each of them is stored; what is missing is the failure's message."""
    missing = messages
    async with asyncio.timeout(PATIENCE_S), await connect(dsn, autocommit=True) as conn:
        await conn.execute("listen marks")
        with suppress(TimeoutError):
            while missing := messages - await stored(conn):
                async for _ in conn.notifies(timeout=1, stop_after=1):
                    pass
    assert not missing, f"{len(missing)} acknowledged messages are not stored, such as {sorted(missing)[:3]}"


async def stored(conn: psycopg.AsyncConnection[tuple[object, ...]]) -> set[tuple[str, int]]:
    rows = await (
        await conn.execute(
            "select code, extract(epoch from ts)::bigint from positions join trackers on trackers.id = tracker_id"
        )
    ).fetchall()
    return {(str(code), int(str(ts))) for code, ts in rows}


@pytest.mark.timeout(240)
async def test_every_message_that_was_acknowledged_is_stored_whatever_is_killed(
    postgres_server: EmbeddedPostgres, broker_server: EmbeddedBroker, tmp_path: Path
) -> None:
    async with await connect(postgres_server.dsn, autocommit=True) as conn:
        await fit(conn, {f"T{number:02}": f"苏N000{number:02}" for number in range(TRACKERS)})
    ingest, sent, enough = Role("ingest", tmp_path, postgres_server, broker_server), Sent(), asyncio.Event()
    ingest.start()
    try:
        sending = asyncio.create_task(send_until(enough, broker_server, sent))
        victims = await kill_by_turns([ingest, postgres_server, broker_server], random.Random(SEED), sent)
        enough.set()
        await sending
        assert len(victims) >= 10
        assert len(sent.acknowledged) == sent.count, "a tracker sends again until it is acknowledged"
        await until_stored(postgres_server.dsn, sent.acknowledged)
    finally:
        ingest.stop()
