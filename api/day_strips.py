"""A vehicle's week as seven strips of 24 hours, one above the other: what it did, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.site import Site
from fleet.week import Week
from rules.calendar import Day, WorkCalendar
from rules.papers import fault_of
from store.timelines import Gap, Stop, Timeline, Trip
from store.violations import ListedViolation


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a day: where it begins and how long it is, in thousandths of the day; what it shows."""

    kind: str
    at: float
    width: float
    start_at: datetime
    end_at: datetime
    violation: ListedViolation | None = None


@dataclass(frozen=True, slots=True)
class DayStrip:
    """One local day, and what it is."""

    day: Day
    bars: list[Bar] = field(default_factory=list)
    orders: list[Bar] = field(default_factory=list)
    violations: list[Bar] = field(default_factory=list)


def day_strips(
    site: Site, week: Week, calendar: WorkCalendar, done: Timeline, violations: Iterable[ListedViolation]
) -> list[DayStrip]:
    """Seven strips, Monday first."""
    found = list(violations)
    strips = []
    for day in week.days:
        start, end = site.start_of(day), site.start_of(day + timedelta(days=1))
        spans: list[tuple[str, Stop | Gap | Trip]] = [("standing", stop) for stop in done.stops]
        spans += [("silent", gap) for gap in done.gaps]
        spans += [("driving", trip) for trip in done.trips]
        strips.append(
            DayStrip(
                calendar.day(day),
                bars=[bar for name, one in spans if (bar := _bar(name, one.start_at, one.end_at, start, end))],
                orders=[
                    bar
                    for order in done.orders
                    if fault_of(order) is None
                    if (bar := _bar("order", order.during.start or start, order.during.end or end, start, end))
                ],
                violations=[
                    bar for one in found if (bar := _bar(one.severity, one.start_at, one.end_at, start, end, one))
                ],
            )
        )
    return strips


def _bar(
    kind: str,
    start_at: datetime,
    end_at: datetime,
    day_start: datetime,
    day_end: datetime,
    violation: ListedViolation | None = None,
) -> Bar | None:
    start, end = max(start_at, day_start), min(end_at, day_end)
    if start >= end:
        return None
    whole = (day_end - day_start).total_seconds()
    at = (start - day_start).total_seconds() / whole * 1000
    width = (end - start).total_seconds() / whole * 1000
    return Bar(kind, round(at, 2), round(max(width, 1.5), 2), start_at, end_at, violation)
