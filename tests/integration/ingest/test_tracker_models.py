"""What trackers of a model have in common, from the command to the stored position."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from typer.testing import CliRunner

from fleet.span import Span
from geofence.datum import Datum, from_wgs84
from gongche.commands import terminals as commands
from gongche.embedded.broker import EmbeddedBroker
from gongche.intake import DatabaseStore, take_in_unassigned
from gongche.problem import Problem
from ingest.jt808 import terminal as say
from ingest.jt808.location import octets_of as body_of
from ingest.message import Received
from ingest.pipeline import take_in
from store import terminals
from store.database import Connection, connect
from store.fleet import NewFitting, NewTracker, NewVehicle, save_fittings, save_trackers, save_vehicles
from tests.builders.intake import NOON, RECEIVED_US, fit, message, position
from tests.integration.ingest.test_gateway import (
    FITTED,
    NUMBER,
    frame,
    line,
    places,
    serving,
    stored,
    terminal,
    until,
)


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


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
async def test_a_place_is_read_in_the_datum_of_the_model(conn: Connection, datum: Datum) -> None:
    await make(conn, T1="苏N00001")
    await terminals.save_model(conn, "M", datum=datum.value)
    lon, lat = from_wgs84(116.404, 39.915, datum)
    await take(conn, message(position(lon=float(lon), lat=float(lat))))
    ((lon_e7, lat_e7),) = await rows(conn, "select lon_e7, lat_e7 from positions")
    assert (lon_e7, lat_e7) == (pytest.approx(116.404e7, abs=20), pytest.approx(39.915e7, abs=20))


@pytest.mark.parametrize(
    ("factor", "told", "kmh"),
    [(3.6, 12.5, 45.0), (1.852, 25, 46.3), (10, 6.5, 65.0), (3.6, 0, 0.0), (3.6, None, None)],
    ids=["m/s", "knots", "whole km/h where tenths belong", "standing", "not told"],
)
async def test_a_speed_in_the_unit_of_the_model_is_stored_in_kmh(
    conn: Connection, factor: float, told: float | None, kmh: float | None
) -> None:
    await make(conn, T1="苏N00001")
    await terminals.save_model(conn, "M", speed_factor=factor)
    await take(conn, message(position(speed_kmh=told)))
    ((stored_kmh,),) = await rows(conn, "select speed_kmh from positions")
    assert stored_kmh == (None if kmh is None else pytest.approx(kmh))


async def test_each_tracker_of_a_batch_is_read_by_its_own_model(conn: Connection) -> None:
    await make(conn, T1="苏N00001", T3="苏N00003")
    await fit(conn, {"T2": "苏N00002"}, datum=None)
    await terminals.save_model(conn, "M", speed_factor=3.6)
    await take(
        conn, *(message([position(speed_kmh=10), position(lon=118.4, speed_kmh=20)], f"T{n}") for n in (1, 2, 3))
    )
    found = await rows(conn, "select plate, speed_kmh from positions join vehicles on id = vehicle_id order by 1, 2")
    assert found == [
        ("苏N00001", 36.0), ("苏N00001", 72.0), ("苏N00002", 10.0), ("苏N00002", 20.0), ("苏N00003", 36.0),
        ("苏N00003", 72.0),
    ]  # fmt: skip


@pytest.mark.parametrize("model", ["", "of which nothing was said"])
async def test_without_a_profile_a_tracker_tells_wgs84_in_chinas_time_and_kmh(conn: Connection, model: str) -> None:
    await make(conn, T1="苏N00001")
    await terminals.save_model(conn, "M", datum="bd09", utc_offset_min=0, speed_factor=3.6)
    await save_trackers(conn, [NewTracker("T1", model=model)])
    await take(conn, message(position(lon=116.404, speed_kmh=6.5)))
    assert await rows(conn, "select lon_e7, speed_kmh from positions") == [(1_164_040_000, 6.5)]
    assert await rows(conn, "select datum, utc_offset_min, speed_factor from tracker_profiles") == [("wgs84", 480, 1.0)]


async def test_what_a_message_says_goes_before(conn: Connection) -> None:
    await make(conn, T1="苏N00001")
    await terminals.save_model(conn, "M", datum="gcj02", utc_offset_min=0)
    await take(conn, message(position(lon=116.404, datum="wgs84")))
    assert await rows(conn, "select ts, lon_e7 from positions") == [(NOON, 1_164_040_000)]


async def test_what_is_said_of_a_tracker_goes_before(conn: Connection) -> None:
    await make(conn, T1="苏N00001")
    await save_trackers(conn, [NewTracker("T1", "wgs84", 480)])
    await terminals.save_model(conn, "M", datum="gcj02", utc_offset_min=0, speed_factor=3.6)
    await take(conn, message(position(lon=116.404, speed_kmh=10)))
    assert await rows(conn, "select lon_e7, speed_kmh from positions") == [(1_164_040_000, 36.0)]
    assert await rows(conn, "select datum, utc_offset_min from tracker_profiles") == [("wgs84", 480)]


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
    on_another = NewFitting("T1", "苏N00002", Span(NOON - timedelta(hours=1), None))
    await save_vehicles(conn, [NewVehicle("苏N00002", "U1")])
    assert (await save_fittings(conn, [on_another])).moved.positions == 2
    assert await rows(conn, "select speed_kmh from positions order by ts") == [(6.5,), (65.0,)], "also where they move"


async def test_what_is_kept_unread_is_read_by_the_profile_of_when_it_is_taken_in(conn: Connection) -> None:
    await save_trackers(conn, [NewTracker("T1", model="M")])
    await take(conn, message(position(speed_kmh=10)))
    await terminals.save_model(conn, "M", speed_factor=3.6)
    await fit(conn, {"T1": "苏N00001"}, datum=None)
    assert await take_in_unassigned(conn) == 1
    assert await rows(conn, "select speed_kmh from positions") == [(36.0,)]


@pytest.mark.parametrize(("own_min", "told"), [(None, "261002040000"), (480, "261002120000")])
async def test_the_clock_of_a_model_holds_for_times_without_a_zone(
    conn: Connection, own_min: int | None, told: str
) -> None:
    await make(conn, **{NUMBER: "苏N00001"})
    await save_trackers(conn, [NewTracker(NUMBER, utc_offset_min=own_min)])
    await terminals.save_model(conn, "M", utc_offset_min=0)
    body = {
        "alarm": 0, "status": 0b11, "latitude": 33_900_000, "longitude": 118_300_000, "altitude": 0, "speed": 0,
        "direction": 0, "time": told,
    }  # fmt: skip
    said = {"header": {"msg_id": 512, "encrypt": 0, "phone": NUMBER}, "body": body}
    await take(conn, Received(f"jt808/{NUMBER}/{NUMBER}/up", json.dumps(said).encode(), RECEIVED_US))
    assert await rows(conn, "select ts from positions") == [(NOON,)]


@pytest.mark.parametrize(("own_min", "later_h"), [(None, 8), (480, 0)], ids=["of the model", "of its own"])
async def test_a_terminal_tells_its_model_when_it_registers_and_its_clock_is_that_of_the_model(
    database: str, broker_server: EmbeddedBroker, own_min: int | None, later_h: int
) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (_, port):
        await fit(conn, FITTED)
        await save_trackers(conn, [NewTracker(NUMBER, utc_offset_min=own_min)])
        await terminals.save_model(conn, "simulated", utc_offset_min=0)
        async with terminal(port) as (made, _):
            made.report(places(1)[0])

            async def is_there() -> bool:
                return await stored(conn) == 1

            await until(is_there)
        assert await rows(conn, "select model from trackers") == [("simulated",)]
        assert await rows(conn, "select ts from positions") == [(NOON + timedelta(hours=later_h),)]
        await terminals.told_model(conn, NUMBER, "another")
        assert await rows(conn, "select model from trackers") == [("simulated",)], "a known model stays"


async def test_a_new_clock_holds_from_the_terminals_next_sign_in(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await make(conn, **FITTED)
        code, (first, second, third) = gateway.code_of(NUMBER).encode(), map(body_of, places(3))
        async with line(port) as talk:
            await talk.ask(frame(say.AUTHENTICATE, code))
            await talk.ask(frame(say.LOCATION, first))
            await terminals.save_model(conn, "M", utc_offset_min=0)
            await talk.ask(frame(say.LOCATION, second))
        async with line(port) as talk:
            await talk.ask(frame(say.AUTHENTICATE, code))
            await talk.ask(frame(say.LOCATION, third))

        async def all_there() -> bool:
            return await stored(conn) == 3

        await until(all_there)
        found = [ts for (ts,) in await rows(conn, "select ts from positions order by ts")]
        assert found == [NOON, NOON + timedelta(seconds=10), NOON + timedelta(hours=8, seconds=20)]


async def test_an_admitted_terminal_is_of_the_model_that_it_told(conn: Connection) -> None:
    await terminals.present(conn, NUMBER, "10.0.0.1", model=" Ａ6\0")
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
    status, said = gongche("model", " Ａ6", "--datum", "gcj02", "--tracker", "T1", "--tracker", "T9")
    assert (status, "T9" in said, "T1" in said) == (1, True, False)
    assert gongche("model", "A6", "--speed-factor", "1.852")[0] == 0
    status, printed = gongche("models", "--format", "json")
    assert (status, json.loads(printed)) == (0, [
        {"model": "A6", "datum": "gcj02", "utc_offset_min": 480, "speed_factor": 1.852, "has_profile": True,
         "trackers": 1}
    ])  # fmt: skip
    for wrong in ([], ["--datum", "mars"], ["--speed-factor", "nan"], ["--speed-factor", "0"]):
        status, said = gongche("model", "A6", *wrong)
        assert status == 2
        assert re.search("[\u4e00-\u9fff]", said), "in Chinese"
        assert re.search("[a-z]{3} [a-z]{2}", said), "and in English"
    with psycopg.connect(database) as connection:
        acts = connection.execute("select act, subject, details from audit_entries order by number").fetchall()
    assert acts == [
        ("set_tracker_model", "A6", {"datum": "gcj02", "trackers": ["T1"]}),
        ("set_tracker_model", "A6", {"speed_factor": 1.852}),
    ]
