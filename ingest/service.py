"""Ingest as a service: as long as it is wanted it holds on to both servers; when either goes, it lets go of both.

Without the database nothing can be acknowledged, so the broker is left too and keeps the messages; memory holds no
more than the broker's window. Then both are tried again, at growing intervals.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress

import structlog

from ingest.pipeline import Session, Store, run

_log = structlog.get_logger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
_REPORT_EVERY_S = 60.0


class Tally:
    """Counts what came in, and says it in the log once a minute."""

    def __init__(self) -> None:
        self.messages = 0
        self.outcomes: Counter[str] = Counter()
        self._reported_messages = 0
        self._reported: Counter[str] = Counter()

    def add(self, messages: int, outcomes: Mapping[str, int]) -> None:
        """Adds one committed batch."""
        self.messages += messages
        self.outcomes.update(outcomes)

    def report(self) -> None:
        """One line with what came since the last one; none when nothing did."""
        if self.messages > self._reported_messages:
            new = self.outcomes - self._reported
            _log.info("took in", messages=self.messages - self._reported_messages, **new)
        self._reported_messages = self.messages
        self._reported = self.outcomes.copy()

    async def report_regularly(self) -> None:
        while True:
            await asyncio.sleep(_REPORT_EVERY_S)
            self.report()


class Pauses:
    """Growing pauses between attempts, each between half and all of its length so that clients spread out."""

    def __init__(self, choose: random.Random | None = None) -> None:
        self._choose = choose or random.Random()
        self._next_s = _FIRST_PAUSE_S

    def next_s(self) -> float:
        pause_s = self._next_s * self._choose.uniform(0.5, 1.0)
        self._next_s = min(2 * self._next_s, _LONGEST_PAUSE_S)
        return pause_s

    def start_over(self) -> None:
        self._next_s = _FIRST_PAUSE_S


async def serve(
    open_store: Callable[[], AbstractAsyncContextManager[Store]],
    open_session: Callable[[], AbstractAsyncContextManager[Session]],
    payload_bytes_max: int,
    stop: asyncio.Event,
) -> Tally:
    """Runs the pipeline until ``stop``, through whatever the servers do; what it took in."""
    tally, pauses, is_away = Tally(), Pauses(), False
    reporting = asyncio.create_task(tally.report_regularly(), name="ingest report")
    try:
        while not stop.is_set():
            before = tally.messages
            try:
                async with open_store() as store, open_session() as session:
                    _log.info("taking messages in")
                    is_away = False
                    await run(session, store, tally, payload_bytes_max, stop)
            except (ConnectionError, TimeoutError) as error:
                if tally.messages > before:
                    pauses.start_over()
                if not is_away:
                    _log.warning("a server went away; nothing is acknowledged until it is back", why=str(error))
                is_away = True
                await _pause(pauses.next_s(), stop)
    finally:
        reporting.cancel()
        tally.report()
    return tally


async def _pause(pause_s: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await stop.wait()
