"""The demonstration's history as a matter to judge, in memory: no database, no servers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fleet.clock import SHANGHAI
from fleet.expense import Expense
from fleet.order import Order, Waiver
from fleet.position import E7
from fleet.vehicle_state import VehicleState
from geofence.zone import Zone
from gongche.district.fuel import tank_of
from gongche.district.history import History
from gongche.district.load import zones_of
from gongche.district.truth import Misdeed
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.checkpoint import Beginning
from rules.expenses import ExpenseMatter, judge_expenses
from rules.judging import Matter, judge
from rules.papers import Papers
from rules.records import History as KnownHistory
from rules.rulebook import RuleBook
from rules.silence import Fleet, fleet_of
from rules.units import Units
from store.orders import NewOrder, NewWaiver
from store.vehicle_states import NewState


def matter_of(history: History) -> tuple[Matter, RuleBook]:
    """Vehicles are numbers of cars, units rows of yards."""
    district = history.district
    codes = [yard.unit_code for yard in district.places.yards]
    zones = [
        Zone(number, zone.name, zone.kind, codes.index(zone.unit_code) if zone.unit_code else None, zone.boundary)
        for number, zone in enumerate(zones_of(district))
    ]
    book = RuleBook(list(CATALOGUE.values()), zones, WorkCalendar([], zone=SHANGHAI))
    papers = Papers(
        [(d.car.number, _order(number, d.car.number, o)) for d in history.diaries for number, o in enumerate(d.orders)],
        [(d.car.number, _waiver(d.car.number, w)) for d in history.diaries for w in d.waivers],
        [(d.car.number, span) for d in history.diaries for span in d.enrolled],
        [(d.car.number, _state(d.car.number, s)) for d in history.diaries for s in d.states],
        {car.number: car.use_class for car in district.cars},
    )
    cars = len(district.cars)
    matter = Matter(
        np.arange(cars, dtype=np.int32),
        Units.always(np.array([codes.index(car.unit_code) for car in district.cars], np.int32)),
        history.positions.in_order(),
        Beginning.first_fixes(cars),
        KnownHistory.empty(),
        papers,
    )
    return matter, book


def fleet_of_matter(matter: Matter, book: RuleBook) -> Fleet:
    """The fleet of the vehicles of a matter, when they are all there are."""
    judged = judge(matter, RuleBook([CATALOGUE["R14"]], [], book.calendar))
    facts, heard = judged.history, judged.heard
    return fleet_of(facts.gaps, facts.signals, 0, heard.from_us, heard.until_us, matter.papers.unfitted)


def found_in(history: History) -> list[Misdeed]:
    """What judging finds in it."""
    matter, book = matter_of(history)
    matter = replace(matter, fleet=fleet_of_matter(matter, book))
    plates = [car.plate for car in history.district.cars]
    judgement = judge(matter, book)
    claimed = ExpenseMatter(
        matter.vehicle_ids,
        matter.units,
        expenses_of(history),
        [tank_of(car) for car in history.district.cars],
        judgement.history,
        matter.papers,
        matter.positions,
    )
    return [
        Misdeed(violation.rule_id, plates[violation.vehicle_id], violation.start, violation.end)
        for violation in judgement.violations + judge_expenses(claimed, book)
        if not violation.insufficient
    ]


def expenses_of(history: History) -> list[tuple[int, Expense]]:
    """What was claimed, with the number of the car that the plate is of; numbered in the order of the diaries."""
    number_of = {car.plate: car.number for car in history.district.cars}
    claimed = [expense for diary in history.diaries for expense in diary.expenses]
    return [
        (number_of[e.plate], Expense(n, e.plate, e.at, e.precision, e.type, e.amount, e.litres, e.fuel_kind, e.place))
        for n, e in enumerate(claimed, 1)
        if e.plate in number_of
    ]


def _order(number: int, vehicle: int, order: NewOrder) -> Order:
    return Order(
        number,
        order.number,
        vehicle,
        order.during,
        order.reason,
        order.destination,
        order.filed_at,
        order.approved_at,
        order.cancelled_at,
        order.destination_zone,
        None if order.destination_lon_e7 is None else order.destination_lon_e7 / E7,
        None if order.destination_lat_e7 is None else order.destination_lat_e7 / E7,
        order.out_of_district,
        order.planned_distance_m,
    )


def _waiver(vehicle: int, waiver: NewWaiver) -> Waiver:
    return Waiver(0, vehicle, waiver.kind, waiver.during, waiver.reason)


def _state(vehicle: int, state: NewState) -> VehicleState:
    return VehicleState(0, vehicle, state.state, state.during, state.document)
