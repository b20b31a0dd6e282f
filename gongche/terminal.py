"""A JT/T 808 terminal, simulated: registers, authenticates, reports, keeps what was not answered and sends it again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from ingest.jt808 import terminal as say
from ingest.jt808.frame import BODY_BYTES_MAX, Deframer, Frame, FrameError, frame_of, octets_of
from ingest.jt808.location import Location, batch_octets_of
from ingest.jt808.location import octets_of as location_octets_of

ANSWER_WITHIN_S = 10.0
BATCH_MAX = 20
"""Locations in one batch: as many as one frame holds with their items."""
_CHINA = timezone(timedelta(hours=8))
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_METRES_PER_DEGREE = 111_195.0


class RefusedError(Exception):
    """The platform will not have this terminal."""


class Terminal:
    """One terminal. ``answered`` is called with each location that the platform says it has, once."""

    def __init__(
        self,
        host: str,
        port: int,
        number: str,
        *,
        edition_2019: bool,
        answered: Callable[[str, Location], None],
        under_way: int = 8,
    ) -> None:
        self.number = number.zfill(20 if edition_2019 else 12)
        self.kept: list[Location] = []
        """Reported and not answered yet."""
        self.sent = 0
        self.connections = 0
        self._host, self._port = host, port
        self._version = 1 if edition_2019 else None
        self._answered = answered
        self._under_way: dict[int, list[Location]] = {}
        self._at_once = under_way
        self._serial = 0
        self._code: str | None = None
        self._something = asyncio.Event()

    def report(self, location: Location) -> None:
        """A new location; it goes out as soon as there is a connection."""
        self.kept.append(location)
        self._something.set()

    @property
    def idle(self) -> bool:
        """Everything reported is answered."""
        return not self.kept and not self._under_way

    async def run(self) -> None:
        """Connects, again and again, until cancelled. Raises RefusedError."""
        pause_s = _FIRST_PAUSE_S
        while True:
            with suppress(OSError, EOFError, TimeoutError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                self.connections += 1
                try:
                    line = _Line(reader, writer)
                    await self._sign_in(line)
                    pause_s = _FIRST_PAUSE_S
                    await self._talk(line)
                finally:
                    writer.close()
                    for locations in self._under_way.values():
                        self.kept[:0] = locations
                    self._under_way.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _sign_in(self, line: _Line) -> None:
        if self._code is None:
            await self._send(line, say.REGISTER, say.registration_octets(versioned=self._version is not None))
            result, code = say.registered_of(await line.frame(say.REGISTER_ANSWER))
            if result is not say.RegistrationResult.DONE:
                raise RefusedError(f"{self.number}: {result.name}")
            self._code = code
        body = say.authentication_octets(self._code, versioned=self._version is not None)
        await self._send(line, say.AUTHENTICATE, body)
        answer = say.answered_of(await line.frame(say.GENERAL_ANSWER))
        if answer.result is not say.Result.DONE:
            self._code = None
            raise EOFError

    async def _talk(self, line: _Line) -> None:
        sending = asyncio.create_task(self._send_kept(line))
        try:
            while True:
                answer = say.answered_of(await line.frame(say.GENERAL_ANSWER))
                locations = self._under_way.pop(answer.serial, [])
                if answer.result is not say.Result.DONE:
                    self.kept[:0] = locations
                    continue
                for location in locations:
                    self._answered(self.number, location)
                self._something.set()
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await sending

    async def _send_kept(self, line: _Line) -> None:
        """One by one while it keeps up; what has piled up goes in batches, as from a blind area."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self.kept and len(self._under_way) < self._at_once:
                count = min(len(self.kept), BATCH_MAX) if len(self.kept) > 3 else 1
                locations, self.kept = self.kept[:count], self.kept[count:]
                self._under_way[self._serial] = locations
                self.sent += count
                if count == 1:
                    await self._send(line, say.LOCATION, location_octets_of(locations[0]))
                else:
                    await self._send(line, say.LOCATION_BATCH, _fitting_batch(locations))

    async def _send(self, line: _Line, message_id: int, body: bytes) -> None:
        frame = Frame(message_id, self.number, self._serial, body, self._version)
        self._serial = (self._serial + 1) & 0xFFFF
        await line.send(frame)


class _Line:
    """A connection as frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._deframer = Deframer()
        self._frames: list[Frame] = []

    async def send(self, frame: Frame) -> None:
        self._writer.write(octets_of(frame))
        await self._writer.drain()

    async def frame(self, message_id: int) -> Frame:
        """The next frame of a kind; others are passed over. Raises EOFError at the end of the connection."""
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if frame.message_id == message_id:
                    return frame
            octets = await self._reader.read(16_384)
            if not octets:
                raise EOFError
            with suppress(FrameError):
                self._frames += [frame_of(content) for content in self._deframer.feed(octets) if type(content) is bytes]


def _fitting_batch(locations: Sequence[Location]) -> bytes:
    body = batch_octets_of(list(locations), blind_area=True)
    if len(body) > BODY_BYTES_MAX:
        raise ValueError(f"{len(locations)} locations do not go into one frame")
    return body


def location_at(moment: datetime, lon: float, lat: float, speed_kmh: float, heading_deg: float, km: float) -> Location:
    """What a healthy terminal reports: fixed, ignition on, mileage and satellites."""
    return Location(
        alarm=0,
        status=0b11 | 1 << 18 | 1 << 19,
        lat_e6=round(lat * 1e6),
        lon_e6=round(lon * 1e6),
        altitude_m=20,
        speed_dkmh=round(speed_kmh * 10),
        heading_deg=round(heading_deg) % 360,
        time_bcd=f"{moment.astimezone(_CHINA):%y%m%d%H%M%S}",
        items={0x01: round(km * 10).to_bytes(4, "big"), 0x31: b"\x0c"},
    )


def circling(
    lon: float, lat: float, seconds: float, *, radius_m: float = 800.0, speed_kmh: float = 40.0
) -> tuple[float, float, float]:
    """Where a car that drives round a place is after so long, and its heading: lon, lat, degrees."""
    angle = seconds * speed_kmh / 3.6 / radius_m
    east, north = radius_m * math.sin(angle), radius_m * math.cos(angle)
    place = lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(lat))), lat + north / _METRES_PER_DEGREE
    return (*place, (math.degrees(angle) + 90) % 360)


def now() -> datetime:
    return datetime.now(UTC)
