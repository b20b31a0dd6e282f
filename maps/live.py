"""The live map of the overview: the district, its zones, and cars that move as their positions come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geofence.zone import Boundary, Zone
from maps.feature import legend_item
from maps.page import Bounds, Look, page
from maps.words import words
from maps.zones import bounds_of, district_features, zone_features, zone_legend

CHINA: Bounds = (97.0, 22.0, 123.0, 42.0)
STATES = ("driving", "standing", "silent")


def live_map(
    look: Look,
    *,
    district_name: str,
    district: Boundary | None,
    zones: Sequence[Zone],
    events_url: str = "/events",
) -> str:
    """A page. Its script (live.js) listens to server-sent events named ``positions``.

    An event's data: ``{"cars": [{vehicle_id, plate, unit, state, ts, lon, lat, speed_kmh, heading_deg}, ...]}`` with
    the cars that changed, degrees in WGS-84 (moved by the script to fit the tiles), ``state`` one of STATES, ``ts``
    ISO 8601. A car without lon and lat is not drawn.
    """
    said = words(look.language)
    boundaries = [district] if district is not None else [zone.boundary for zone in zones]
    scene: dict[str, Any] = {
        "features": [
            *district_features(district, district_name, look.basemap, said),
            *zone_features(zones, look.basemap, said),
        ],
        "legend": [
            {
                "title": said["vehicles"],
                "items": [
                    legend_item("dot", f"car-{state}", said[state], can_hide=True, counted=True) for state in STATES
                ],
            },
            {"title": said["zones"], "items": zone_legend((zone.kind for zone in zones), said)},
        ],
        "live": {"events_url": events_url, "states": STATES, "shift": look.basemap.shift},
    }
    bounds = bounds_of(boundaries, look.basemap) or CHINA
    return page(look, district_name, bounds, scene, scripts=("datum.js", "live.js"))
