"""JT/T 808: frames decoded on one core; and terminals → gateway → broker → ingest → committed, all on this machine."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import psutil
import psycopg

from benchmarks.ingest import _cpu_s_of
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.registering import register_trackers
from gongche.simulating import numbers
from gongche.terminal import location_at
from ingest.jt808.frame import Deframer, Frame, frame_of, octets_of
from ingest.jt808.location import batch_octets_of, batch_of, location_of
from ingest.jt808.location import octets_of as body_of
from ingest.jt808.payload import payload_of
from store.database import connect
from store.migrate import migrate

BATCH = 20
_PATIENCE_S = 60.0


def run(quick: bool) -> list[dict[str, Any]]:
    seconds = 3 if quick else 20
    return [
        *_decoding(20_000 if quick else 200_000),
        _end_to_end("terminals to committed, 200 of them, 32 locations under way each", 200, seconds, 1, 32),
        _end_to_end("the same, 2,000 of them, each waits for its answer", 200 if quick else 2_000, seconds, 1, 1),
        _end_to_end(f"the same, 50 of them, batches of {BATCH}", 50, seconds, BATCH, 32),
        _connections(100 if quick else 2_000, seconds),
    ]


def _decoding(frames: int) -> list[dict[str, Any]]:
    location = location_at(datetime(2026, 10, 2, tzinfo=UTC), 118.33, 33.95, 41.5, 90, 12_345.6)
    number = "00000000013812345678"
    single = octets_of(Frame(0x0200, number, 7, body_of(location), 1))
    batch = octets_of(Frame(0x0704, number, 7, batch_octets_of([location] * BATCH), 1))
    return [
        {"name": "frames of one location decoded, one core", "frames_per_s": round(_frames_per_s(single, frames))},
        {
            "name": f"frames of {BATCH} locations decoded, one core",
            "locations_per_s": round(BATCH * _frames_per_s(batch, frames // BATCH)),
        },
    ]


def _frames_per_s(octets: bytes, count: int) -> float:
    """From bytes to the payload that is published."""
    best = 0.0
    for _ in range(3):
        deframer, piece, done = Deframer(), octets * 50, 0
        began = perf_counter()
        while done < count:
            for content in deframer.feed(piece):
                assert isinstance(content, bytes)
                frame = frame_of(content)
                read = [location_of(frame.body)] if frame.message_id == 0x0200 else batch_of(frame.body).locations
                payload_of(read, edition_2019=True)
                done += 1
        best = max(best, done / (perf_counter() - began))
    return best


class _Load:
    """A load generator."""

    def __init__(self, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "benchmarks.terminal_load", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> _Load:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate("end\n")

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def told(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class _Servers:
    """Database, broker, and the two roles as processes of their own."""

    def __init__(self, folder: Path, terminals: int) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.broker = EmbeddedBroker(folder / "broker", sessions=["gongche-ingest"])
        self.port = 0
        self._terminals = terminals
        self._roles: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> _Servers:
        self.postgres.start()
        self.broker.start()
        asyncio.run(self._prepare())
        self.port = free_port()
        for name, user, password in (
            ("ingest", self.broker.username, self.broker.password),
            ("gateway", self.broker.tracker_username, self.broker.tracker_password),
        ):
            told = {
                "DATA_FOLDER": self.folder / "data",
                "DATABASE_URL": self.postgres.dsn,
                "MQTT_HOST": self.broker.host,
                "MQTT_PORT": self.broker.port,
                "MQTT_USERNAME": user,
                "MQTT_PASSWORD": password,
                "GATEWAY_PORT": self.port,
            }
            env = {**os.environ, **{f"GONGCHE_{key}": str(value) for key, value in told.items()}}
            self._roles.append(
                subprocess.Popen([sys.executable, "-m", "gongche", name], env=env, stderr=subprocess.DEVNULL)
            )
        self._await_gateway()
        return self

    def __exit__(self, *_: object) -> None:
        for role in self._roles:
            role.terminate()
        for role in self._roles:
            role.wait()
        self.broker.stop()
        self.postgres.stop()

    @property
    def gateway(self) -> psutil.Process:
        return psutil.Process(self._roles[1].pid)

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds that each part has used, its children included."""
        assert self.broker.pid is not None
        assert self.postgres.pid is not None
        pids = {
            "gateway": self._roles[1].pid,
            "ingest": self._roles[0].pid,
            "broker": self.broker.pid,
            "postgres": self.postgres.pid,
        }
        return {name: _cpu_s_of(pid) for name, pid in pids.items()}

    @contextmanager
    def load(self, terminals: int, seconds: int, batch: int, under_way: int = 1) -> Iterator[_Load]:
        """Terminals in a process of their own, let in and waiting for the word."""
        with psycopg.connect(self.postgres.dsn) as conn:
            row = conn.execute("select key from gateway_key").fetchone()
        assert row
        told = (terminals, seconds, batch, under_way)
        arguments = ["127.0.0.1", str(self.port), bytes(row[0]).hex(), *map(str, told)]
        with _Load(arguments) as load:
            assert load.told() == "ready"
            yield load

    def stored(self) -> int:
        with psycopg.connect(self.postgres.dsn) as conn:
            row = conn.execute("select count(*) from positions").fetchone()
        assert row
        return int(row[0])

    def _await_gateway(self) -> None:
        until = perf_counter() + _PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if perf_counter() > until:
                    raise
                sleep(0.1)

    async def _prepare(self) -> None:
        await migrate(self.postgres.dsn)
        async with await connect(self.postgres.dsn, autocommit=True) as conn:
            await register_trackers(conn, numbers(self._terminals))


def _end_to_end(name: str, terminals: int, seconds: int, batch: int, under_way: int) -> dict[str, Any]:
    """Terminals that send as fast as they are answered: locations committed a second, all included."""
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder, _Servers(Path(folder), terminals) as servers:
        with servers.load(terminals, seconds, batch, under_way) as load:
            before, began = servers.cpu_s(), perf_counter()
            load.say("go")
            answered = int(load.told())
            committed = servers.stored()
            took_s = perf_counter() - began
            used = {part: after - before[part] for part, after in servers.cpu_s().items()}
        return {
            "name": name,
            "positions_per_s": round(committed / took_s),
            "answered_per_s": round(answered / took_s),
            "cpu_us_per_position": {part: round(cpu / answered * 1e6, 1) for part, cpu in used.items()},
        }


def _connections(count: int, seconds: int) -> dict[str, Any]:
    """Terminals that are connected and send a heartbeat each ten seconds: memory and CPU of the gateway."""
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder, _Servers(Path(folder), count) as servers:
        before_b = servers.gateway.memory_info().rss
        with servers.load(count, seconds, 0) as load:
            cpu_s = servers.cpu_s()["gateway"]
            load.say("go")
            load.told()
            used_s = servers.cpu_s()["gateway"] - cpu_s
            after_b = servers.gateway.memory_info().rss
        return {
            "name": f"{count} terminals connected, a heartbeat each 10 s",
            "memory_mb": round(after_b / 1e6),
            "memory_kb_per_connection": round((after_b - before_b) / count / 1e3, 1),
            "share_of_a_core": round(used_s / seconds, 3),
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
