"""When trackers report: every few seconds of a drive, now and then while parked, not in garages and tunnels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gongche.district.diary import Diary, Stretch
from gongche.district.season import LENGTH_S

SLEEPING_EVERY_S = 4 * 3600.0
FIDGET_EVERY_S = 24.0
GARAGE_EVERY_S = 900.0
GARAGE_GATE_S = 25.0
CLEAR_OF_DRIVE_S = 30.0

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When which car reports, sorted by car and time; whole seconds of the season, no two of a car alike."""

    car: NDArray[np.int64]
    second: NDArray[np.int64]
    drift_m: Column
    driving: NDArray[np.bool_]
    no_fix: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Moments:
        return Moments(self.car[rows], self.second[rows], self.drift_m[rows], self.driving[rows], self.no_fix[rows])


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of one car's time in which it reports in one way."""

    car: int
    start_s: float
    end_s: float
    every_s: float
    drift_m: float
    driving: bool = False
    no_fix: bool = False
    to_the_end: bool = False


def make_moments(diaries: list[Diary], rng: np.random.Generator) -> Moments:
    """All reports of the season."""
    spans = [span for number, diary in enumerate(diaries) for span in _spans(number, diary)]
    start_s, end_s, every_s = (
        np.array([getattr(span, name) for span in spans]) for name in ("start_s", "end_s", "every_s")
    )
    to_the_end = np.array([span.to_the_end for span in spans])
    reports = np.floor((end_s - start_s) / every_s).astype(np.int64) + 1 + to_the_end
    of_span = np.repeat(np.arange(len(spans)), reports)
    place = np.arange(len(of_span)) - np.repeat(np.cumsum(reports) - reports, reports)
    jitter = (rng.random(len(of_span)) - 0.5) * 0.3 * (place > 0)
    second = start_s[of_span] + (place + jitter) * every_s[of_span]
    last = to_the_end[of_span] & (place == reports[of_span] - 1)
    second = np.rint(np.where(last, end_s[of_span], np.minimum(second, end_s[of_span]))).astype(np.int64)
    car, drift_m, driving, no_fix = (
        np.array([getattr(span, name) for span in spans])[of_span] for name in ("car", "drift_m", "driving", "no_fix")
    )
    moments = Moments(car, second, drift_m, driving, no_fix)
    order = np.lexsort((~driving, second, car))
    moments = moments.take(order)
    different = np.ones(len(order), np.bool_)
    different[1:] = (np.diff(moments.car) != 0) | (np.diff(moments.second) != 0)
    moments = moments.take(different & ~within(moments, [diary.silences for diary in diaries]))
    return replace(moments, no_fix=moments.no_fix | within(moments, [diary.blind for diary in diaries]))


def _spans(number: int, diary: Diary) -> list[_Span]:
    """Its drives and the times in between."""
    car, habits = diary.car, diary.car.habits
    spans = []
    parked_from_s, at_home = 0.0, True
    for leg in diary.legs:
        spans += _parked(number, diary, parked_from_s, leg.depart_s - CLEAR_OF_DRIVE_S, at_home)
        start_s, end_s = leg.depart_s, leg.arrive_s
        if habits.in_garage and leg.start is car.slot:
            start_s += GARAGE_GATE_S
        if habits.in_garage and leg.end is car.slot:
            end_s -= GARAGE_GATE_S
        spans.append(_Span(number, start_s, end_s, habits.driving_every_s, 5.0, driving=True, to_the_end=True))
        parked_from_s, at_home = leg.arrive_s + CLEAR_OF_DRIVE_S, leg.end is car.slot
    return spans + _parked(number, diary, parked_from_s, LENGTH_S - 60, at_home)


def _parked(number: int, diary: Diary, start_s: float, end_s: float, at_home: bool) -> list[_Span]:
    if end_s <= start_s:
        return []
    habits = diary.car.habits
    if at_home and habits.in_garage:
        return [_Span(number, start_s, end_s, GARAGE_EVERY_S, 0.0, no_fix=True)]
    every_s = habits.parked_every_s or SLEEPING_EVERY_S
    spans = [_Span(number, start_s, end_s, every_s, habits.drift_m)]
    for fidget in diary.fidgets:
        from_s, to_s = max(start_s, fidget.start_s), min(end_s, fidget.end_s)
        if from_s < to_s:
            spans.append(_Span(number, from_s, to_s, FIDGET_EVERY_S, 42.0))
    return spans


def within(moments: Moments, stretches: Sequence[Sequence[Stretch]]) -> NDArray[np.bool_]:
    """Which moments lie in a stretch of their car; ``stretches`` by car."""
    found = np.zeros(len(moments.car), np.bool_)
    first = np.searchsorted(moments.car, np.arange(len(stretches) + 1))
    for number, own in enumerate(stretches):
        seconds = moments.second[first[number] : first[number + 1]]
        for stretch in own:
            from_row, to_row = np.searchsorted(seconds, [stretch.start_s, stretch.end_s])
            found[first[number] + from_row : first[number] + to_row] = True
    return found
