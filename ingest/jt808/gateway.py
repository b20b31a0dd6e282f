"""The gateway: terminals on TCP, their locations on to the broker. A location is answered once the broker has it.

So nothing that a terminal was told is done is ever lost: until then it keeps the location itself and sends it again.
One coroutine a connection; a broker that is away fills the window, which keeps everybody from being read.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from ingest.jt808 import terminal as say
from ingest.jt808.bits import ENCRYPTED
from ingest.jt808.frame import Deframer, Frame, FrameError, frame_of, octets_of
from ingest.jt808.location import BodyError, Location, answered_location_of, batch_of, location_of
from ingest.jt808.parts import Assembly, Whole
from ingest.jt808.payload import OFFSET_CHINA, joined, told_of, topic_of, tracker_of
from ingest.jt808.terminal import Registration, RegistrationResult, Result

_log = structlog.get_logger(__name__)

_READ_BYTES = 16_384
_LOCATIONS_MOST = 1_000
"""Of one message to the broker."""
_UNWRITTEN_BYTES_MAX = 65_536
"""A terminal that does not read its answers is cut off."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What the centre knows of a terminal: its tracker's id, and how far its clock is from UTC."""

    tracker: str
    offset: str = OFFSET_CHINA


class Directory(Protocol):
    """The centre's terminals. Raises ConnectionError when it is out of reach: a terminal is not refused for that."""

    async def profile(self, tracker: str) -> Profile | None:
        """None for a terminal that the centre does not know."""

    async def registered(self, tracker: str, registration: Registration) -> None:
        """A terminal that the centre knows registered: its model may be news."""

    async def presented(self, tracker: str, registration: Registration | None, address: str) -> None:
        """A terminal that the centre does not know came: shown, so that somebody can take it in."""


class Publisher(Protocol):
    """Hands positions to the broker."""

    async def publish(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> None:
        """Waits for room; calls ``acknowledged`` once the broker has the message."""


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """``strangers_per_address``: connections from one address that have not authenticated yet.

    ``hold_unknown``: a terminal that the centre does not know is let in, and ingest keeps its positions until it is
    fitted to a vehicle; otherwise it is refused when it registers. It is shown in either case.
    """

    connections: int = 20_000
    strangers_per_address: int = 50
    authenticate_within_s: float = 60.0
    silent_for_s: float = 900.0
    under_way: int = 64
    """Messages of one terminal that the broker has not acknowledged yet."""
    hold_unknown: bool = False


class Gateway:
    """Serves terminals. ``counts``: frames by what became of them, for logs and metrics."""

    def __init__(
        self, directory: Directory, publisher: Publisher, key: bytes, limits: GatewayLimits | None = None
    ) -> None:
        self.directory = directory
        self.publisher = publisher
        self.limits = limits or GatewayLimits()
        self.counts: Counter[str] = Counter()
        self.connected: dict[str, Connection] = {}
        self._key = key
        self._strangers: Counter[str] = Counter()
        self._open: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Takes connections inside; gives the port. Leaving closes them all."""
        server = await asyncio.start_server(self._serve, host, port, limit=_READ_BYTES, backlog=1024)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    def code_of(self, tracker: str) -> str:
        """What a terminal authenticates with: told when it registers, the same every time, good for no other."""
        return hmac.new(self._key, tracker.encode(), "sha256").hexdigest()[:24]

    def came_in(self, connection: Connection, tracker: str) -> None:
        """A terminal has authenticated; an older connection of the same one is over."""
        self._strangers[connection.address] -= 1
        older = self.connected.get(tracker)
        if older is not None and older is not connection:
            older.close()
        self.connected[tracker] = connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        address = writer.get_extra_info("peername")[0]
        if len(self._open) >= self.limits.connections or self._strangers[address] >= self.limits.strangers_per_address:
            self.counts["connection_refused"] += 1
            writer.transport.abort()
            return
        self._open.add(task)
        self._strangers[address] += 1
        connection = Connection(self, reader, writer, address)
        try:
            await connection.serve()
        except (ConnectionError, TimeoutError):
            self.counts["connection_lost"] += 1
        finally:
            connection.end()
            self._open.discard(task)
            if connection.profile is None:
                self._strangers[address] -= 1
            elif self.connected.get(connection.profile.tracker) is connection:
                del self.connected[connection.profile.tracker]
            if not self._strangers[address]:
                del self._strangers[address]


class Connection:
    """One terminal's connection."""

    def __init__(
        self, gateway: Gateway, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str
    ) -> None:
        self.address = address
        self.profile: Profile | None = None
        self.cut = False
        self._gateway = gateway
        self._counts = gateway.counts
        self._reader = reader
        self._writer = writer
        self._assembly = Assembly()
        self._serial = 0
        self._closing = False
        self._unsent = bytearray()
        self._told: list[str] = []
        self._to_answer: list[tuple[Whole, Result]] = []
        self._room = asyncio.Semaphore(gateway.limits.under_way)

    def close(self) -> None:
        """Reads nothing more."""
        self._closing = True
        self._reader.feed_eof()

    def end(self) -> None:
        """Sends what is unsent and hangs up; at once when the terminal reads nothing."""
        if self._unsent:
            self._flush()
        self._writer.transport.abort() if self.cut else self._writer.close()

    async def serve(self) -> None:
        """Until the terminal goes, is silent for too long or logs out."""
        deframer, loop, limits = Deframer(), asyncio.get_running_loop(), self._gateway.limits
        stranger_until_s = loop.time() + limits.authenticate_within_s
        while not self._closing:
            until_s = stranger_until_s if self.profile is None else loop.time() + limits.silent_for_s
            try:
                async with asyncio.timeout_at(until_s):
                    octets = await self._reader.read(_READ_BYTES)
            except TimeoutError:
                self._counts["silent"] += 1
                return
            if not octets:
                return
            for content in deframer.feed(octets):
                await self._take(content)
            await self._hand_over()

    async def _take(self, content: bytes | FrameError) -> None:
        try:
            if isinstance(content, FrameError):
                raise content
            frame = frame_of(content)
        except FrameError as error:
            self._counts[error.fault] += 1
            return
        whole = self._assembly.add(frame, asyncio.get_running_loop().time())
        if whole is None:
            return  # answered with the last part, when what it is a part of is safe
        try:
            await self._heard(whole)
        except BodyError as error:
            self._counts[error.fault] += 1
            self._answer(whole, Result.WRONG)

    async def _heard(self, whole: Whole) -> None:
        frame = whole.message
        self._counts[f"heard_{frame.message_id:04x}"] += 1
        if frame.encryption:
            self._counts["encrypted_body"] += 1
            self._answer(whole, Result.UNSUPPORTED)
        elif frame.message_id == say.REGISTER:
            await self._register(frame)
        elif frame.message_id == say.AUTHENTICATE:
            await self._authenticate(whole)
        elif self.profile is None or tracker_of(frame.terminal) != self.profile.tracker:
            self._counts["not_authenticated"] += 1
            self._answer(whole, Result.FAILED)
        elif frame.message_id == say.LOCATION:
            await self._locations(whole, [location_of(frame.body)])
        elif frame.message_id == say.LOCATION_BATCH:
            batch = batch_of(frame.body)
            self._counts["batch_short"] += batch.claimed > len(batch.locations)
            await self._locations(whole, batch.locations)
        elif frame.message_id == say.LOCATION_ANSWER:
            await self._locations(whole, [answered_location_of(frame.body)[1]])
        elif frame.message_id in (say.HEARTBEAT, say.LOG_OUT):
            self._answer(whole, Result.DONE)
            self._closing = frame.message_id == say.LOG_OUT
        elif frame.message_id != 0x0001:  # an answer to something we said needs no answer
            self._answer(whole, Result.UNSUPPORTED)

    async def _register(self, frame: Frame) -> None:
        registration, tracker = say.registration_of(frame), tracker_of(frame.terminal)
        if await self._profile(tracker, registration) is None:
            self._send(say.registration_answer(frame, self._next_serial(), RegistrationResult.TERMINAL_UNKNOWN))
            return
        code = self._gateway.code_of(tracker)
        self._send(say.registration_answer(frame, self._next_serial(), RegistrationResult.DONE, code))

    async def _authenticate(self, whole: Whole) -> None:
        frame = whole.message
        tracker, shown = tracker_of(frame.terminal), say.authentication_of(frame)
        profile = await self._profile(tracker, None)
        right = hmac.compare_digest(shown.code.encode(), self._gateway.code_of(tracker).encode())
        if profile is None or not right or (self.profile is not None and self.profile.tracker != tracker):
            self._counts["wrong_code"] += profile is not None
            self._answer(whole, Result.FAILED)
            return
        if self.profile is None:
            self.profile = profile
            self._gateway.came_in(self, tracker)
        self._answer(whole, Result.DONE)

    async def _profile(self, tracker: str, registration: Registration | None) -> Profile | None:
        profile = await self._gateway.directory.profile(tracker)
        if profile is not None:
            if registration is not None:
                await self._gateway.directory.registered(tracker, registration)
            return profile
        self._counts["unknown_terminal"] += 1
        await self._gateway.directory.presented(tracker, registration, self.address)
        return Profile(tracker) if self._gateway.limits.hold_unknown else None

    async def _locations(self, whole: Whole, locations: list[Location]) -> None:
        """Keeps them for the broker; the answer goes out when it has them."""
        assert self.profile is not None
        self._counts["locations"] += len(locations)
        encrypted = any(location.status & ENCRYPTED for location in locations)
        self._counts["encrypted_coordinates"] += encrypted
        result = Result.UNSUPPORTED if encrypted else Result.DONE
        edition_2019, offset = whole.message.version is not None, self.profile.offset
        self._told += [told_of(one, edition_2019=edition_2019, offset=offset) for one in locations]
        self._to_answer.append((Whole(_bare(whole.message), tuple(map(_bare, whole.frames))), result))
        if len(self._told) >= _LOCATIONS_MOST:
            await self._hand_over()

    async def _hand_over(self) -> None:
        """What came in one read goes to the broker as one message, which costs it and ingest what a single one does."""
        if not self._to_answer:
            return
        assert self.profile is not None
        payload, answered = joined(self._told), tuple(self._to_answer)
        self._told.clear()
        self._to_answer.clear()
        await self._room.acquire()
        acknowledged = partial(self._acknowledged, answered)
        await self._gateway.publisher.publish(topic_of(self.profile.tracker), payload, acknowledged)

    def _acknowledged(self, answered: tuple[tuple[Whole, Result], ...]) -> None:
        self._room.release()
        self._counts["acknowledged"] += len(answered)
        for whole, result in answered:
            self._answer(whole, result)

    def _answer(self, whole: Whole, result: Result) -> None:
        for frame in whole.frames:
            self._send(say.general_answer(frame, self._next_serial(), result))

    def _send(self, frame: Frame) -> None:
        """Goes out with the other answers of this round of the event loop: one call of the system for all of them."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent += octets_of(frame)

    def _flush(self) -> None:
        octets, self._unsent = bytes(self._unsent), bytearray()
        if self._writer.transport.is_closing():
            return
        with suppress(ConnectionError):
            self._writer.write(octets)
        if self._writer.transport.get_write_buffer_size() > _UNWRITTEN_BYTES_MAX:
            self._counts["answers_not_read"] += 1
            self.cut = True
            self.close()

    def _next_serial(self) -> int:
        serial, self._serial = self._serial, (self._serial + 1) & 0xFFFF
        return serial


def _bare(frame: Frame) -> Frame:
    """What an answer needs of it."""
    return frame._replace(body=b"")
