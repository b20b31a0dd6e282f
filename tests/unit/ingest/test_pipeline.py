"""A batch is decoded while the one before is stored; nothing is acknowledged before it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest

from fleet.fitting import Fittings
from ingest.assign import Batch
from ingest.message import Received
from ingest.pipeline import run
from ingest.service import Tally
from tests.builders.intake import message, position

PATIENCE_S = 30


class Broker:
    """A session that hands over batches, and then waits until it is told to end."""

    def __init__(self, *batches: Sequence[Received]) -> None:
        self.handed = 0
        self.acknowledged: list[Received] = []
        self._batches = batches

    async def batches(self, stop: asyncio.Event) -> AsyncIterator[Sequence[Received]]:
        for batch in self._batches:
            self.handed += 1
            yield batch
        await stop.wait()

    def acknowledge(self, messages: Sequence[Received]) -> None:
        self.acknowledged += messages


class Store:
    """Stores when it may."""

    def __init__(self) -> None:
        self.may_store = asyncio.Semaphore(0)
        self.error: Exception | None = None
        self.stored = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Store]:
        yield self

    async def fittings(self, trackers: Sequence[str]) -> Fittings:
        none = np.empty(0, np.int64)
        unknown, count = np.full(len(trackers), -1, np.int32), len(trackers)
        return Fittings(
            unknown, ("wgs84",) * count, none, none, none, none.astype(np.int32), (480,) * count, (1.0,) * count
        )

    async def store(self, batch: Batch) -> Mapping[str, int]:
        await self.may_store.acquire()
        if self.error is not None:
            raise self.error
        self.stored += len(batch.unassigned)
        return {"unknown_tracker": len(batch.unassigned)}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what it waits for is in the pipeline, which has no event for it
            await asyncio.sleep(0.001)


class Watched(list[Received]):
    """A batch that counts how many of its messages have been read."""

    read = 0

    def __iter__(self) -> Iterator[Received]:
        for one in super().__iter__():
            self.read += 1
            yield one


def batch(number: int) -> list[Received]:
    return [message(position(lon=118 + place / 1000), f"T{number}") for place in range(60)]


async def test_a_batch_is_decoded_while_the_one_before_is_stored() -> None:
    first, second, third = (Watched(batch(number)) for number in range(3))
    broker, store, stop = Broker(first, second, third), Store(), asyncio.Event()
    running = asyncio.create_task(run(broker, store, Tally(), 1_000_000, stop))
    await until(lambda: second.read == 60)
    await asyncio.sleep(0.05)
    assert (broker.handed, broker.acknowledged) == (2, []), "to be stored the second waits for the first"
    store.may_store.release()
    await until(lambda: broker.handed == 3)
    assert broker.acknowledged == first
    for _ in range(2):
        store.may_store.release()
    await until(lambda: len(broker.acknowledged) == 180)
    stop.set()
    await running
    assert broker.acknowledged == first + second + third


async def test_what_is_in_hand_is_stored_and_acknowledged_when_it_stops() -> None:
    broker, store, stop = Broker(batch(1)), Store(), asyncio.Event()
    running = asyncio.create_task(run(broker, store, Tally(), 1_000_000, stop))
    await until(lambda: broker.handed == 1)
    stop.set()
    await asyncio.sleep(0.05)
    assert not running.done()
    store.may_store.release()
    await running
    assert broker.acknowledged == batch(1)


async def test_a_database_that_goes_away_is_told_though_no_message_comes() -> None:
    broker, store, stop = Broker(batch(1)), Store(), asyncio.Event()
    store.error = ConnectionError("the database is away")
    store.may_store.release()
    with pytest.raises(ConnectionError, match="the database is away"):
        async with asyncio.timeout(PATIENCE_S):
            await run(broker, store, Tally(), 1_000_000, stop)
    assert broker.acknowledged == []


async def test_what_is_being_stored_when_the_broker_goes_away_is_stored_to_the_end() -> None:
    class Lost(Broker):
        async def batches(self, stop: asyncio.Event) -> AsyncIterator[Sequence[Received]]:
            async for each in super().batches(stop):
                yield each
                raise ConnectionError("the broker is away")

    broker, store, stop = Lost(batch(1)), Store(), asyncio.Event()
    running = asyncio.create_task(run(broker, store, Tally(), 1_000_000, stop))
    await until(lambda: broker.handed == 1)
    await asyncio.sleep(0.05)
    assert not running.done()
    store.may_store.release()
    with pytest.raises(ConnectionError, match="the broker is away"):
        await running
    assert store.stored == 60
