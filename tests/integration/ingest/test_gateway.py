"""Terminals against the gateway, a real broker and a real database: what was answered is stored."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gongche.addresses import Addresses, BrokerAddress
from gongche.embedded.broker import EmbeddedBroker
from gongche.gateway import run_gateway, running_gateway
from gongche.intake import run_ingest
from gongche.problem import Problem
from gongche.settings import Settings
from gongche.terminal import RefusedError, Terminal, location_at
from ingest.jt808 import terminal as say
from ingest.jt808.frame import Deframer, Frame, frame_of, octets_of
from ingest.jt808.gateway import Gateway
from ingest.jt808.location import Location, batch_octets_of
from ingest.jt808.location import octets_of as body_of
from store import terminals
from store.database import Connection, connect
from tests.builders.intake import fit

PATIENCE_S = 30
NOON = datetime(2026, 10, 2, 4, tzinfo=UTC)
NUMBER = "13812345678"
FITTED = {NUMBER: "苏N00001"}


def addresses(dsn: str, broker: EmbeddedBroker) -> Addresses:
    ingest = BrokerAddress(broker.host, broker.port, broker.username, broker.password)
    trackers = BrokerAddress(broker.host, broker.port, broker.tracker_username, broker.tracker_password)
    return Addresses(dsn, ingest, trackers)


@asynccontextmanager
async def serving(dsn: str, broker: EmbeddedBroker, **settings: Any) -> AsyncIterator[tuple[Gateway, int]]:
    """The gateway and ingest at work."""
    found, stop = addresses(dsn, broker), asyncio.Event()
    ingesting = asyncio.create_task(run_ingest(dsn, found.mqtt, Settings(), stop))
    try:
        async with running_gateway(found, Settings(**settings)) as (gateway, port, _):
            yield gateway, port
    finally:
        stop.set()
        await ingesting


@asynccontextmanager
async def terminal(port: int, number: str = NUMBER, **more: object) -> AsyncIterator[tuple[Terminal, list[Location]]]:
    answered: list[Location] = []
    made = Terminal(
        "127.0.0.1", port, number, **{"edition_2019": False, "answered": lambda _, place: answered.append(place)} | more
    )  # type: ignore[arg-type]
    running = asyncio.create_task(made.run())
    try:
        yield made, answered
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, RefusedError):
            await running


def places(count: int) -> list[Location]:
    return [
        location_at(NOON + timedelta(seconds=10 * n), 118.33 + n * 1e-4, 33.95, 36, 90, n / 10) for n in range(count)
    ]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110  (what is waited for is in the database)
            await asyncio.sleep(0.05)


async def stored(conn: Connection) -> int:
    row = await (await conn.execute("select count(*) from positions")).fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize("edition_2019", [False, True])
async def test_what_a_registered_terminal_reports_is_stored(
    database: str, broker_server: EmbeddedBroker, edition_2019: bool
) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        async with terminal(port, edition_2019=edition_2019) as (made, answered):
            for place in places(30):
                made.report(place)

            async def all_there() -> bool:
                return len(answered) == 30 and await stored(conn) == 30

            await until(all_there)
            assert made.idle
            assert gateway.counts["acknowledged"] == gateway.counts["heard_0200"] + gateway.counts["heard_0704"]
        row = await (
            await conn.execute("select ts, lon_e7, lat_e7, speed_kmh, odometer_km from positions order by ts limit 1")
        ).fetchone()
        assert row == (NOON, 1_183_300_000, 339_500_000, 36.0, 0.0)


async def test_an_unknown_terminal_is_refused_and_shown(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (_, port):
        made = Terminal("127.0.0.1", port, NUMBER, edition_2019=True, answered=lambda *_: None)
        with pytest.raises(RefusedError):
            async with asyncio.timeout(PATIENCE_S):
                await made.run()
        (waiting,) = await terminals.waiting(conn)
        assert (waiting.tracker, waiting.maker, waiting.model, waiting.times) == (NUMBER, "GONGC", "simulated", 1)
        assert await terminals.admit(conn, NUMBER)
        assert await terminals.waiting(conn) == []
        async with terminal(port) as (made, answered):
            made.report(places(1)[0])

            async def answered_one() -> bool:
                return len(answered) == 1

            await until(answered_one)


async def test_an_unknown_terminal_that_is_held_is_kept_until_it_is_fitted(
    database: str, broker_server: EmbeddedBroker
) -> None:
    async with (
        await connect(database, autocommit=True) as conn,
        serving(database, broker_server, gateway_unknown="hold") as (_, port),
        terminal(port) as (made, answered),
    ):
        for place in places(3):
            made.report(place)

        async def kept() -> bool:
            row = await (await conn.execute("select count(*) from unassigned_messages")).fetchone()
            return len(answered) == 3 and row is not None and row[0] > 0

        await until(kept)
        await fit(conn, FITTED)

        async def taken_in() -> bool:
            return await stored(conn) == 3

        await until(taken_in)


async def test_nothing_is_answered_before_the_broker_has_it(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        async with terminal(port) as (made, answered):

            async def signed_in() -> bool:
                return bool(gateway.connected)

            await until(signed_in)
            broker_server.stop()
            for place in places(5):
                made.report(place)

            async def heard() -> bool:
                return gateway.counts["locations"] > 0

            await until(heard)
            await asyncio.sleep(0.5)
            assert answered == []
            broker_server.start()

            async def all_there() -> bool:
                return len(answered) == 5 and await stored(conn) == 5

            await until(all_there)


class Line:
    """A connection used by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.deframer = reader, writer, Deframer()

    async def answers(self, count: int) -> list[Frame]:
        got: list[Frame] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(got) < count:
                octets = await self.reader.read(4096)
                assert octets, "the gateway hung up"
                got += [frame_of(content) for content in self.deframer.feed(octets) if isinstance(content, bytes)]
        return got

    async def ask(self, *frames: Frame) -> list[Frame]:
        self.writer.write(b"".join(map(octets_of, frames)))
        return await self.answers(len(frames))


@asynccontextmanager
async def line(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


def frame(message_id: int, body: bytes = b"", serial: int = 1, number: str = NUMBER, **more: int) -> Frame:
    return Frame(message_id, number.zfill(12), serial, body, **more)  # type: ignore[arg-type]


async def test_only_who_shows_its_own_code_is_heard(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        async with line(port) as talk:
            (answer,) = await talk.ask(frame(say.LOCATION, body_of(places(1)[0])))
            assert say.answered_of(answer).result is say.Result.FAILED
            (answer,) = await talk.ask(frame(say.AUTHENTICATE, gateway.code_of("13800000000").encode()))
            assert say.answered_of(answer).result is say.Result.FAILED
            (answer,) = await talk.ask(frame(say.REGISTER, say.registration_octets(versioned=False)))
            result, code = say.registered_of(answer)
            assert (result, code) == (say.RegistrationResult.DONE, gateway.code_of(NUMBER))
            (answer,) = await talk.ask(frame(say.AUTHENTICATE, code.encode()))
            assert say.answered_of(answer).result is say.Result.DONE
            (answer,) = await talk.ask(frame(say.LOCATION, body_of(places(1)[0]), number="13800000000"))
            assert say.answered_of(answer).result is say.Result.FAILED
        assert await stored(conn) == 0


async def test_each_message_gets_the_answer_it_deserves(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        async with line(port) as talk:
            await talk.ask(frame(say.AUTHENTICATE, gateway.code_of(NUMBER).encode()))
            answers = await talk.ask(
                frame(say.HEARTBEAT, serial=2),
                frame(say.LOCATION, b"short", serial=3),
                frame(0x0F01, serial=4),
                frame(say.LOCATION, body_of(places(1)[0]), serial=5, encryption=1),
            )
            told = [(a.serial, a.result.name) for a in map(say.answered_of, answers)]
            assert told == [(2, "DONE"), (3, "WRONG"), (4, "UNSUPPORTED"), (5, "UNSUPPORTED")]
            talk.writer.write(b"\x7e\x7d\x09garbage\x7e" + b"\x7e" * 5)
            encrypted = places(1)[0]._replace(status=0b100011)
            (answer,) = await talk.ask(frame(say.LOCATION, body_of(encrypted), serial=6))
            assert say.answered_of(answer).result is say.Result.UNSUPPORTED
            (answer,) = await talk.ask(frame(say.LOG_OUT, serial=7))
            assert await talk.reader.read() == b""
        assert gateway.counts["bad_escape"] == 1

        async def kept() -> bool:
            rows = await (await conn.execute("select reason from unreadable_messages")).fetchall()
            return rows == [("encrypted",)]

        await until(kept)


async def test_what_comes_in_one_piece_is_one_message_and_each_frame_is_answered(
    database: str, broker_server: EmbeddedBroker
) -> None:
    async with (
        await connect(database, autocommit=True) as conn,
        serving(database, broker_server, gateway_unknown="hold") as (gateway, port),
        line(port) as talk,
    ):
        await talk.ask(frame(say.AUTHENTICATE, gateway.code_of(NUMBER).encode()))
        frames = [frame(say.LOCATION, body_of(place), serial=serial) for serial, place in enumerate(places(4), 2)]
        answers = await talk.ask(*frames[:2], frame(say.LOCATION, b"short", serial=9), *frames[2:])
        told = [(a.serial, a.result.name) for a in map(say.answered_of, answers)]
        assert told == [(9, "WRONG"), (2, "DONE"), (3, "DONE"), (4, "DONE"), (5, "DONE")]

        async def kept() -> bool:
            rows = await (await conn.execute("select payload from unassigned_messages")).fetchall()
            return [bytes(payload).count(b'"ts"') for (payload,) in rows] == [4]

        await until(kept)


async def test_a_batch_in_parts_is_answered_part_by_part_once_it_is_safe(
    database: str, broker_server: EmbeddedBroker
) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        body = batch_octets_of(places(40), blind_area=True)
        pieces = [body[at : at + 700] for at in range(0, len(body), 700)]
        frames = [
            frame(say.LOCATION_BATCH, piece, serial=10 + n, parts=len(pieces), part=n + 1)
            for n, piece in enumerate(pieces)
        ]
        async with line(port) as talk:
            await talk.ask(frame(say.AUTHENTICATE, gateway.code_of(NUMBER).encode()))
            answers = await talk.ask(*frames[::-1])
            assert [say.answered_of(a).serial for a in answers] == [10 + n for n in range(len(pieces))]

        async def all_there() -> bool:
            return await stored(conn) == 40

        await until(all_there)


async def test_strangers_from_one_address_do_not_starve_the_rest(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(gateway.limits.strangers_per_address)]
        try:

            async def all_open() -> bool:
                return gateway._strangers["127.0.0.1"] == len(lines)

            await until(all_open)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
            assert gateway.counts["connection_refused"] == 1
        finally:
            for _, writer in lines:
                writer.close()

        async def all_gone() -> bool:
            return gateway._strangers["127.0.0.1"] == 0

        await until(all_gone)
        async with line(port) as talk:
            (answer,) = await talk.ask(frame(say.AUTHENTICATE, gateway.code_of(NUMBER).encode()))
            assert say.answered_of(answer).result is say.Result.DONE


async def test_a_second_connection_of_a_terminal_ends_the_first(database: str, broker_server: EmbeddedBroker) -> None:
    async with await connect(database, autocommit=True) as conn, serving(database, broker_server) as (gateway, port):
        await fit(conn, FITTED)
        code = frame(say.AUTHENTICATE, gateway.code_of(NUMBER).encode())
        async with line(port) as one, line(port) as other:
            await one.ask(code)
            await other.ask(code)
            async with asyncio.timeout(PATIENCE_S):
                assert await one.reader.read() == b""
            assert len(gateway.connected) == 1


async def test_a_silent_terminal_is_let_go(database: str, broker_server: EmbeddedBroker) -> None:
    async with (
        await connect(database, autocommit=True) as conn,
        serving(database, broker_server, gateway_silent_s=0.3) as (gateway, port),
    ):
        await fit(conn, FITTED)
        async with line(port) as talk:
            await talk.ask(frame(say.AUTHENTICATE, gateway.code_of(NUMBER).encode()))
            async with asyncio.timeout(PATIENCE_S):
                assert await talk.reader.read() == b""
        assert gateway.counts["silent"] == 1


async def test_a_gateway_that_the_broker_does_not_let_in_says_so(database: str, broker_server: EmbeddedBroker) -> None:
    found = addresses(database, broker_server)
    wrong = dataclasses.replace(found, tracker_mqtt=dataclasses.replace(found.tracker_mqtt, password="wrong"))
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(Problem, match="does not let the gateway sign in"):
            await run_gateway(wrong, Settings(), asyncio.Event())
