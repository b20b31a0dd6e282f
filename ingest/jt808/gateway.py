"""The gateway: which terminals are connected and let in, by whose word, and where their locations go."""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ingest.jt808.payload import OFFSET_CHINA
from ingest.jt808.terminal import Registration


@dataclass(frozen=True, slots=True)
class Profile:
    """What the centre knows of a terminal: its tracker's id, and how far its clock is from UTC."""

    tracker: str
    offset: str = OFFSET_CHINA


class Directory(Protocol):
    """The centre's terminals. Raises ConnectionError when it is out of reach: a terminal is not refused for that."""

    async def profiles(self, trackers: Sequence[str]) -> Mapping[str, Profile]:
        """By tracker; those that the centre does not know are left out."""

    async def registered(self, tracker: str, registration: Registration) -> None:
        """A terminal that the centre knows registered: its model may be news."""

    async def presented(self, tracker: str, registration: Registration | None, address: str) -> None:
        """A terminal that the centre does not know came: shown, so that somebody can take it in."""


class Publisher(Protocol):
    """Hands positions to the broker; ``acknowledged`` is called once it has the message."""

    def publish_at_once(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> bool:
        """False, and nothing done, where there is no room."""

    async def publish(self, topic: str, payload: bytes, acknowledged: Callable[[], None]) -> None:
        """Waits for room."""


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
    profiles_every_s: float = 60.0
    """So often profiles are read again: a clock that is told anew holds without a new connection."""


class Line(Protocol):
    """A terminal's connection; ``profile`` None: it has not authenticated."""

    address: str
    profile: Profile | None

    def close(self) -> None:
        """Hangs up."""


class Gateway:
    """Who is connected, who is let in. ``counts``: frames by what became of them, for logs and metrics."""

    def __init__(
        self, directory: Directory, publisher: Publisher, key: bytes, limits: GatewayLimits | None = None
    ) -> None:
        self.directory = directory
        self.publisher = publisher
        self.limits = limits or GatewayLimits()
        self.counts: Counter[str] = Counter()
        self.connected: dict[str, Line] = {}
        self._key = key
        self._strangers: Counter[str] = Counter()
        self._open: set[Line] = set()
        self._waiting: set[asyncio.Task[None]] = set()

    def code_of(self, tracker: str) -> str:
        """What a terminal authenticates with: told when it registers, the same every time, good for no other."""
        return hmac.new(self._key, tracker.encode(), "sha256").hexdigest()[:24]

    def came_in(self, connection: Line, tracker: str) -> None:
        """A terminal has authenticated; an older connection of the same one is over."""
        self._strangers[connection.address] -= 1
        older = self.connected.get(tracker)
        if older is not None and older is not connection:
            older.close()
        self.connected[tracker] = connection

    async def profile_of(self, tracker: str, registration: Registration | None, address: str) -> Profile | None:
        """None for a terminal that is not let in; it is shown."""
        if profile := (await self.directory.profiles([tracker])).get(tracker):
            if registration is not None:
                await self.directory.registered(tracker, registration)
            return profile
        self.counts["unknown_terminal"] += 1
        await self.directory.presented(tracker, registration, address)
        return Profile(tracker) if self.limits.hold_unknown else None

    async def read_profiles_again(self) -> None:
        """A clock that was told anew holds from here on; raises ConnectionError when the centre is out of reach."""
        for tracker, profile in (await self.directory.profiles(list(self.connected))).items():
            if connection := self.connected.get(tracker):
                connection.profile = profile

    async def end(self) -> None:
        """Gives up what is waited for, and hangs up on everybody."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        for connection in list(self._open):
            connection.close()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Something that a connection has to wait for; given up when nobody is listened to any more."""
        task = asyncio.create_task(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        return task

    def opened(self, connection: Line) -> bool:
        """Whether it is let in so far."""
        address, limits = connection.address, self.limits
        if len(self._open) >= limits.connections or self._strangers[address] >= limits.strangers_per_address:
            self.counts["connection_refused"] += 1
            return False
        self._open.add(connection)
        self._strangers[address] += 1
        return True

    def ended(self, connection: Line) -> None:
        """It is over."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        if connection.profile is None:
            self._strangers[connection.address] -= 1
        elif self.connected.get(connection.profile.tracker) is connection:
            del self.connected[connection.profile.tracker]
        if not self._strangers[connection.address]:
            del self._strangers[connection.address]
