"""Messages that are no positions (yet): unreadable ones, unassigned ones, and the counts of every outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from fleet.clock import moment_of, us_of
from fleet.message import UnassignedMessage, UnreadableMessage
from store.sql import load

_queries = load("messages")


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as it came; ``reason``: why it could not be read, of those that could not."""

    id: int
    topic: str
    payload: bytes
    received_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which unreadable messages: of one reason, received in ``since`` ≤ t < ``until``; all where None."""

    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Messages, and elements of them, that wait unread for one reason; ``whole`` of them can be read again."""

    reason: str
    messages: int
    whole: int
    first_at: datetime
    last_at: datetime


async def add_unreadable(conn: AsyncConnection[Any], messages: Sequence[UnreadableMessage]) -> None:
    """Keeps messages and array elements that could not be read."""
    if messages:
        async with conn.cursor() as cursor:
            await cursor.executemany(
                _queries["add_unreadable"],
                [
                    {
                        "topic": message.topic,
                        "payload": message.payload,
                        "payload_sha256": message.payload_sha256,
                        "element": message.element,
                        "payload_bytes": message.payload_bytes,
                        "reason": message.reason,
                        "detail": message.detail,
                        "received_at": moment_of(message.received_us),
                    }
                    for message in messages
                ],
            )


async def add_unassigned(conn: AsyncConnection[Any], messages: Sequence[UnassignedMessage]) -> None:
    """Keeps messages with positions that belong to no vehicle."""
    if messages:
        async with conn.cursor() as cursor:
            await cursor.executemany(
                _queries["add_unassigned"],
                [
                    {
                        "tracker": message.tracker,
                        "ts": moment_of(message.ts_us),
                        "waiting": [moment_of(ts_us) for ts_us in message.waiting_us],
                        "topic": message.topic,
                        "payload": message.payload,
                        "payload_sha256": message.payload_sha256,
                        "reason": message.reason,
                        "received_at": moment_of(message.received_us),
                    }
                    for message in messages
                ],
            )


async def count_outcomes(conn: AsyncConnection[Any], outcomes: Mapping[str, int]) -> None:
    """Adds to the counts of this hour; an outcome is ``stored``, ``repeated`` or the code of a reason."""
    if outcomes:
        await conn.execute(_queries["count_outcomes"], {"outcomes": list(outcomes), "counts": list(outcomes.values())})


async def assignable(conn: AsyncConnection[Any], limit: int) -> list[KeptMessage]:
    """Unassigned messages of which a fitting now covers some position, oldest first, locked for this transaction."""
    rows = await (await conn.execute(_queries["assignable"], {"limit": limit})).fetchall()
    return [KeptMessage(id_, topic, payload, us_of(received_at)) for id_, topic, payload, received_at in rows]


async def take_in(conn: AsyncConnection[Any], messages: Sequence[KeptMessage]) -> None:
    """These have become positions."""
    await conn.execute(_queries["take_in"], {"ids": [message.id for message in messages]})


async def unread(conn: AsyncConnection[Any]) -> list[Unread]:
    """What waits unread, by reason, the most first."""
    async with conn.cursor(row_factory=class_row(Unread)) as cursor:
        return await (await cursor.execute(_queries["unreadable_by_reason"])).fetchall()


async def rereadable(conn: AsyncConnection[Any], chosen: Chosen, after: int, limit: int) -> list[KeptMessage]:
    """Unreadable messages that are kept whole, beyond an id and in its order, locked for this transaction."""
    values = asdict(chosen) | {"after": after, "limit": limit}
    rows = await (await conn.execute(_queries["rereadable"], values)).fetchall()
    return [KeptMessage(id_, topic, payload, us_of(at), reason) for id_, topic, payload, at, reason in rows]


async def latest_rereadable(conn: AsyncConnection[Any], chosen: Chosen) -> datetime | None:
    """When the last of them came, as our clock told it then; None: there are none."""
    row = await (await conn.execute(_queries["latest_rereadable"], asdict(chosen))).fetchone()
    return None if row is None else row[0]


async def still_unread(conn: AsyncConnection[Any], messages: Mapping[int, UnreadableMessage]) -> None:
    """By its id, why a message cannot be read now, which is not why it could not the first time."""
    if messages:
        columns = {
            "ids": list(messages),
            "reasons": [one.reason for one in messages.values()],
            "details": [one.detail for one in messages.values()],
        }
        await conn.execute(_queries["still_unread"], columns)


async def mark_reread(conn: AsyncConnection[Any], messages: Sequence[KeptMessage]) -> None:
    """These could be read after all."""
    await conn.execute(_queries["reread"], {"ids": [message.id for message in messages]})
