"""Papers: orders, waivers and what the registry says of the vehicles judged together, and whether each one excuses.

A pure decision, the same for judging and for the page that tells a driver why an order did not help.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

import numpy as np

from fleet.clock import us_of
from fleet.order import Order, Waiver, WaiverKind
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import VehicleState
from rules.routes import Routes
from rules.spans import EARLIEST_US, LATEST_US, Spans

FILED_WITHIN = timedelta(hours=24)
"""An order may be filed late (补单) by this much after its start."""


class Fault(StrEnum):
    """Why an order is none."""

    CANCELLED = "cancelled"
    NOT_APPROVED = "not_approved"
    FILED_LATE = "filed_late"


def fault_of(order: Order) -> Fault | None:
    """What keeps an order from excusing anything; None when it excuses what it covers."""
    if order.cancelled_at is not None:
        return Fault.CANCELLED
    if order.approved_at is None:
        return Fault.NOT_APPROVED
    if order.during.start is not None and order.filed_at > order.during.start + FILED_WITHIN:
        return Fault.FILED_LATE
    return None


@dataclass(frozen=True)
class Papers:
    """Papers with the row number of each one's vehicle. A row without a class is of the general one."""

    orders: Sequence[tuple[int, Order]] = ()
    waivers: Sequence[tuple[int, Waiver]] = ()
    enrolments: Sequence[tuple[int, Span]] = ()
    states: Sequence[tuple[int, VehicleState]] = ()
    use_classes: Mapping[int, UseClass] = field(default_factory=dict)
    fittings: Sequence[tuple[int, Span]] = ()

    @cached_property
    def _excusing(self) -> list[tuple[int, Order]]:
        return [(row, order) for row, order in self.orders if fault_of(order) is None]

    @cached_property
    def ordered(self) -> Spans:
        """The spans of the orders that excuse what they cover."""
        return spans_of((row, order.during) for row, order in self._excusing)

    @cached_property
    def ordered_out(self) -> Spans:
        """Of those, the orders that lead out of the jurisdiction."""
        return spans_of((row, order.during) for row, order in self._excusing if order.out_of_district)

    @cached_property
    def ordered_to(self) -> Mapping[str, Spans]:
        """Of those, the orders to a zone, by its name. A zone without any is not there."""
        leading: dict[str, list[tuple[int, Span]]] = defaultdict(list)
        for row, order in self._excusing:
            if order.destination_zone is not None:
                leading[order.destination_zone].append((row, order.during))
        return {name: spans_of(spans) for name, spans in leading.items()}

    @cached_property
    def routes(self) -> Routes:
        """Of those, where each leads and how far it was planned to be."""
        return Routes.of(self._excusing)

    def waived(self, *kinds: WaiverKind) -> Spans:
        """The spans of the waivers of some kinds."""
        return spans_of((row, waiver.during) for row, waiver in self.waivers if waiver.kind in kinds)

    @cached_property
    def unfitted(self) -> Spans:
        """When a vehicle that has had trackers had none."""
        rows = {row for row, _ in self.fittings}
        return spans_of((row, Span(None, None)) for row in sorted(rows)) - spans_of(self.fittings)

    @cached_property
    def enrolled(self) -> Spans:
        """When each vehicle is in the system."""
        return spans_of(self.enrolments)

    @cached_property
    def disabled(self) -> Spans:
        """When a vehicle has to stand: laid up, scrapped, or in repair."""
        return spans_of((row, state.during) for row, state in self.states) | self.waived(WaiverKind.REPAIR)

    def of_class(self, use_class: UseClass) -> Spans:
        """All time, of the vehicles of a class of use."""
        rows = [row for row, one in self.use_classes.items() if one is use_class]
        return spans_of((row, Span(None, None)) for row in rows)


def spans_of(papers: Iterable[tuple[int, Span]]) -> Spans:
    rows = [
        (
            row,
            EARLIEST_US if span.start is None else us_of(span.start),
            LATEST_US if span.end is None else us_of(span.end),
        )
        for row, span in papers
    ]
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return Spans.of(columns[:, 0], columns[:, 1], columns[:, 2])
