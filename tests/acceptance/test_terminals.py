"""JT/T 808 terminals and invariant 1: what a terminal was told is done is stored, whatever is killed, whenever."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from math import inf
from pathlib import Path

import psycopg
import pytest

from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.registering import register_trackers
from gongche.simulating import numbers, simulate
from ingest.jt808.location import Location
from ingest.jt808.payload import tracker_of
from store.database import connect
from tests.acceptance.program import PATIENCE_S, gongche, running
from tests.acceptance.test_chaos import Role, kill

SEED = 808
TERMINALS = 40
INTERVAL_S = 0.25
KILLS_EACH = 3

Key = tuple[str, str, int, int]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def stored(dsn: str) -> set[Key]:
    async with await connect(dsn, autocommit=True) as conn:
        rows = await (
            await conn.execute(
                "select code, to_char(ts at time zone 'Asia/Shanghai', 'YYMMDDHH24MISS'), lon_e7 / 10, lat_e7 / 10 "
                "from positions join trackers on trackers.id = tracker_id"
            )
        ).fetchall()
    return {(str(code), str(time), int(str(lon)), int(str(lat))) for code, time, lon, lat in rows}


async def until_stored(dsn: str, wanted: set[Key]) -> None:
    missing = wanted
    for _ in range(PATIENCE_S):
        try:
            missing = wanted - await stored(dsn)
        except psycopg.Error:
            continue
        if not missing:
            return
        await asyncio.sleep(1)
    raise AssertionError(f"{len(missing)} answered locations are not stored, such as {sorted(missing)[:3]}")


@pytest.mark.timeout(300)
async def test_every_location_that_was_answered_is_stored_whatever_is_killed(
    postgres_server: EmbeddedPostgres, broker_server: EmbeddedBroker, tmp_path: Path
) -> None:
    async with await connect(postgres_server.dsn, autocommit=True) as conn:
        await register_trackers(conn, numbers(TERMINALS))
    port, chance, answered, enough = free_port(), random.Random(SEED), set[Key](), asyncio.Event()
    ingest = Role("ingest", tmp_path, postgres_server, broker_server)
    gateway = Role(
        "gateway",
        tmp_path,
        postgres_server,
        broker_server,
        mqtt_username=broker_server.tracker_username,
        mqtt_password=broker_server.tracker_password,
        gateway_port=str(port),
    )

    def tell(number: str, location: Location) -> None:
        answered.add((tracker_of(number), location.time_bcd, location.lon_e6, location.lat_e6))

    ingest.start()
    gateway.start()
    try:
        driving = asyncio.create_task(
            simulate("127.0.0.1", port, TERMINALS, INTERVAL_S, inf, patience_s=PATIENCE_S, answered=tell, enough=enough)
        )
        victims = [gateway, broker_server, ingest, postgres_server] * KILLS_EACH
        chance.shuffle(victims)
        for victim in victims:
            before, more = len(answered), chance.randrange(20, 400)
            async with asyncio.timeout(PATIENCE_S):
                while len(answered) < before + more:  # noqa: ASYNC110  (whatever was killed last works again)
                    await asyncio.sleep(0.05)
            assert victim.pid is not None
            await asyncio.to_thread(kill, victim.pid)
            await asyncio.sleep(chance.uniform(0, 0.5))
            await asyncio.to_thread(victim.start)
        enough.set()
        outcome = await driving
        assert len(victims) >= 10
        assert (outcome.refused, outcome.left) == (0, 0), "a terminal sends again until it is answered"
        assert outcome.connections > TERMINALS, "the gateway was killed while terminals were connected"
        await until_stored(postgres_server.dsn, answered)
    finally:
        gateway.stop()
        ingest.stop()


def test_terminals_report_to_a_running_program(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        up.wait_until_up()
        up.line_with("808 terminals")
        up.part("gateway")
        simulated = ("simulate", "jt808", "--terminals", "4", "--interval", "0.5", "--for", "3", "--format", "json")
        told: dict[str, int] = {}
        for _ in range(PATIENCE_S):  # the gateway may not listen yet
            done = gongche(*simulated, folder=tmp_path)
            if done.returncode != 2:
                told = json.loads(done.stdout)
                break
        assert (done.returncode, told["refused"]) == (1, 4)
        waiting = json.loads(gongche("terminals", "waiting", "--format", "json", folder=tmp_path).stdout)
        assert {one["tracker"] for one in waiting} == set(numbers(4))
        assert gongche("terminals", "admit", waiting[0]["tracker"], folder=tmp_path).returncode == 0
        done = gongche(*simulated, "--register", folder=tmp_path)
        told = json.loads(done.stdout)
        assert (done.returncode, told["reported"], told["answered"], told["refused"]) == (0, 24, 24, 0)


def test_a_frame_is_told_in_words(tmp_path: Path) -> None:
    heartbeat = "7e000200001234567890120001897e"
    done = gongche("terminals", "decode", heartbeat + "7e00027e", "--format", "json", folder=tmp_path)
    assert done.returncode == 1
    assert '"message": "0x0002"' in done.stdout
    assert '"refused": "short"' in done.stdout
