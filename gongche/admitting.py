"""Keeps the embedded broker's users what the database says, and counts there what the broker refuses."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from fleet.credential import Credential
from gongche.embedded.broker import EmbeddedBroker
from gongche.problem import Problem
from gongche.refusals import BrokerLog, refusals_in
from store import credentials
from store.credentials import Refusal
from store.database import Connection, connect
from store.errors import StoreError, store_errors

_log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.5
_AFTER_A_FAILURE_S = 5.0
_ENDS_WITHIN_S = 5.0


class Admission:
    """Looks for changes in a thread of its own, so that a slow database holds up nobody; ``tend`` carries them out.

    The broker is told by whoever starts and stops it, in the same thread: call ``tend`` often.
    """

    def __init__(self, dsn: str, broker: EmbeddedBroker) -> None:
        self._dsn = dsn
        self._broker = broker
        self._log = BrokerLog(broker.log)
        self._uncounted: list[Refusal] = []
        self._wanted: Sequence[Credential] | None = None
        self._carried_out: Sequence[Credential] | None = None
        self._not_before_s = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="admission", daemon=True)

    def __enter__(self) -> Admission:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(_ENDS_WITHIN_S)
        self._log.close()

    def tend(self) -> None:
        """Have the broker let in whom the database names by now; what it refuses to take is tried again."""
        wanted = self._wanted
        if wanted is self._carried_out or wanted is None or time.monotonic() < self._not_before_s:
            return
        try:
            self._broker.admit(wanted)
        except (Problem, OSError) as problem:
            _log.error("users of the broker are not those of the database", problem=str(problem))
            self._not_before_s = time.monotonic() + _AFTER_A_FAILURE_S
        else:
            _log.info("trackers with users of their own", trackers=len(wanted))
            self._carried_out = wanted

    def _run(self) -> None:
        asyncio.run(self._look_again_and_again())

    async def _look_again_and_again(self) -> None:
        told = ""
        while not self._ending.is_set():
            try:
                with store_errors():
                    async with await connect(self._dsn, autocommit=True, application="gongche admission") as conn:
                        told = ""
                        await self._look_until_the_end(conn)
            except StoreError as error:
                if str(error) != told:
                    told = str(error)
                    _log.error("cannot see who may sign in to the broker", why=told)
                await asyncio.sleep(_LOOK_EVERY_S)
            except Exception:  # whatever it is: were this thread to end, revoking would do nothing from then on
                _log.exception("cannot see who may sign in to the broker")
                await asyncio.sleep(_AFTER_A_FAILURE_S)

    async def _look_until_the_end(self, conn: Connection) -> None:
        seen = -1
        while not self._ending.is_set():
            # The number before the list: what is entered in between makes another number, and another look.
            entries = await credentials.entries(conn)
            if entries != seen:
                self._wanted, seen = await credentials.in_force(conn), entries
            self._uncounted += refusals_in(self._log.new_lines(), datetime.now(UTC))
            if self._uncounted:
                await credentials.count_refusals(conn, self._uncounted)
                self._uncounted = []
            await asyncio.sleep(_LOOK_EVERY_S)
