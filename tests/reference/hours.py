"""Work hours of units and seasons, by docs/rules.md, "Rules in force": what R04 is judged by on a local day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from tests.reference.days import at_us
from tests.reference.places import Unit, Units, unit_at

AS_WRITTEN = ("07:30", "19:00")


class Setting(NamedTuple):
    """As it was entered. ``unit`` None: for all. ``last`` is included; None: for good. ``start``, ``end``: clocks, of
    which None says nothing. ``season``: two days of the year such as ``05-01``, both included, or all year round.
    """

    unit: Unit | None
    first: date
    last: date | None
    season: tuple[str, str] | None
    start: str | None
    end: str | None


class Hours(NamedTuple):
    """Settings in the order in which they were entered, and each unit's parent."""

    settings: Sequence[Setting] = ()
    parents: Mapping[Unit, Unit | None] = {}

    def on(self, unit: Units, day: date) -> tuple[str, str]:
        """The start and the end of work."""
        of_day = unit_at(unit, at_us(day, "00:00"))
        start, end = (self._found(of_day, day, name) for name in ("start", "end"))
        return start or AS_WRITTEN[0], end or AS_WRITTEN[1]

    def runs(self, unit: Units, days: list[date]) -> list[tuple[list[date], tuple[str, str]]]:
        """Neighbouring days of the same hours, and the hours."""
        return [(list(run), hours) for hours, run in groupby(days, lambda day: self.on(unit, day))]

    def _found(self, unit: Unit, day: date, name: str) -> str | None:
        place: Unit | None = unit
        for _ in range(len(self.parents) + 1):
            for seasonal in (True, False):
                for one in reversed(self.settings):
                    said: str | None = getattr(one, name)
                    if said and one.unit == place and (one.season is not None) == seasonal and _covers(one, day):
                        return said
            if place is None:
                return None
            place = self.parents.get(place)
        return None


def _covers(one: Setting, day: date) -> bool:
    if day < one.first or (one.last is not None and day > one.last):
        return False
    if one.season is None:
        return True
    first, last = one.season
    at = f"{day:%m-%d}"
    return first <= at <= last if first <= last else at >= first or at <= last
