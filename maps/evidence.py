"""The evidence of a violation on a map: where the rule held, the way before and after, the zones it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fleet.position import Positions
from geofence.zone import Boundary, Zone, ZoneKind
from maps.drawing import Drawing
from maps.feature import Feature, dot, legend_item
from maps.live import CHINA
from maps.page import Bounds, Look, page
from maps.track import Track
from maps.when import short_text, span_text
from maps.words import Words, words
from maps.zones import bounds_of, buffer_feature, district_features, zone_features, zone_legend

Span = tuple[int, int]
"""From, to: microseconds since 1970."""

_ARROWS_HELD = 10
_ARROWS_AROUND = 6
_ONE_PLACE_M = 100.0


@dataclass(frozen=True, slots=True)
class JudgedZone:
    """A zone that the violation is about, and how far the rule grew it."""

    zone: Zone
    buffer_m: float = 0.0


def evidence_map(
    look: Look,
    *,
    title: str,
    positions: Positions,
    held_us: Sequence[Span],
    judged_zones: Sequence[JudgedZone] = (),
    other_zones: Sequence[Zone] = (),
    district_name: str = "",
    district: Boundary | None = None,
) -> str:
    """A page. ``positions``: of the one vehicle, from before to after; ``held_us``: the spans in which the rule held.

    Trips, stops and gaps are found in the positions as the judge finds them. Without positions the page says so.
    Raises ValueError for positions of several vehicles.
    """
    said = words(look.language)
    track = Track.of(positions)
    zones = [judged.zone for judged in judged_zones]
    features = [
        *district_features(district, district_name, look.basemap, said),
        *zone_features(other_zones, look.basemap, said),
        *zone_features(zones, look.basemap, said, named=True),
        *(
            buffer_feature(judged.zone, judged.buffer_m, look.basemap, said)
            for judged in judged_zones
            if judged.buffer_m > 0
        ),
    ]
    near = [zone.boundary for zone in zones if zone.kind is not ZoneKind.JURISDICTION]
    bounds = bounds_of(near or ([district] if district is not None else []), look.basemap) or CHINA
    if len(track):
        drawing = Drawing(track, look)
        held = [track.between(*span) for span in held_us]
        features += [*_ways(drawing, held), *_stops(drawing, held), *_edges(drawing, held)]
        bounds = _bounds(drawing, held, bounds if near else None)
    scene = {
        "features": features,
        "legend": _legend(
            said,
            judged_zones,
            other_zones,
            has_gaps=bool(len(track.gaps)),
            has_judged_stops=any(feature["properties"]["style"] == "stop-held" for feature in features),
        ),
        "empty": not len(track),
    }
    return page(look, title, bounds, scene)


def _ways(drawing: Drawing, held: Sequence[tuple[int, int]]) -> Iterable[Feature]:
    """Gaps lowest, then the trips around, then where the rule held."""
    yield from (drawing.gap(first, last) for first, last in drawing.gaps())
    parts = [part for first, last in drawing.trips() for part in _cut(first, last, held)]
    ends = [row for span in held for row in span]
    for is_held in (False, True):
        style = "track-held" if is_held else "track"
        title = drawing.said["held"] if is_held else drawing.said["trip"]
        for first, last, inside in parts:
            if inside is is_held:
                yield drawing.way(first, last, style, drawing.trip_popup(first, last, title), keep=ends)
    for first, last, inside in parts:
        style, count = ("arrow-held", _ARROWS_HELD) if inside else ("arrow", _ARROWS_AROUND)
        yield from drawing.arrows(first, last, style, count)


def _cut(first: int, last: int, held: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int, bool]]:
    """A trip in parts: first, last, whether the rule held there."""
    at = first
    for held_first, held_last in sorted(held):
        begin, end = max(held_first, at), min(held_last, last)
        if begin >= end:
            continue
        if begin > at:
            yield at, begin, False
        yield begin, end, True
        at = end
    if at < last:
        yield at, last, False


def _stops(drawing: Drawing, held: Sequence[tuple[int, int]]) -> Iterable[Feature]:
    for first, last in drawing.stops():
        judged = any(begin < last and first < end for begin, end in held)
        yield drawing.stop(first, last, "stop-held" if judged else "stop")
        if judged:
            yield drawing.fixes(first, last)


def _edges(drawing: Drawing, held: Sequence[tuple[int, int]]) -> Iterable[Feature]:
    """Ends of trips, and, labelled with their local times, the violation's own."""
    for first, last in drawing.trips():
        for row, word in ((first, "start"), (last, "end")):
            yield dot(drawing.places[row], "edge", 5, drawing.fix_popup(row, drawing.said[word]))
    if held:
        yield from _judged_ends(drawing, min(first for first, _ in held), max(last for _, last in held))


def _judged_ends(drawing: Drawing, first: int, last: int) -> Iterable[Feature]:
    """Where the violation begins and ends; where that is one place, one mark with both times."""
    first_us, last_us = (int(drawing.track.fixes.ts_us[row]) for row in (first, last))
    if drawing.track.apart_m(first, last) < _ONE_PLACE_M:
        title = drawing.said["violation"]
        label = f"{title} {span_text(first_us, last_us, drawing.look.time_zone)}"
        popup = replace(drawing.trip_popup(first, last, title), label=label)
        yield dot(drawing.places[drawing.middle(first, last)], "edge-held", 5, popup)
        return
    for row, at_us, word, side in ((first, first_us, "began", "top"), (last, last_us, "ended", "bottom")):
        title = drawing.said[word]
        label = f"{title} {short_text(at_us, drawing.look.time_zone)}"
        yield dot(drawing.places[row], "edge-held", 8, drawing.fix_popup(row, title, label, side))


def _bounds(drawing: Drawing, held: Sequence[tuple[int, int]], zones: Bounds | None) -> Bounds:
    """What was judged with the trips it touches, and the zones it is about."""
    touched = [
        (first, last) for first, last in drawing.trips() if any(begin < last and first < end for begin, end in held)
    ]
    spans = [*held, *touched] or [(0, len(drawing.places) - 1)]
    parts = np.concatenate([drawing.places[first : last + 1] for first, last in spans])
    west, south = parts.min(axis=0).tolist()
    east, north = parts.max(axis=0).tolist()
    if zones is None:
        return west, south, east, north
    return min(west, zones[0]), min(south, zones[1]), max(east, zones[2]), max(north, zones[3])


def _legend(
    said: Words,
    judged_zones: Sequence[JudgedZone],
    other_zones: Sequence[Zone],
    *,
    has_gaps: bool,
    has_judged_stops: bool,
) -> list[dict[str, Any]]:
    track = [
        legend_item("line", "track-held", said["held"]),
        legend_item("line", "track", said["around"], can_hide=True),
        legend_item("dot", "stop", said["stops"], can_hide=True),
        *([legend_item("dot", "fix", said["fixes"], can_hide=True)] if has_judged_stops else []),
        legend_item("arrow", "arrow", said["direction"], can_hide=True),
    ]
    if has_gaps:
        track.append(legend_item("line", "track-gap", said["gap_line"], can_hide=True))
    zones = zone_legend([judged.zone.kind for judged in judged_zones] + [zone.kind for zone in other_zones], said)
    for metres in sorted({round(judged.buffer_m) for judged in judged_zones if judged.buffer_m > 0}):
        zones.append(legend_item("line", "buffer", said["buffer"].format(metres=metres)))
    return [
        {"title": said["track"], "items": track, "note": said["simplified"]},
        {"title": said["zones"], "items": zones},
    ]
