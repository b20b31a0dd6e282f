"""What a car's diary means for the rules on orders: trips without one, late returns, stops elsewhere, long stops.

Any outing may break one of them, a misdeed planted for another rule too. So the truth is worked out here from what
each diary tells (drives, silences, orders, waivers), by the definitions of docs/rules.md. Where it would hang on
noise, the outing is given an order: what is not clear does not happen in the district.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import dist

import shapely

from fleet.order import WaiverKind
from fleet.span import Span
from gongche.district.diary import Diary, Stretch
from gongche.district.movement import Leg
from gongche.district.places import Place
from gongche.district.plane import Points, to_plane
from gongche.district.season import START, WORKDAYS, clock
from gongche.district.stretches import left_of, touches
from store.orders import NewOrder

MINUTE_S = 60.0
HOME_M = 100.0
PAUSE_S = 5 * MINUTE_S
GAP_S = 10 * MINUTE_S

FILED_WITHIN_S = 24 * 60 * MINUTE_S
TRIP_M = 500.0
BEFORE_S, AFTER_S = 15 * MINUTE_S, 30 * MINUTE_S
LATE_S = 60 * MINUTE_S
ELSEWHERE_S, LONG_S = 15 * MINUTE_S, 120 * MINUTE_S
NEAR_M = 5_000.0

WORK = [Stretch(clock(day, 8, 30), clock(day, 17, 30)) for day in WORKDAYS]

CLEAR_S, CLEAR_M, CLEAR_NEAR_M = 2 * MINUTE_S, 150.0, 400.0
"""Closer than this to a threshold is not clear."""


def settle(diary: Diary) -> None:
    """Notes what must be found of the diary, once nothing in it is left to chance."""
    trips, stays, away = list(_trips(diary)), list(_stays(diary)), _away(diary)
    for _ in range(len(diary.legs) + 1):
        papers = _papers_of(diary)
        unclear = next(_unclear(papers, trips, stays, away), None)
        if unclear is None:
            break
        diary.order(unclear[0], unclear[1], unclear[0].end)
    else:
        raise ValueError(f"{diary.car.plate}: what it did stays unclear")
    for trip in trips:
        if trip.length_m > TRIP_M and not papers.is_ordered(trip.start_s, trip.end_s, 0.0):
            diary.misdeed("R02", trip.start_s, trip.end_s, "行程没有派车单")
    for late in papers.late(away, LATE_S):
        diary.misdeed("R03", late.start_s, late.end_s, "派车单到期一小时后仍未返回")
    for arriving, _, stay in stays:
        where, name = arriving.end.spot, arriving.end.name
        for part in papers.elsewhere(stay, where, NEAR_M):
            if part.end_s - part.start_s >= ELSEWHERE_S:
                diary.misdeed("R03", part.start_s, part.end_s, f"停在{name}，不是派车单的目的地")
        for part in papers.idle(stay, where, NEAR_M):
            if part.end_s - part.start_s >= LONG_S:
                diary.misdeed("R11", part.start_s, part.end_s, f"工作时间久停{name}")


def _unclear(
    papers: _Papers, trips: list[_Trip], stays: list[tuple[Leg, Leg, Stretch]], away: list[Stretch]
) -> Iterator[tuple[Leg, Leg]]:
    """Drives, first and last, that lead to something which a little noise would have otherwise."""
    for trip in trips:
        is_ordered, surely = (papers.is_ordered(trip.start_s, trip.end_s, more_s) for more_s in (CLEAR_S, -CLEAR_S))
        hangs_on_length = not is_ordered and abs(trip.length_m - TRIP_M) < CLEAR_M
        hangs_on_time = is_ordered is not surely and trip.length_m > TRIP_M - CLEAR_M
        if hangs_on_length or hangs_on_time:
            yield trip.last, trip.last
    early, late = papers.late(away, LATE_S - CLEAR_S), papers.late(away, LATE_S + CLEAR_S, CLEAR_S)
    if len(early) != len(late):
        odd = next(one for one in early if not touches(one, late))
        last = max((trip.last for trip in trips if trip.start_s < odd.end_s), key=lambda leg: leg.depart_s)
        yield last, last
    for arriving, leaving, stay in stays:
        for pieces, least_s in ((papers.elsewhere, ELSEWHERE_S), (papers.idle, LONG_S)):
            near, far = (
                [part.end_s - part.start_s for part in pieces(stay, arriving.end.spot, near_m)]
                for near_m in (NEAR_M - CLEAR_NEAR_M, NEAR_M + CLEAR_NEAR_M)
            )
            if [s for s in near if s >= least_s - CLEAR_S] != [s for s in far if s >= least_s + CLEAR_S]:
                yield arriving, leaving


# What the diary tells ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Trip:
    start_s: float
    end_s: float
    length_m: float
    last: Leg


def _trips(diary: Diary) -> Iterator[_Trip]:
    """Drives with short pauses are one trip; a long silence on the way parts it."""
    together: list[Leg] = []
    for leg in diary.legs:
        if together and leg.depart_s - together[-1].arrive_s >= PAUSE_S:
            yield from _parts(diary, together)
            together = []
        together.append(leg)
    if together:
        yield from _parts(diary, together)


def _parts(diary: Diary, legs: list[Leg]) -> Iterator[_Trip]:
    for part in left_of([Stretch(legs[0].depart_s, legs[-1].arrive_s)], _unseen(diary)):
        length_m = sum(leg.covers_m(part.end_s) - leg.covers_m(part.start_s) for leg in legs)
        last = next(leg for leg in reversed(legs) if leg.depart_s < part.end_s)
        yield _Trip(part.start_s, part.end_s, length_m, last)


def _unseen(diary: Diary) -> list[Stretch]:
    """Long silences while it drove."""
    silent = [one for one in (*diary.silences, *diary.blind) if one.end_s - one.start_s > GAP_S]
    return [one for one in silent if touches(one, [Stretch(leg.depart_s, leg.arrive_s) for leg in diary.legs])]


def _stays(diary: Diary) -> Iterator[tuple[Leg, Leg, Stretch]]:
    """Each stop away from home: the drives that led to it and away from it, and when."""
    for arriving, leaving in pairwise(diary.legs):
        if leaving.depart_s - arriving.arrive_s >= PAUSE_S and _is_away(diary, arriving.end):
            yield arriving, leaving, Stretch(arriving.arrive_s, leaving.depart_s)


def _is_away(diary: Diary, place: Place) -> bool:
    if place is diary.car.slot:
        return False
    return bool(shapely.distance(diary.car.slot.area, shapely.Point(place.spot)) > HOME_M)


def _away(diary: Diary) -> list[Stretch]:
    """When it was seen away from home."""
    away: list[Stretch] = []
    left_s: float | None = None
    for leg in diary.legs:
        left_s = leg.depart_s if left_s is None else left_s
        if not _is_away(diary, leg.end):
            away.append(Stretch(left_s, leg.arrive_s))
            left_s = None
    return left_of(away, _unseen(diary))


# What its papers say -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Order:
    during: Stretch
    to: tuple[float, float] | None
    """Metres on the plane; None where no single place is named."""


@dataclass(frozen=True, slots=True)
class _Papers:
    """What excuses, as the diary tells it now; ``waived``: duty and waivers, ``excused``: repair too."""

    orders: list[_Order]
    waived: list[Stretch]
    excused: list[Stretch]

    def is_ordered(self, start_s: float, end_s: float, more_s: float) -> bool:
        """Whether an order, with its margins and so much more, duty or a waiver touches the trip."""
        grown = Stretch(start_s - AFTER_S - more_s, end_s + BEFORE_S + more_s)
        return touches(grown, [order.during for order in self.orders]) or touches(Stretch(start_s, end_s), self.waived)

    def late(self, away: list[Stretch], late_s: float, left_since_s: float = 0.0) -> list[Stretch]:
        """Away so long after an order ended, while which it was away for longer than ``left_since_s`` already."""
        spans = [order.during for order in self.orders]
        ends_s = [one.end_s for one in spans if not any(o.start_s <= one.end_s < o.end_s for o in spans)]
        found = []
        for one in away:
            over_s = [end_s for end_s in ends_s if one.start_s + left_since_s < end_s < one.end_s]
            if over_s:
                grown = [Stretch(order.start_s, order.end_s + late_s) for order in spans]
                found += left_of([Stretch(min(over_s), one.end_s)], [*grown, *self.excused])
        return found

    def elsewhere(self, stay: Stretch, where: Points, near_m: float) -> list[Stretch]:
        """What of a stop lies under orders, but under none to a place near by."""
        under = left_of([stay], left_of([stay], [order.during for order in self.during(stay)]))
        return left_of(under, [*self.leading(stay, where, near_m), *self.excused])

    def idle(self, stay: Stretch, where: Points, near_m: float) -> list[Stretch]:
        """What of a stop lies in work hours, without an order to a place near by."""
        working = left_of([stay], left_of([stay], [hours for hours in WORK if touches(hours, [stay])]))
        return left_of(working, [*self.leading(stay, where, near_m), *self.excused])

    def leading(self, stay: Stretch, where: Points, near_m: float) -> list[Stretch]:
        """Orders of that time to so near a place, or to none that is known."""
        at = tuple(where.tolist())
        return [order.during for order in self.during(stay) if order.to is None or dist(order.to, at) <= near_m]

    def during(self, stay: Stretch) -> list[_Order]:
        return [order for order in self.orders if touches(order.during, (stay,))]


def _papers_of(diary: Diary) -> _Papers:
    orders = [
        _Order(_stretch(order.during), _point(order))
        for order in diary.orders
        if order.cancelled_at is None and _seconds(order.filed_at) <= _seconds(order.during.start) + FILED_WITHIN_S
    ]
    excused = [_stretch(waiver.during) for waiver in diary.waivers]
    waived = [_stretch(waiver.during) for waiver in diary.waivers if waiver.kind is not WaiverKind.REPAIR]
    return _Papers(orders, waived, excused)


def _point(order: NewOrder) -> tuple[float, float] | None:
    if order.destination_lon_e7 is None or order.destination_lat_e7 is None:
        return None
    east_m, north_m = to_plane([order.destination_lon_e7 / 1e7, order.destination_lat_e7 / 1e7]).tolist()
    return east_m, north_m


def _stretch(span: Span) -> Stretch:
    return Stretch(_seconds(span.start), _seconds(span.end))


def _seconds(moment: datetime | None) -> float:
    assert moment is not None, "in the district all papers begin and end"
    return (moment - START).total_seconds()
