"""The servers that a command works with: embedded ones started for it, or those that settings name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import structlog

from fleet.credential import Credential
from gongche import addresses
from gongche.addresses import Addresses, BrokerAddress
from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.folder import DataFolder
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.ending import ended_by_signals, undisturbed
from gongche.settings import Settings
from store import credentials
from store.database import connect
from store.errors import store_errors
from store.migrate import migrate

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Servers:
    """Where the servers are, and those of them that are ours to watch (None: settings name another)."""

    addresses: Addresses
    postgres: EmbeddedPostgres | None
    broker: EmbeddedBroker | None


@contextmanager
def running_servers(settings: Settings) -> Iterator[Servers]:
    """Hold the data folder, start what settings leave to us, bring the database up to date; stop all at the end.

    While the block runs, other commands find the servers by `gongche.addresses.find`. SIGTERM ends the block
    as Ctrl-C does, with KeyboardInterrupt; leaving it is not interrupted by either. PostgreSQL stops last, after
    everyone who writes to it. Raises Problem when the folder is in use or a server does not start.
    """
    folder = DataFolder(settings.data_folder)
    with ended_by_signals(), folder.lock():
        started = ExitStack()
        try:
            yield _started(settings, folder, started)
        finally:
            with undisturbed():
                started.close()


def _started(settings: Settings, folder: DataFolder, started: ExitStack) -> Servers:
    """Starts them; what is started is stopped when ``started`` is closed, whether all could be or not."""
    started.callback(addresses.withdraw, folder)  # what a killed program left, if this one gets no further
    postgres = _postgres(settings, folder)
    broker = _broker(settings, folder)
    if postgres is not None:
        started.callback(postgres.stop)
        postgres.start()
    database_dsn = postgres.dsn if postgres else addresses.find_database(settings)
    migrated = asyncio.run(migrate(database_dsn))
    _log.info("database is up to date", applied=migrated.applied, notes=migrated.notes)
    if broker is not None:
        broker.admit(asyncio.run(in_force(database_dsn)))
        started.callback(broker.stop)
        broker.start()
    servers = Servers(_addresses(settings, database_dsn, broker), postgres, broker)
    addresses.publish(folder, servers.addresses)
    started.callback(addresses.withdraw, folder)
    return servers


def _postgres(settings: Settings, folder: DataFolder) -> EmbeddedPostgres | None:
    if settings.database_url:
        return None
    return EmbeddedPostgres(folder.path / "postgres", settings.postgres_port)


def _broker(settings: Settings, folder: DataFolder) -> EmbeddedBroker | None:
    if settings.mqtt_host:
        return None
    return EmbeddedBroker(
        folder.path / "broker",
        settings.mqtt_port,
        sessions=[settings.mqtt_client_id],
        shared_tracker=settings.mqtt_shared_tracker,
    )


async def in_force(dsn: str) -> list[Credential]:
    """Who may sign in to the broker; raises StoreError."""
    with store_errors():
        async with await connect(dsn, autocommit=True) as conn:
            return await credentials.in_force(conn)


def _addresses(settings: Settings, database_dsn: str, broker: EmbeddedBroker | None) -> Addresses:
    if broker is None:
        external = addresses.external_broker(settings)
        assert external is not None, "no broker is embedded only when settings name one"
        ingest = trackers = external
    else:
        ingest = BrokerAddress(broker.host, broker.port, broker.username, broker.password)
        trackers = BrokerAddress(broker.host, broker.port, broker.tracker_username, broker.tracker_password)
    return Addresses(database_dsn, ingest, trackers)
