"""Headers that every answer carries, above all what a page may load: nothing but what we serve ourselves.

A map is a page of its own (in a frame) with its own policy: folium writes scripts into the page, which a nonce
lets through, and style attributes, which 'unsafe-inline' does; pages proper need neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Where things may come from besides ourselves: scripts and styles (assets not installed here), tiles."""

    scripts: Sequence[str] = ()
    styles: Sequence[str] = ()
    images: Sequence[str] = ()
    fonts: Sequence[str] = ()
    nonce: str = ""
    inline_styles: bool = False

    def __str__(self) -> str:
        scripts = ["'self'", *self.scripts, *([f"'nonce-{self.nonce}'"] if self.nonce else [])]
        styles = ["'self'", *self.styles, *(["'unsafe-inline'"] if self.inline_styles else [])]
        rules = {
            "default-src": ["'none'"],
            "script-src": scripts,
            "style-src": styles,
            "img-src": ["'self'", "data:", *self.images],
            "font-src": ["'self'", *self.fonts],
            "connect-src": ["'self'"],
            "frame-src": ["'self'"],
            "form-action": ["'self'"],
            "base-uri": ["'none'"],
            "frame-ancestors": ["'self'"],
        }
        return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


class SecurityHeaders:
    """Adds the headers to what has none of its own."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self.app = app
        self.policy = str(policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", self.policy)
                headers.setdefault("cache-control", "private, max-age=3600" if static else "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
