"""A map as a page of its own: folium's map, with everything on it as data that map.js draws.

Nothing that people wrote (names of units, places, plates) ever becomes markup: it goes into the page as JSON and
from there into text nodes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from maps.assets import Assets
from maps.basemap import Basemap
from maps.words import Language, words

Bounds = tuple[float, float, float, float]
"""West, south, east, north, degrees."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a map is made, whatever it shows.

    ``nonce``: put on every inline script, for a Content-Security-Policy. ``vehicle_url``: where a vehicle's page
    is, with ``{id}``.
    """

    assets: Assets
    basemap: Basemap = field(default_factory=Basemap)
    language: Language = "zh"
    time_zone: str = "Asia/Shanghai"
    nonce: str = ""
    vehicle_url: str = "/vehicles/{id}"


def json_in_script(value: Mapping[str, Any]) -> str:
    """JSON that can stand in a script of a page: no ``<`` can end the script, whatever people wrote."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


class _Scene(MacroElement):
    """Hands the scene to map.js."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}{{ this.head }}{% endmacro %}
        {% macro script(this, kwargs) %}
            gongche.show({{ this._parent.get_name() }}, {{ this.scene }});
        {% endmacro %}
        """
    )

    def __init__(self, head: str, scene: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no types
        self._name = "Scene"
        self.head = head
        self.scene = json_in_script(scene)


def page(look: Look, title: str, bounds: Bounds, scene: Mapping[str, Any], scripts: tuple[str, ...] = ()) -> str:
    """The page: an HTML document. ``scripts``: those beside map.js that it needs, under static/maps.

    The same things shown give the same text, so that a map can be evidence.
    """
    west, south, east, north = bounds
    said = words(look.language)
    chart = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        # Tiles blur between whole zooms; a plain ground fits the window better there.
        zoom_snap=1 if look.basemap.tile_url else 0.25,
    )
    chart._id = "gongche"
    chart.default_js, chart.default_css = [], []
    if look.basemap.tile_url:
        tiles = folium.TileLayer(
            look.basemap.tile_url, attr=escape(look.basemap.attribution) or " ", control=False, max_zoom=19
        )
        tiles._id = "tiles"
        chart.add_child(tiles)
    full = {
        "language": look.language,
        "time_zone": look.time_zone,
        "words": dict(said),
        "bounds": [[south, west], [north, east]],
        "vehicle_url": look.vehicle_url,
        **scene,
    }
    chart.add_child(_Scene(look.assets.head(("map.js", *scripts)), full), name="scene")
    figure: Any = chart.get_root()
    figure.title = escape(title)
    return _finished(figure.render(), look, said["no_script"])


def _finished(html: str, look: Look, no_script: str) -> str:
    """With the language and the nonce. Only folium's own tags match: data has no ``<`` (JSON in \\u form)."""
    language = "zh-CN" if look.language == "zh" else "en"
    html = html.replace("<html>", f'<html lang="{language}">', 1)
    html = html.replace("<body>", f"<body><noscript>{escape(no_script)}</noscript>", 1)
    if look.nonce:
        html = html.replace("<script>", f'<script nonce="{escape(look.nonce)}">')
    return html
