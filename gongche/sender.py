"""Sending letters: what waits in the outbox goes to its targets; may be done by many processes at once.

An attempt is noted before it begins and settled after it, each in a transaction of its own, and nothing is sent inside
of one. What a process that died had begun is found by the next look (decision 0033).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from gongche.carrier import Carried, carry
from gongche.witness import NO_ANSWER
from oversight.delivery import Outcome, Patience, is_meant, quiet_until, settled, together
from oversight.letter_text import Posted
from oversight.target import Target
from rules.calendar import WorkCalendar
from store import outbox, targets
from store.calendar_years import work_calendar
from store.database import Connection, Pool, transaction
from store.errors import StoreError
from store.outbox import BrokenOff, DueDelivery, StoredLetter
from store.targets import Door

_log = structlog.get_logger("letters")
_AT_ONCE = 200
_NOTE_TRIES = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SenderPace:
    """How often is looked, and how long is waited. Seconds. ``given_up_s``: an attempt begun so long ago whose end
    nobody told is taken for broken off; longer than ``attempt_s``, the longest that one is waited for."""

    look_s: float = 2.0
    attempt_s: float = 60.0
    given_up_s: float = 120.0
    note_again_s: float = 1.0
    stops_within_s: float = 10.0
    most_at_once: int = 8
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is sent to a target in one message, by this process alone."""

    target: Target
    door: Door
    deliveries: list[DueDelivery]
    begun_at: datetime


class Sender:
    """Sends until cancelled; what is in hand is finished then, within a limit."""

    def __init__(
        self,
        pool: Pool,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        *,
        public_url: str | None = None,
        pace: SenderPace | None = None,
    ) -> None:
        self._pool, self._zone, self._now = pool, zone, now
        self._address = public_url.rstrip("/") if public_url else None
        self._pace = pace or SenderPace()
        self._in_hand: dict[asyncio.Task[None], int] = {}

    async def run(self) -> None:
        """Looks, sends, looks again."""
        try:
            while True:
                await self._look()
                waiting = [*self._in_hand] if len(self._in_hand) >= self._pace.most_at_once else []
                if waiting:
                    await asyncio.wait(waiting, timeout=self._pace.look_s, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(self._pace.look_s)
        finally:
            if self._in_hand:
                _, late = await asyncio.wait([*self._in_hand], timeout=self._pace.stops_within_s)
                for task in late:
                    task.cancel()

    async def until_idle(self) -> None:
        """Sends what may go now, and waits for the ends of it."""
        while await self._look() or self._in_hand:
            if self._in_hand:
                await asyncio.wait([*self._in_hand])

    async def _look(self) -> bool:
        """Settles what broke off, addresses new letters, begins what is due; whether anything was begun."""
        async with transaction(self._pool) as conn:
            await settle_broken_off(conn, self._now(), self._pace)
        async with transaction(self._pool) as conn:
            await address_new(conn, self._now())
        began = False
        while len(self._in_hand) < self._pace.most_at_once:
            async with transaction(self._pool) as conn:
                claimed, found = await claim(conn, self._zone, self._now(), set(self._in_hand.values()))
            if claimed is not None:
                task = asyncio.create_task(self._send(claimed), name=f"letters to {claimed.target.id}")
                self._in_hand[task] = claimed.target.id
                task.add_done_callback(self._let_go)
                began = True
            elif not found:
                break
        return began

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._in_hand.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            _log.error("letters.not_noted", error=type(error).__name__)

    async def _send(self, claimed: Claimed) -> None:
        """Sends and notes how it ended. An attempt that takes too long may have arrived."""
        posted = [posted_of(claimed.target.id, one) for one in claimed.deliveries]
        attempt = asyncio.ensure_future(
            _in_thread(lambda: carry(claimed.target, claimed.door, posted, self._address, self._now()))
        )
        done, _ = await asyncio.wait([attempt], timeout=self._pace.attempt_s)
        attempt.cancel()
        carried = attempt.result() if done else Carried(Outcome.UNSURE, NO_ANSWER)
        for tried in range(1, _NOTE_TRIES + 1):
            try:
                async with transaction(self._pool) as conn:
                    await settle(conn, claimed, carried, self._now(), self._pace.patience)
                break
            except StoreError:
                if tried == _NOTE_TRIES:
                    raise
                await asyncio.sleep(self._pace.note_again_s)
        _log.info(
            "letters.attempt",
            target=claimed.target.name,
            letters=len(posted),
            outcome=carried.outcome.value,
            error=carried.error,
        )


async def address_new(conn: Connection, now: datetime) -> None:
    """Decides of new letters which targets they go to. One that takes another back goes to those that got that one."""
    await outbox.drop_taken_back(conn, now)
    waiting = await outbox.unaddressed(conn, _AT_ONCE)
    if not waiting:
        return
    known = [one.target for one in await targets.targets(conn)]
    for stored in waiting:
        meant = [target.id for target in await _meant(conn, stored, known)]
        await outbox.address(conn, stored.id, meant, now)


async def _meant(conn: Connection, stored: StoredLetter, known: list[Target]) -> list[Target]:
    if stored.withdrawn:
        return []
    if stored.takes_back is None:
        return [target for target in known if is_meant(target, stored.letter)]
    reached = await outbox.reached_by(conn, stored.takes_back)
    return [target for target in known if target.enabled and target.id in reached]


async def claim(conn: Connection, zone: ZoneInfo, now: datetime, but: set[int]) -> tuple[Claimed | None, bool]:
    """Begins an attempt at a target that something is due for, none of ``but``. Also whether anything was found: what
    has to wait for quiet hours to end is found, and nothing is begun."""
    target_id = await outbox.hold_due_target(conn, now, but)
    stored = None if target_id is None else await targets.target(conn, target_id)
    if stored is None:
        return None, False
    due = await outbox.due(conn, stored.target.id, now)
    calendar = await work_calendar(conn, zone)
    free = [one for one in due if not await _is_held(conn, stored.target, one, calendar, now)]
    chosen = together(free)
    if not chosen:
        return None, bool(due)
    await outbox.begin(conn, [one.id for one in chosen], now)
    return Claimed(stored.target, await targets.door(conn, stored.target.id), chosen, now), True


async def _is_held(conn: Connection, target: Target, one: DueDelivery, calendar: WorkCalendar, now: datetime) -> bool:
    until = quiet_until(target, one.stored.letter.severity, calendar, now)
    if until is not None:
        await outbox.hold_until(conn, one.id, until)
    return until is not None


async def settle(conn: Connection, claimed: Claimed, carried: Carried, now: datetime, patience: Patience) -> None:
    """Notes how an attempt ended."""
    for one in claimed.deliveries:
        fate = settled(
            carried.outcome, claimed.target, attempts=one.attempts + 1, again=one.again, now=now, patience=patience
        )
        noted = await outbox.settle(conn, one.id, claimed.begun_at, fate, at=now, error=carried.error)
        if not noted and carried.outcome is Outcome.SENT:
            await outbox.arrived_after_all(conn, one.id, claimed.begun_at, now)


async def settle_broken_off(conn: Connection, now: datetime, pace: SenderPace) -> None:
    """Attempts whose sender is not heard of any more may have arrived."""
    found = await outbox.broken_off(conn, now - timedelta(seconds=pace.given_up_s))
    if not found:
        return
    known: Mapping[int, Target] = {one.target.id: one.target for one in await targets.targets(conn)}
    for one in found:
        await _break_off(conn, one, known[one.target_id], now, pace.patience)


async def _break_off(conn: Connection, one: BrokenOff, target: Target, now: datetime, patience: Patience) -> None:
    fate = settled(Outcome.UNSURE, target, attempts=one.attempts, again=one.again, now=now, patience=patience)
    error = "发送中断，可能已送达 / broken off while sending; it may have arrived"
    await outbox.settle(conn, one.id, one.begun_at, fate, at=now, error=error)
    _log.warning("letters.broken_off", target=target.name, delivery=one.id, state=fate.state.value)


def posted_of(target_id: int, one: DueDelivery) -> Posted:
    """A due letter on its way; its id at the target is the same in each attempt."""
    stored = one.stored
    taken = None if stored.takes_back is None else letter_id(target_id, stored.takes_back)
    return Posted(letter_id(target_id, stored.letter.key), stored.letter, stored.put_at, one.again, taken)


def letter_id(target_id: int, key: str) -> str:
    """What a letter is known by at a target."""
    return f"{target_id}/{key}"


async def _in_thread(call: Callable[[], T]) -> T:
    """The result of a blocking call, in a thread that keeps nobody from ending."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def tell(said: Callable[[], None]) -> None:
        if not result.done():
            said()

    def run() -> None:
        try:
            got = call()
        except BaseException as error:  # handed on to whoever waits
            raised = error
            _call_soon(loop, lambda: tell(lambda: result.set_exception(raised)))
        else:
            _call_soon(loop, lambda: tell(lambda: result.set_result(got)))

    threading.Thread(target=run, name="letter", daemon=True).start()
    return await result


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:  # the program ended meanwhile
        return
