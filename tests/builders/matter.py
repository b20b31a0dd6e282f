"""A random world as a matter for the program to judge, in memory: no database, no servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import shapely

from fleet.clock import moment_of
from fleet.order import Order, Waiver, WaiverKind
from fleet.position import E7, Positions
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import StateKind, VehicleState
from geofence.zone import Zone, ZoneKind
from rules.calendar import OwnDay, WorkCalendar
from rules.catalogue import CATALOGUE
from rules.checkpoint import Beginning
from rules.judging import Matter
from rules.papers import Papers
from rules.records import History
from rules.rulebook import RuleBook
from rules.silence import Fleet
from rules.units import Units
from tests.builders.tracks import positions
from tests.builders.weeks import Car
from tests.reference import days, papers, places


def book_of(zones: Sequence[places.Zone], own_days: Mapping[date, days.OwnDay]) -> RuleBook:
    calendar = WorkCalendar(OwnDay(day, own.is_off, own.festival) for day, own in own_days.items())
    return RuleBook(list(CATALOGUE.values()), [zone_of(zone) for zone in zones], calendar)


def matter_of(cars: Sequence[Car], silences: Sequence[tuple[int, int]] = ()) -> Matter:
    """Vehicles are numbered by the cars' ids, which ascend. ``silences``: of the fleet."""
    parts = [positions(car.messages, car.id) for car in cars]
    orders = [(row, _order(car.id, order)) for row, car in enumerate(cars) for order in car.papers.orders]
    waivers = [(row, _waiver(car.id, waiver)) for row, car in enumerate(cars) for waiver in car.papers.waivers]
    states = [(row, _state(car.id, state)) for row, car in enumerate(cars) for state in car.papers.states]
    enrolments = [(row, _span(*span)) for row, car in enumerate(cars) for span in car.papers.enrolments]
    fittings = [(row, _span(*span)) for row, car in enumerate(cars) for span in car.papers.fittings]
    classes = {row: UseClass(car.papers.use_class) for row, car in enumerate(cars)}
    return Matter(
        np.array([car.id for car in cars], np.int32),
        Units.always(np.array([car.unit for car in cars], np.int32)),
        Positions.concatenate(parts).in_order(),
        Beginning.first_fixes(len(cars)),
        History.empty(),
        Papers(orders, waivers, enrolments, states, classes, fittings),
        Fleet(None, *np.array(silences, np.int64).reshape(-1, 2).T),
    )


def zone_of(zone: places.Zone) -> Zone:
    return Zone(
        zone.id,
        zone.name,
        ZoneKind(zone.kind),
        None if zone.unit is None else int(zone.unit),
        boundary_of(zone.area),
        zone.valid_from_us,
        zone.valid_to_us,
    )


def boundary_of(area: places.Area) -> shapely.Polygon | shapely.MultiPolygon:
    """A ring within another is a hole in it."""
    rings = [shapely.Polygon([(x / E7, y / E7) for x, y in ring]) for ring in area.rings]
    outlines = [ring for ring in rings if not any(other is not ring and other.contains(ring) for other in rings)]
    parts = [
        shapely.Polygon(
            outline.exterior,
            [ring.exterior for ring in rings if ring is not outline and outline.contains(ring)],
        )
        for outline in outlines
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _order(vehicle_id: int, order: papers.Order) -> Order:
    filed_at = moment_of(order.filed_us)
    return Order(
        0,
        "",
        vehicle_id,
        Span(moment_of(order.start_us), moment_of(order.end_us)),
        "",
        "",
        filed_at,
        filed_at if order.approved else None,
        filed_at if order.cancelled else None,
        order.destination_zone,
        None if order.destination is None else order.destination[0] / E7,
        None if order.destination is None else order.destination[1] / E7,
        order.out_of_district,
        order.planned_m,
    )


def _waiver(vehicle_id: int, waiver: papers.Waiver) -> Waiver:
    return Waiver(0, vehicle_id, WaiverKind(waiver.kind), _span(waiver.start_us, waiver.end_us), "")


def _state(vehicle_id: int, state: papers.State) -> VehicleState:
    return VehicleState(0, vehicle_id, StateKind(state.state), _span(state.start_us, state.end_us), "")


def _span(start_us: int | None, end_us: int | None) -> Span:
    start, end = (None if us is None else moment_of(us) for us in (start_us, end_us))
    return Span(start, end)
