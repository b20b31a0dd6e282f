"""``gongche serve``: pages and the API, until told to stop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

import structlog

from api.secret import read_or_make
from api.server import serve as serve_pages
from api.site import Site
from gongche import addresses, logs
from gongche.problem import Problem
from gongche.report_site import report_site
from gongche.settings import Settings


def serve() -> None:
    """Serve pages and the API · 网页与接口.

    SIGTERM and Ctrl-C finish the requests in hand and end open pages' event streams. What signs sessions is kept
    in the data folder (session.secret, readable by its owner only).
    """
    logs.configure("serve")
    settings = Settings()
    asyncio.run(_until_told(site_of(settings, addresses.find_database(settings)), settings))


def site_of(settings: Settings, dsn: str) -> Site:
    """What the pages are told of the settings; makes the session secret when there is none."""
    return replace(report_site(settings, dsn), secret=_secret(settings))


def _secret(settings: Settings) -> str:
    settings.data_folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    try:
        return read_or_make(settings.data_folder / "session.secret")
    except ValueError as error:
        zh, _, en = str(error).partition(" / ")
        raise Problem(zh, en) from error


async def _until_told(site: Site, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    log = structlog.get_logger("pages")

    def started(port: int) -> None:
        log.info("serving", address=f"http://{settings.http_host}:{port}/")

    await serve_pages(site, settings.http_host, settings.http_port, stop, started=started)
