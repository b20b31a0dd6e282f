"""One car and one rule: what it did, which papers there were, what the rule finds. Times are local, of 2026.

``found("R04", driving("09-29 21:00", 12), ordered("09-29 20:00", "09-29 21:05"))`` gives ``["09-29 21:05 +7"]``:
when each violation starts, and the minutes from there to its end. Metres are east and north of a point in 宿豫区.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import shapely

from fleet.clock import MINUTE_US, SHANGHAI, us_of
from fleet.expense import Expense, Tank
from fleet.order import Order, Waiver, WaiverKind
from fleet.position import E7
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import StateKind, VehicleState
from fleet.violation import Violation
from geofence.datum import from_wgs84, to_wgs84
from geofence.zone import Zone, ZoneKind
from rules.calendar import OwnDay, WorkCalendar
from rules.catalogue import CATALOGUE
from rules.checkpoint import Beginning
from rules.expenses import ExpenseMatter, judge_expenses
from rules.judging import Matter, judge
from rules.papers import Papers
from rules.records import History
from rules.rule import Rule
from rules.rule_changes import RuleChanges, RuleEntry, RuleSetting
from rules.rulebook import RuleBook
from rules.silence import Fleet
from rules.units import Units
from tests.builders import tracks
from tests.builders.tracks import Fix, Message

UNIT = 1
_ids = count(1)


@dataclass(frozen=True)
class Fitted:
    """The car had a tracker."""

    during: Span


@dataclass(frozen=True)
class Enrolment:
    """``during`` None: never. A car of which nothing is told is enrolled for ever."""

    during: Span | None


Registered = Enrolment | VehicleState | UseClass | Fitted | Fleet
Told = Iterable[Fix | Message] | Order | Waiver | Zone | OwnDay | Expense | Tank | RuleEntry | RuleSetting | Registered


def local(text: str) -> datetime:
    """``10-01 08:30`` or ``10-01 08:30:15`` of 2026, or with a year before it, in Shanghai."""
    year = text if text[4] == "-" else f"2026-{text}"
    return datetime.fromisoformat(year).replace(tzinfo=SHANGHAI)


def driving(
    start: str, minutes: float, *, from_m: float = 0, to_m: float | None = None, north_m: float = 0, every_s: float = 15
) -> list[Fix]:
    """Fixes of a straight eastward drive at even speed; 30 km/h unless told where it ends."""
    end_m = from_m + minutes * 500 if to_m is None else to_m
    n = max(2, round(minutes * 60 / every_s) + 1)
    return [
        tracks.at(
            minutes * i / (n - 1), east_m=from_m + (end_m - from_m) * i / (n - 1), north_m=north_m, since=local(start)
        )
        for i in range(n)
    ]


def standing(start: str, minutes: float, *, east_m: float = 0, north_m: float = 0, every_s: float = 60) -> list[Fix]:
    """Fixes of a parked car; a tracker asleep reports with ``every_s`` of hours."""
    n = max(2, round(minutes * 60 / every_s) + 1)
    return [tracks.at(minutes * i / (n - 1), east_m=east_m, north_m=north_m, since=local(start)) for i in range(n)]


def ordered(
    start: str,
    end: str,
    *,
    filed: str | None = None,
    approved: bool = True,
    cancelled: bool = False,
    destination_zone: str | None = None,
    destination_m: tuple[float, float] | None = None,
    out_of_district: bool = False,
    **more: Any,
) -> Order:
    """An order, filed a day ahead and approved unless told otherwise."""
    filed_at = local(start) - timedelta(days=1) if filed is None else local(filed)
    lon, lat = (None, None) if destination_m is None else lon_lat(*destination_m)
    return Order(
        next(_ids),
        "",
        1,
        Span(local(start), local(end)),
        "",
        "",
        filed_at,
        filed_at if approved else None,
        filed_at if cancelled else None,
        destination_zone,
        lon,
        lat,
        out_of_district,
        **more,
    )


def waived(kind: str, start: str, end: str) -> Waiver:
    """A waiver: duty, emergency, repair, test_drive, other."""
    return Waiver(next(_ids), 1, WaiverKind(kind), Span(local(start), local(end)), "")


def fitted(start: str, end: str | None = None) -> Fitted:
    """A tracker of the car's; told of none, it always had one."""
    return Fitted(Span(local(start), None if end is None else local(end)))


def fleet(until: str, *silent: tuple[str, str]) -> Fleet:
    """The other cars were heard of until then, and silent as a whole at these times."""
    starts, ends = (np.array([us_of(local(one[side])) for one in silent], np.int64) for side in (0, 1))
    return Fleet(us_of(local(until)), starts, ends)


def enrolled(start: str | None = None, end: str | None = None) -> Enrolment:
    """In the system over a span, open where nothing is said."""
    return Enrolment(_span(start, end))


def never_enrolled() -> Enrolment:
    return Enrolment(None)


def disabled(state: str, start: str | None = None, end: str | None = None) -> VehicleState:
    """laid_up or scrapped over a span, open where nothing is said."""
    return VehicleState(next(_ids), 1, StateKind(state), _span(start, end), "")


def _span(start: str | None, end: str | None) -> Span:
    return Span(None if start is None else local(start), None if end is None else local(end))


def zone(
    kind: str,
    *,
    east_m: float = 0,
    north_m: float = 0,
    half_m: float = 50,
    name: str = "",
    since: str | None = None,
    until: str | None = None,
) -> Zone:
    """A square zone around a place; a home is the car's unit's."""
    middle = lon_lat(east_m, north_m)
    corner = lon_lat(east_m + half_m, north_m + half_m)
    boundary = shapely.box(2 * middle[0] - corner[0], 2 * middle[1] - corner[1], *corner)
    number = next(_ids)
    valid_from_us, valid_to_us = (None if text is None else us_of(local(text)) for text in (since, until))
    unit_id = UNIT if kind == "home" else None
    return Zone(number, name or f"{kind} {number}", ZoneKind(kind), unit_id, boundary, valid_from_us, valid_to_us)


def in_datum(one: Zone, datum: str, *, back: bool = False) -> Zone:
    """The zone with its corners as another datum tells them; ``back``: with corners so told as WGS-84."""
    convert = to_wgs84 if back else from_wgs84
    boundary = shapely.transform(
        one.boundary, lambda corners: np.column_stack(convert(corners[:, 0], corners[:, 1], datum))
    )
    return replace(one, boundary=boundary)


def own_day(day: str, *, off: bool, festival: str = "") -> OwnDay:
    """A day that the centre entered: ``10-09``, or with a year before it."""
    return OwnDay(local(f"{day} 00:00").date(), off, festival)


def lon_lat(east_m: float, north_m: float) -> tuple[float, float]:
    fix = tracks.at(east_m=east_m, north_m=north_m)
    return fix.lon_e7 / E7, fix.lat_e7 / E7


def violations(rule: str | Rule, *told: Told) -> list[Violation]:
    """What one rule finds of one car, through the whole judging."""
    one = CATALOGUE[rule] if isinstance(rule, str) else rule
    messages = [part for item in told if isinstance(item, Iterable) and not isinstance(item, str) for part in item]
    orders = [(0, item) for item in told if isinstance(item, Order)]
    waivers = [(0, item) for item in told if isinstance(item, Waiver)]
    zones = [item for item in told if isinstance(item, Zone)]
    enrolments = [item for item in told if isinstance(item, Enrolment)] or [enrolled()]
    classes = dict.fromkeys([0], next((item for item in told if isinstance(item, UseClass)), UseClass.GENERAL))
    registered = (
        [(0, one.during) for one in enrolments if one.during is not None],
        [(0, item) for item in told if isinstance(item, VehicleState)],
        classes,
    )
    calendar = WorkCalendar([item for item in told if isinstance(item, OwnDay)], zone=SHANGHAI)
    changes = RuleChanges(
        [item for item in told if isinstance(item, RuleEntry)], [item for item in told if isinstance(item, RuleSetting)]
    )
    matter = Matter(
        np.array([1], np.int32),
        Units.always(np.array([UNIT], np.int32)),
        tracks.positions(messages),
        Beginning.first_fixes(1),
        History.empty(),
        Papers(orders, waivers, *registered, [(0, item.during) for item in told if isinstance(item, Fitted)]),
        next((item for item in told if isinstance(item, Fleet)), Fleet.unknown()),
    )
    book = RuleBook([one], zones, calendar, changes=changes)
    judgement = judge(matter, book)
    return judgement.violations + _of_claims(matter, judgement.history, book, told)


def _of_claims(matter: Matter, history: History, book: RuleBook, told: Iterable[Told]) -> list[Violation]:
    """What is found in expenses that are told, of a car with the tank that is told."""
    told = list(told)
    expenses = [(0, item) for item in told if isinstance(item, Expense)]
    tanks = [item for item in told if isinstance(item, Tank)] or [Tank()]
    columns = matter.vehicle_ids, matter.units
    return judge_expenses(ExpenseMatter(*columns, expenses, tanks, history, matter.papers, matter.positions), book)


def found(rule: str | Rule, *told: Told) -> list[str]:
    """As :func:`violations`: ``09-29 21:00 +12``, with seconds where there are some; without those on insufficient
    evidence."""
    return [_written(violation) for violation in violations(rule, *told) if not violation.insufficient]


def _written(violation: Violation) -> str:
    start = violation.start.astimezone(SHANGHAI)
    minutes = (us_of(violation.end) - us_of(violation.start)) / MINUTE_US
    clock = "%m-%d %H:%M:%S" if start.second else "%m-%d %H:%M"
    return f"{start:{clock}} +{minutes:g}"
