"""The zones of one moment: what maps draw a track on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import shapely

from fleet.clock import us_of
from geofence.zone import Boundary, Zone, ZoneKind


@dataclass(frozen=True, slots=True)
class Ground:
    """The zones of one moment: the district (all jurisdictions as one) and the others."""

    district: Boundary | None
    zones: list[Zone]

    @classmethod
    def of(cls, all_zones: Iterable[Zone], at: datetime) -> Ground:
        at_us = us_of(at)
        valid = [zone for zone in all_zones if is_valid(zone, at_us)]
        outlines = [zone.boundary for zone in valid if zone.kind is ZoneKind.JURISDICTION]
        others = [zone for zone in valid if zone.kind is not ZoneKind.JURISDICTION]
        return cls(shapely.union_all(outlines) if outlines else None, others)

    def around(self, unit_id: int) -> list[Zone]:
        """What matters to a unit's car: its own homes, and all that is nobody's home."""
        return [zone for zone in self.zones if zone.kind is not ZoneKind.HOME or zone.unit_id == unit_id]


def is_valid(zone: Zone, at_us: int) -> bool:
    """Whether a zone counts at a moment."""
    begun = zone.valid_from_us is None or zone.valid_from_us <= at_us
    return begun and (zone.valid_to_us is None or at_us < zone.valid_to_us)
