"""Reads again what could not be read: once our clock is set right, or when a later version knows better."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fleet.clock import SHANGHAI, local_day
from gongche.intake import StoreTransaction
from ingest.assign import assign
from ingest.decode import decode
from ingest.message import Received
from ingest.reasons import Reason
from ingest.rejections import tracker_of
from store import messages, tracker_health
from store.database import Connection
from store.messages import Chosen, KeptMessage
from store.newest import Newest

_AT_ONCE = 1_000


@dataclass(slots=True)
class Reread:
    """What came of it: of so many ``messages`` so many were ``read``. ``outcomes`` counts what was in those, as ingest
    does; ``still`` the others by why they cannot be read."""

    messages: int = 0
    read: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    still: Counter[str] = field(default_factory=Counter)


async def reread(
    conn: Connection,
    chosen: Chosen,
    *,
    payload_bytes_max: int,
    behind: timedelta = timedelta(0),
    zone: ZoneInfo = SHANGHAI,
    at_once: int = _AT_ONCE,
) -> Reread:
    """Takes in what can be read of the chosen messages, as if it came now and had been received when it was.

    ``behind``: our clock was so much behind when they came, so that they were received so much later than it said.
    Each thousand is a transaction: cut off, it goes on where it was when called again. What still cannot be read stays.
    """
    done, after = Reread(), 0
    while True:
        async with conn.transaction():
            kept = await messages.rereadable(conn, chosen, after, at_once)
            await _take_in(conn, kept, done, payload_bytes_max, behind // timedelta(microseconds=1), zone)
        if len(kept) < at_once:
            return done
        after = kept[-1].id


async def _take_in(
    conn: Connection, kept: Sequence[KeptMessage], done: Reread, payload_bytes_max: int, behind_us: int, zone: ZoneInfo
) -> None:
    transaction = StoreTransaction(conn, zone, Newest())
    received = [Received(one.topic, one.payload, one.received_us + behind_us) for one in kept]
    reports = decode(received, payload_bytes_max)
    batch = assign(reports, await transaction.fittings(list(reports.trackers)))
    still = {(one.topic, one.payload_sha256): one.reason for one in batch.unreadable if one.element < 0}
    keys = [(one.topic, hashlib.sha256(one.payload).digest()) for one in kept]
    read = [one for one, key in zip(kept, keys, strict=True) if key not in still]
    # Elements that cannot be read were told the first time, unless nothing of their message was looked at then.
    known = {key for one, key in zip(kept, keys, strict=True) if key in still or one.reason == Reason.CLOCK_AHEAD}
    told_first = [one for one in batch.unreadable if (one.topic, one.payload_sha256) not in known]
    done.outcomes += await transaction.store(replace(batch, unreadable=told_first))
    await tracker_health.take_back_rejections(conn, _rejections(read, zone))
    await messages.mark_reread(conn, read)
    done.messages += len(kept)
    done.read += len(read)
    done.still.update(still.values())


def _rejections(read: Sequence[KeptMessage], zone: ZoneInfo) -> Counter[tuple[str, date, str]]:
    return Counter((tracker_of(one.topic), local_day(one.received_us, zone), one.reason) for one in read)
