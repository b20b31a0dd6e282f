"""A track's trips, stops and gaps as features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from fleet.clock import MINUTE_US
from maps.feature import Feature, Places, Popup, Row, arrow, dot, dots, line
from maps.page import Look
from maps.track import Track
from maps.when import moment_text
from maps.words import distance_text, duration_text, words

Days = Callable[[int, int], Sequence[int]]
"""The days, by number, that a span of moments touches."""


def no_days(_start_us: int, _end_us: int) -> Sequence[int]:
    return ()


class Drawing:
    """Makes the features of one track in one look."""

    def __init__(self, track: Track, look: Look, days: Days = no_days) -> None:
        self.track = track
        self.look = look
        self.said = words(look.language)
        self.places: Places = track.places(look.basemap)
        self._days = days

    def trips(self) -> Iterable[tuple[int, int]]:
        return zip(self.track.trips.first.tolist(), self.track.trips.last.tolist(), strict=True)

    def stops(self) -> Iterable[tuple[int, int]]:
        return zip(self.track.stops.first.tolist(), self.track.stops.last.tolist(), strict=True)

    def gaps(self) -> Iterable[tuple[int, int]]:
        return zip(self.track.gaps.first.tolist(), self.track.gaps.last.tolist(), strict=True)

    def way(self, first: int, last: int, style: str, popup: Popup, keep: Sequence[int] = ()) -> Feature:
        """The line from one fix to another; those in ``keep`` stay as reported."""
        rows = self.track.simplified(first, last, keep)
        return line(self.places[rows], style, popup)

    def arrows(self, first: int, last: int, style: str, count: int) -> list[Feature]:
        days = self._of(first, last)
        return [
            arrow(self.places[row], heading_deg, style, Popup(days=days))
            for row, heading_deg in self.track.arrows(first, last, count)
        ]

    def stop(self, first: int, last: int, style: str) -> Feature:
        """A circle at the fix in the middle of the stop, its size told by the duration."""
        minutes = self._duration_us(first, last) / MINUTE_US
        radius_px = float(np.clip(3.0 + 2.2 * np.sqrt(minutes / 5), 4, 18))
        row = self.middle(first, last)
        rows = [*self._span_rows(first, last), (self.said["place"], self._place_text(row))]
        return dot(self.places[row], style, radius_px, self._popup(self.said["stop"], first, last, rows))

    def fixes(self, first: int, last: int, most: int = 300) -> Feature:
        """The fixes of a stretch as reported; evenly chosen ones where there are more than ``most``."""
        rows = np.unique(np.linspace(first, last, min(most, last - first + 1)).round().astype(np.int64))
        popup = Popup(self.said["fixes"], self._span_rows(first, last), days=self._of(first, last))
        return dots(self.places[rows], "fix", 2, popup)

    def gap(self, first: int, last: int) -> Feature:
        """A dashed line from the last fix before to the first after."""
        popup = self._popup(self.said["gap"], first, last, self._span_rows(first, last))
        return line(self.places[[first, last]], "track-gap", popup)

    def trip_popup(self, first: int, last: int, title: str | None = None) -> Popup:
        """What is told about a trip or a part of it."""
        fixes = self.track.fixes
        driven_m = float(self.track.distance_m[last] - self.track.distance_m[first])
        rows = [*self._span_rows(first, last), (self.said["distance"], distance_text(driven_m, self.look.language))]
        speeds = fixes.speed_kmh[first : last + 1]
        if not np.isnan(speeds).all():
            rows.append((self.said["most_speed"], f"{np.nanmax(speeds):.0f} km/h"))
        return self._popup(title or self.said["trip"], first, last, rows)

    def fix_popup(self, row: int, title: str, label: str = "", side: str = "top") -> Popup:
        """What is told about one fix."""
        fixes = self.track.fixes
        rows = [
            (self.said["time"], moment_text(int(fixes.ts_us[row]), self.look.time_zone)),
            (self.said["place"], self._place_text(row)),
        ]
        if not np.isnan(fixes.speed_kmh[row]):
            rows.append((self.said["speed"], f"{fixes.speed_kmh[row]:.0f} km/h"))
        return Popup(title, rows, label, side)

    def middle(self, first: int, last: int) -> int:
        """The reported fix that is nearest to the middle (median) of a stretch."""
        part = self.places[first : last + 1]
        return first + int(np.argmin(((part - np.median(part, axis=0)) ** 2).sum(axis=1)))

    def _popup(self, title: str, first: int, last: int, rows: Sequence[Row]) -> Popup:
        return Popup(title, rows, days=self._of(first, last))

    def _of(self, first: int, last: int) -> Sequence[int]:
        return self._days(int(self.track.fixes.ts_us[first]), int(self.track.fixes.ts_us[last]))

    def _duration_us(self, first: int, last: int) -> int:
        return int(self.track.fixes.ts_us[last] - self.track.fixes.ts_us[first])

    def _span_rows(self, first: int, last: int) -> list[Row]:
        ts_us = self.track.fixes.ts_us
        return [
            (self.said["start"], moment_text(int(ts_us[first]), self.look.time_zone)),
            (self.said["end"], moment_text(int(ts_us[last]), self.look.time_zone)),
            (self.said["duration"], duration_text(self._duration_us(first, last), self.look.language)),
        ]

    def _place_text(self, row: int) -> str:
        """Degrees of WGS-84 as reported, whatever the tiles are drawn in."""
        fixes = self.track.fixes
        return f"{fixes.lon_e7[row] / 1e7:.6f}, {fixes.lat_e7[row] / 1e7:.6f} (WGS-84)"
