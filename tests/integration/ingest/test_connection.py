"""A terminal's connection, between a broker that has no room and a database that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from ingest.jt808 import terminal as say
from ingest.jt808.frame import Frame, octets_of
from ingest.jt808.gateway import Gateway, GatewayLimits, Profile
from ingest.jt808.listen import listening
from ingest.jt808.location import octets_of as body_of
from ingest.jt808.payload import OFFSET_CHINA
from ingest.jt808.terminal import Registration
from tests.integration.ingest.test_gateway import NUMBER, PATIENCE_S, Line, frame, line, places
from tests.integration.ingest.test_gateway import until as until_awaited

KEEPS_STILL_S = 0.3
SILENT_FOR_S = 1.0


class Broker:
    """Has as much room as it is given, and what it was handed."""

    def __init__(self, room: int) -> None:
        self.payloads: list[bytes] = []
        self.acknowledgements: list[Callable[[], None]] = []
        self._left = room
        self._room = asyncio.Event()

    def publish_at_once(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        self._take(topic, payload, acknowledged)
        return True

    async def publish(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> None:
        if self._left <= 0:
            await self._room.wait()
        self.publish_at_once(topic, payload, acknowledged)

    def give_room(self, messages: int) -> None:
        self._left += messages
        self._room.set()

    def acknowledge_all(self) -> None:
        for acknowledged in self.acknowledgements:
            acknowledged()
        self.acknowledgements.clear()

    def _take(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> None:
        assert topic == f"v1/{NUMBER}/position"
        self.payloads.append(payload)
        self.acknowledgements.append(acknowledged)


class Directory:
    """Knows everybody, once it is reachable."""

    def __init__(self) -> None:
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.offset = OFFSET_CHINA

    async def profiles(self, trackers: Sequence[str]) -> dict[str, Profile]:
        await self.may_answer.wait()
        if self.is_away:
            raise ConnectionError("the database is away")
        return {tracker: Profile(tracker, self.offset) for tracker in trackers}

    async def registered(self, tracker: str, registration: Registration) -> None:
        """What it is, is of no use here."""

    async def presented(self, tracker: str, registration: Registration | None, address: str) -> None:
        raise AssertionError(f"everybody is known: {tracker}, {registration}, {address}")


@asynccontextmanager
async def gateway(broker: Broker, directory: Directory, **limits: Any) -> AsyncIterator[tuple[Gateway, int]]:
    made = Gateway(directory, broker, b"key", GatewayLimits(**limits))
    async with listening(made, "127.0.0.1", 0) as port:
        yield made, port


def signing_in(made: Gateway) -> Frame:
    return frame(say.AUTHENTICATE, made.code_of(NUMBER).encode(), serial=0)


def locations(first: int, last: int) -> list[Frame]:
    return [frame(say.LOCATION, body_of(places(n + 1)[n]), serial=n) for n in range(first, last + 1)]


async def until(holds: Callable[[], bool]) -> None:
    async def held() -> bool:
        return holds()

    await until_awaited(held)


async def until_heard(made: Gateway, locations: int) -> None:
    await until(lambda: made.counts["locations"] == locations)


async def ended(talk: Line) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        return await talk.reader.read()


async def test_what_comes_in_one_piece_with_the_sign_in_is_heard() -> None:
    broker = Broker(room=10)
    async with gateway(broker, Directory()) as (made, port), line(port) as talk:
        talk.writer.write(b"".join(map(octets_of, [signing_in(made), *locations(1, 3)])))
        await until(lambda: bool(broker.payloads))
        broker.acknowledge_all()
        assert [say.answered_of(answer).serial for answer in await talk.answers(4)] == [0, 1, 2, 3]


async def test_a_terminal_that_waits_for_the_broker_is_not_silent() -> None:
    broker = Broker(room=0)
    async with gateway(broker, Directory(), silent_for_s=SILENT_FOR_S) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        talk.writer.write(octets_of(locations(1, 1)[0]))
        await asyncio.sleep(2 * SILENT_FOR_S)
        assert made.connected
        broker.give_room(1)
        await until(lambda: bool(broker.payloads))
        broker.acknowledge_all()
        (answer,) = await talk.answers(1)
        assert say.answered_of(answer) == (1, say.LOCATION, say.Result.DONE)


async def test_no_more_is_read_than_may_be_under_way() -> None:
    broker = Broker(room=100)
    async with gateway(broker, Directory(), under_way=2) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        for number in (1, 2, 3):
            talk.writer.write(octets_of(locations(number, number)[0]))
            await until_heard(made, number)
        talk.writer.write(b"".join(map(octets_of, locations(4, 5))))
        await asyncio.sleep(KEEPS_STILL_S)
        assert (made.counts["locations"], len(broker.payloads)) == (3, 2)
        broker.acknowledge_all()
        await until(lambda: len(broker.payloads) == 4)
        broker.acknowledge_all()
        assert [say.answered_of(answer).serial for answer in await talk.answers(5)] == [1, 2, 3, 4, 5]


async def test_a_terminal_is_not_refused_because_the_database_is_away() -> None:
    directory = Directory()
    directory.is_away = True
    async with gateway(Broker(room=1), directory) as (made, port), line(port) as talk:
        talk.writer.write(octets_of(signing_in(made)))
        assert await ended(talk) == b""
        assert made.counts["connection_lost"] == 1


async def test_a_terminal_that_hangs_up_while_it_is_looked_up_leaves_nothing() -> None:
    directory = Directory()
    directory.may_answer.clear()
    broker = Broker(room=10)
    async with gateway(broker, directory) as (made, port):
        async with line(port) as talk:
            talk.writer.write(b"".join(map(octets_of, [signing_in(made), *locations(1, 2)])))
            await until(lambda: made.counts["heard_0102"] == 1)
        directory.may_answer.set()
        await until(lambda: not made._open and not made._waiting)  # what it said before is heard
        assert not made.connected
        assert len(broker.payloads) == 1
        assert made._strangers.total() == 0


async def test_a_fault_ends_the_connection_also_after_something_was_waited_for() -> None:
    class Faulty(Broker):
        def publish_at_once(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> bool:
            raise RuntimeError(f"{topic}, {len(payload)}, {acknowledged}")

    async with gateway(Faulty(room=1), Directory()) as (made, port), line(port) as talk:
        talk.writer.write(b"".join(map(octets_of, [signing_in(made), *locations(1, 1)])))
        await until(lambda: made.counts["locations"] == 1 and not made._open)


async def test_a_clock_that_is_told_anew_holds_without_a_new_connection() -> None:
    directory, broker = Directory(), Broker(room=10)
    async with gateway(broker, directory, profiles_every_s=0.05) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        talk.writer.write(octets_of(locations(1, 1)[0]))
        await until_heard(made, 1)
        directory.is_away = True
        await until(lambda: made.counts["profiles_out_of_reach"] > 1)
        directory.is_away, directory.offset = False, "+10:00"
        await until(lambda: made.connected[NUMBER].profile == Profile(NUMBER, "+10:00"))
        talk.writer.write(octets_of(locations(2, 2)[0]))
        await until(lambda: len(broker.payloads) == 2)
    assert [payload.count(b"+10:00") for payload in broker.payloads] == [0, 1]


async def test_who_says_goodbye_is_answered_and_let_go() -> None:
    async with gateway(Broker(room=1), Directory()) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        (answer,) = await talk.ask(frame(say.LOG_OUT, serial=7))
        assert say.answered_of(answer).result is say.Result.DONE
        assert await ended(talk) == b""


async def test_who_says_no_more_is_told_what_was_answered() -> None:
    async with gateway(Broker(room=1), Directory()) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        talk.writer.write(octets_of(frame(say.HEARTBEAT, serial=8)))
        talk.writer.write_eof()
        (answer,) = await talk.answers(1)
        assert say.answered_of(answer).serial == 8
        assert await ended(talk) == b""
        await until(lambda: not made.connected)


async def test_a_terminal_that_does_not_read_its_answers_is_cut_off() -> None:
    async with gateway(Broker(room=1), Directory()) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        cast(asyncio.Transport, talk.writer.transport).pause_reading()  # the stream would read ahead
        beats = octets_of(frame(say.HEARTBEAT)) * 1_000
        await until(lambda: _sent(talk, beats) and made.counts["answers_not_read"] == 1)
        await until(lambda: not made.connected)


def _sent(talk: Line, octets: bytes) -> bool:
    talk.writer.write(octets)
    return True


async def test_a_stranger_is_let_go_in_time() -> None:
    async with (
        gateway(Broker(room=1), Directory(), authenticate_within_s=KEEPS_STILL_S) as (made, port),
        line(port) as talk,
    ):
        await talk.ask(frame(say.HEARTBEAT))
        assert await ended(talk) == b""
        assert made.counts["silent"] == 1


async def test_a_terminal_that_signed_in_is_measured_by_its_silence_alone() -> None:
    limits = {"authenticate_within_s": 2 * KEEPS_STILL_S, "silent_for_s": 60.0}
    async with gateway(Broker(room=1), Directory(), **limits) as (made, port), line(port) as talk:
        await talk.ask(signing_in(made))
        await asyncio.sleep(3 * KEEPS_STILL_S)
        (answer,) = await talk.ask(frame(say.HEARTBEAT, serial=9))
        assert say.answered_of(answer).serial == 9
