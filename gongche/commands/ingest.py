"""``gongche ingest``: takes positions in over MQTT until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

from gongche import addresses, logs
from gongche.intake import run_ingest
from gongche.settings import Settings


def ingest() -> None:
    """Take positions in over MQTT and store them · 接收定位.

    A message is acknowledged once it is committed. Either server may go away and come back. SIGTERM and Ctrl-C
    finish what is in hand. One process a session name (GONGCHE_MQTT_CLIENT_ID): two of the same name push each
    other out.
    """
    logs.configure("ingest")
    settings = Settings()
    found = addresses.find(settings)
    asyncio.run(_until_told(found, settings))


async def _until_told(found: addresses.Addresses, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await run_ingest(found.database_dsn, found.mqtt, settings, stop)
