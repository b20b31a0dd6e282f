"""How messages become batches."""

from __future__ import annotations

import asyncio

from ingest.broker import BatchLimits, BatchQueue
from ingest.message import Received
from tests.builders.intake import message

FOREVER_S = 3_600.0


def messages(count: int) -> list[Received]:
    return [message(number) for number in range(count)]


async def test_messages_that_are_there_come_at_once_when_they_fill_a_batch() -> None:
    queue = BatchQueue(BatchLimits(messages=3, wait_s=FOREVER_S))
    told = messages(7)
    for each in told:
        queue.put_nowait(each)
    assert [await queue.get(), await queue.get()] == [told[:3], told[3:6]]
    assert queue.qsize() == 1


async def test_a_message_waits_for_others_until_the_batch_is_full() -> None:
    queue = BatchQueue(BatchLimits(messages=2, wait_s=FOREVER_S))
    getting = asyncio.create_task(queue.get())
    first, second = messages(2)
    queue.put_nowait(first)
    await asyncio.sleep(0)
    assert not getting.done()
    queue.put_nowait(second)
    assert await getting == [first, second]


async def test_a_message_waits_no_longer_than_the_limit() -> None:
    queue = BatchQueue(BatchLimits(messages=1_000, wait_s=0.0))
    getting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    (only,) = messages(1)
    queue.put_nowait(only)
    assert await getting == [only]


async def test_who_stops_waiting_loses_no_message() -> None:
    queue = BatchQueue(BatchLimits(messages=2, wait_s=FOREVER_S))
    first, second = messages(2)
    queue.put_nowait(first)
    getting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    getting.cancel()
    queue.put_nowait(second)
    assert await queue.get() == [first, second]
