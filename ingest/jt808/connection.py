"""One terminal's connection: its frames in, its locations to the broker, its answers out.

Whatever can be done at once is done when octets come. What has to wait (the centre's word on a terminal, room at the
broker) waits in a task of its own, and nothing more is read meanwhile.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Coroutine
from functools import lru_cache, partial
from typing import Any, cast

from ingest.jt808 import terminal as say
from ingest.jt808.bits import ENCRYPTED
from ingest.jt808.frame import Deframer, Frame, FrameError, frame_of, octets_of
from ingest.jt808.gateway import Gateway, Profile
from ingest.jt808.location import BodyError, Location, answered_location_of, batch_of, location_of
from ingest.jt808.parts import Assembly, Whole
from ingest.jt808.payload import joined, told_of, topic_of, tracker_of
from ingest.jt808.terminal import RegistrationResult, Result

_LOCATIONS_MOST = 1_000
"""Of one message to the broker."""
_UNWRITTEN_BYTES_MAX = 65_536
"""A terminal that does not read its answers is cut off."""
_GENERAL_ANSWER_ONE = 0x0001
"""A terminal's answer to something that the platform said; it needs none."""

_Waiting = Coroutine[Any, Any, None]


class Connection(asyncio.BufferedProtocol):
    """``read_into``: where octets are read; they are copied before anything else is read."""

    def __init__(self, gateway: Gateway, read_into: bytearray) -> None:
        self.address = ""
        self.profile: Profile | None = None
        self._gateway = gateway
        self._counts = gateway.counts
        self._read_into = read_into
        self._transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._heard_at_s = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._deframer = Deframer()
        self._contents: deque[bytes | FrameError] = deque()
        self._assembly = Assembly()
        self._serial = 0
        self._closing = False
        self._unsent = bytearray()
        self._told: list[str] = []
        self._messages = 0
        self._to_answer: list[tuple[Frame, Result]] = []
        self._under_way = 0
        self._room: asyncio.Future[None] | None = None

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody came."""
        self._transport = cast(asyncio.Transport, transport)
        self.address = transport.get_extra_info("peername")[0]
        if not self._gateway.opened(self):
            self._transport.abort()
            return
        self._heard_at_s = self._loop.time()
        self._watch = self._loop.call_later(self._gateway.limits.authenticate_within_s, self._look)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - the event loop's
        """Where to read."""
        return self._read_into

    def buffer_updated(self, nbytes: int) -> None:
        """Octets came."""
        if self._closing:
            return
        self._heard_at_s = self._loop.time()
        self._contents.extend(self._deframer.feed(bytes(memoryview(self._read_into)[:nbytes])))
        if self._task is None:
            self._work()

    def eof_received(self) -> bool:
        """The terminal says no more; what it said is still worked on."""
        self._closing = True
        self._flush()
        return self._task is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone; what it said is still worked on."""
        self._counts["connection_lost"] += exc is not None
        self._closing = True
        if self._watch is not None:
            self._watch.cancel()
        self._gateway.ended(self)

    # Its end

    def close(self) -> None:
        """Takes nothing more, sends what is unsent and hangs up."""
        self._closing = True
        self._contents.clear()
        self._flush()
        self._transport.close()

    def _look(self) -> None:
        """Whether it has been silent for too long, or a stranger for too long."""
        now_s, silent_for_s = self._loop.time(), self._gateway.limits.silent_for_s
        if self._task is not None:
            self._heard_at_s = now_s
        until_s = self._heard_at_s if self.profile is None and self._task is None else self._heard_at_s + silent_for_s
        if until_s > now_s:
            self._watch = self._loop.call_at(until_s, self._look)
        else:
            self._counts["silent"] += 1
            self.close()

    # Its frames

    def _work(self) -> None:
        """Until all is done, or something has to wait."""
        while self._contents:
            if waiting := self._take(self._contents.popleft()):
                self._wait(waiting)
                return
        if waiting := self._hand_over():
            self._wait(waiting)
        elif self._closing:
            self.close()

    def _wait(self, waiting: _Waiting) -> None:
        self._transport.pause_reading()
        self._task = self._gateway.start(self._go_on_after(waiting))

    async def _go_on_after(self, waiting: _Waiting) -> None:
        try:
            await self._unless_out_of_reach(waiting)
            self._task, self._heard_at_s = None, self._loop.time()  # its silence counts from here: it was not read
            self._transport.resume_reading()
            self._work()
        except BaseException:  # as the event loop does where octets come: this connection is over, and the fault told
            self._transport.abort()
            raise

    async def _unless_out_of_reach(self, waiting: _Waiting) -> None:
        """A terminal is not refused because the database is away: it is let go, and comes again."""
        try:
            await waiting
        except ConnectionError:
            self._counts["connection_lost"] += 1
            self._closing = True
            self._contents.clear()

    def _take(self, content: bytes | FrameError) -> _Waiting | None:
        try:
            if isinstance(content, FrameError):
                raise content
            frame = frame_of(content)
        except FrameError as error:
            self._counts[error.fault] += 1
            return None
        whole = self._assembly.add(frame, self._heard_at_s)
        if whole is None:
            return None  # answered with the last part, when what it is a part of is safe
        try:
            return self._hear(whole)
        except BodyError as error:
            self._wrong(whole, error)
            return None

    def _hear(self, whole: Whole) -> _Waiting | None:
        """Raises BodyError."""
        frame = whole.message
        self._counts[_heard_as(frame.message_id)] += 1
        if frame.encryption:
            self._counts["encrypted_body"] += 1
            self._answer(whole, Result.UNSUPPORTED)
        elif frame.message_id == say.REGISTER:
            return self._register(whole)
        elif frame.message_id == say.AUTHENTICATE:
            return self._authenticate(whole)
        elif self.profile is None or tracker_of(frame.terminal) != self.profile.tracker:
            self._counts["not_authenticated"] += 1
            self._answer(whole, Result.FAILED)
        elif frame.message_id == say.LOCATION:
            return self._locations(whole, [location_of(frame.body)])
        elif frame.message_id == say.LOCATION_BATCH:
            batch = batch_of(frame.body)
            self._counts["batch_short"] += batch.claimed > len(batch.locations)
            return self._locations(whole, batch.locations)
        elif frame.message_id == say.LOCATION_ANSWER:
            return self._locations(whole, [answered_location_of(frame.body)[1]])
        elif frame.message_id in (say.HEARTBEAT, say.LOG_OUT):
            self._answer(whole, Result.DONE)
            self._closing = frame.message_id == say.LOG_OUT
        elif frame.message_id != _GENERAL_ANSWER_ONE:
            self._answer(whole, Result.UNSUPPORTED)
        return None

    async def _register(self, whole: Whole) -> None:
        frame, tracker = whole.message, tracker_of(whole.message.terminal)
        try:
            registration = say.registration_of(frame)
        except BodyError as error:
            self._wrong(whole, error)
            return
        if await self._gateway.profile_of(tracker, registration, self.address) is None:
            self._send(say.registration_answer(frame, self._next_serial(), RegistrationResult.TERMINAL_UNKNOWN))
            return
        code = self._gateway.code_of(tracker)
        self._send(say.registration_answer(frame, self._next_serial(), RegistrationResult.DONE, code))

    async def _authenticate(self, whole: Whole) -> None:
        tracker = tracker_of(whole.message.terminal)
        try:
            shown = say.authentication_of(whole.message)
        except BodyError as error:
            self._wrong(whole, error)
            return
        profile = await self._gateway.profile_of(tracker, None, self.address)
        right = hmac.compare_digest(shown.code.encode(), self._gateway.code_of(tracker).encode())
        if profile is None or not right or (self.profile is not None and self.profile.tracker != tracker):
            self._counts["wrong_code"] += profile is not None
            self._answer(whole, Result.FAILED)
            return
        if self.profile is None and not self._transport.is_closing():
            self.profile = profile
            self._gateway.came_in(self, tracker)
            if self._watch is not None:
                self._watch.cancel()
            self._look()
        self._answer(whole, Result.DONE)

    # Its locations

    def _locations(self, whole: Whole, locations: list[Location]) -> _Waiting | None:
        """Keeps them for the broker; the answer goes out when it has them."""
        assert self.profile is not None
        self._counts["locations"] += len(locations)
        encrypted = any(location.status & ENCRYPTED for location in locations)
        self._counts["encrypted_coordinates"] += encrypted
        result = Result.UNSUPPORTED if encrypted else Result.DONE
        edition_2019, offset = whole.message.version is not None, self.profile.offset
        self._told += [told_of(one, edition_2019=edition_2019, offset=offset) for one in locations]
        self._to_answer += [(_bare(frame), result) for frame in whole.frames]
        self._messages += 1
        return self._hand_over() if len(self._told) >= _LOCATIONS_MOST else None

    def _hand_over(self) -> _Waiting | None:
        """What came in one read goes to the broker as one message, which costs it and ingest what a single one does."""
        if not self._to_answer:
            return None
        assert self.profile is not None
        topic, payload = topic_of(self.profile.tracker), joined(self._told)
        acknowledged = partial(self._acknowledged, self._messages, self._to_answer)
        self._told, self._to_answer, self._messages = [], [], 0
        if self._under_way < self._gateway.limits.under_way:
            self._under_way += 1
            if self._gateway.publisher.publish_at_once(topic, payload, acknowledged):
                return None
            self._under_way -= 1
        return self._hand_over_later(topic, payload, acknowledged)

    async def _hand_over_later(self, topic: str, payload: bytes, acknowledged: partial[None]) -> None:
        while self._under_way >= self._gateway.limits.under_way:
            self._room = self._loop.create_future()
            await self._room
        self._under_way += 1
        await self._gateway.publisher.publish(topic, payload, acknowledged)

    def _acknowledged(self, messages: int, to_answer: list[tuple[Frame, Result]]) -> None:
        self._under_way -= 1
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._counts["acknowledged"] += messages
        for frame, result in to_answer:
            self._unsent += octets_of(say.general_answer(frame, self._next_serial(), result))
        self._flush()

    # Its answers

    def _wrong(self, whole: Whole, error: BodyError) -> None:
        self._counts[error.fault] += 1
        self._answer(whole, Result.WRONG)

    def _answer(self, whole: Whole, result: Result) -> None:
        for frame in whole.frames:
            self._send(say.general_answer(frame, self._next_serial(), result))

    def _send(self, frame: Frame) -> None:
        """Goes out with the other answers of this round of the event loop: one call of the system for all of them."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent += octets_of(frame)

    def _flush(self) -> None:
        octets, self._unsent = bytes(self._unsent), bytearray()
        if not octets or self._transport.is_closing():
            return
        self._transport.write(octets)
        if self._transport.get_write_buffer_size() > _UNWRITTEN_BYTES_MAX:
            self._counts["answers_not_read"] += 1
            self._closing = True
            self._contents.clear()
            self._transport.abort()

    def _next_serial(self) -> int:
        serial, self._serial = self._serial, (self._serial + 1) & 0xFFFF
        return serial


@lru_cache(maxsize=256)
def _heard_as(message_id: int) -> str:
    return f"heard_{message_id:04x}"


def _bare(frame: Frame) -> Frame:
    """What an answer needs of it."""
    return Frame(frame.message_id, frame.terminal, frame.serial, b"", frame.version)
