"""Maps of reports as pictures: what they show is read at once, drawn when a document is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from api.evidence import spans_of
from api.ground import Ground
from api.language import Language as PageLanguage
from api.rule_names import rule_name
from api.site import Site
from fleet.clock import us_of
from fleet.position import Positions
from fleet.week import Week
from geofence.zone import Boundary, Zone
from maps.still import still_map
from maps.week import Marked
from oversight.report_matter import ToldViolation, counted
from oversight.report_words import Language
from store import timelines
from store.database import Connection
from store.draws import Sheet
from store.violations import FullViolation
from store.zones import zones

AROUND = timedelta(hours=1)
"""So much of the track is drawn before and after a violation."""


@dataclass(frozen=True, slots=True)
class _Matter:
    """What one map shows. ``marked``: spans in µs, with the rule of each."""

    positions: Positions
    marked: Sequence[tuple[int, int, str]]
    zones: Sequence[Zone]
    district: Boundary | None


@dataclass(frozen=True, slots=True)
class MapMaker:
    """Maps that can be drawn, by the id of what they show."""

    time_zone: str = "Asia/Shanghai"
    matters: Mapping[int, _Matter] = field(default_factory=dict)

    def shows(self, id_: int) -> bool:
        """Whether there is something to draw of it."""
        return id_ in self.matters

    def drawn(self, language: Language) -> dict[int, str]:
        """SVG by id. It takes seconds where there are many: call it in a thread."""
        return {id_: self._drawn(matter, language) for id_, matter in self.matters.items()}

    def _drawn(self, matter: _Matter, language: Language) -> str:
        said = PageLanguage(language)
        return still_map(
            language,
            self.time_zone,
            positions=matter.positions,
            violations=[Marked(start, end, rule_name(rule, said)) for start, end, rule in matter.marked],
            zones=matter.zones,
            district=matter.district,
        )


NO_MAPS = MapMaker()


async def week_maps(
    conn: Connection, site: Site, sheets: Sequence[Sheet], week: Week, violations: Sequence[ToldViolation]
) -> MapMaker:
    """A map of each chosen car's week; none of a car without a position in it."""
    since, until = site.start_of(week.monday), site.start_of(week.after)
    ground = Ground.of(await zones(conn), since)
    matters = {}
    for sheet in sheets:
        positions = await timelines.track(conn, sheet.vehicle_id, since, until)
        mine = [one for one in counted(violations) if one.vehicle_id == sheet.vehicle_id]
        marked = [(us_of(one.start_at), us_of(one.end_at), one.rule_id) for one in mine]
        if len(positions):
            matters[sheet.vehicle_id] = _Matter(positions, marked, ground.around(sheet.unit_id), ground.district)
    return MapMaker(site.time_zone.key, matters)


async def violation_maps(conn: Connection, site: Site, violations: Sequence[FullViolation]) -> MapMaker:
    """A map of each violation and an hour around it; none of one without a position there."""
    all_zones, matters = await zones(conn), {}
    for one in violations:
        ground = Ground.of(all_zones, one.start_at)
        positions = await timelines.track(conn, one.vehicle_id, one.start_at - AROUND, one.end_at + AROUND)
        spans = spans_of(one.evidence) or [(one.start_at, one.end_at)]
        marked = [(us_of(start), us_of(end), one.rule_id) for start, end in spans]
        if len(positions):
            matters[one.id] = _Matter(positions, marked, ground.around(one.unit_id), ground.district)
    return MapMaker(site.time_zone.key, matters)
