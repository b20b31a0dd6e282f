"""Wires the JT/T 808 gateway to the store (which terminals there are) and to the broker (where positions go)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import structlog

from gongche.addresses import Addresses
from gongche.embedded.folder import DataFolder
from gongche.problem import Problem
from gongche.publish import Publisher, PublisherRefusedError
from gongche.settings import Settings
from ingest.jt808.gateway import Gateway, GatewayLimits, Profile
from ingest.jt808.listen import listening
from ingest.jt808.terminal import Registration
from store import terminals
from store.database import Pool, open_pool, transaction
from store.errors import StoreUnavailableError

_log = structlog.get_logger(__name__)

WINDOW = 5_000
"""Messages under way to the broker; beyond it terminals are not read."""
_REPORT_EVERY_S = 60.0
_FILE = "gateway.json"
_POOL_WAIT_S = 30.0


class StoredDirectory:
    """The centre's terminals, in the database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def profiles(self, trackers: Sequence[str]) -> dict[str, Profile]:
        with _out_of_reach():
            async with transaction(self._pool) as conn:
                offsets_min = await terminals.utc_offsets_min(conn, trackers)
        return {tracker: Profile(tracker, offset_text(offset_min)) for tracker, offset_min in offsets_min.items()}

    async def registered(self, tracker: str, registration: Registration) -> None:
        with _out_of_reach():
            async with transaction(self._pool) as conn:
                await terminals.told_model(conn, tracker, registration.model)

    async def presented(self, tracker: str, registration: Registration | None, address: str) -> None:
        said = registration._asdict() if registration else {}
        shown = {name: str(said[name]) for name in ("maker", "model", "device", "plate") if name in said}
        with _out_of_reach():
            async with transaction(self._pool) as conn:
                await terminals.present(conn, tracker, address, **shown)


def offset_text(offset_min: int) -> str:
    """Minutes from UTC as ISO 8601 has them: ``+08:00``."""
    hours, minutes = divmod(abs(offset_min), 60)
    return f"{'-' if offset_min < 0 else '+'}{hours:02d}:{minutes:02d}"


@contextmanager
def _out_of_reach() -> Iterator[None]:
    try:
        yield
    except StoreUnavailableError as error:
        raise ConnectionError(str(error)) from error


@asynccontextmanager
async def running_gateway(found: Addresses, settings: Settings) -> AsyncIterator[tuple[Gateway, int, Publisher]]:
    """The gateway, listening; its port; its way to the broker. Raises OSError when the address is taken."""
    pool = await open_pool(found.database_dsn, max_size=4, application="gongche gateway", wait_s=_POOL_WAIT_S)
    try:
        async with transaction(pool) as conn:
            key = await terminals.gateway_key(conn)
        name = f"gongche-gateway-{socket.gethostname()[:12]}-{os.getpid()}"
        async with _publishing(found, name) as publisher:
            limits = GatewayLimits(
                silent_for_s=settings.gateway_silent_s, hold_unknown=settings.gateway_unknown == "hold"
            )
            gateway = Gateway(StoredDirectory(pool), publisher, key, limits)
            async with listening(gateway, settings.gateway_host, settings.gateway_port) as port:
                yield gateway, port, publisher
    finally:
        await pool.close()


@asynccontextmanager
async def _publishing(found: Addresses, name: str) -> AsyncIterator[Publisher]:
    """Leaves without waiting: what the broker has not acknowledged was not answered, so its terminal sends it again."""
    publisher = Publisher(found.tracker_mqtt, name, window=WINDOW)
    await publisher.__aenter__()
    try:
        yield publisher
    finally:
        await publisher.abandon()


async def run_gateway(found: Addresses, settings: Settings, stop: asyncio.Event) -> Counter[str]:
    """Serves terminals until ``stop``; what became of their frames. Raises Problem where the broker will have none."""
    async with running_gateway(found, settings) as (gateway, port, publisher):
        _log.info("terminals are served", host=settings.gateway_host, port=port)
        folder = DataFolder(settings.data_folder)
        if folder.in_use():
            folder.write_private(_FILE, json.dumps([settings.gateway_host, port]))
        reporting = asyncio.create_task(_report_regularly(gateway), name="gateway report")
        try:
            await publisher.unless_refused(stop.wait())
        except PublisherRefusedError as error:
            raise Problem(
                f"MQTT 服务器拒绝网关登录（{error}）：请检查 GONGCHE_MQTT_USERNAME 和 GONGCHE_MQTT_PASSWORD",
                f"the broker does not let the gateway sign in ({error}): "
                "look at GONGCHE_MQTT_USERNAME and GONGCHE_MQTT_PASSWORD",
            ) from error
        finally:
            reporting.cancel()
            with suppress(asyncio.CancelledError):
                await reporting
    return gateway.counts


def find_gateway(settings: Settings) -> tuple[str, int]:
    """Where the gateway is: as settings say, or that of the ``gongche up`` that runs on the data folder."""
    if settings.gateway_port:
        return settings.gateway_host, settings.gateway_port
    folder = DataFolder(settings.data_folder)
    with suppress(FileNotFoundError):
        host, port = json.loads((folder.path / _FILE).read_text(encoding="utf-8"))
        if folder.in_use():
            return host, port
    raise Problem(
        f"{folder.path} 没有运行中的终端网关：请先执行 gongche up，或设置 GONGCHE_GATEWAY_PORT",
        f"no gateway runs on {folder.path}: start `gongche up` first, or set GONGCHE_GATEWAY_PORT",
    )


async def _report_regularly(gateway: Gateway) -> None:
    told: Counter[str] = Counter()
    while True:
        await asyncio.sleep(_REPORT_EVERY_S)
        new = gateway.counts - told
        if new:
            _log.info("heard", connected=len(gateway.connected), **new)
        told = gateway.counts.copy()
