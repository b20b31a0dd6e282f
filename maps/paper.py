"""A sheet that a still map is drawn on: tenths of a millimetre, a local plane, and the SVG that stands on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geofence.distance import E7_M
from maps.page import Bounds

Points = NDArray[np.float64]
"""On the sheet, tenths of a millimetre from its upper left corner, shape (n, 2)."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

DEGREE_M = E7_M * 1e7
_ROUND = (1, 2, 5)
_AROUND = 60
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Paper:
    """A map of ``width`` by ``height``, its middle at (``lon_deg``, ``lat_deg``); true to scale near that."""

    width: int
    height: int
    lon_deg: float
    lat_deg: float
    units_per_m: float

    @classmethod
    def fitting(cls, bounds: Bounds, width: int, height: int, *, margin: int, least_m: float) -> Paper:
        """One that shows the bounds with a margin around them, and ``least_m`` metres at least."""
        west, south, east, north = bounds
        lat = (south + north) / 2
        across_m = max((east - west) * DEGREE_M * float(np.cos(np.radians(lat))), least_m)
        up_m = max((north - south) * DEGREE_M, least_m * height / width)
        scale = min((width - 2 * margin) / across_m, (height - 2 * margin) / up_m)
        return cls(width, height, (west + east) / 2, lat, scale)

    @property
    def _units_per_deg(self) -> tuple[float, float]:
        up = DEGREE_M * self.units_per_m
        return up * float(np.cos(np.radians(self.lat_deg))), up

    def place(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Points:
        """Where points of WGS-84 stand."""
        across, up = self._units_per_deg
        x = self.width / 2 + (np.atleast_1d(np.asarray(lon_deg, dtype=np.float64)) - self.lon_deg) * across
        y = self.height / 2 - (np.atleast_1d(np.asarray(lat_deg, dtype=np.float64)) - self.lat_deg) * up
        return np.column_stack([x, y])

    def placed(self, shape: shapely.Geometry) -> shapely.Geometry:
        """A shape of WGS-84 on the sheet, as much of it as the sheet shows and a little around."""
        moved = shapely.transform(shape, lambda degrees: self.place(degrees[:, 0], degrees[:, 1]))
        return shapely.clip_by_rect(
            shapely.simplify(moved, 1.0), -_AROUND, -_AROUND, self.width + _AROUND, self.height + _AROUND
        )

    def lines_at(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Meridians and parallels a round step of degrees apart: degrees, and where they cross the sheet."""
        across, up = self._units_per_deg
        step = round_step(self.width / across / 4)
        west, south = self.lon_deg - self.width / across / 2, self.lat_deg - self.height / up / 2
        east, north = self.lon_deg + self.width / across / 2, self.lat_deg + self.height / up / 2

        def between(first: float, last: float) -> list[float]:
            return [n * step for n in range(int(np.ceil(first / step)), int(np.floor(last / step)) + 1)]

        meridians = [(lon, float(self.place(lon, self.lat_deg)[0, 0])) for lon in between(west, east)]
        parallels = [(lat, float(self.place(self.lon_deg, lat)[0, 1])) for lat in between(south, north)]
        return meridians, parallels

    @property
    def degree_decimals(self) -> int:
        """So many tell two neighbouring lines apart."""
        return max(0, -int(np.floor(np.log10(round_step(self.width / self._units_per_deg[0] / 4)))))


def round_step(about: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above ``about``."""
    power = 10.0 ** np.floor(np.log10(about))
    return float(max(digit * power for digit in _ROUND if digit * power <= about * (1 + 1e-9)))


def path_of(lines: Iterable[Points], *, closed: bool = False) -> str:
    """Lines as the data of an SVG path, in whole tenths of a millimetre."""
    parts = []
    for line in lines:
        points = np.round(line).astype(np.int64)
        moved = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
        points = points[moved]
        steps = np.diff(points, axis=0).tolist()
        start = f"M{points[0, 0]} {points[0, 1]}"
        told = " ".join(f"{across} {down}" for across, down in steps) or "0 0"
        parts.append(f"{start}l{told.replace(' -', '-')}{'z' if closed else ''}")
    return "".join(parts)


def rings_of(shape: shapely.Geometry) -> list[Points]:
    """Outlines and holes of polygons."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return [shapely.get_coordinates(ring) for one in polygons for ring in (one.exterior, *one.interiors)]


def element(tag: str, text: str = "", **attributes: object) -> str:
    """An element; ``_`` in a name is ``-``. Whatever people wrote is escaped."""
    told = "".join(f' {key.replace("_", "-")}="{_escaped(str(value))}"' for key, value in attributes.items())
    return f"<{tag}{told}>{_escaped(text)}</{tag}>" if text else f"<{tag}{told}/>"


def _escaped(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))


def width_of(text: str, size: float) -> float:
    """How wide a text stands, about: Chinese letters are square, others a bit over half as wide."""
    return size * sum(0.56 if ord(letter) < 0x2E80 else 1.0 for letter in text)


class Labels:
    """Words beside marks: each where it hides no other one, or, if it need not be there, nowhere."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._taken: list[Box] = []

    def take(self, box: Box) -> None:
        """Nothing is to stand here."""
        self._taken.append(box)

    def put(self, text: str, at: Sequence[float], size: float, *, away: float = 20, must: bool = False) -> str:
        """The text beside a point, or nothing when there is no room; what must be there stands on the right then."""
        wide, high = width_of(text, size), size
        x, y = at
        sides = [
            (x + away, y - high / 2),
            (x - away - wide, y - high / 2),
            (x - wide / 2, y - away - high),
            (x - wide / 2, y + away),
            (x + away, y - away - high),
            (x + away, y + away),
            (x - away - wide, y - away - high),
            (x - away - wide, y + away),
            (x - wide / 2, y - 2.5 * away - high),
            (x - wide / 2, y + 2.5 * away),
        ]
        free = next((side for side in sides if self._is_free((*side, side[0] + wide, side[1] + high))), None)
        if free is None:
            if not must:
                return ""
            free = (min(max(sides[0][0], 4), self._paper.width - wide - 4), sides[0][1])
        left, top = free
        self.take((left, top, left + wide, top + high))
        return element("text", text, x=round(left), y=round(top + 0.88 * high), font_size=round(size), **HALO)

    def _is_free(self, box: Box) -> bool:
        left, top, right, bottom = box
        if left < 4 or top < 4 or right > self._paper.width - 4 or bottom > self._paper.height - 4:
            return False
        return all(right < a or c < left or bottom < b or d < top for a, b, c, d in self._taken)


HALO = {"stroke": "#fff", "stroke_width": 7, "stroke_linejoin": "round", "paint_order": "stroke"}
"""A rim of white that keeps a text legible on lines."""
