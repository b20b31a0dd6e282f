"""What trackers of a model have in common, from the command to the stored position."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from typer.testing import CliRunner

from gongche.commands import terminals as commands
from gongche.embedded.broker import EmbeddedBroker
from gongche.intake import DatabaseStore
from gongche.problem import Problem
from ingest.message import Received
from ingest.pipeline import take_in
from store import terminals
from store.database import Connection, connect
from store.fleet import NewTracker, save_trackers
from tests.builders.intake import NOON, RECEIVED_US, fit, message, position
from tests.integration.ingest.test_gateway import FITTED, NUMBER, places, serving, stored, terminal, until


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as conn:
        yield conn


async def rows(conn: Connection, query: str) -> list[tuple[object, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def take(conn: Connection, *messages: Received) -> None:
    await take_in(messages, DatabaseStore(conn), payload_bytes_max=1_000_000)


async def make(conn: Connection, **plates: str) -> None:
    """Trackers of the model M, of which nothing else is said, each on its car."""
    await fit(conn, plates, datum=None)
    assert await terminals.set_model(conn, "M", list(plates)) == []


async def test_a_tracker_is_read_as_its_model_says(conn: Connection) -> None:
    await make(conn, T1="苏N00001")
    await terminals.save_model(conn, "M", datum="gcj02", speed_factor=10)
    await take(conn, message(position(lon=116.404, lat=39.915, speed_kmh=6.5)))
    ((lon_e7, speed_kmh),) = await rows(conn, "select lon_e7, speed_kmh from positions")
    assert lon_e7 == pytest.approx(116.3978e7, abs=2_000)
    assert speed_kmh == 65.0


async def test_what_is_said_of_a_tracker_goes_before(conn: Connection) -> None:
    await make(conn, T1="苏N00001")
    await save_trackers(conn, [NewTracker("T1", "wgs84")])
    await terminals.save_model(conn, "M", datum="gcj02")
    await take(conn, message(position(lon=116.404)))
    assert await rows(conn, "select lon_e7 from positions") == [(1164040000,)]


async def test_a_sheet_that_says_nothing_of_the_datum_leaves_it_to_the_model(conn: Connection) -> None:
    await make(conn, T1="苏N00001")
    await save_trackers(conn, [NewTracker("T1")])
    await terminals.save_model(conn, "M", datum="gcj02")
    assert await rows(conn, "select datum, utc_offset_min from tracker_profiles") == [("gcj02", 480)]


async def test_a_profile_holds_of_what_comes_from_then_on(conn: Connection) -> None:
    await make(conn, T1="苏N00001")
    await take(conn, message(position(speed_kmh=6.5)))
    await terminals.save_model(conn, "M", speed_factor=10)
    await take(conn, message(position(ts="2026-10-02T12:00:01+08:00", speed_kmh=6.5)))
    assert await rows(conn, "select speed_kmh from positions order by ts") == [(6.5,), (65.0,)]


async def test_the_clock_of_a_model_holds_for_times_without_a_zone(conn: Connection) -> None:
    await make(conn, **{NUMBER: "苏N00001"})
    await terminals.save_model(conn, "M", utc_offset_min=0)
    body = {
        "alarm": 0, "status": 0b11, "latitude": 33_900_000, "longitude": 118_300_000, "altitude": 0, "speed": 0,
        "direction": 0, "time": "261002040000",
    }  # fmt: skip
    told = {"header": {"msg_id": 512, "encrypt": 0, "phone": NUMBER}, "body": body}
    await take(conn, Received(f"jt808/{NUMBER}/{NUMBER}/up", json.dumps(told).encode(), RECEIVED_US))
    assert await rows(conn, "select ts from positions") == [(NOON,)]


async def test_a_terminal_tells_its_model_when_it_registers_and_its_clock_is_that_of_the_model(
    database: str, broker_server: EmbeddedBroker
) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (_, port):
        await fit(conn, FITTED)
        await terminals.save_model(conn, "simulated", utc_offset_min=420)
        async with terminal(port) as (made, _):
            made.report(places(1)[0])

            async def is_there() -> bool:
                return await stored(conn) == 1

            await until(is_there)
        assert await rows(conn, "select model from trackers") == [("simulated",)]
        assert await rows(conn, "select ts from positions") == [(NOON + timedelta(hours=1),)]
        await terminals.told_model(conn, NUMBER, "another")
        assert await rows(conn, "select model from trackers") == [("simulated",)], "a known model stays"


async def test_an_admitted_terminal_is_of_the_model_that_it_told(conn: Connection) -> None:
    await terminals.present(conn, NUMBER, "10.0.0.1", model="A6")
    await terminals.save_model(conn, "A6", datum="bd09", utc_offset_min=0)
    assert await terminals.admit(conn, NUMBER, utc_offset_min=480)
    assert await rows(conn, "select model, datum, utc_offset_min from tracker_profiles") == [("A6", "bd09", 480)]
    assert await terminals.models(conn) == [terminals.TrackerModel("A6", "bd09", 0, 1.0, True, 1)]


def gongche(*words: str) -> tuple[int, str]:
    """Exit status and what was printed; a Problem has its own."""
    result = CliRunner().invoke(commands.app, list(words))
    if isinstance(result.exception, Problem):
        return result.exception.exit_status, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_commands_set_list_and_enter(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)

    async def prepare() -> None:
        async with await connect(database, autocommit=True) as conn:
            await fit(conn, {"T1": "苏N00001"}, datum=None)

    asyncio.run(prepare())
    status, said = gongche("model", "A6", "--datum", "gcj02", "--tracker", "T1", "--tracker", "T9")
    assert (status, "T9" in said, "T1" in said) == (1, True, False)
    assert gongche("model", "A6", "--speed-factor", "1.852")[0] == 0
    status, printed = gongche("models", "--format", "json")
    assert (status, json.loads(printed)) == (0, [
        {"model": "A6", "datum": "gcj02", "utc_offset_min": 480, "speed_factor": 1.852, "has_profile": True,
         "trackers": 1}
    ])  # fmt: skip
    assert gongche("model", "A6")[0] == 2
    assert gongche("model", "A6", "--datum", "mars")[0] == 2
    with psycopg.connect(database) as connection:
        acts = connection.execute("select act, subject, details from audit_entries order by number").fetchall()
    assert acts == [
        ("set_tracker_model", "A6", {"datum": "gcj02", "trackers": ["T1"]}),
        ("set_tracker_model", "A6", {"speed_factor": 1.852}),
    ]
