"""A holiday campaign's cars, line by line: what each has to do, how it was seen, what was found of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oversight.campaign import Campaign, midnight
from oversight.campaign_figures import CarLine
from oversight.sealing import AWAY, CarState, Obliged, RuleOf, Seen, obligations, state_of
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.expression import needs
from rules.in_force import InForce
from rules.papers import Papers, fault_of
from rules.rule import Rule
from store import campaigns, rules_in_force
from store.campaigns import ListedCar
from store.database import Connection
from store.scope import Scope

_DAY = timedelta(days=1)
_HOME_M = 100.0
_SINCE_HOME = timedelta(hours=24)
"""What R07 asks as it is shipped, for units that it is not in force for."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """Cars of a campaign with what each has to do, by row."""

    cars: Sequence[ListedCar]
    obliged: Sequence[Obliged]
    papers: Papers
    rule_of: RuleOf


async def sealing_of(
    conn: Connection, one: Campaign, calendar: WorkCalendar, *, scope: Scope, since: datetime | None = None
) -> Sealing:
    """As the registry and the papers are now. ``since``: papers from then on, if that is before the holiday."""
    begin, end = one.span(calendar)
    listed = await campaigns.cars(conn, one.key, begin, end, scope=scope)
    papers = await campaigns.excusing_papers(conn, listed, min(begin, since or begin), end)
    in_force = InForce(CATALOGUE.values(), await rules_in_force.changes_for_pages(conn))

    def rule_of(rule_id: str, unit_id: int) -> Rule | None:
        form = in_force.form_on(rule_id, unit_id, one.first)
        return None if form is None else form.rule

    units = [car.unit_id for car in listed]
    return Sealing(listed, obligations(units, papers, rule_of, calendar, begin, end), papers, rule_of)


async def lines_of(
    conn: Connection,
    one: Campaign,
    calendar: WorkCalendar,
    *,
    scope: Scope,
    of: tuple[datetime, datetime] | None = None,
) -> list[CarLine]:
    """A line a car; with how it was seen in a time, and what there was then and from the holiday's beginning to the
    end of that time, where one is told."""
    sealing = await sealing_of(conn, one, calendar, scope=scope, since=of and of[0])
    lines = [
        CarLine(
            vehicle_id=car.vehicle_id, plate=car.plate, use_class=car.use_class, unit_id=car.unit_id,
            unit_code=car.unit_code, unit=car.unit, obligation=obliged.obligation, excuses=obliged.excuses,
            confirmed=car.confirmed_at is not None,
        )
        for car, obliged in zip(sealing.cars, sealing.obliged, strict=True)
    ]  # fmt: skip
    if of is None:
        return lines
    begin, _ = one.span(calendar)
    since, until = of
    seen = await seen_in(conn, sealing, since, until)
    now, so_far = [await _counted(conn, sealing, start, until) for start in (since, begin)]
    orders, orders_so_far = [_orders(sealing.papers, start, until) for start in (since, begin)]
    return [
        replace(
            line, state=state_of(seen[line.vehicle_id]), driving_s=round(seen[line.vehicle_id].driving_s),
            alerts=now.alerts[line.vehicle_id], alerts_so_far=so_far.alerts[line.vehicle_id],
            orders=orders[row], orders_so_far=orders_so_far[row], violations=so_far.by_rule[line.vehicle_id],
        )
        for row, line in enumerate(lines)
    ]  # fmt: skip


async def whole_lines(conn: Connection, one: Campaign, calendar: WorkCalendar, *, scope: Scope) -> list[CarLine]:
    """A line a car over the whole holiday, with the days that it drove on and those that nothing is known of."""
    begin, end = one.span(calendar)
    lines = await lines_of(conn, one, calendar, scope=scope, of=(begin, end))
    sealing = await sealing_of(conn, one, calendar, scope=scope)
    moved: Counter[int] = Counter()
    unknown: Counter[int] = Counter()
    last: Mapping[int, Seen] = {}
    for day in one.days:
        last = await seen_in(conn, sealing, midnight(day, calendar), midnight(day + _DAY, calendar))
        for vehicle, seen in last.items():
            state = state_of(seen)
            moved[vehicle] += state is CarState.MOVED
            unknown[vehicle] += state in (CarState.UNKNOWN, CarState.OFFLINE)
    return [
        replace(
            line, state=state_of(last[line.vehicle_id]), moved_days=moved[line.vehicle_id],
            unknown_days=unknown[line.vehicle_id],
        )
        for line in lines
    ]  # fmt: skip


async def sealed_by(
    conn: Connection, one: Campaign, calendar: WorkCalendar, moment: datetime, *, scope: Scope
) -> list[CarLine]:
    """A line a car, with whether it stood at home: seen so as far back as R07 looks; driving counts from the
    beginning of the holiday on."""
    lines = await lines_of(conn, one, calendar, scope=scope)
    sealing = await sealing_of(conn, one, calendar, scope=scope)
    begin, _ = one.span(calendar)
    seen = await seen_in(conn, sealing, moment - _SINCE_HOME, moment, driving_since=begin)
    return [replace(line, state=state_of(seen[line.vehicle_id])) for line in lines]


async def seen_in(
    conn: Connection, sealing: Sealing, since: datetime, until: datetime, *, driving_since: datetime | None = None
) -> dict[int, Seen]:
    """How its cars were seen in a time. Home is as far around as R07 has it for their unit."""
    near: dict[float, list[int]] = defaultdict(list)
    for car in sealing.cars:
        near[_home_m(sealing.rule_of(AWAY, car.unit_id))].append(car.vehicle_id)
    found: dict[int, Seen] = {}
    for buffer_m, vehicles in near.items():
        found |= await campaigns.seen(conn, vehicles, since, until, driving_since=driving_since, buffer_m=buffer_m)
    return found


def _home_m(rule: Rule | None) -> float:
    asked = () if rule is None else needs(rule.expression)
    return next((need.buffer_m for need in sorted(asked) if need.name == "home" and need.side == "inside"), _HOME_M)


@dataclass(frozen=True, slots=True)
class _Found:
    """By vehicle: violations by rule, and alerts."""

    by_rule: Mapping[int, Mapping[str, int]]
    alerts: Mapping[int, int]


async def _counted(conn: Connection, sealing: Sealing, since: datetime, until: datetime) -> _Found:
    by_rule: dict[int, dict[str, int]] = defaultdict(dict)
    alerts: Counter[int] = Counter()
    if since < until:
        for one in await campaigns.violations(conn, [car.vehicle_id for car in sealing.cars], since, until):
            by_rule[one.vehicle_id][one.rule_id] = one.count
            alerts[one.vehicle_id] += one.alerts
    return _Found(by_rule, alerts)


def _orders(papers: Papers, since: datetime, until: datetime) -> Counter[int]:
    """By row the orders that excuse and touch a time."""
    counted: Counter[int] = Counter()
    for row, order in papers.orders:
        start, end = order.during.start, order.during.end
        touches = since < until and (start is None or start < until) and (end is None or end > since)
        counted[row] += touches and fault_of(order) is None
    return counted
