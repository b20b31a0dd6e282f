"""Wires ingest to the store and to the broker; and takes unassigned messages in once their tracker is fitted."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from zoneinfo import ZoneInfo

import structlog

from fleet.clock import SHANGHAI
from fleet.fitting import Fittings
from fleet.position import Positions
from gongche.addresses import BrokerAddress
from gongche.settings import Settings
from ingest import broker, pipeline, service
from ingest.assign import Batch, assign
from ingest.decode import decode
from ingest.formats import topic_filters
from ingest.message import Received
from ingest.reasons import Reason
from ingest.rejections import rejections
from store import identity, messages, positions, refitting, tracker_health
from store.database import Connection, connect
from store.errors import StoreConflictError, StoreError, StoreRefusedError, StoreUnavailableError, store_errors
from store.newest import Newest

_log = structlog.get_logger(__name__)

STORED = "stored"
REPEATED = "repeated"
NO_POSITION = "no_position"
"""Messages of kinds that hold no position, such as a last will."""

_TAKE_IN_AT_ONCE = 500
_TAKE_IN_EVERY_S = 5.0


class StoreTransaction:
    """One transaction, as the pipeline wants it."""

    def __init__(self, conn: Connection, zone: ZoneInfo, newest: Newest) -> None:
        self._conn = conn
        self._zone = zone
        self._newest = newest

    async def fittings(self, trackers: Sequence[str]) -> Fittings:
        await refitting.assign_apart(self._conn)
        return await identity.fittings_of(self._conn, trackers)

    async def store(self, batch: Batch) -> Mapping[str, int]:
        result = await positions.store_positions(self._conn, batch.positions, self._zone, self._newest)
        await messages.add_unassigned(self._conn, batch.unassigned)
        await messages.add_unreadable(self._conn, batch.unreadable)
        await tracker_health.count_rejections(self._conn, rejections(batch, self._zone))
        outcomes = _outcomes(result)
        for unassigned in batch.unassigned:
            outcomes[unassigned.reason] += unassigned.positions
        outcomes.update(str(unreadable.reason) for unreadable in batch.unreadable)
        outcomes += Counter({NO_POSITION: batch.without_position})
        await messages.count_outcomes(self._conn, outcomes)
        return outcomes


class DatabaseStore:
    """The store behind one connection; ``zone`` is that of local days."""

    def __init__(self, conn: Connection, zone: ZoneInfo = SHANGHAI) -> None:
        self._conn = conn
        self._zone = zone
        self._newest = Newest()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[StoreTransaction]:
        with _pipeline_errors():
            async with self._conn.transaction():
                yield StoreTransaction(self._conn, self._zone, self._newest)


@asynccontextmanager
async def open_store(dsn: str, zone: ZoneInfo = SHANGHAI) -> AsyncIterator[DatabaseStore]:
    """Connects; raises ConnectionError when the database is out of reach."""
    with _pipeline_errors():
        conn = await connect(dsn, autocommit=True, application="gongche ingest")
    async with conn:
        yield DatabaseStore(conn, zone)


@contextmanager
def _pipeline_errors() -> Iterator[None]:
    """The store's errors in the words of the pipeline: gone, or refused. Others are not to be survived."""
    try:
        with store_errors():
            yield
    except StoreUnavailableError as error:
        raise ConnectionError(str(error)) from error
    except (StoreRefusedError, StoreConflictError) as error:
        raise pipeline.RefusedError(str(error)) from error


async def run_ingest(dsn: str, address: BrokerAddress, settings: Settings, stop: asyncio.Event) -> service.Tally:
    """Takes positions in until ``stop``; returns what came, after everything in hand is committed and acknowledged."""
    account = broker.BrokerAccount(
        address.host, address.port, settings.mqtt_client_id, address.username, address.password, address.tls_context()
    )
    limits = broker.BatchLimits(settings.ingest_batch_messages, settings.ingest_batch_ms / 1_000)

    def session() -> AbstractAsyncContextManager[broker.Session]:
        return broker.open_session(account, topic_filters(), limits)

    taking_in = asyncio.create_task(_take_in_regularly(dsn, settings.zone, stop), name="taking in unassigned messages")
    try:
        return await service.serve(lambda: open_store(dsn, settings.zone), session, settings.ingest_payload_bytes, stop)
    finally:
        taking_in.cancel()
        with suppress(asyncio.CancelledError):
            await taking_in


async def _take_in_regularly(dsn: str, zone: ZoneInfo, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            with _pipeline_errors():
                async with await connect(dsn, autocommit=True, application="gongche take-in") as conn:
                    while await take_in_unassigned(conn, zone=zone) == _TAKE_IN_AT_ONCE:
                        pass
        except ConnectionError:
            pass  # the service itself says so
        except (pipeline.RefusedError, StoreError) as error:
            _log.error("unassigned messages stay where they are", why=str(error))
        await asyncio.sleep(_TAKE_IN_EVERY_S)


async def take_in_unassigned(conn: Connection, at_most: int = _TAKE_IN_AT_ONCE, zone: ZoneInfo = SHANGHAI) -> int:
    """Reads messages again whose tracker turns out to have been fitted at their time; how many there were."""
    async with conn.transaction():
        await refitting.assign_apart(conn)
        kept = await messages.assignable(conn, at_most)
        reports = decode([Received(m.topic, m.payload, m.received_us) for m in kept], sys.maxsize)
        batch = assign(reports, await identity.fittings_of(conn, list(reports.trackers)))
        await messages.take_in(conn, kept)
        # What is left over in them (fitted only for a part) waits on; what is unreadable was told the first time, but
        # for what only the tracker's profile can tell.
        await messages.add_unassigned(conn, batch.unassigned)
        ahead = [one for one in batch.unreadable if one.reason == Reason.CLOCK_AHEAD]
        await messages.add_unreadable(conn, ahead)
        await tracker_health.count_rejections(conn, rejections(Batch(Positions.empty(), [], ahead), zone))
        result = await positions.store_positions(conn, batch.positions, zone)
        await messages.count_outcomes(conn, _outcomes(result) + Counter({str(Reason.CLOCK_AHEAD): len(ahead)}))
    return len(kept)


def _outcomes(result: positions.StoreResult) -> Counter[str]:
    return +Counter({STORED: result.stored, REPEATED: result.repeated})
