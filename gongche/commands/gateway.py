"""``gongche gateway``: serves JT/T 808 terminals until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

from gongche import addresses, logs
from gongche.gateway import run_gateway
from gongche.problem import Problem
from gongche.settings import Settings


def gateway() -> None:
    """Serve JT/T 808 terminals over TCP, publish what they report over MQTT · 终端网关.

    A location is answered once the broker has it. Exit status 2: the address is taken.
    """
    logs.configure("gateway")
    settings = Settings()
    found = addresses.find(settings)
    try:
        asyncio.run(_until_told(found, settings))
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        where = f"{settings.gateway_host}:{settings.gateway_port}"
        raise Problem(
            f"终端网关地址 {where} 用不了（{error.strerror}），请用 GONGCHE_GATEWAY_PORT 另指定端口",
            f"terminals cannot be served on {where}: {error.strerror}; name another port with GONGCHE_GATEWAY_PORT",
        ) from error


async def _until_told(found: addresses.Addresses, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await run_gateway(found, settings, stop)
