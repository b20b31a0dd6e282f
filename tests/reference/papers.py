"""Orders and waivers of one car, and the spans that they excuse (DESIGN, sections 2 and 7; docs/rules.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.reference.intervals import Intervals, difference, union

LATE_AT_MOST_US = 24 * 3600 * 1_000_000
EVER_US = 1 << 62


class Order(NamedTuple):
    """A use of a car that was asked for. It excuses if approved, not cancelled, and filed within 24 h of its start."""

    start_us: int
    end_us: int
    filed_us: int
    approved: bool = True
    cancelled: bool = False
    destination_zone: str | None = None
    out_of_district: bool = False
    destination: tuple[int, int] | None = None
    """Longitude and latitude, whole 1e-7 degrees."""
    planned_m: int | None = None


class Waiver(NamedTuple):
    """``kind``: duty, emergency, repair, test_drive or other. A side that is None is open."""

    kind: str
    start_us: int | None
    end_us: int | None


class State(NamedTuple):
    """``state``: laid_up or scrapped. A side that is None is open."""

    state: str
    start_us: int | None
    end_us: int | None


class Papers(NamedTuple):
    """Also what the registry says of the car: when it is in the system (always, unless told), and of which class."""

    orders: Sequence[Order] = ()
    waivers: Sequence[Waiver] = ()
    enrolments: Sequence[tuple[int | None, int | None]] = ((None, None),)
    states: Sequence[State] = ()
    use_class: str = "general"
    fittings: Sequence[tuple[int | None, int | None]] = ()
    """When a tracker was fitted to it; none on record: always."""

    def ordered(self) -> Intervals:
        return union((order.start_us, order.end_us) for order in self.good())

    def ordered_to(self, zone: str) -> Intervals:
        return union((order.start_us, order.end_us) for order in self.good() if order.destination_zone == zone)

    def ordered_out(self) -> Intervals:
        return union((order.start_us, order.end_us) for order in self.good() if order.out_of_district)

    def waived(self, *kinds: str) -> Intervals:
        return union(_closed(start_us, end_us) for kind, start_us, end_us in self.waivers if kind in kinds)

    def enrolled(self) -> Intervals:
        return union(_closed(*span) for span in self.enrolments)

    def unfitted(self) -> Intervals:
        return difference([(-EVER_US, EVER_US)], (_closed(*span) for span in self.fittings)) if self.fittings else []

    def disabled(self) -> Intervals:
        """Laid up, scrapped or in repair."""
        return union((_closed(start_us, end_us) for _, start_us, end_us in self.states), self.waived("repair"))

    def law_enforcement(self) -> Intervals:
        """All time, if it is a law enforcement car."""
        return [(-EVER_US, EVER_US)] if self.use_class == "law_enforcement" else []

    def good(self) -> Iterable[Order]:
        return (
            order
            for order in self.orders
            if order.approved and not order.cancelled and order.filed_us <= order.start_us + LATE_AT_MOST_US
        )


def _closed(start_us: int | None, end_us: int | None) -> tuple[int, int]:
    return -EVER_US if start_us is None else start_us, EVER_US if end_us is None else end_us
