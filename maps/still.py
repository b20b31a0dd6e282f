"""A still map, to be printed: an SVG that refers to nothing outside of itself and is legible in black and white.

It says what the week's map says: trips, stops and gaps as the judge finds them, and nothing about where the vehicle
was in a gap. There are no tiles under it, so it is drawn in WGS-84 on a local plane, with a scale and a grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from fleet.clock import MINUTE_US
from fleet.position import Positions
from geofence.zone import Boundary, Zone, ZoneKind
from maps.live import CHINA
from maps.page import Bounds
from maps.paper import HALO, Labels, Paper, Points, element, path_of, rings_of, round_step, width_of
from maps.still_style import (
    ARROW,
    FONTS,
    INK,
    MARKS,
    SMALL,
    TEXT,
    TRACKS,
    ZONES,
    destination_mark,
    legend_strip,
    number_mark,
    zone_mark,
)
from maps.track import Track
from maps.week import Marked
from maps.when import short_text, span_text
from maps.words import Language, Words, distance_text, words

MOST_LETTERS_OF_LINES = 11_500
"""Trips, and parts of them in violations, are simplified until they take no more: a map stays under 60 kB."""

_MARGIN = 130
_LEAST_M = 600.0
_TOLERANCE = 1.0
_SMALLEST_ZONE = 24.0
_WAY_AN_ARROW = 220.0
_MOST_ARROWS = 60
_MOST_LISTED = 8
_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order went, degrees of WGS-84."""

    name: str
    lon_deg: float
    lat_deg: float


def still_map(
    language: Language,
    time_zone: str,
    *,
    positions: Positions,
    violations: Sequence[Marked] = (),
    zones: Sequence[Zone] = (),
    district: Boundary | None = None,
    destinations: Sequence[Destination] = (),
    width_mm: float = 156.0,
    height_mm: float = 108.0,
) -> str:
    """An SVG of ``width_mm``: the map, ``height_mm`` high, and under it what its signs mean.

    ``positions``: of the one vehicle, as those of ``week_map``; without any the map says so.
    ``violations``: marked where the vehicle was seen in their spans, listed under the map with their times.
    Raises ValueError for positions of several vehicles.
    """
    said = words(language)
    track = Track.of(positions)
    bounds = _bounds(track, zones, district, destinations)
    paper = Paper.fitting(bounds, round(width_mm * 10), round(height_mm * 10), margin=_MARGIN, least_m=_LEAST_M)
    still = _Still(paper, track, language, time_zone, said)
    still.ground(district)
    still.zones(zones)
    still.track(violations)
    still.destinations(destinations)
    still.ends()
    still.numbers(violations)
    still.names(zones)
    still.furniture()
    strip, strip_height = legend_strip(still.legend, still.listed(violations), paper.height, paper.width)
    return _document(paper, still.drawn, strip, strip_height, " · ".join([said["track"], *still.told]))


def _bounds(
    track: Track, zones: Sequence[Zone], district: Boundary | None, destinations: Sequence[Destination]
) -> Bounds:
    """Of the track and the destinations; without a track, of the homes, of the district, of the country."""
    if len(track):
        lon, lat = track.fixes.lon_e7 / 1e7, track.fixes.lat_e7 / 1e7
        lon = np.concatenate([lon, [one.lon_deg for one in destinations]])
        lat = np.concatenate([lat, [one.lat_deg for one in destinations]])
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
    homes = [zone.boundary for zone in zones if zone.kind is ZoneKind.HOME]
    around = homes or ([district] if district is not None else [])
    if not around:
        return CHINA
    west, south, east, north = shapely.total_bounds(np.array(around)).tolist()
    return west, south, east, north


def _document(paper: Paper, drawn: Iterable[str], strip: str, strip_height: int, title: str) -> str:
    height = paper.height + strip_height
    # An inner svg cuts off what stands out of the frame, and needs no name that two maps on a page might share.
    frame = f'<svg width="{paper.width}" height="{paper.height}" viewBox="0 0 {paper.width} {paper.height}">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {paper.width} {height}" '
        f'font-family="{FONTS}" fill="{INK}">{element("title", title)}{frame}{"".join(drawn)}</svg>{strip}</svg>'
    )


class _Still:
    """What is drawn, from the ground up, and what of it the legend has to tell."""

    def __init__(self, paper: Paper, track: Track, language: Language, time_zone: str, said: Words) -> None:
        self.drawn: list[str] = []
        self.legend: dict[str, str] = {}
        self.told: list[str] = []
        self._paper = paper
        self._track = track
        self._language = language
        self._time_zone = time_zone
        self._said = said
        self._labels = Labels(paper)
        self._places: Points = paper.place(track.fixes.lon_e7 / 1e7, track.fixes.lat_e7 / 1e7)
        self._labels.take((paper.width - 110.0, 0.0, float(paper.width), 130.0))
        self._labels.take((0.0, paper.height - 90.0, 480.0, float(paper.height)))

    def ground(self, district: Boundary | None) -> None:
        """Paper, grid, and the district's outline."""
        paper = self._paper
        self.drawn.append(element("rect", width=paper.width, height=paper.height, fill="#fbfbf9"))
        meridians, parallels = paper.lines_at()
        lines = [np.array([[x, 0.0], [x, paper.height]]) for _, x in meridians]
        lines += [np.array([[0.0, y], [paper.width, y]]) for _, y in parallels]
        if lines:
            self.drawn.append(element("path", d=path_of(lines), fill="none", stroke="#dfe3e6", stroke_width=2))
        decimals = paper.degree_decimals
        for lon, x in meridians:
            if 120 < x < paper.width - 240:
                told = f"{abs(lon):.{decimals}f}°{'E' if lon >= 0 else 'W'}"
                self.drawn.append(element("text", told, x=round(x) + 5, y=24, font_size=20, fill="#7b858e"))
        for lat, y in parallels:
            if 60 < y < paper.height - 120:
                told = f"{abs(lat):.{decimals}f}°{'N' if lat >= 0 else 'S'}"
                self.drawn.append(element("text", told, x=6, y=round(y) - 5, font_size=20, fill="#7b858e"))
        if district is not None and (rings := rings_of(paper.placed(district))):
            self.drawn.append(element("path", d=path_of(rings, closed=True), **ZONES["district"]))
            self.legend["district"] = self._said["district"]

    def zones(self, zones: Sequence[Zone]) -> None:
        """Their outlines; what would be too small to see, as the sign of its kind."""
        ordered = sorted(zones, key=lambda zone: (zone.kind is not ZoneKind.JURISDICTION, zone.id))
        for zone in ordered:
            shape = self._paper.placed(zone.boundary)
            if not (rings := rings_of(shape)):
                continue
            style = ZONES[zone.kind.value]
            left, top, right, bottom = shape.bounds
            if max(right - left, bottom - top) < _SMALLEST_ZONE:
                self.drawn.append(zone_mark(zone.kind, (left + right) / 2, (top + bottom) / 2))
            else:
                self.drawn.append(element("path", d=path_of(rings, closed=True), **style))
            self.legend[zone.kind.value] = self._said[zone.kind.value]

    def track(self, violations: Sequence[Marked]) -> None:
        """Gaps lowest, then trips, then where a rule held, then stops."""
        track, said = self._track, self._said
        trips, gaps, stops = (_runs(runs.first, runs.last) for runs in (track.trips, track.gaps, track.stops))
        held = [track.between(one.start_us, one.end_us) for one in violations if self._is_seen(one)]
        in_trips = [(max(a, c), min(b, d)) for a, b in trips for c, d in held if max(a, c) < min(b, d)]
        if gaps:
            self._line([self._places[[first, last]] for first, last in gaps], "gap", said["gap_line"])
        if trips:
            self._line(self._simplified(trips), "trip", said["trip"])
        if in_trips:
            self._line(self._simplified(in_trips), "held", said["violation"])
        for first, last in sorted(stops, key=lambda run: run[0] - run[1]):
            self._stop(first, last, is_held=any(c < last and first < d for c, d in held))
        self._arrows(trips)

    def _line(self, lines: Sequence[Points], name: str, told: str) -> None:
        data = path_of(lines)
        self.drawn += [element("path", d=data, **style) for style in TRACKS[name]]
        self.legend[name] = told

    def _simplified(self, runs: Sequence[tuple[int, int]]) -> list[Points]:
        """Lines to within a tenth of a millimetre, or as closely as they may be told."""
        lines = [shapely.LineString(self._places[first : last + 1]) for first, last in runs]
        tolerance = _TOLERANCE
        while True:
            drawn = [
                shapely.get_coordinates(shapely.simplify(line, tolerance, preserve_topology=False)) for line in lines
            ]
            if len(path_of(drawn)) <= MOST_LETTERS_OF_LINES or tolerance > self._paper.width:
                return drawn
            tolerance *= 1.5

    def _stop(self, first: int, last: int, *, is_held: bool) -> None:
        ts_us = self._track.fixes.ts_us
        minutes = int(ts_us[last] - ts_us[first]) / MINUTE_US
        x, y = self._middle(first, last)
        radius = float(np.clip(8.0 + 3.0 * np.sqrt(minutes / 5), 10, 34))
        name = "stop-held" if is_held else "stop"
        self.drawn.append(element("circle", cx=round(x), cy=round(y), r=round(radius), **MARKS[name]))
        self.legend[name] = self._said["stop_held" if is_held else "stops"]

    def _middle(self, first: int, last: int) -> tuple[float, float]:
        part = self._places[first : last + 1]
        x, y = part[int(np.argmin(((part - np.median(part, axis=0)) ** 2).sum(axis=1)))].tolist()
        return x, y

    def _arrows(self, trips: Sequence[tuple[int, int]]) -> None:
        left = _MOST_ARROWS
        for first, last in trips:
            way_m = float(self._track.distance_m[last] - self._track.distance_m[first])
            count = min(left, round(way_m * self._paper.units_per_m / _WAY_AN_ARROW))
            arrows = self._track.arrows(first, last, count)
            left -= len(arrows)
            for row, heading_deg in arrows:
                x, y = self._places[row].round().astype(int).tolist()
                turn = f"translate({x} {y}) rotate({heading_deg:.0f})"
                self.drawn.append(element("path", d=ARROW, transform=turn, **MARKS["arrow"]))
                self.legend["arrow"] = self._said["direction"]

    def destinations(self, destinations: Sequence[Destination]) -> None:
        for one in dict.fromkeys(destinations):
            x, y = self._paper.place(one.lon_deg, one.lat_deg)[0].tolist()
            self.drawn.append(destination_mark(x, y))
            self._labels.take((x - 8, y - 44, x + 30, y + 4))
            self.drawn.append(self._labels.put(one.name, (x, y - 20), SMALL, away=34, must=True))
            self.legend["destination"] = self._said["destination"]

    def ends(self) -> None:
        """The first and the last fix, with their local times."""
        if not len(self._track):
            self.drawn.append(
                element(
                    "text",
                    self._said["nothing"],
                    x=self._paper.width // 2,
                    y=self._paper.height // 2,
                    font_size=TEXT + 8,
                    text_anchor="middle",
                    **HALO,
                )
            )
            return
        last = len(self._track) - 1
        for row, name, word in ((0, "first", "first_fix"), (last, "last", "last_fix")):
            x, y = self._places[row].tolist()
            style = MARKS[name]
            self.drawn.append(
                element("rect", x=round(x) - 11, y=round(y) - 11, width=22, height=22, **style)
                if name == "last"
                else element("circle", cx=round(x), cy=round(y), r=12, **style)
            )
            self.legend[name] = self._said[word]
        for row, word in ((0, "first_fix"), (last, "last_fix")):
            at = short_text(int(self._track.fixes.ts_us[row]), self._time_zone)
            told = f"{self._said[word]} {at}"
            self.told.append(told)
            self.drawn.append(self._labels.put(told, self._places[row].tolist(), TEXT, away=24, must=True))

    def numbers(self, violations: Sequence[Marked]) -> None:
        """A number at the first fix of each violation, beside one another where they would hide each other."""
        there: list[tuple[float, float]] = []
        for number, one in enumerate(violations[:_MOST_LISTED], 1):
            if not self._is_seen(one):
                continue
            first, _ = self._track.between(one.start_us, one.end_us)
            x, y = self._places[first].tolist()
            y -= 34
            while any(abs(x - a) < 40 and abs(y - b) < 40 for a, b in there):
                x += 42
            there.append((x, y))
            self.drawn.append(number_mark(number, x, y))
            self._labels.take((x - 20, y - 20, x + 20, y + 20))

    def _is_seen(self, one: Marked) -> bool:
        ts_us = self._track.fixes.ts_us
        return bool(len(ts_us)) and bool(((ts_us >= one.start_us) & (ts_us <= one.end_us)).any())

    def names(self, zones: Sequence[Zone]) -> None:
        """Of zones that are no jurisdiction, as many as there is room for; those where the vehicle stood first."""
        stops = [self._middle(*run) for run in _runs(self._track.stops.first, self._track.stops.last)]
        stood = shapely.MultiPoint(stops) if stops else None
        shapes = [(zone, self._paper.placed(zone.boundary)) for zone in zones if zone.kind is not ZoneKind.JURISDICTION]
        seen = [(zone, shape) for zone, shape in shapes if not shape.is_empty]
        seen.sort(key=lambda pair: (stood is None or stood.distance(pair[1]) > 1, pair[0].id))
        for zone, shape in seen[:_MOST_NAMES]:
            left, top, right, bottom = shape.bounds
            at = ((left + right) / 2, (top + bottom) / 2)
            away = min(60.0, max(20.0, (bottom - top) / 2 + 8))
            self.drawn.append(self._labels.put(zone.name, at, SMALL, away=away))

    def furniture(self) -> None:
        """Scale, north, frame."""
        paper = self._paper
        length_m = round_step(340 / paper.units_per_m)
        length = round(length_m * paper.units_per_m)
        left, base = 40, paper.height - 36
        half = length // 2
        told = distance_text(length_m, self._language).replace(".0 ", " ")
        box: dict[str, Any] = {"fill": "#fff", "fill_opacity": 0.85}
        wide = round(length + 40 + width_of(told, SMALL))
        self.drawn += [
            element("rect", x=left - 20, y=base - 28, width=wide, height=48, **box),
            element("rect", x=left, y=base - 6, width=half, height=10, fill=INK),
            element("rect", x=left, y=base - 6, width=length, height=10, fill="none", stroke=INK, stroke_width=2),
            element("text", told, x=left + length + 12, y=base + 9, font_size=SMALL),
            element("path", d=f"M{paper.width - 56} 26l22 62-22-16-22 16z", fill=INK),
            element("text", self._said["north"], x=paper.width - 56, y=120, font_size=SMALL, text_anchor="middle"),
            element("rect", x=1, y=1, width=paper.width - 2, height=paper.height - 2, fill="none", stroke=INK,
                    stroke_width=2),
        ]  # fmt: skip

    def listed(self, violations: Sequence[Marked]) -> list[str]:
        """The violations with their times; of many, how many more there are."""
        lines = [
            f"{number}　{one.name}　{span_text(one.start_us, one.end_us, self._time_zone)}"
            + ("" if self._is_seen(one) else f"　{self._said['not_on_map']}")
            for number, one in enumerate(violations[:_MOST_LISTED], 1)
        ]
        if len(violations) > _MOST_LISTED:
            lines.append(self._said["more_violations"].format(count=len(violations) - _MOST_LISTED))
        return lines


def _runs(first: np.ndarray, last: np.ndarray) -> list[tuple[int, int]]:
    return list(zip(first.tolist(), last.tolist(), strict=True))
