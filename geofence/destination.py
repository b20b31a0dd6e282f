"""Where an order leads: to a zone, by its name; out of the district, or not."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from geofence.zone import Zone, ZoneKind

_E7 = 10_000_000


def holds(zone: Zone, at_us: int | None) -> bool:
    """Whether this version of a zone is the one of that time; any is when no time is known."""
    if at_us is None:
        return True
    return (zone.valid_from_us is None or zone.valid_from_us <= at_us) and (
        zone.valid_to_us is None or at_us < zone.valid_to_us
    )


def zone_named(zones: Sequence[Zone], name: str, at_us: int | None) -> Zone | None:
    """The zone that a destination names, in its version at that time."""
    return next((zone for zone in zones if name == zone.name and holds(zone, at_us)), None)


def is_away(zones: Sequence[Zone], lon_lat_e7: tuple[int, int] | None, target: Zone | None, at_us: int | None) -> bool:
    """Whether a destination lies outside every jurisdiction; not when that is unknown.

    It is a point (WGS-84), or else a zone.
    """
    districts = [zone for zone in zones if zone.kind is ZoneKind.JURISDICTION and holds(zone, at_us)]
    if not districts or (lon_lat_e7 is None and target is None):
        return False
    place = target.boundary if lon_lat_e7 is None and target else shapely.Point(*(e7 / _E7 for e7 in lon_lat_e7 or ()))
    return not any(shapely.intersects(district.boundary, place) for district in districts)
