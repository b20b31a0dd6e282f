"""Messages over MQTT, QoS 1, until committed: load generator, broker, ingest and PostgreSQL all on this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.mqtt_load import TRACKERS, tracker
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.registering import register_trackers
from store.database import connect
from store.migrate import migrate

_START_S = 1_700_000_000
_PATIENCE_S = 300
_BARS = {1: 5_000, 20: 40_000}
"""The first bar of the design's budgets, in positions a second, by the positions in a message."""


def run(quick: bool) -> list[dict[str, Any]]:
    """One row each for messages of one and of 20 positions; rates are positions committed a second."""
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder, _running(Path(folder)) as place:
        place.load(2_000, 1)  # the first batches warm caches and plans
        return [
            place.load(4_000 if quick else 60_000, 1),
            place.load(1_000 if quick else 20_000, 20),
        ]


@contextmanager
def _running(folder: Path) -> Iterator[_Place]:
    with (
        EmbeddedPostgres(folder / "postgres") as postgres,
        EmbeddedBroker(folder / "broker", sessions=["gongche-ingest"]) as broker,
    ):
        asyncio.run(_prepare(postgres.dsn))
        with _ingest(postgres, broker, folder) as ingest:
            yield _Place(postgres, broker, ingest)


async def _prepare(dsn: str) -> None:
    await migrate(dsn)
    async with await connect(dsn, autocommit=True) as conn:
        await register_trackers(conn, [tracker(number) for number in range(TRACKERS)])


@contextmanager
def _ingest(postgres: EmbeddedPostgres, broker: EmbeddedBroker, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    told = {
        "GONGCHE_DATABASE_URL": postgres.dsn,
        "GONGCHE_MQTT_HOST": broker.host,
        "GONGCHE_MQTT_PORT": str(broker.port),
        "GONGCHE_MQTT_USERNAME": broker.username,
        "GONGCHE_MQTT_PASSWORD": broker.password,
    }
    with (folder / "ingest.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gongche", "ingest"], env={**os.environ, **told}, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@dataclass
class _Place:
    """The servers at work, and how much they have taken in so far."""

    postgres: EmbeddedPostgres
    broker: EmbeddedBroker
    ingest: subprocess.Popen[bytes]
    stored: int = 0
    next_s: int = _START_S

    def load(self, messages: int, positions: int) -> dict[str, Any]:
        """Publishes as fast as the broker takes it; seconds until the last position is committed."""
        expected = self.stored + messages * positions
        with psycopg.connect(self.postgres.dsn, autocommit=True) as conn, self._generator(messages, positions) as load:
            before = self._cpu_s()
            began_s = time.monotonic()
            _say(load, "go\n")
            while _stored(conn) < expected:
                if time.monotonic() - began_s > _PATIENCE_S:
                    raise TimeoutError(f"{_stored(conn) - self.stored} of {messages * positions} positions stored")
                time.sleep(0.02)
            seconds = time.monotonic() - began_s
            used = {name: after - before[name] for name, after in self._cpu_s().items()}
        self.stored = expected
        self.next_s += -(-messages // TRACKERS) * positions
        rate = messages * positions / seconds
        return {
            "name": f"MQTT QoS 1 to committed, {positions} a message",
            "messages_per_s": round(messages / seconds),
            "positions_per_s": round(rate),
            "first_bar": _BARS[positions],
            "cpu_us_per_message": {name: round(cpu_s / messages * 1e6, 1) for name, cpu_s in used.items()},
        }

    @contextmanager
    def _generator(self, messages: int, positions: int) -> Iterator[subprocess.Popen[str]]:
        arguments = [
            self.broker.host, str(self.broker.port), self.broker.tracker_username, self.broker.tracker_password,
            str(messages), str(positions), str(self.next_s),
        ]  # fmt: skip
        load = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mqtt_load", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            if load.stdout is None or load.stdout.readline() != "ready\n":
                raise RuntimeError("the load generator did not start")
            yield load
        finally:
            load.communicate()

    def _cpu_s(self) -> dict[str, float]:
        """CPU seconds that each part has used, its children included."""
        parts = {"ingest": self.ingest.pid, "broker": self.broker.pid, "postgres": self.postgres.pid}
        return {name: _cpu_s_of(pid) for name, pid in parts.items() if pid is not None}


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()


def _stored(conn: psycopg.Connection[tuple[Any, ...]]) -> int:
    row = conn.execute("select coalesce(sum(count), 0)::bigint from ingest_counts where outcome = 'stored'").fetchone()
    return int(row[0]) if row else 0


def _cpu_s_of(pid: int) -> float:
    process = psutil.Process(pid)
    times = [part.cpu_times() for part in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    for result in run(quick="--quick" in sys.argv):
        print(result)
