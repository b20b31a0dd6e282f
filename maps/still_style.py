"""Signs of still maps, told apart by their lines and shapes as well as by colour, and the strip that explains them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geofence.zone import ZoneKind
from maps.paper import element, width_of

Style = Mapping[str, Any]

INK = "#1f2933"
FONTS = "Noto Sans SC, Noto Sans CJK SC, SimHei, Microsoft YaHei, PingFang SC, sans-serif"
TEXT, SMALL = 30, 26
"""Heights of letters, tenths of a millimetre: 8.5 and 7.4 points."""

_ROUNDED: Style = {"fill": "none", "stroke_linejoin": "round", "stroke_linecap": "round"}
TRACKS: Mapping[str, tuple[Style, ...]] = {
    "gap": ({**_ROUNDED, "stroke": "#5f6b76", "stroke_width": 4, "stroke_dasharray": "3 14"},),
    "trip": (
        {**_ROUNDED, "stroke": "#fff", "stroke_width": 13},
        {**_ROUNDED, "stroke": "#1769aa", "stroke_width": 7},
    ),
    # Red with a white thread: a thick double line where there is no colour.
    "held": (
        {**_ROUNDED, "stroke": "#c8102e", "stroke_width": 17},
        {**_ROUNDED, "stroke": "#fff", "stroke_width": 4},
    ),
}
MARKS: Mapping[str, Style] = {
    "stop": {"fill": "#5b4a9c", "fill_opacity": 0.25, "stroke": "#5b4a9c", "stroke_width": 3},
    "stop-held": {"fill": "#c8102e", "fill_opacity": 0.3, "stroke": "#c8102e", "stroke_width": 8},
    "arrow": {"fill": "#0b3d66", "stroke": "#fff", "stroke_width": 2},
    "first": {"fill": "#fff", "stroke": INK, "stroke_width": 6},
    "last": {"fill": INK, "stroke": "#fff", "stroke_width": 4},
}


def _zone(colour: str, dashes: str = "", opacity: float = 0.14, width: int = 4) -> Style:
    dashed = {"stroke_dasharray": dashes} if dashes else {}
    return {"fill": colour, "fill_opacity": opacity, "stroke": colour, "stroke_width": width, **dashed}


ZONES: Mapping[str, Style] = {
    "district": _zone("#7b858e", opacity=0, width=6),
    ZoneKind.JURISDICTION.value: _zone("#44515c", "28 10 5 10", opacity=0, width=5),
    ZoneKind.HOME.value: _zone("#1b7f5c", width=5),
    ZoneKind.SENSITIVE.value: _zone("#a23b9b", "14 7"),
    ZoneKind.REFUEL.value: _zone("#b36b00", "4 6"),
    ZoneKind.TOLL_GATE.value: _zone("#5b6f00", "18 5 4 5"),
    ZoneKind.NO_GO.value: _zone("#c8102e", "7 5", opacity=0.3, width=5),
}
_SIGNS: Mapping[ZoneKind, str] = {
    ZoneKind.JURISDICTION: "M-10-10h20v20h-20z",
    ZoneKind.HOME: "M-14 14v-16l14-14 14 14v16z",
    ZoneKind.SENSITIVE: "M0-16L16 0 0 16-16 0z",
    ZoneKind.REFUEL: "M0-15l15 27h-30z",
    ZoneKind.TOLL_GATE: "M-5-15h10v10h10v10h-10v10h-10v-10h-10v-10h10z",
    ZoneKind.NO_GO: "M-14-9l5-5 9 9 9-9 5 5-9 9 9 9-5 5-9-9-9 9-5-5 9-9z",
}
_WITH_SIGNS = {kind.value for kind in ZoneKind} - {ZoneKind.JURISDICTION.value}
ARROW = "M0-17L11 13 0 6-11 13z"
_FLAG = "M0 4v-46h3l27 11-25 11v24z"

_PAD, _SAMPLE, _LINE = 16, 66, 44


def zone_mark(kind: ZoneKind, x: float, y: float, scale: float = 1.0) -> str:
    """The sign of a zone that is too small for its outline."""
    colour = ZONES[kind.value]["stroke"]
    return element("path", d=_SIGNS[kind], transform=_at(x, y, scale), fill=colour, stroke="#fff", stroke_width=3)


def destination_mark(x: float, y: float) -> str:
    """A flag whose foot is the place."""
    return element("path", d=_FLAG, transform=_at(x, y), fill="#0a7d4f", stroke="#fff", stroke_width=3)


def number_mark(number: int, x: float, y: float) -> str:
    """White on red: where a violation begins."""
    disc = element("circle", cx=round(x), cy=round(y), r=19, fill="#c8102e", stroke="#fff", stroke_width=4)
    told = {"font_size": 28, "text_anchor": "middle", "fill": "#fff", "font_weight": "bold"}
    return disc + element("text", str(number), x=round(x), y=round(y) + 10, **told)


def legend_strip(legend: Mapping[str, str], listed: Sequence[str], top: int, width: int) -> tuple[str, int]:
    """What stands under the map from ``top`` on, and how high it is: a sample of each sign, then lines of text."""
    drawn: list[str] = []
    x, y = 0, top + _PAD + _LINE // 2
    for name, told in legend.items():
        wide = _SAMPLE + 12 + round(width_of(told, SMALL)) + 36
        if x and x + wide > width:
            x, y = 0, y + _LINE
        drawn += [_sample(name, x, y), element("text", told, x=x + _SAMPLE + 12, y=y + 9, font_size=SMALL)]
        x += wide
    for line in listed:
        y += _LINE
        size = min(float(SMALL), SMALL * (width - 8) / width_of(line, SMALL))
        drawn.append(element("text", line, x=4, y=y + 9, font_size=round(size, 1)))
    return "".join(drawn), y + _LINE // 2 + _PAD // 2 - top


def _sample(name: str, x: int, y: int) -> str:
    middle = x + _SAMPLE // 2
    if name in TRACKS:
        return "".join(element("path", d=f"M{x + 6} {y}h{_SAMPLE - 12}", **style) for style in TRACKS[name])
    if name in ZONES:
        box = element("rect", x=x + 4, y=y - 15, width=_SAMPLE - 8, height=30, **ZONES[name])
        return box + (zone_mark(ZoneKind(name), middle, y, 0.7) if name in _WITH_SIGNS else "")
    if name == "arrow":
        return element("path", d=ARROW, transform=_at(middle, y), **MARKS[name])
    if name == "destination":
        return destination_mark(middle - 8, y + 19)
    if name == "last":
        return element("rect", x=middle - 11, y=y - 11, width=22, height=22, **MARKS[name])
    return element("circle", cx=middle, cy=y, r=12 if name == "first" else 15, **MARKS[name])


def _at(x: float, y: float, scale: float = 1.0) -> str:
    moved = f"translate({round(x)} {round(y)})"
    return moved if scale == 1.0 else f"{moved} scale({scale})"
