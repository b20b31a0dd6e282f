"""The way of a message: receive → decode → identify → store → acknowledge. This screen is the whole of it.

A message is acknowledged only once everything in it is committed: as positions, as unassigned or as unreadable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fleet.fitting import Fittings
from fleet.position import Positions
from ingest.assign import Batch, assign
from ingest.decode import decode, decoding
from ingest.message import Received
from ingest.reasons import Reason, UnreadableError
from ingest.reports import Reports, unreadable_message


class RefusedError(Exception):
    """The database takes everything else, but not these rows; the transaction is undone."""


class Transaction(Protocol):
    """One transaction of the store."""

    async def fittings(self, trackers: Sequence[str]) -> Fittings:
        """The fittings of these trackers, in this order."""

    async def store(self, batch: Batch) -> Mapping[str, int]:
        """Stores everything and marks the vehicles to be judged; how many of each outcome. May raise RefusedError."""


class Store(Protocol):
    """Where positions go. Raises ConnectionError when it is out of reach."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Committed when the block ends well, undone when it does not."""


class Session(Protocol):
    """A connection to the broker. Raises ConnectionError when it is lost."""

    def batches(self, stop: asyncio.Event) -> AsyncIterator[Sequence[Received]]:
        """Messages as they come, many at once, until ``stop``."""

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tells the broker that these messages need not be sent again."""


class Tally(Protocol):
    """Keeps count."""

    def add(self, messages: int, outcomes: Mapping[str, int]) -> None:
        """One batch was committed."""


async def run(session: Session, store: Store, tally: Tally, payload_bytes_max: int, stop: asyncio.Event) -> None:
    """Takes messages in until ``stop``, then finishes what is in hand.

    While the database stores a batch the next one is decoded: one of the two would stand idle otherwise.
    """
    ending = asyncio.Event()
    passing_on = asyncio.create_task(_pass_on(stop, ending))
    storing: asyncio.Task[None] | None = None
    try:
        async for messages in session.batches(ending):
            reports = Reports(messages)
            for _ in decoding(reports, payload_bytes_max):
                await asyncio.sleep(0)  # the answers of the database are heard
            if storing is not None:
                await storing
            storing = asyncio.create_task(_store_and_acknowledge(reports, session, store, tally, payload_bytes_max))
            storing.add_done_callback(lambda task: ending.set() if task.cancelled() or task.exception() else None)
    finally:
        passing_on.cancel()
        if storing is not None:
            await storing


async def _pass_on(stop: asyncio.Event, ending: asyncio.Event) -> None:
    await stop.wait()
    ending.set()


async def _store_and_acknowledge(
    reports: Reports, session: Session, store: Store, tally: Tally, payload_bytes_max: int
) -> None:
    outcomes = await _stored(reports, store, payload_bytes_max)
    session.acknowledge(reports.messages)
    tally.add(len(reports.messages), outcomes)


async def take_in(messages: Sequence[Received], store: Store, payload_bytes_max: int) -> Mapping[str, int]:
    """Commits everything that the messages hold, whatever it is."""
    return await _stored(decode(messages, payload_bytes_max), store, payload_bytes_max)


async def _stored(reports: Reports, store: Store, payload_bytes_max: int) -> Mapping[str, int]:
    try:
        async with store.transaction() as transaction:
            fittings = await transaction.fittings(list(reports.trackers))
            return await transaction.store(assign(reports, fittings))
    except RefusedError as refusal:
        return await _find_the_refused(reports.messages, store, payload_bytes_max, refusal)


async def _find_the_refused(
    messages: Sequence[Received], store: Store, payload_bytes_max: int, refusal: RefusedError
) -> Mapping[str, int]:
    """One message that the database refuses must hold up no other: halve until it is found, put it aside."""
    if len(messages) == 1:
        why = UnreadableError(Reason.REFUSED, ascii(str(refusal))[:200])
        async with store.transaction() as transaction:
            return await transaction.store(Batch(Positions.empty(), [], [unreadable_message(messages[0], why)]))
    middle = len(messages) // 2
    first = await take_in(messages[:middle], store, payload_bytes_max)
    second = await take_in(messages[middle:], store, payload_bytes_max)
    return {key: first.get(key, 0) + second.get(key, 0) for key in {*first, *second}}
