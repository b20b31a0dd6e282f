"""Reads again what could not be read: once our clock is set right, or when a later version knows better."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fleet.clock import SHANGHAI, local_day
from fleet.message import UnreadableMessage
from gongche.intake import StoreTransaction
from ingest.assign import CLOCK_AHEAD_US, Batch, assign
from ingest.decode import decode
from ingest.message import Received
from ingest.reasons import Reason
from ingest.rejections import tracker_of
from store import messages, tracker_health
from store.database import Connection
from store.errors import StoreConflictError, StoreRefusedError, store_errors
from store.messages import Chosen, KeptMessage
from store.newest import Newest

_AT_ONCE = 1_000
_NOW = timedelta(0)


class FutureError(ValueError):
    """With a clock so much behind, messages would have come later than now: ``at`` is the last one's time."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


@dataclass(slots=True)
class Reread:
    """What came of it: of so many ``messages`` so many were ``read``. ``outcomes`` counts what was taken in, as ingest
    does; ``still`` the others by why they cannot be read."""

    messages: int = 0
    read: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    still: Counter[str] = field(default_factory=Counter)

    def add(self, other: Reread) -> None:
        """Counts what came of more messages."""
        self.messages += other.messages
        self.read += other.read
        self.outcomes += other.outcomes
        self.still += other.still


async def reread(
    conn: Connection,
    chosen: Chosen,
    now: datetime,
    *,
    payload_bytes_max: int,
    behind: timedelta = _NOW,
    zone: ZoneInfo = SHANGHAI,
    at_once: int = _AT_ONCE,
) -> Reread:
    """Takes in what can be read of the chosen messages, as if it came now and had been received when it was.

    ``behind``: our clock was so much behind when they came, so that they were received so much later than it said;
    they are those put aside as ``clock_ahead``. Raises FutureError where that would be later than now. Each thousand
    is a transaction: cut off, it goes on where it was when called again. What still cannot be read stays, and so does
    what the database refuses.
    """
    if behind and chosen.reason != Reason.CLOCK_AHEAD:
        raise ValueError("a clock that was behind put messages aside as clock_ahead, and as nothing else")
    await refuse_future(conn, chosen, now, behind)
    done, after, limit = Reread(), 0, at_once
    while True:
        kept: list[KeptMessage] = []
        try:
            with store_errors():
                async with conn.transaction():
                    kept = await messages.rereadable(conn, chosen, after, limit)
                    one = await _take_in(conn, kept, payload_bytes_max, behind, zone)
        except (StoreRefusedError, StoreConflictError):
            if len(kept) > 1:
                limit = len(kept) // 2
                continue
            one = Reread(1, still=Counter({str(Reason.REFUSED): 1}))
        done.add(one)
        if len(kept) < limit:
            return done
        after, limit = kept[-1].id, at_once


async def refuse_future(conn: Connection, chosen: Chosen, now: datetime, behind: timedelta) -> None:
    """Raises FutureError where one of them would have come later than now."""
    latest = await messages.latest_rereadable(conn, chosen)
    if latest is not None and latest + behind > now:
        raise FutureError(latest + behind)


async def _take_in(
    conn: Connection, kept: Sequence[KeptMessage], payload_bytes_max: int, behind: timedelta, zone: ZoneInfo
) -> Reread:
    if not kept:
        return Reread()
    transaction = StoreTransaction(conn, zone, Newest())
    behind_us = behind // timedelta(microseconds=1)

    async def said(some: Sequence[KeptMessage]) -> Batch:
        received = [Received(one.topic, one.payload, one.received_us + behind_us) for one in some]
        reports = decode(received, payload_bytes_max)
        return assign(reports, await transaction.fittings(list(reports.trackers)))

    batch = await said(kept)
    whole = {(one.topic, one.payload_sha256): one for one in batch.unreadable if one.element < 0}
    still = {one.id: entry for one in kept if (entry := whole.get(_key(one))) is not None}
    taken = [one for one in kept if one.id not in still or _is_partly_good(one, still[one.id])]
    if len(taken) < len(kept):
        batch = await said(taken)
    # What of a message was put aside for its clock has been told the first time, and its good part stored.
    looked_at = {_key(one) for one in taken if one.reason == Reason.CLOCK_AHEAD}
    new = [one for one in batch.unreadable if (one.topic, one.payload_sha256) not in looked_at]
    if behind:
        was_ahead = batch.positions.ts_us > batch.positions.received_us - behind_us + CLOCK_AHEAD_US
        batch = replace(batch, positions=batch.positions.take(was_ahead))
    await tracker_health.take_back_rejections(conn, _rejections(taken, zone))
    outcomes = Counter(await transaction.store(replace(batch, unreadable=new)))
    read = [one for one in kept if one.id not in still]
    await messages.mark_reread(conn, read)
    reasons = {one.id: one.reason for one in kept}
    await messages.still_unread(conn, {id_: entry for id_, entry in still.items() if entry.reason != reasons[id_]})
    return Reread(len(kept), len(read), outcomes, Counter(str(entry.reason) for entry in still.values()))


def _is_partly_good(one: KeptMessage, entry: UnreadableMessage) -> bool:
    """Whether of a message that nobody could read only the clock is wrong now: the rest is taken in, as by ingest."""
    return entry.reason == Reason.CLOCK_AHEAD and one.reason != Reason.CLOCK_AHEAD


def _key(one: KeptMessage) -> tuple[str, bytes]:
    return one.topic, hashlib.sha256(one.payload).digest()


def _rejections(taken: Sequence[KeptMessage], zone: ZoneInfo) -> Counter[tuple[str, date, str]]:
    """As they were counted; of a topic that no format read nobody knew the tracker."""
    return Counter(
        (
            "" if one.reason == Reason.UNKNOWN_TOPIC else tracker_of(one.topic),
            local_day(one.received_us, zone),
            one.reason,
        )
        for one in taken
    )
