"""Facts against the definitions, read in plain Python (tests.reference)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.position import Flag, Positions
from rules.checkpoint import Beginning, checkpoints_of, cuts_of, joined_on
from rules.facts import FactLimits, Facts, facts_of, fixes_of
from rules.history import history_of
from rules.records import Gaps, History, R, Records, Signals, Stops, Trips, Visits
from rules.signals import Signal, signals_of
from rules.visits import VisitRuns
from tests.builders.tracks import Fix, Message, at, drive, positions, reports, stand, tracks
from tests.reference import facts as reference

LIMITS = FactLimits()
ONE = np.array([1], np.int32)
SIGNALS = [
    Signal("alarm", "antenna_cut"),
    Signal("alarm", "power_cut"),
    Signal("faster_than", "120.0"),
    Signal("no_fix"),
]


def judge(*cars: list[Fix]) -> Facts:
    columns = Positions.concatenate([positions(fixes, vehicle_id=i) for i, fixes in enumerate(cars, start=1)])
    return facts_of(fixes_of(columns, np.arange(1, len(cars) + 1, dtype=np.int32)), LIMITS)


def no_visits() -> VisitRuns:
    facts = judge([])
    return VisitRuns(facts.trips, np.zeros(0, np.int32), np.zeros(0, np.int32))


def history(facts: Facts) -> History:
    return history_of(facts, no_visits(), Signals.empty())


def minutes(records: Records, since: Fix) -> list[tuple[float, float]]:
    return [
        ((start - since.ts_us) / 60e6, (end - since.ts_us) / 60e6)
        for start, end in zip(records.start_us.tolist(), records.end_us.tolist(), strict=True)
    ]


def test_a_drive_between_two_stands_is_a_trip_between_two_stops() -> None:
    found = history(judge(stand(0, 30) + drive(30, 10, from_m=0, to_m=6000) + stand(40, 30, at_m=6000)))
    assert minutes(found.trips, at(0)) == [(30, 40)]
    assert minutes(found.stops, at(0)) == [(0, 30), (40, 70)]
    assert found.trips.distance_m == pytest.approx([6000], rel=1e-3)
    assert not len(found.gaps)


def test_drift_of_a_parked_car_is_part_of_its_stop() -> None:
    wander = [at(minute, east_m=(minute % 3) * 90) for minute in range(60)]
    found = history(judge(wander))
    assert not len(found.trips)
    assert minutes(found.stops, at(0)) == [(0, 59)]


@pytest.mark.parametrize(("pause", "trips"), [(4.9, 1), (5.0, 2)])
def test_a_pause_of_five_minutes_parts_trips(pause: float, trips: int) -> None:
    first, then = drive(0, 10, from_m=0, to_m=6000), 10 + pause
    track = first + stand(10, pause, at_m=6000) + drive(then, 10, from_m=6000, to_m=12000)
    assert len(history(judge(track)).trips) == trips


def test_a_sleeping_tracker_leaves_an_inferred_stop_and_a_moved_one_a_gap() -> None:
    found = history(judge([at(0), at(60, east_m=99), at(120, east_m=220)]))
    assert minutes(found.stops, at(0)) == [(0, 60)]
    assert found.stops.inferred_s.tolist() == [3600]
    assert minutes(found.gaps, at(0)) == [(60, 120)]


def test_a_wild_fix_is_left_out() -> None:
    track = [*stand(0, 30), at(30.5, east_m=50000), *stand(31, 30)]
    assert minutes(history(judge(track)).stops, at(0)) == [(0, 61)]


def test_positions_without_fix_do_not_count() -> None:
    columns = positions(stand(0, 30))
    columns.flags[5:10] = Flag.NO_FIX
    assert len(fixes_of(columns, np.array([1], np.int32))) == 26


def as_reference(found: History, vehicle: int) -> tuple[list[tuple[float, ...]], ...]:
    trips, stops, gaps = (
        records.take(records.vehicle == vehicle) for records in (found.trips, found.stops, found.gaps)
    )
    return (
        [(s, e, round(d, 3), n) for s, e, d, n in zip(*columns(trips, "distance_m", "fixes"), strict=True)],
        [(s, e, n, i) for s, e, n, i in zip(*columns(stops, "fixes", "inferred_s"), strict=True)],
        list(zip(*columns(gaps), strict=True)),
    )


def columns(records: Records, *names: str) -> list[list[float]]:
    return [getattr(records, name).tolist() for name in ("start_us", "end_us", *names)]


@given(cars=st.lists(tracks(), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_facts_are_those_of_the_definitions(cars: list[list[Fix]]) -> None:
    found = history(judge(*cars))
    for number, fixes in enumerate(cars):
        expected = reference.reference_facts(reference.Fix(*fix) for fix in fixes)
        trips, stops, gaps = as_reference(found, number)
        assert trips == [(t.start_us, t.end_us, round(t.distance_m, 3), t.fixes) for t in expected.trips]
        assert stops == [(s.start_us, s.end_us, s.fixes, pytest.approx(s.inferred_s)) for s in expected.stops]
        assert gaps == [(g.start_us, g.end_us) for g in expected.gaps]


@given(fixes=tracks(), order=st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeats_change_nothing(fixes: list[Fix], order: object) -> None:
    shuffled = fixes + fixes[: len(fixes) // 2]
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a hypothesis-made random.Random
    assert as_reference(history(judge(shuffled)), 0) == as_reference(history(judge(fixes)), 0)


def all_of(messages: list[Message], begin: Beginning | None = None) -> tuple[Facts, Signals]:
    """Facts and signals of one car, from its first message or from a checkpoint on."""
    columns = positions(messages)
    facts = facts_of(fixes_of(columns, ONE), LIMITS, begin.open_trip() if begin else None)
    return facts, signals_of(columns, ONE, facts, SIGNALS, LIMITS)


@given(messages=reports(most_legs=16), data=st.data())
@settings(max_examples=300, deadline=None)
def test_judging_on_from_any_cut_gives_what_judging_from_the_beginning_gives(
    messages: list[Message], data: st.DataObject
) -> None:
    known = messages[: data.draw(st.integers(2, max(2, len(messages))))]
    facts, _ = all_of(known)
    cuts = np.flatnonzero(cuts_of(facts, LIMITS))
    if not len(cuts):
        return
    cut_us = int(facts.fixes.ts_us[data.draw(st.sampled_from(cuts.tolist()))])
    facts, signals = all_of([message for message in known if message.ts_us <= cut_us])
    kept = checkpoints_of(facts, no_visits(), signals, LIMITS, Beginning.first_fixes(1))
    last = len(kept.cut_us) - 1
    assert kept.cut_us[last] == cut_us, "the last fix, a cut, is the checkpoint"
    begin = Beginning(kept.cut_us[last:], _of(kept.open, last))
    before = _until(history_of(facts, no_visits(), signals), begin)
    later = all_of([message for message in messages if message.ts_us >= cut_us], begin)
    found = History.concatenate([before, joined_on(begin, history_of(later[0], no_visits(), later[1]))])
    whole = all_of(messages)
    assert _sorted(found) == _sorted(history_of(whole[0], no_visits(), whole[1]))


def _of(records: History, number: int) -> History:
    def own(part: R) -> R:
        mine = part.take(part.vehicle == number)
        return mine.numbered(np.zeros(len(mine), np.int32))

    return History(own(records.trips), own(records.stops), own(records.gaps), own(records.visits), own(records.signals))


def _until(found: History, begin: Beginning) -> History:
    """What is settled before the cut: all that is not open at it."""

    def settled(part: R, opened: R) -> R:
        going_on = set(zip(opened.key().tolist(), opened.start_us.tolist(), strict=True))
        keys = zip(part.key().tolist(), part.start_us.tolist(), strict=True)
        return part.take(np.array([key not in going_on for key in keys], bool))

    return History(
        settled(found.trips, begin.open.trips),
        settled(found.stops, begin.open.stops),
        settled(found.gaps, begin.open.gaps),
        Visits.empty(),
        settled(found.signals, begin.open.signals),
    )


def _sorted(found: History) -> tuple[list[tuple[float, ...]], ...]:
    def rows(part: Trips | Stops | Gaps | Signals) -> list[tuple[float, ...]]:
        return sorted(tuple(round(value, 3) for value in row) for row in part.rows())

    return rows(found.trips), rows(found.stops), rows(found.gaps), rows(found.signals)
