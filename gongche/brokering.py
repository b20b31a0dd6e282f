"""The broker as a process of its own: what settings say of it, and looking after it until told to stop."""

from __future__ import annotations

import asyncio
import time

import structlog

from gongche.addresses import find_database, read_password
from gongche.admitting import Admission
from gongche.embedded.broker import GATEWAY, INGEST, TRACKERS, EmbeddedBroker
from gongche.embedded.folder import DataFolder
from gongche.embedded.nats_config import Tls
from gongche.ending import ended_by_signals, undisturbed
from gongche.problem import Problem
from gongche.servers import in_force
from gongche.settings import Settings
from gongche.supervisor import Kept, tend_all
from store.errors import StoreError

_log = structlog.get_logger(__name__)

_ROUND_S = 0.1


def run_broker(settings: Settings) -> None:
    """Serves trackers until SIGTERM or Ctrl-C. Raises Problem when the folder is in use or the server does not start.

    While the database is away those are let in whom the run before let in: what trackers send is kept until then.
    """
    dsn = find_database(settings)
    folder = DataFolder(settings.data_folder)
    with folder.lock(), ended_by_signals():
        broker = broker_of(settings, folder)
        try:
            broker.admit(asyncio.run(in_force(dsn)))
        except StoreError as error:
            _log.error("the database is away: trackers are let in as before", why=str(error))
            broker.remember()
        try:
            broker.start()
            _log.info("trackers are served", host=settings.broker_host, port=broker.port)
            with Admission(dsn, broker) as admission:
                _tend(Kept("broker", broker), admission)
        except KeyboardInterrupt:
            _log.info("stopped")
        finally:
            with undisturbed():
                broker.stop()


def broker_of(settings: Settings, folder: DataFolder) -> EmbeddedBroker:
    """The broker that settings describe. Raises Problem when a file of a password cannot be read."""
    files = {
        INGEST: settings.broker_ingest_password_file,
        GATEWAY: settings.broker_gateway_password_file,
        TRACKERS: settings.broker_trackers_password_file,
    }
    return EmbeddedBroker(
        folder.path / "broker",
        settings.broker_port,
        sessions=[settings.mqtt_client_id],
        shared_tracker=settings.mqtt_shared_tracker,
        listen_on=settings.broker_host,
        tls=_tls(settings),
        passwords={user: read_password(file) for user, file in files.items() if file is not None},
    )


def _tls(settings: Settings) -> Tls | None:
    certificate, key = settings.broker_certificate_file, settings.broker_key_file
    if (certificate is None) != (key is None):
        raise Problem(
            "GONGCHE_BROKER_CERTIFICATE_FILE 与 GONGCHE_BROKER_KEY_FILE 须同时设置",
            "GONGCHE_BROKER_CERTIFICATE_FILE and GONGCHE_BROKER_KEY_FILE need each other",
        )
    return None if certificate is None or key is None else Tls(certificate.absolute(), key.absolute())


def _tend(kept: Kept, admission: Admission) -> None:
    while True:
        tend_all([kept])
        admission.tend()
        time.sleep(_ROUND_S)
