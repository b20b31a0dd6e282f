"""Judging of one car by the design's table of rules (section 7) and docs/rules.md, in plain Python.

Knows nothing of the program's rules, facts, zones or calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from tests.reference.days import HOLIDAY, WEEKEND, WORKDAY, OwnDays, daily, days_from_to, is_unknown, kind_of, whole
from tests.reference.facts import Facts, Fix, Stop, Track, Trip, Visit, facts_of, track_of, visits_of
from tests.reference.hours import Hours
from tests.reference.intervals import Intervals, difference, intersection, kept, touches, union
from tests.reference.off_order import detours, long_stops, no_order, off_order
from tests.reference.papers import Papers
from tests.reference.places import Units, Zone, counts, counts_near, is_near
from tests.reference.signals import Message, fixes_in
from tests.reference.sufficiency import is_insufficient
from tests.reference.tampering import jamming, speeding, tampering

MINUTE_US = 60_000_000
MONTH_US = 30 * 24 * 60 * MINUTE_US
BY_FIXES = tuple(f"R{number:02}" for number in (*range(1, 14), 17))
"""Rules that ask where the car was or how it moved."""
HOME_M, DISTRICT_M, SENSITIVE_M = 100, 500, 50


class Around(NamedTuple):
    """What is the same for all cars: zones, the days that the centre entered itself, the hours of units, and when the
    fleet was silent."""

    zones: list[Zone]
    own_days: OwnDays
    hours: Hours = Hours()
    silences: Sequence[tuple[int, int]] = ()


class Verdict(NamedTuple):
    """``provisional``: a rule that asks the calendar, on a day that no calendar knows. ``insufficient``: a rule that
    asks where the car was, on too little."""

    rule: str
    start_us: int
    end_us: int
    provisional: bool
    insufficient: bool


class Visits(NamedTuple):
    """Those that the rules ask for: farther than 100 m from home, within 100 m of it, farther than 500 m from the
    jurisdiction, and of each sensitive zone's id within 50 m of it. Runs of one fix are left out, as they take no time.
    """

    not_home: list[Visit]
    home: list[Visit]
    outside: list[Visit]
    sensitive: dict[int, list[Visit]]


class Judged(NamedTuple):
    facts: Facts
    visits: Visits
    verdicts: list[Verdict]


def judged(messages: Sequence[Message], unit: Units, papers: Papers, around: Around) -> Judged:
    """Facts, visits, and the verdicts on one car, those sorted. The order of messages, and repeats, do not matter."""
    track = track_of(fixes_in(messages))
    facts, visits = facts_of(track), visits_to(track, unit, around.zones)
    days = days_around([*facts.trips, *facts.stops])
    unknown = whole([day for day in days if is_unknown(day, around.own_days)])
    found = _use(facts, days, papers, around, unit) | {
        "R08": _not_home(facts, visits, daily(days, "22:00", "05:00"), papers),
        "R09": _outside(visits, papers),
        "R10": _sensitive(facts, visits, papers, around.zones),
        "R01": _unregistered(facts, papers),
        "R07": _not_sealed(facts, visits, days, papers, around.own_days),
        "R17": _disabled(facts, papers),
    }
    workdays = whole([day for day in days if kind_of(day, around.own_days) == WORKDAY])
    found |= {
        "R02": no_order(facts, papers),
        "R03": off_order(track, facts, visits.not_home, papers, unit, around.zones),
        "R11": long_stops(track, facts, visits.not_home, papers, unit, around.zones, days, workdays),
        "R12": detours(facts, papers),
        "R13": speeding(messages, track, papers),
        "R15": tampering(messages, track, facts, papers, around.silences),
        "R16": jamming(messages),
    }
    by_calendar = ("R04", "R05", "R06", "R07", "R11")
    return Judged(
        facts,
        visits,
        sorted(
            Verdict(
                rule,
                start,
                end,
                rule in by_calendar and touches(start, end, unknown),
                rule in BY_FIXES and is_insufficient(start, end, facts),
            )
            for rule, spans in found.items()
            for start, end in spans
        ),
    )


def days_around(seen: Sequence[Trip | Stop]) -> list[date]:
    """And so many days about it that runs of days off are whole. Of silent years nothing is asked."""
    months = union((one.start_us - MONTH_US, one.end_us + MONTH_US) for one in seen)
    return sorted({day for start, end in months for day in days_from_to(start, end)})


def visits_to(track: Track, unit: Units, zones: list[Zone]) -> Visits:
    """For a car of the unit; each version of a zone is a zone of its own."""
    return Visits(
        _lasting(visits_of(track, _is_outside(_of_kind("home", zones), unit, HOME_M))),
        [visit for zone in _of_kind("home", zones) for visit in _lasting(visits_of(track, _is_in(zone, unit, HOME_M)))],
        _lasting(visits_of(track, _is_outside(_of_kind("jurisdiction", zones), unit, DISTRICT_M))),
        {zone.id: _lasting(visits_of(track, _is_in(zone, unit, SENSITIVE_M))) for zone in _of_kind("sensitive", zones)},
    )


def _use(facts: Facts, days: list[date], papers: Papers, around: Around, unit: Units) -> dict[str, Intervals]:
    """R04, R05, R06: driving when it is not work time, 10 min or 5 min of it, less than 30 min apart. R04 for each
    run of days with the same hours by itself.
    """
    own = around.own_days
    excused = union(papers.ordered(), papers.waived("duty", "emergency", "other"), papers.law_enforcement())
    driving = [(trip.start_us, trip.end_us) for trip in facts.trips]
    on = {kind: whole([day for day in days if kind_of(day, own) == kind]) for kind in (WORKDAY, WEEKEND, HOLIDAY)}

    def used(when: Intervals, minutes: int) -> Intervals:
        return kept(difference(intersection(driving, when), excused), 30 * MINUTE_US, minutes * MINUTE_US)

    return {
        "R04": [
            span
            for run, hours in around.hours.runs(unit, days)
            for span in used(difference(intersection(on[WORKDAY], whole(run)), daily(days, *hours)), 10)
        ],
        "R05": used(on[WEEKEND], 5),
        "R06": used(on[HOLIDAY], 5),
    }


def _not_home(facts: Facts, visits: Visits, night: Intervals, papers: Papers) -> Intervals:
    """R08: stands 60 min or more at night, over 100 m from home."""
    standing = [(stop.start_us, stop.end_us) for stop in facts.stops]
    there = intersection(intersection(standing, night), _spans(visits.not_home))
    excused = union(papers.ordered(), papers.waived("duty"), papers.waived("repair"))
    return kept(difference(there, excused), 30 * MINUTE_US, 60 * MINUTE_US)


def _outside(visits: Visits, papers: Papers) -> Intervals:
    """R09: each time outside with at least 3 fixes, and 5 min of it without an order leading out."""
    times = _spans([visit for visit in visits.outside if visit.fixes >= 3])
    unexcused = difference(times, papers.ordered_out())
    each = [(start, end) for start, end in unexcused if end - start >= 5 * MINUTE_US]
    return kept(each, 30 * MINUTE_US, 0)


def _sensitive(facts: Facts, visits: Visits, papers: Papers, zones: list[Zone]) -> Intervals:
    """R10: stands 15 min or more in sensitive zones; an order excuses for the zone that it names."""
    names = {zone.id: zone.name for zone in zones}
    standing = [(stop.start_us, stop.end_us) for stop in facts.stops]
    there = union(*(difference(_spans(v), papers.ordered_to(names[zone])) for zone, v in visits.sensitive.items()))
    return kept(intersection(standing, there), 5 * MINUTE_US, 15 * MINUTE_US)


def _not_sealed(facts: Facts, visits: Visits, days: list[date], papers: Papers, own: OwnDays) -> Intervals:
    """R07: seen over 100 m from home, 2 h into a holiday, 24 h after it was seen standing within 100 m of home or
    after a silence of 30 min or more; what is less than 12 h apart is one.
    """
    standing = [(stop.start_us, stop.end_us) for stop in facts.stops]
    seen = union(standing, ((trip.start_us, trip.end_us) for trip in facts.trips))
    holidays = whole([day for day in days if kind_of(day, own) == HOLIDAY])
    late = [(start + 120 * MINUTE_US, end) for start, end in holidays]
    at_home = intersection(standing, union(_spans(visits.home)))
    silent = union((gap.start_us, gap.end_us) for gap in facts.gaps)
    maybe_home = [span for span in silent if span[1] - span[0] >= 30 * MINUTE_US]
    known = union((start, end + 24 * 60 * MINUTE_US) for start, end in [*at_home, *maybe_home])
    excused = union(papers.ordered(), papers.waived("repair", "duty", "emergency", "other"), papers.law_enforcement())
    there = intersection(intersection(seen, _spans(visits.not_home)), late)
    return kept(difference(difference(there, known), excused), 12 * 60 * MINUTE_US, 0)


def _unregistered(facts: Facts, papers: Papers) -> Intervals:
    """R01: seen while the car is not in the system; what is less than 24 h apart is one."""
    held: list[Trip | Stop] = [*facts.trips, *facts.stops]
    seen = [(one.start_us, one.end_us) for one in held]
    return kept(difference(seen, papers.enrolled()), 24 * 60 * MINUTE_US, 0)


def _disabled(facts: Facts, papers: Papers) -> Intervals:
    """R17: at least 5 min of driving while laid up, scrapped or in repair, less than 30 min apart."""
    driving = [(trip.start_us, trip.end_us) for trip in facts.trips]
    excused = union(papers.ordered(), papers.waived("test_drive"))
    return kept(difference(intersection(driving, papers.disabled()), excused), 30 * MINUTE_US, 5 * MINUTE_US)


def _is_in(zone: Zone, unit: Units, buffer_m: float) -> Callable[[Fix], bool]:
    return lambda fix: counts_near(zone, unit, fix.ts_us) and is_near(zone.area, fix, buffer_m)


def _is_outside(zones: list[Zone], unit: Units, buffer_m: float) -> Callable[[Fix], bool]:
    """Outside all zones that count then, or nearly; where none counts, nothing is claimed."""

    def outside(fix: Fix) -> bool:
        near = [zone for zone in zones if counts_near(zone, unit, fix.ts_us)]
        is_known = any(counts(zone, unit, fix.ts_us) for zone in near)
        return is_known and not any(is_near(zone.area, fix, buffer_m) for zone in near)

    return outside


def _of_kind(kind: str, zones: list[Zone]) -> list[Zone]:
    return [zone for zone in zones if zone.kind == kind]


def _lasting(visits: list[Visit]) -> list[Visit]:
    return [visit for visit in visits if visit.start_us < visit.end_us]


def _spans(visits: list[Visit]) -> Intervals:
    return [(visit.start_us, visit.end_us) for visit in visits]
