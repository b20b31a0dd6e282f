"""A real browser that may speak to this machine only, and whose every complaint counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from api.assets import BOOTSTRAP, HTMX

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = (1280, 800), (390, 844)


@dataclass
class Watched:
    """What went wrong in the browser: what it complained of, and what it asked of other machines."""

    complaints: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1":
            self.left.append(request.url)

    def _failed(self, request: Request) -> None:
        # A page that is left ends its events and what it was still loading; nothing is wrong then.
        if request.failure not in ("net::ERR_ABORTED", "net::ERR_INCOMPLETE_CHUNKED_ENCODING"):
            self.complaints.append(f"{request.url}: {request.failure}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; skips the test where there is none, or where the pages' scripts would come from a CDN."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
    if not (BOOTSTRAP.here and HTMX.here):
        pytest.skip("the pages' scripts are not installed here: npm ci")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser, url: str, size: tuple[int, int], watched: Watched) -> Iterator[Page]:
    """A page of a fresh profile that is watched."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1 if size == WIDE else 2,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    watched.watch(context)
    try:
        yield context.new_page()
    finally:
        context.close()
