"""Styles and scripts of others: served by us where they are installed, from a CDN (checked by hash) where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

STATIC = Path(str(files("api"))) / "static"
VENDOR = STATIC / "vendor"
"""Where ``npm`` puts what ``package.json`` pins, by the names below."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: what it is called here, where it is otherwise, and its hash (Subresource Integrity)."""

    name: str
    elsewhere: str
    integrity: str

    @property
    def here(self) -> bool:
        return (VENDOR / self.name).is_file()

    @property
    def url(self) -> str:
        return f"/static/vendor/{self.name}" if self.here else self.elsewhere

    @property
    def origin(self) -> str:
        parts = urlsplit(self.elsewhere)
        return f"{parts.scheme}://{parts.netloc}"


BOOTSTRAP = Asset(
    "bootstrap.min.css",
    "https://cdn.jsdelivr.net/npm/bootstrap@5.3.9/dist/css/bootstrap.min.css",
    "sha384-yEPZ7jP9S0QKiUQ0m3jjsO4ProIW7wvR9gXkI7JOGa2XVsw53Yke2bsdkBbjmmiX",
)
HTMX = Asset(
    "htmx.min.js",
    "https://cdn.jsdelivr.net/npm/htmx.org@2.0.11/dist/htmx.min.js",
    "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg",
)


def foreign_origins(*assets: Asset) -> Iterator[str]:
    """From where a page loads what is not installed here."""
    return (asset.origin for asset in assets if not asset.here)
