"""Things drawn on a map, as GeoJSON features that map.js understands.

``style`` is a class of map.css. All words are plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Feature: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[str, str]
Places: TypeAlias = NDArray[np.float64]
"""Degrees as drawn, shape (n, 2), longitude first."""


@dataclass(frozen=True, slots=True)
class Popup:
    """What is said about a feature: a title and rows of label and value."""

    title: str = ""
    rows: Sequence[Row] = ()
    label: str = ""
    """Stands beside the feature, above or below (``side``), without a click."""
    side: str = "top"
    days: Sequence[int] = ()
    """On a map of a week: its days (0 = Monday) that the feature belongs to; none: all."""


_SILENT = Popup()


def area(geometry: dict[str, Any], style: str, popup: Popup = _SILENT) -> Feature:
    return _feature(geometry, style, popup)


def line(places: Places, style: str, popup: Popup = _SILENT) -> Feature:
    return _feature({"type": "LineString", "coordinates": places.tolist()}, style, popup)


def dot(place: Places, style: str, radius_px: float, popup: Popup = _SILENT) -> Feature:
    """A circle of so many pixels at one place, shape (2,)."""
    return _feature({"type": "Point", "coordinates": place.tolist()}, style, popup, radius=round(radius_px, 1))


def dots(places: Places, style: str, radius_px: float, popup: Popup = _SILENT) -> Feature:
    """Many circles that share one popup."""
    return _feature({"type": "MultiPoint", "coordinates": places.tolist()}, style, popup, radius=radius_px)


def arrow(place: Places, heading_deg: float, style: str, popup: Popup = _SILENT) -> Feature:
    """An arrowhead that points to where the vehicle went; 0 is north, 90 east."""
    return _feature({"type": "Point", "coordinates": place.tolist()}, style, popup, heading=round(heading_deg))


def _feature(geometry: dict[str, Any], style: str, popup: Popup, **more: Any) -> Feature:
    properties = {
        "style": style,
        "title": popup.title,
        "label": popup.label,
        "side": popup.side if popup.label else "",
        "rows": [list(row) for row in popup.rows],
        "days": list(popup.days),
        **more,
    }
    kept = {key: value for key, value in properties.items() if value or value == 0}
    return {"type": "Feature", "geometry": geometry, "properties": kept}


def legend_item(mark: str, style: str, text: str, *, can_hide: bool = False, counted: bool = False) -> dict[str, Any]:
    """A row of the legend: ``mark`` is area, line, dot or arrow.

    ``can_hide``: a click hides the style's features. ``counted``: a script writes a number beside it.
    """
    return {"mark": mark, "style": style, "text": text, "can_hide": can_hide, "counted": counted}
