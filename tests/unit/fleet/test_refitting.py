"""Changes of fittings: what moves where, and corrections that say what is true of a span."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleet.history import Conflict, Entry, Outcome
from fleet.refitting import Fitted, Move, moves, plan_correction
from fleet.span import Span

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = range(-1, 12)
TRACKERS, VEHICLES = (1, 2, 3), (1, 2, 3)

OnDay = dict[tuple[int, int], int]
"""vehicle by (tracker, day); a tracker that is on none has no entry"""


def span(start: int | None, end: int | None = None) -> Span:
    """Days of 2026; None is open."""
    return Span(*(None if n is None else EPOCH + timedelta(days=n) for n in (start, end)))


def holds(during: Span, day: int) -> bool:
    at = EPOCH + timedelta(days=day)
    return (during.start is None or during.start <= at) and (during.end is None or at < during.end)


def fitting(tracker: str, vehicle: str | None, start: int | None, end: int | None = None) -> Entry:
    on = () if vehicle is None else (("vehicle", vehicle),)
    return Entry((("tracker", tracker), *on), span(start, end))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, 9))
    return span(
        draw(st.sampled_from([None, start])) if start == 0 else start,
        draw(st.one_of(st.none(), st.integers(start + 1, 11))),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Fitted]:
    found: list[Fitted] = []
    for _ in range(draw(st.integers(0, 6))):
        new = Fitted(draw(st.sampled_from(TRACKERS)), draw(st.sampled_from(VEHICLES)), draw(spans()))
        if not any(overlap(new, old) for old in found):
            found.append(new)
    return found


def overlap(one: Fitted, other: Fitted) -> bool:
    share = one.tracker_id == other.tracker_id or one.vehicle_id == other.vehicle_id
    return share and any(holds(one.during, day) and holds(other.during, day) for day in DAYS)


def on_day(history: list[Fitted]) -> OnDay:
    return {(f.tracker_id, day): f.vehicle_id for f in history for day in DAYS if holds(f.during, day)}


def test_a_swap_entered_late_moves_what_came_since() -> None:
    before = [Fitted(1, 1, span(0)), Fitted(2, 2, span(0))]
    after = [Fitted(1, 1, span(0, 5)), Fitted(2, 2, span(0, 5)), Fitted(1, 2, span(5)), Fitted(2, 1, span(5))]
    assert moves(before, after) == [Move(1, 1, 2, span(5)), Move(2, 2, 1, span(5))]


def test_an_end_entered_late_leaves_what_came_since_to_nobody_and_a_beginning_takes_what_was_kept() -> None:
    assert moves([Fitted(1, 1, span(0))], [Fitted(1, 1, span(0, 5))]) == [Move(1, 1, None, span(5))]
    assert moves([], [Fitted(1, 1, span(None))]) == [Move(1, None, 1, span(None))]


def test_a_span_that_is_told_in_pieces_is_one_move() -> None:
    after = [Fitted(1, 2, span(3, 6)), Fitted(1, 2, span(6, 9))]
    assert moves([Fitted(1, 1, span(0))], after) == [
        Move(1, 1, None, span(0, 3)),
        Move(1, 1, 2, span(3, 9)),
        Move(1, 1, None, span(9)),
    ]


@given(before=histories(), after=histories())
def test_the_moves_make_of_the_one_history_the_other(before: list[Fitted], after: list[Fitted]) -> None:
    found = on_day(before)
    for move in moves(before, after):
        assert move.from_vehicle != move.to_vehicle
        for day in (day for day in DAYS if holds(move.during, day)):
            assert found.pop((move.tracker_id, day), None) == move.from_vehicle
            if move.to_vehicle is not None:
                found[move.tracker_id, day] = move.to_vehicle
    assert found == on_day(after)


def test_a_swap_that_was_later_than_entered() -> None:
    stored = [(1, fitting("T1", "A", 0, 10)), (2, fitting("T1", "B", 10))]
    plan = plan_correction(stored, [fitting("T1", "A", 10, 14)])
    assert (plan.outcomes, plan.superseded) == ([Outcome.CHANGED], {2})
    assert plan.additions == [fitting("T1", "A", 10, 14), fitting("T1", "B", 14)]


def test_a_swap_that_was_earlier_than_entered_needs_no_end() -> None:
    stored = [(1, fitting("T1", "A", 0, 10)), (2, fitting("T1", "B", 10, 20)), (3, fitting("T1", "C", 20))]
    plan = plan_correction(stored, [fitting("T1", "B", 8)])
    assert plan.superseded == {1, 2}
    assert plan.additions == [fitting("T1", "A", 0, 8), fitting("T1", "B", 8, 20)]


def test_the_wrong_car_lasts_until_the_next_that_stands() -> None:
    stored = [(1, fitting("T1", "A", 0, 10)), (2, fitting("T1", "B", 10))]
    plan = plan_correction(stored, [fitting("T1", "C", 0)])
    assert (plan.superseded, plan.additions) == ({1}, [fitting("T1", "C", 0, 10)])


def test_a_tracker_that_was_on_no_car() -> None:
    plan = plan_correction([(1, fitting("T1", "A", 0))], [fitting("T1", None, 3, 5)])
    assert plan.additions == [fitting("T1", "A", 0, 3), fitting("T1", "A", 5)]
    assert plan_correction([], [fitting("T1", None, 3, 5)]).outcomes == [Outcome.SAME]


def test_what_is_said_already_changes_nothing() -> None:
    plan = plan_correction([(1, fitting("T1", "A", 0))], [fitting("T1", "A", 3, 9)])
    assert plan.outcomes == [Outcome.SAME]
    assert (plan.superseded, plan.additions) == (set(), [])


def test_corrections_that_overlap_each_other_are_told() -> None:
    plan = plan_correction([], [fitting("T1", "A", 0, 5), fitting("T2", "A", 4, 9)])
    assert plan.outcomes[0] is Outcome.NEW
    assert plan.outcomes[1] == Conflict(fitting("T1", "A", 0, 5), fitting("T2", "A", 4, 9))


@given(stored=histories(), asked=histories(), of_none=st.sets(st.integers(0, 5)))
def test_a_correction_is_true_of_its_spans_and_leaves_all_else(
    stored: list[Fitted], asked: list[Fitted], of_none: set[int]
) -> None:
    """Spans with an end, which say themselves how long they last."""
    ended = [Fitted(f.tracker_id, f.vehicle_id, Span(f.during.start, f.during.end or span(11).start)) for f in asked]
    told = [(f.tracker_id, None if i in of_none else f.vehicle_id, f.during) for i, f in enumerate(ended)]
    entries = [Entry(entry_of(t, v, during).parts, during) for t, v, during in told]
    standing = {i: entry_of(f.tracker_id, f.vehicle_id, f.during) for i, f in enumerate(stored)}
    plan = plan_correction(standing.items(), entries)
    assert plan.conflicts == {}

    wanted = on_day(stored)
    for tracker, vehicle, during in told:
        for day in (day for day in DAYS if holds(during, day)):
            if vehicle is not None:
                wanted = {key: on for key, on in wanted.items() if key[1] != day or on != vehicle}
            wanted.pop((tracker, day), None)
    for tracker, vehicle, during in told:
        for day in (day for day in DAYS if holds(during, day)):
            if vehicle is not None:
                wanted[tracker, day] = vehicle
    left = [fitted_of(entry) for id_, entry in standing.items() if id_ not in plan.superseded]
    now = [*left, *map(fitted_of, plan.additions)]
    assert on_day(now) == wanted
    assert not any(overlap(one, other) for i, one in enumerate(now) for other in now[:i])


def entry_of(tracker: int, vehicle: int | None, during: Span) -> Entry:
    on = () if vehicle is None else (("vehicle", str(vehicle)),)
    return Entry((("tracker", str(tracker)), *on), during)


def fitted_of(entry: Entry) -> Fitted:
    of = dict(entry.parts)
    return Fitted(int(of["tracker"]), int(of["vehicle"]), entry.during)
