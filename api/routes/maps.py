"""Maps, each a page of its own that stands in a frame of another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import Conn, TheSite
from api.evidence import spans_of, trips_of
from api.ground import Ground, is_valid
from api.looks import TheLooks
from api.map_frame import look_of, map_answer
from api.permission import Permission, TheScope, may
from api.problem import not_found
from api.render import language_of
from api.routes.data import VehicleId, ViolationId
from api.routes.vehicles import asked_week
from api.rule_names import rule_name
from fleet.clock import us_of
from geofence.zone import Zone, ZoneKind
from maps.evidence import JudgedZone, evidence_map
from maps.live import live_map
from maps.week import Marked, week_map
from rules.expression import needs
from rules.rule import Rule
from store import rules_in_force, timelines, vehicles, violations
from store.violations import Filter, FullViolation
from store.zones import zones, zones_by_id

router = APIRouter(prefix="/maps")

AROUND = timedelta(hours=1)
"""So much of the track is drawn before and after a violation and its trips."""


@router.get("/live", dependencies=[Depends(may(Permission.SEE_LIVE))])
async def live(request: Request, conn: Conn, site: TheSite, scope: TheScope) -> Response:
    """The district and its zones, homes of those units only whose cars are seen; the cars come by events."""
    look = look_of(request, site)
    ground = Ground.of(await zones(conn), site.now())
    shown = [zone for zone in ground.zones if zone.kind is not ZoneKind.HOME or scope.shows_unit(zone.unit_id)]
    html = live_map(look, district_name=site.district, district=ground.district, zones=shown)
    return map_answer(html, look)


@router.get("/violations/{violation_id}", dependencies=[Depends(may(Permission.SEE_VIOLATIONS))])
async def evidence(
    request: Request, conn: Conn, site: TheSite, scope: TheScope, looks: TheLooks, violation_id: ViolationId
) -> Response:
    """Where the rule held, the track around it, the zones that it is about."""
    found = await violations.one(conn, violation_id, scope=scope)
    if found is None:
        raise not_found(f"编号为 {violation_id} 的疑似违规", f"violation {violation_id}")
    done = await timelines.timeline(conn, found.vehicle_id, found.start_at - AROUND, found.end_at + AROUND)
    trips = trips_of(done.trips, found)
    since = min([found.start_at, *(trip.start_at for trip in trips)]) - AROUND
    until = max([found.end_at, *(trip.end_at for trip in trips)]) + AROUND
    look = look_of(request, site)
    all_zones = await zones(conn)
    ground = Ground.of(all_zones, found.start_at)
    looked_at = await zones_by_id(conn, found.evidence.get("zones") or [])
    rule = await rules_in_force.rule_as_judged(conn, found.rule_id, found.rule_version, found.evidence)
    judged = _judged(found, rule, list({zone.id: zone for zone in [*all_zones, *looked_at]}.values()))
    about = {one.zone.id for one in judged}
    held = spans_of(found.evidence) or [(found.start_at, found.end_at)]
    html = evidence_map(
        look,
        title=f"{rule_name(found.rule_id, language_of(request), rule)} {found.plate}",
        positions=await timelines.track(conn, found.vehicle_id, since, until),
        held_us=[(us_of(start), us_of(end)) for start, end in held],
        judged_zones=judged,
        other_zones=[zone for zone in ground.around(found.unit_id) if zone.id not in about],
        district_name=site.district,
        district=ground.district,
    )
    await looks.at_track(conn, "evidence_map", found.plate, since, until, found.id)
    return map_answer(html, look)


@router.get("/vehicles/{vehicle_id}", dependencies=[Depends(may(Permission.SEE_TRACKS))])
async def week(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    looks: TheLooks,
    vehicle_id: VehicleId,
    week: str = "",
) -> Response:
    """A vehicle's week, with a slider."""
    now = site.now()
    vehicle = await vehicles.one(conn, vehicle_id, scope=scope, now=now, since=now)
    if vehicle is None:
        raise not_found(f"编号为 {vehicle_id} 的车辆", f"vehicle {vehicle_id}")
    shown = asked_week(site, week, vehicle.seen_at)
    since, until = site.start_of(shown.monday), site.start_of(shown.after)
    wanted = Filter(vehicle_id=vehicle_id, since=since, until=until)
    found = await violations.page(conn, wanted, scope=scope, limit=200)
    look = look_of(request, site)
    ground = Ground.of(await zones(conn), since)
    html = week_map(
        look,
        title=f"{vehicle.plate} {shown}",
        positions=await timelines.track(conn, vehicle_id, since, until),
        since_us=us_of(since),
        until_us=us_of(until),
        violations=[
            Marked(us_of(row.start_at), us_of(row.end_at), rule_name(row.rule_id, language_of(request)))
            for row in found.rows
        ],
        zones=ground.around(vehicle.unit_id),
        district_name=site.district,
        district=ground.district,
    )
    await looks.at_track(conn, "week_map", vehicle.plate, since, until)
    return map_answer(html, look)


def _judged(found: FullViolation, rule: Rule | None, all_zones: Sequence[Zone]) -> list[JudgedZone]:
    """The zones that the rule held about, grown as it grows them: those visited, and those it was outside of."""
    asked = needs(rule.expression) if rule else frozenset()
    grown_m = {need.name: need.buffer_m for need in asked}
    outside_of = {need.name for need in asked if need.side == "outside"}
    visited = set(found.evidence.get("zones") or [])

    def is_about(zone: Zone) -> bool:
        if zone.id in visited:
            return True
        own = zone.unit_id is None or zone.unit_id == found.unit_id
        return own and not outside_of.isdisjoint((zone.name, zone.kind.value)) and is_valid(zone, us_of(found.start_at))

    return [
        JudgedZone(zone, grown_m.get(zone.name, grown_m.get(zone.kind.value, 0.0)))
        for zone in all_zones
        if is_about(zone)
    ]
