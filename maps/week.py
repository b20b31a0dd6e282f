"""A vehicle's week on a map: trips, stops and gaps, and a slider that puts the vehicle where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from fleet.clock import SECOND_US, day_start_us, local_day
from fleet.position import Positions
from geofence.zone import Boundary, Zone
from maps.drawing import Drawing
from maps.feature import Feature, legend_item
from maps.live import CHINA
from maps.page import Bounds, Look, page
from maps.track import Track
from maps.words import day_names, words
from maps.zones import bounds_of, district_features, zone_features, zone_legend

_TICK_S = 30
_WAY_A_PAIR_OF_ARROWS_M = 1_500.0
_MOST_ARROWS = 300


@dataclass(frozen=True, slots=True)
class Marked:
    """A violation to mark on the week: its span and what it is called."""

    start_us: int
    end_us: int
    name: str


def week_map(
    look: Look,
    *,
    title: str,
    positions: Positions,
    since_us: int,
    until_us: int,
    violations: Sequence[Marked] = (),
    zones: Sequence[Zone] = (),
    district_name: str = "",
    district: Boundary | None = None,
) -> str:
    """A page for [since, until): whole local days. ``positions``: of the one vehicle, within them.

    Trips, stops and gaps are found in the positions as the judge finds them. Without positions the page says so.
    Raises ValueError for positions of several vehicles.
    """
    said = words(look.language)
    track = Track.of(positions)
    days = _days(look, since_us, until_us)
    features = [
        *district_features(district, district_name, look.basemap, said),
        *zone_features(zones, look.basemap, said),
    ]
    bounds = bounds_of([district] if district is not None else [], look.basemap) or CHINA
    week: dict[str, Any] = {"days": [{"name": name, "from": start, "to": end} for name, start, end in days]}
    if len(track):
        drawing = Drawing(track, look, lambda start_us, end_us: _touched(days, since_us, start_us, end_us))
        held = [track.between(one.start_us, one.end_us) for one in violations]
        features += _features(drawing, held)
        week |= _film(drawing, since_us, held)
        bounds = _bounds(drawing)
    week |= {
        "since_ms": since_us // 1_000,
        "seconds": (until_us - since_us) // SECOND_US,
        "violations": [
            [_second(one.start_us, since_us), _second(one.end_us, since_us), one.name] for one in violations
        ],
    }
    legend = _legend(look, zones, has_violations=bool(violations), has_gaps=bool(len(track.gaps)))
    scene = {"features": features, "legend": legend, "week": week, "empty": not len(track)}
    return page(look, title, bounds, scene, scripts=("player.js", "week.js"))


def _days(look: Look, since_us: int, until_us: int) -> list[tuple[str, int, int]]:
    """Name, first and last second (from ``since``) of each local day."""
    zone = ZoneInfo(look.time_zone)
    names = day_names(look.language)
    days = []
    day = local_day(since_us, zone)
    while day_start_us(day, zone) < until_us:
        start, end = day_start_us(day, zone), day_start_us(day + timedelta(days=1), zone)
        name = f"{names[day.weekday()]} {day.month}-{day.day}"
        days.append((name, _second(start, since_us), _second(end, since_us)))
        day += timedelta(days=1)
    return days


def _touched(days: Sequence[tuple[str, int, int]], since_us: int, start_us: int, end_us: int) -> list[int]:
    first, last = _second(start_us, since_us), _second(end_us, since_us)
    return [number for number, (_, start, end) in enumerate(days) if first < end and last >= start]


def _features(drawing: Drawing, held: Sequence[tuple[int, int]]) -> list[Feature]:
    ends = [row for span in held for row in span]
    features = [drawing.gap(first, last) for first, last in drawing.gaps()]
    features += [
        drawing.way(first, last, "track", drawing.trip_popup(first, last), keep=ends) for first, last in drawing.trips()
    ]
    within_trips = ((max(first, begin), min(last, end)) for first, last in drawing.trips() for begin, end in held)
    features += [
        drawing.way(begin, end, "track-held", drawing.trip_popup(begin, end, drawing.said["violation"]))
        for begin, end in within_trips
        if begin < end
    ]
    features += [
        drawing.stop(first, last, "stop-held" if any(b < last and first < e for b, e in held) else "stop")
        for first, last in sorted(drawing.stops(), key=lambda run: run[0] - run[1])
    ]
    left = _MOST_ARROWS
    for first, last in drawing.trips():
        way_m = float(drawing.track.distance_m[last] - drawing.track.distance_m[first])
        arrows = drawing.arrows(first, last, "arrow arrow-week", min(left, 1 + int(way_m / _WAY_A_PAIR_OF_ARROWS_M)))
        left -= len(arrows)
        features += arrows
    return features


def _film(drawing: Drawing, since_us: int, held: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Where the vehicle was, by seconds from ``since``: differences of (s, 1e-6 degrees, km/h), and the spans."""
    track = drawing.track
    rows = [np.array([0, len(track) - 1])]
    rows += [track.simplified(first, last, (), _TICK_S) for first, last in drawing.trips()]
    rows += [np.array(run) for run in (*drawing.stops(), *drawing.gaps(), *held)]
    kept = np.unique(np.concatenate(rows))
    seconds = (track.fixes.ts_us[kept] - since_us) // SECOND_US
    micro = np.round(drawing.places[kept] * 1e6).astype(np.int64)
    speed = np.nan_to_num(track.fixes.speed_kmh[kept], nan=-1.0)

    def spans(runs: Any) -> list[list[int]]:
        ts_us = track.fixes.ts_us
        return [[_second(int(ts_us[first]), since_us), _second(int(ts_us[last]), since_us)] for first, last in runs]

    return {
        "t": _differences(seconds),
        "lon": _differences(micro[:, 0]),
        "lat": _differences(micro[:, 1]),
        "kmh": np.round(speed).astype(int).tolist(),
        "trips": spans(drawing.trips()),
        "stops": spans(drawing.stops()),
        "gaps": spans(drawing.gaps()),
    }


def _differences(values: Any) -> list[int]:
    return [int(values[0]), *np.diff(values).tolist()]


def _second(us: int, since_us: int) -> int:
    return (us - since_us) // SECOND_US


def _bounds(drawing: Drawing) -> Bounds:
    west, south = drawing.places.min(axis=0).tolist()
    east, north = drawing.places.max(axis=0).tolist()
    return west, south, east, north


def _legend(look: Look, zones: Sequence[Zone], *, has_violations: bool, has_gaps: bool) -> list[dict[str, Any]]:
    said = words(look.language)
    track = [
        legend_item("line", "track", said["trip"], can_hide=True),
        legend_item("dot", "stop", said["stops"], can_hide=True),
        legend_item("arrow", "arrow", said["direction"], can_hide=True),
    ]
    if has_gaps:
        track.append(legend_item("line", "track-gap", said["gap_line"], can_hide=True))
    if has_violations:
        track.append(legend_item("line", "track-held", said["violation"]))
    return [
        {"title": said["track"], "items": track, "note": said["simplified"]},
        {"title": said["zones"], "items": zone_legend((zone.kind for zone in zones), said)},
    ]
