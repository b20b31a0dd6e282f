"""Ingest against a real broker and a real database, by what trackers send and what is stored at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gongche.addresses import BrokerAddress
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.intake import run_ingest
from gongche.publish import Publisher, payload_of, topic_of
from gongche.settings import Settings
from ingest.service import Tally
from store.database import Connection, connect
from tests.builders.intake import fit, position

PATIENCE_S = 30


def as_ingest(broker: EmbeddedBroker) -> BrokerAddress:
    return BrokerAddress(broker.host, broker.port, broker.username, broker.password)


def as_tracker(broker: EmbeddedBroker) -> BrokerAddress:
    return BrokerAddress(broker.host, broker.port, broker.tracker_username, broker.tracker_password)


@asynccontextmanager
async def ingesting(dsn: str, broker: EmbeddedBroker) -> AsyncIterator[Callable[[], Awaitable[Tally]]]:
    """Ingest at work; gives a function that stops it in order."""
    stop = asyncio.Event()
    settings = Settings(mqtt_client_id="gongche-ingest")
    task = asyncio.create_task(run_ingest(dsn, as_ingest(broker), settings, stop))

    async def finish() -> Tally:
        stop.set()
        return await task

    try:
        yield finish
    finally:
        await finish()


async def stored(conn: Connection, count: int) -> None:
    """Waits until so many positions are stored: storing marks vehicles, and marks are notified."""
    await conn.execute("listen marks")
    async with asyncio.timeout(PATIENCE_S):
        while (await count_of(conn)) < count:
            async for _ in conn.notifies(stop_after=1):
                pass


async def count_of(conn: Connection) -> int:
    row = await (await conn.execute("select count(*) from positions")).fetchone()
    assert row
    return int(row[0])


async def publish(broker: EmbeddedBroker, *times_s: int, tracker: str = "T1") -> None:
    async with Publisher(as_tracker(broker), "tracker-1") as publisher:
        for ts in times_s:
            await publisher.publish(topic_of(tracker), payload_of(position(ts=1790913600 + ts)))


async def test_what_a_tracker_publishes_is_stored(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, ingesting(database, broker_server) as finish:
        await fit(conn, {"T1": "苏N00001"})
        await publish(broker_server, *range(300))
        await stored(conn, 300)
        tally = await finish()
        assert (tally.messages, tally.outcomes) == (300, {"stored": 300})


async def test_what_phones_and_other_gateways_publish_is_stored(database: str, broker_server: EmbeddedBroker) -> None:
    body = {
        "alarm": 0, "status": 0b11, "latitude": 33_900_000, "longitude": 118_300_000, "altitude": 0, "speed": 463,
        "direction": 0, "time": "261002120001",
    }  # fmt: skip
    from_emqx = {"header": {"msg_id": 512, "encrypt": 0, "phone": "013800138000"}, "body": body}
    from_phone = {"_type": "location", "tst": 1790913600, "lat": 33.9, "lon": 118.3, "vel": 43, "acc": 5}
    will = {"_type": "lwt", "tst": 1790913600}
    async with await connect(database, autocommit=True) as conn, ingesting(database, broker_server) as finish:
        await fit(conn, {"zhang.san~phone": "苏N00001", "13800138000": "苏N00002"})
        async with Publisher(as_tracker(broker_server), "tracker-1") as publisher:
            await publisher.publish("owntracks/zhang.san/phone", json.dumps(will).encode())
            await publisher.publish("owntracks/zhang.san/phone", json.dumps(from_phone).encode())
            await publisher.publish("jt808/013800138000/013800138000/up", json.dumps(from_emqx).encode())
        await stored(conn, 2)
        found = await (
            await conn.execute(
                "select plate, extract(epoch from ts)::int, lon_e7, lat_e7, speed_kmh from positions"
                " join vehicles on id = vehicle_id order by plate"
            )
        ).fetchall()
        assert found == [
            ("苏N00001", 1790913600, 1183000000, 339000000, 43.0),
            ("苏N00002", 1790913601, 1183000000, 339000000, pytest.approx(46.3, abs=1e-5)),
        ]
        assert (await finish()).outcomes == {"no_position": 1, "stored": 2}


async def test_what_comes_while_ingest_is_stopped_is_there_when_it_starts_again(
    database: str, broker_server: EmbeddedBroker
) -> None:
    async with await connect(database, autocommit=True) as conn:
        await fit(conn, {"T1": "苏N00001"})
        async with ingesting(database, broker_server):
            await publish(broker_server, 1)
            await stored(conn, 1)
        await publish(broker_server, 2, 3)
        async with ingesting(database, broker_server) as finish:
            await stored(conn, 3)
            assert (await finish()).messages == 2, "the first was acknowledged: it does not come again"


async def test_nothing_is_lost_while_the_database_is_away(
    postgres_server: EmbeddedPostgres, broker_server: EmbeddedBroker
) -> None:
    async with await connect(postgres_server.dsn, autocommit=True) as conn:
        await fit(conn, {"T1": "苏N00001"})
    async with ingesting(postgres_server.dsn, broker_server):
        await publish(broker_server, 1)
        async with await connect(postgres_server.dsn, autocommit=True) as conn:
            await stored(conn, 1)
        await asyncio.to_thread(postgres_server.stop)
        await publish(broker_server, *range(2, 202))
        await asyncio.to_thread(postgres_server.start)
        async with await connect(postgres_server.dsn, autocommit=True) as conn:
            await stored(conn, 201)


async def test_nothing_is_lost_while_the_broker_is_away(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, ingesting(database, broker_server):
        await fit(conn, {"T1": "苏N00001"})
        await publish(broker_server, 1)
        await stored(conn, 1)
        await asyncio.to_thread(broker_server.stop)
        publishing = asyncio.create_task(publish(broker_server, *range(2, 202)))
        await asyncio.to_thread(broker_server.start)
        await publishing
        await stored(conn, 201)


async def test_a_flood_of_junk_delays_nothing_else(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, ingesting(database, broker_server):
        await fit(conn, {"T1": "苏N00001"})
        async with Publisher(as_tracker(broker_server), "junk") as junk:
            for payload in (b"junk", b"[]", b'{"ts":1}', bytes(1_000_000), b"\xff", b"null"):
                await junk.publish(topic_of("T1"), payload)
            await junk.publish(topic_of("T1"), payload_of(position()))
        await stored(conn, 1)
        kept = await (await conn.execute("select reason from unreadable_messages order by id")).fetchall()
        assert [reason for (reason,) in kept] == [
            "not_json", "empty", "bad_time", "not_json", "not_json", "not_object",
        ]  # fmt: skip
