"""What a map page loads: Leaflet, ours or from a CDN, and the scripts and styles of our own."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import NamedTuple

VERSION = "1.9.4"
CDN = "https://cdn.jsdelivr.net"


class Vendored(NamedTuple):
    """A file of others: its name under ``/static/vendor``, where it is otherwise, its hash (integrity)."""

    name: str
    elsewhere: str
    integrity: str


LEAFLET_JS = Vendored(
    "leaflet.js",
    f"{CDN}/npm/leaflet@{VERSION}/dist/leaflet.js",
    "sha384-cxOPjt7s7Iz04uaHJceBmS+qpjv2JkIHNVcuOrM+YHwZOmJGBXI00mdUXEq65HTH",
)
LEAFLET_CSS = Vendored(
    "leaflet.css",
    f"{CDN}/npm/leaflet@{VERSION}/dist/leaflet.css",
    "sha384-sHL9NAb7lN7rfvG5lfHpm643Xkcjzp4jFvuavGOndn6pjVqS6ny56CAt3nsEVT4H",
)


@dataclass(frozen=True, slots=True)
class Assets:
    """``local``: Leaflet is served from ``static``; otherwise the CDN's is loaded and checked by its hash.

    Folium would also load jQuery, Bootstrap, Font Awesome and two plug-ins; these maps need none of them.
    """

    local: bool
    static: str = "/static"

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins other than our own that a page loads from; for its Content-Security-Policy."""
        return () if self.local else (CDN,)

    def head(self, scripts: tuple[str, ...]) -> str:
        """The tags for Leaflet, our style sheet and our scripts (names under ``static``/maps), in this order."""
        ours = "".join(f'<script src="{escape(self.static)}/maps/{name}"></script>\n' for name in scripts)
        css, js = self._attributes(LEAFLET_CSS), self._attributes(LEAFLET_JS)
        return (
            f'<link rel="stylesheet" href={css}>\n<link rel="stylesheet" href="{escape(self.static)}/maps/map.css">\n'
            f"<script src={js}></script>\n{ours}"
        )

    def _attributes(self, file: Vendored) -> str:
        if self.local:
            return f'"{escape(self.static)}/vendor/{file.name}"'
        return f'"{file.elsewhere}" integrity="{file.integrity}" crossorigin="anonymous"'
