"""The evidence of a violation: the spans that made it true, trips, zones, the papers looked at and the registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.clock import moment_of, us_of
from fleet.order import Order, Waiver
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import VehicleState
from rules.expression import needs, rests_on_fixes, terms
from rules.in_force import Form
from rules.nearby import Nearby
from rules.papers import Papers, fault_of
from rules.records import History, Records
from rules.rule import Rule
from rules.rulebook import PAPERS_NEAR_US, RuleBook
from rules.spans import Groups, Spans
from rules.sufficiency import Lack, lacks
from rules.vocabulary import VOCABULARY

_NEAR = timedelta(microseconds=PAPERS_NEAR_US)


class Evidence:
    """Looks evidence up for the violations of one judging."""

    def __init__(self, book: RuleBook, history: History, papers: Papers) -> None:
        self._book = book
        self._history = history
        self._trips = _by_vehicle(history.trips)
        self._stops = _by_vehicle(history.stops)
        self._gaps = _by_vehicle(history.gaps)
        self._visits = _by_vehicle(history.visits)
        self._orders: Nearby[Order] = Nearby(papers.orders, PAPERS_NEAR_US)
        self._waivers: Nearby[Waiver] = Nearby(papers.waivers, PAPERS_NEAR_US)
        self._enrolments: Mapping[int, list[Span]] = _grouped(papers.enrolments)
        self._states: Mapping[int, list[VehicleState]] = _grouped(papers.states)
        self._use_classes = papers.use_classes

    def of(self, form: Form, groups: Groups, row: int, members: Spans) -> dict[str, Any]:
        """Of group number ``row``, whose spans are among ``members``: plain values, times in ISO 8601 UTC.

        ``settings`` only where the rule was judged with others than those it is written with.
        """
        vehicle = int(groups.vehicle[row])
        start_us, end_us = int(groups.start_us[row]), int(groups.end_us[row])
        own = _within(members, vehicle, start_us, end_us)
        trips = self._overlapping(self._history.trips, self._trips, vehicle, start_us, end_us)
        found: dict[str, Any] = {
            "spans": [_times(members.start_us[i], members.end_us[i]) for i in own],
            "total_s": int(groups.total_us[row]) / 1e6,
            "trips": [_times(self._history.trips.start_us[i], self._history.trips.end_us[i]) for i in trips],
            "zones": self._zones(form.rule, vehicle, start_us, end_us),
            "excuses": self._papers(form.rule, vehicle, start_us, end_us),
            **({"settings": dict(form.settings)} if form.settings else {}),
            **self._registry(form.rule, vehicle, start_us, end_us),
        }
        if rests_on_fixes(form.rule.expression) and (lacking := self._lacking(vehicle, start_us, end_us, trips)):
            found["insufficient"] = [lack.value for lack in lacking]
        return found

    def _lacking(self, vehicle: int, start_us: int, end_us: int, trips: Sequence[int]) -> list[Lack]:
        history = self._history
        stops = self._overlapping(history.stops, self._stops, vehicle, start_us, end_us)
        gaps = self._overlapping(history.gaps, self._gaps, vehicle, start_us, end_us)
        fixes = int(history.trips.fixes[trips].sum() + history.stops.fixes[stops].sum())
        times = [(int(history.gaps.start_us[i]), int(history.gaps.end_us[i])) for i in gaps]
        return lacks(start_us, end_us, fixes, times)

    def _zones(self, rule: Rule, vehicle: int, start_us: int, end_us: int) -> list[int]:
        visits = self._history.visits
        asked = {(need.name, need.buffer_m, need.side) for need in needs(rule.expression)}
        numbers = {i for i, p in enumerate(self._book.places) if (p.name, p.buffer_m, p.side) in asked}
        rows = self._overlapping(visits, self._visits, vehicle, start_us, end_us)
        ids = {int(visits.zone_id[i]) for i in rows if int(visits.place[i]) in numbers}
        return sorted(ids - {0})

    def _papers(self, rule: Rule, vehicle: int, start_us: int, end_us: int) -> list[dict[str, Any]]:
        looked_at = [
            (
                order.during,
                {"kind": "order", "id": order.id, "number": order.number, "why": _why(rule, order, start_us, end_us)},
            )
            for order in self._orders.of(vehicle, start_us, end_us)
        ]
        looked_at += [
            (
                waiver.during,
                {"kind": waiver.kind.value, "id": waiver.id, "why": _covers(waiver.during, start_us, end_us)},
            )
            for waiver in self._waivers.of(vehicle, start_us, end_us)
        ]
        looked_at.sort(key=lambda entry: (entry[1]["kind"], entry[1]["id"]))
        return [{**paper, "start": _iso(during.start), "end": _iso(during.end)} for during, paper in looked_at]

    def _registry(self, rule: Rule, vehicle: int, start_us: int, end_us: int) -> dict[str, Any]:
        """What the registry says of the car, so far as the rule asks for it."""
        asked = {term.name for term in terms(rule.expression)}
        span = Span(moment_of(start_us) - _NEAR, moment_of(end_us) + _NEAR)
        said: dict[str, Any] = {}
        if "law_enforcement" in asked:
            said["use_class"] = self._use_classes.get(vehicle, UseClass.GENERAL).value
        if "enrolled" in asked:
            near = sorted(_bounds(during) for during in self._enrolments.get(vehicle, []) if _overlap(during, span))
            said["enrolments"] = [list(bounds) for bounds in near]
        if "disabled" in asked:
            states = [state for state in self._states.get(vehicle, []) if _overlap(state.during, span)]
            said["states"] = [
                {"state": state.state.value, "document": state.document, "start": start, "end": end}
                for state in sorted(states, key=lambda state: _bounds(state.during))
                for start, end in [_bounds(state.during)]
            ]
        return {"registry": said} if said else {}

    @staticmethod
    def _overlapping(
        records: Records, rows_of: Mapping[int, NDArray[np.int64]], vehicle: int, start_us: int, end_us: int
    ) -> list[int]:
        rows = rows_of.get(vehicle)
        if rows is None:
            return []
        hit = (records.start_us[rows] < end_us) & (records.end_us[rows] > start_us)
        found = rows[hit]
        ordered: list[int] = found[np.argsort(records.start_us[found], kind="stable")].tolist()
        return ordered


def _why(rule: Rule, order: Order, start_us: int, end_us: int) -> str:
    fault = fault_of(order)
    if fault is not None:
        return fault.value
    covers = _covers(order.during, start_us, end_us)
    # An order that covers the time and yet does not excuse leads elsewhere, if that is what the rule asks.
    asks_where = any(VOCABULARY[term.name].asks_destination for term in terms(rule.expression))
    return "other_place" if covers == "covers" and asks_where else covers


def _covers(during: Span, start_us: int, end_us: int) -> str:
    starts = during.start is None or us_of(during.start) <= start_us
    ends = during.end is None or us_of(during.end) >= end_us
    if starts and ends:
        return "covers"
    return "in_part" if _overlap(during, Span(moment_of(start_us), moment_of(end_us))) else "outside_span"


def _overlap(one: Span, other: Span) -> bool:
    before = one.end is not None and other.start is not None and one.end <= other.start
    after = one.start is not None and other.end is not None and one.start >= other.end
    return not before and not after


def _bounds(during: Span) -> tuple[str, str]:
    """As ISO 8601; an open side is empty."""
    return _iso(during.start) or "", _iso(during.end) or ""


def _within(spans: Spans, vehicle: int, start_us: int, end_us: int) -> range:
    low, high = np.searchsorted(spans.vehicle, [vehicle, vehicle + 1])
    first = low + np.searchsorted(spans.start_us[low:high], start_us)
    last = low + np.searchsorted(spans.start_us[low:high], end_us)
    return range(int(first), int(last))


def _by_vehicle(records: Records) -> dict[int, NDArray[np.int64]]:
    if not len(records):
        return {}
    order = np.argsort(records.vehicle, kind="stable")
    vehicles, starts = np.unique(records.vehicle[order], return_index=True)
    return dict(zip(vehicles.tolist(), np.split(order, starts[1:]), strict=True))


def _times(start_us: Any, end_us: Any) -> Sequence[str]:
    return [moment_of(int(start_us)).isoformat(), moment_of(int(end_us)).isoformat()]


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


def _grouped(papers: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row, paper in papers:
        grouped[row].append(paper)
    return grouped
