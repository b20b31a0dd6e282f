"""Judging of one car by the design's table of rules (section 7), from :mod:`tests.reference.facts`.

Knows nothing of the program's rules, zones or calendar; places are shapely polygons in degrees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import cos, radians
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from tests.reference.facts import Fix, reference_facts, reference_visits
from tests.reference.intervals import Intervals, difference, intersection, kept, union

MINUTE_US = 60_000_000
LOCAL = ZoneInfo("Asia/Shanghai")
M_PER_DEGREE = 111_195.0


@dataclass
class Papers:
    """What excuses a car: spans in microseconds."""

    orders: Intervals = field(default_factory=list)
    orders_to: dict[str, Intervals] = field(default_factory=dict)
    orders_out: Intervals = field(default_factory=list)
    duty: Intervals = field(default_factory=list)
    repair: Intervals = field(default_factory=list)
    waived: Intervals = field(default_factory=list)


@dataclass
class Surroundings:
    """Zones, and what kind of day each day is: workday, weekend or holiday."""

    home: shapely.Geometry
    district: shapely.Geometry
    sensitive: dict[str, shapely.Geometry]
    kind_of_day: Callable[[date], str]


def reference_verdicts(fixes: list[Fix], papers: Papers, around: Surroundings) -> list[tuple[str, int, int]]:
    """(rule, start_us, end_us) of R04, R05, R06, R08, R09 and R10, in no particular order."""
    if not fixes:
        return []
    facts = reference_facts(fixes)
    driving = [(trip.start_us, trip.end_us) for trip in facts.trips]
    standing = [(stop.start_us, stop.end_us) for stop in facts.stops]
    first, last = min(fixes).ts_us, max(fixes).ts_us
    excused = union(papers.orders, papers.duty, papers.waived)
    work_hours = _daily(first, last, "07:30", "19:00")
    night = _daily(first, last, "22:00", "05:00")

    def on(kind: str) -> Intervals:
        days = [day for day in _days(first, last) if around.kind_of_day(day) == kind]
        return union((_us(day, "00:00"), _us(day + timedelta(days=1), "00:00")) for day in days)

    def use(when: Intervals, minutes: int) -> Intervals:
        used = difference(intersection(driving, when), excused)
        return kept(used, 30 * MINUTE_US, minutes * MINUTE_US)

    found = {
        "R04": use(difference(on("workday"), work_hours), 10),
        "R05": use(on("weekend"), 5),
        "R06": use(on("holiday"), 5),
    }
    not_near_home = _farther(fixes, around.home, 100)
    away = [(v.start_us, v.end_us) for v in reference_visits(fixes, not_near_home.__contains__)]
    not_home = intersection(intersection(standing, night), away)
    not_home = difference(not_home, union(papers.orders, papers.duty, papers.repair))
    found["R08"] = kept(not_home, 30 * MINUTE_US, 60 * MINUTE_US)
    left = _farther(fixes, around.district, 500)
    found["R09"] = [
        (visit.start_us, visit.end_us)
        for visit in (reference_visits(fixes, left.__contains__) if left else [])
        if visit.fixes >= 3 and visit.end_us - visit.start_us >= 5 * MINUTE_US
        if not _touches(visit.start_us, visit.end_us, papers.orders_out)
    ]
    there: Intervals = []
    for name, area in around.sensitive.items():
        near = set(fixes) - _farther(fixes, area, 50)
        there += [
            (visit.start_us, visit.end_us)
            for visit in (reference_visits(fixes, near.__contains__) if near else [])
            if not _touches(visit.start_us, visit.end_us, papers.orders_to.get(name, []))
        ]
    found["R10"] = kept(intersection(standing, there), 5 * MINUTE_US, 15 * MINUTE_US)
    return [(rule, start, end) for rule, spans in found.items() for start, end in spans]


def _touches(start_us: int, end_us: int, spans: Intervals) -> bool:
    return any(start < end_us and start_us < end for start, end in spans)


def _farther(fixes: list[Fix], area: shapely.Geometry, buffer_m: float) -> set[Fix]:
    """The fixes more than so many metres from an area, on a plane that is flat around the area."""
    scale = (M_PER_DEGREE * cos(radians(area.centroid.y)), M_PER_DEGREE)
    flat = shapely.transform(area, lambda degrees: degrees * scale)
    points = np.array([(fix.lon_e7, fix.lat_e7) for fix in fixes]) / 1e7 * scale
    far = shapely.distance(flat, shapely.points(points)) > buffer_m
    return {fix for fix, is_far in zip(fixes, far.tolist(), strict=True) if is_far}


def _us(day: date, time: str) -> int:
    hour, minute = map(int, time.split(":"))
    return round(datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL).timestamp()) * 1_000_000


def _days(first_us: int, last_us: int) -> list[date]:
    """Local days from the one before the first moment to the last one's."""
    first = datetime.fromtimestamp(first_us / 1e6, LOCAL).date() - timedelta(days=1)
    last = datetime.fromtimestamp(last_us / 1e6, LOCAL).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _daily(first_us: int, last_us: int, start: str, end: str) -> Intervals:
    """From one time of day to another, which is on the next day if it is not later."""
    next_day = timedelta(days=int(end <= start))
    return union((_us(day, start), _us(day + next_day, end)) for day in _days(first_us, last_us))
