"""The spans of the vocabulary's terms, from facts, papers and the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from fleet.clock import DAY_US
from fleet.order import WaiverKind
from fleet.vehicle import UseClass
from geofence.distance import distance_m
from rules.calendar import Hours, WorkCalendar
from rules.expression import Need, Term, need_of
from rules.kinds import Argument
from rules.papers import Papers
from rules.records import History, Records
from rules.routes import detours, near_destination
from rules.signals import OFFLINE, Signal, signal_of
from rules.silence import Fleet
from rules.spans import EARLIEST_US, LATEST_US, Spans
from rules.units import Units
from rules.visits import Place, ZoneTable

_MARGIN_US = 2 * DAY_US
_YEARS_US, _AROUND_US = 800 * DAY_US, 200 * DAY_US
"""In a silence so long, all but so much at its ends is farther from what is known than any rule reaches (31 days)."""


@dataclass(frozen=True, eq=False)
class JudgingSource:
    """What is known of the vehicles (rows 0..``vehicles`` - 1) that are judged together."""

    vehicles: int
    history: History
    places: Sequence[Place]
    signals: Sequence[Signal]
    zone_names: Mapping[int, str]
    papers: Papers
    calendar: WorkCalendar
    zone_table: ZoneTable
    units: Units
    fleet: Fleet = field(default_factory=Fleet.unknown)
    calendar_in_gaps: bool = True
    """Whether a rule may ask what day or hour it is in the middle of a gap."""

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        need = need_of(Term(name, arguments))
        if need is not None:
            return self._visited(need)
        signal = signal_of(Term(name, arguments))
        if signal is not None:
            return self._signalled(signal, grown_m=float(arguments[0]) if name == "no_fix" else 0.0)
        if name in _CHOSEN:
            return _CHOSEN[name](self, *map(float, arguments))
        if name in _HISTORY:
            return _spans(_HISTORY[name](self.history))
        if name in _PAPERS:
            return _PAPERS[name](self.papers)
        return self._clock(name, arguments)

    def frame(self) -> Spans:
        """From each vehicle's first known fix to its last: trips, stops and gaps leave nothing out."""
        history = self.history
        return _spans(history.trips) | _spans(history.stops) | _spans(history.gaps)

    def _visited(self, need: Need) -> Spans:
        visits = self.history.visits
        number = list(self.places).index(Place(need.name, need.buffer_m, need.side))
        chosen = visits.take((visits.place == number) & (visits.fixes >= need.min_fixes))
        if not need.without_order:
            return _spans(chosen)
        if need.side == "outside":
            return _spans(chosen) - self.papers.ordered_out
        found = Spans.empty()
        for zone_id in np.unique(chosen.zone_id).tolist():
            in_zone = _spans(chosen.take(chosen.zone_id == zone_id))
            found = found | (in_zone - self.papers.ordered_to.get(self.zone_names[zone_id], Spans.empty()))
        return found

    def _signalled(self, signal: Signal, grown_m: float) -> Spans:
        signals = self.history.signals
        chosen = signals.signal == list(self.signals).index(signal)
        if grown_m > 0:
            chosen &= signals.grown_m >= grown_m
        return _spans(signals.take(chosen))

    def _moved_unseen(self, farther_than_m: float) -> Spans:
        """Gaps without any message whose ends lie apart, once something after them bears out the fix that ends them."""
        history, gaps = self.history, self.history.gaps
        away_m = distance_m(gaps.start_lon_e7, gaps.start_lat_e7, gaps.end_lon_e7, gaps.end_lat_e7)
        known_until_us = np.full(self.vehicles, EARLIEST_US, np.int64)
        for records in (history.trips, history.stops):
            np.maximum.at(known_until_us, records.vehicle, records.end_us)
        borne_out = known_until_us[gaps.vehicle] > gaps.end_us
        return _spans(gaps.take((gaps.messages == 0) & (away_m > farther_than_m) & borne_out))

    def _trips_over(self, farther_than_m: float) -> Spans:
        trips = self.history.trips
        return _spans(trips.take(trips.distance_m > farther_than_m))

    def _detours(self, factor: float, over_m: float) -> Spans:
        return detours(self.history.trips, self.papers.routes, factor, over_m)

    def _near_destination(self, within_m: float) -> Spans:
        return near_destination(self.history.stops, self.papers.routes, within_m, self.zone_table, self.units)

    def _clock(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        """What is the same for all vehicles: hours, days, the silences of the fleet."""
        if name == "fleet_silent":
            return self.fleet.silent(self.vehicles)
        if name == "between":
            clocks = int(arguments[0]), int(arguments[1])
            return self._laid(lambda start_us, end_us: self.calendar.between(start_us, end_us, *clocks))
        if name in _CALENDAR:
            return self._laid(partial(_CALENDAR[name], self.calendar), whole=name in _WHOLE)
        raise ValueError(f"no spans are known for the word {name}")

    def _laid(self, hours_of: Callable[[int, int], Hours], *, whole: bool = False) -> Spans:
        """The calendar's hours within each vehicle's known time, as if it were judged alone.

        Asked for stretch by stretch of the time that anything is known of: a wrong clock of one vehicle, or vehicles
        of different years, do not make the calendar long for all.
        """
        known = self.known - self._years_of_silence()
        stretches = Spans.of(0, known.start_us, known.end_us)
        bounds = zip(stretches.start_us.tolist(), stretches.end_us.tolist(), strict=True)
        parts = [hours_of(start_us, end_us) for start_us, end_us in bounds]
        if not parts:
            return Spans.empty()
        start_us, end_us = (np.concatenate(column) for column in zip(*parts, strict=True))
        if whole:  # what reaches over two stretches comes with both of them, and reaches past what is known
            start_us, first = np.unique(start_us, return_index=True)
            end_us = end_us[first]
        first = np.searchsorted(end_us, known.start_us, side="right")
        count = np.searchsorted(start_us, known.end_us, side="left") - first
        row = np.repeat(np.arange(len(known)), count)
        hour = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[row]
        if whole:
            # A vehicle that was silent for years is known in several spans, which one run of days may touch.
            make = Spans if len(known) <= self.vehicles else Spans.of
            return make(known.vehicle[row], start_us[hour], end_us[hour])
        return Spans(
            known.vehicle[row],
            np.maximum(start_us[hour], known.start_us[row]),
            np.minimum(end_us[hour], known.end_us[row]),
        )

    @cached_property
    def known(self) -> Spans:
        """From the first to the last moment that is known of each vehicle, with a margin; a vehicle a span."""
        start_us = np.full(self.vehicles, LATEST_US, np.int64)
        end_us = np.full(self.vehicles, EARLIEST_US, np.int64)
        for vehicle, starts_us, ends_us in self._moments():
            np.minimum.at(start_us, vehicle, starts_us)
            np.maximum.at(end_us, vehicle, ends_us)
        some = np.flatnonzero(start_us <= end_us)
        return Spans(some.astype(np.int32), start_us[some] - _MARGIN_US, end_us[some] + _MARGIN_US)

    def _years_of_silence(self) -> Spans:
        """The middle of silences of years, as a wrong clock makes them: so that the calendar's cost does not grow with
        them.
        """
        if self.calendar_in_gaps:
            return Spans.empty()
        silent = _spans(self.history.gaps)
        if OFFLINE in self.signals:
            silent = silent | self._signalled(OFFLINE, grown_m=0.0)
        years = silent.end_us - silent.start_us >= _YEARS_US
        return Spans(silent.vehicle[years], silent.start_us[years] + _AROUND_US, silent.end_us[years] - _AROUND_US)

    def bounds_us(self) -> tuple[int, int] | None:
        """The time that is known of any vehicle, with a margin; None when nothing is."""
        known = self.known
        return (int(known.start_us.min()), int(known.end_us.max())) if len(known) else None

    def _moments(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]]:
        """Vehicle rows, starts and ends of what is known."""
        history = self.history
        for records in (history.trips, history.stops, history.gaps, history.signals):
            yield records.vehicle, records.start_us, records.end_us


_CHOSEN: dict[str, Callable[..., Spans]] = {
    "moved_unseen": JudgingSource._moved_unseen,
    "trips_over": JudgingSource._trips_over,
    "detour": JudgingSource._detours,
    "near_destination": JudgingSource._near_destination,
}
"""Words that choose among facts by a measure."""

_HISTORY: dict[str, Callable[[History], Records]] = {
    "driving": lambda history: history.trips,
    "standing": lambda history: history.stops,
    "silent": lambda history: history.gaps,
}

_PAPERS: dict[str, Callable[[Papers], Spans]] = {
    "ordered": lambda papers: papers.ordered,
    "on_duty": lambda papers: papers.waived(WaiverKind.DUTY),
    "waived": lambda papers: papers.waived(WaiverKind.EMERGENCY, WaiverKind.OTHER),
    "in_repair": lambda papers: papers.waived(WaiverKind.REPAIR),
    "emergency": lambda papers: papers.waived(WaiverKind.EMERGENCY),
    "unfitted": lambda papers: papers.unfitted,
    "test_drive": lambda papers: papers.waived(WaiverKind.TEST_DRIVE),
    "enrolled": lambda papers: papers.enrolled,
    "disabled": lambda papers: papers.disabled,
    "law_enforcement": lambda papers: papers.of_class(UseClass.LAW_ENFORCEMENT),
}

_CALENDAR: dict[str, Callable[[WorkCalendar, int, int], Hours]] = {
    "workday": WorkCalendar.workdays,
    "weekend": WorkCalendar.weekends,
    "holiday": WorkCalendar.holidays,
    "unknown_day": WorkCalendar.unknown,
    "work_hours": WorkCalendar.work_hours,
    "night": WorkCalendar.night,
}


_WHOLE = {"workday", "weekend", "holiday"}
"""Words whose spans are the calendar's own, from beginning to end, whatever part of them is judged."""


def paper_spans(name: str, papers: Papers) -> Spans | None:
    """The spans of a word that papers alone tell; None of any other word."""
    return _PAPERS[name](papers) if name in _PAPERS else None


def hours_of(
    name: str, arguments: tuple[Argument, ...], calendar: WorkCalendar, start_us: int, end_us: int
) -> Hours | None:
    """The spans between two moments of a word that the clock and the calendar alone tell; None of any other word."""
    if name == "between":
        return calendar.between(start_us, end_us, int(arguments[0]), int(arguments[1]))
    return _CALENDAR[name](calendar, start_us, end_us) if name in _CALENDAR else None


def _spans(records: Records) -> Spans:
    return Spans.of(records.vehicle, records.start_us, records.end_us)
