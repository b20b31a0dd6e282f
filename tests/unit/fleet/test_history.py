"""Histories: what is added later may end what was open, and rewrites nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.history import Conflict, Entry, Outcome, plan_corrections, plan_history
from fleet.span import Span

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def span(start: int | None, end: int | None = None) -> Span:
    """Days of 2026; None is open."""
    return Span(
        None if start is None else EPOCH + timedelta(days=start),
        None if end is None else EPOCH + timedelta(days=end),
    )


def fitting(tracker: str, vehicle: str, start: int | None, end: int | None = None) -> Entry:
    return Entry((("tracker", tracker), ("vehicle", vehicle)), span(start, end))


def test_what_stands_already_is_the_same() -> None:
    plan = plan_history([(1, fitting("T1", "V1", 0))], [fitting("T1", "V1", 0)])
    assert plan.outcomes == [Outcome.SAME]
    assert (plan.endings, plan.additions) == ({}, {})


def test_an_open_claim_agrees_with_an_entry_that_has_ended_since() -> None:
    plan = plan_history([(1, fitting("T1", "V1", 0, 50))], [fitting("T1", "V1", 0)])
    assert plan.outcomes == [Outcome.SAME]


def test_a_tracker_that_moves_ends_its_earlier_fitting() -> None:
    plan = plan_history([(1, fitting("T1", "V1", 0))], [fitting("T1", "V2", 30)])
    assert plan.outcomes == [Outcome.NEW]
    assert plan.endings == {1: EPOCH + timedelta(days=30)}
    assert plan.additions == {0: span(30)}


def test_moving_onto_a_vehicle_with_another_tracker_ends_both() -> None:
    stored = [(1, fitting("T1", "V1", 0)), (2, fitting("T2", "V2", 10))]
    plan = plan_history(stored, [fitting("T1", "V2", 30)])
    assert plan.endings == {1: EPOCH + timedelta(days=30), 2: EPOCH + timedelta(days=30)}


def test_two_moves_in_one_batch_are_taken_in_order_of_time() -> None:
    plan = plan_history([], [fitting("T1", "V2", 30), fitting("T1", "V1", 0)])
    assert plan.outcomes == [Outcome.NEW, Outcome.NEW]
    assert plan.additions == {0: span(30), 1: span(0, 30)}


def test_an_end_can_be_given_to_what_was_open() -> None:
    plan = plan_history([(1, fitting("T1", "V1", 0))], [fitting("T1", "V1", 0, 40)])
    assert plan.outcomes == [Outcome.CHANGED]
    assert plan.endings == {1: EPOCH + timedelta(days=40)}


@pytest.mark.parametrize(
    ("standing", "asked"),
    [
        (fitting("T1", "V1", 10), fitting("T1", "V2", 5)),  # begins before what stands
        (fitting("T1", "V1", 10), fitting("T1", "V2", 10)),  # begins with it
        (fitting("T1", "V1", 10, 20), fitting("T1", "V2", 15)),  # inside what has ended
        (fitting("T1", "V1", 10, 20), fitting("T1", "V1", 10, 25)),  # another end for what has ended
        (fitting("T1", "V1", 10), fitting("T1", "V1", 15)),  # the same pair from another day
        (fitting("T1", "V1", 10), fitting("T1", "V1", 5)),
        (fitting("T1", "V1", None), fitting("T1", "V2", None)),
    ],
)
def test_what_would_rewrite_history_is_a_conflict(standing: Entry, asked: Entry) -> None:
    plan = plan_history([(1, standing)], [asked])
    assert plan.outcomes == [Conflict(standing, asked)]
    assert (plan.endings, plan.additions) == ({}, {})


def test_spans_that_touch_do_not_overlap() -> None:
    plan = plan_history([(1, fitting("T1", "V1", 0, 10))], [fitting("T1", "V2", 10, 20)])
    assert plan.outcomes == [Outcome.NEW]
    assert plan.endings == {}


entries = st.builds(
    lambda tracker, vehicle, start, lasts: fitting(tracker, vehicle, start, None if lasts is None else start + lasts),
    st.sampled_from(["T1", "T2", "T3"]),
    st.sampled_from(["V1", "V2", "V3"]),
    st.integers(0, 20),
    st.none() | st.integers(1, 10),
)


@given(st.lists(st.lists(entries, max_size=6), max_size=4))
def test_the_database_could_hold_every_plan(batches: list[list[Entry]]) -> None:
    """No two entries of a part ever overlap, starts never move, ended entries never change."""
    stored: list[tuple[int, Entry]] = []
    for batch in batches:
        before = dict(stored)
        stored = apply_plan(stored, batch)
        for id_, entry in before.items():
            after = dict(stored)[id_]
            assert after.parts == entry.parts
            assert after.during.start == entry.during.start
            assert entry.during.end in (None, after.during.end)
        for i, (_, one) in enumerate(stored):
            for _, other in stored[:i]:
                if set(one.parts) & set(other.parts):
                    assert not overlap(one.during, other.during)


@given(st.lists(entries, max_size=8))
def test_asking_twice_changes_nothing(batch: list[Entry]) -> None:
    first = plan_history([], batch)
    accepted = [entry for entry, out in zip(batch, first.outcomes, strict=True) if isinstance(out, Outcome)]
    again = plan_history(apply_plan([], batch), accepted)
    assert set(again.outcomes) <= {Outcome.SAME}
    assert (again.endings, again.additions) == ({}, {})


def apply_plan(stored: Sequence[tuple[int, Entry]], batch: Sequence[Entry]) -> list[tuple[int, Entry]]:
    plan = plan_history(stored, batch)
    kept = [
        (id_, Entry(e.parts, Span(e.during.start, plan.endings.get(id_, e.during.end)), e.content)) for id_, e in stored
    ]
    added = [(len(stored) + n, Entry(batch[i].parts, during)) for n, (i, during) in enumerate(plan.additions.items())]
    return kept + added


def overlap(one: Span, other: Span) -> bool:
    assert one.start is not None
    assert other.start is not None
    return (other.end is None or one.start < other.end) and (one.end is None or other.start < one.end)


# Corrections ---------------------------------------------------------------------------------------------------------


def version(content: str, start: int | None, end: int | None = None) -> Entry:
    return Entry((("zone", "一中"),), span(start, end), content)


def test_a_correction_takes_the_place_of_what_begins_with_it() -> None:
    stored = [(1, version("a", 0, 30)), (2, version("b", 30))]
    plan = plan_corrections(stored, [version("c", 0)])
    assert (plan.outcomes, plan.superseded, plan.endings) == ([Outcome.CHANGED], {1}, {})
    assert plan.additions == {0: span(0, 30)}


def test_what_says_no_time_corrects_the_only_version_and_of_several_none() -> None:
    assert plan_corrections([(1, version("a", None))], [version("c", None)]).superseded == {1}
    stored = [(1, version("a", None, 30)), (2, version("b", 30))]
    assert list(plan_corrections(stored, [version("c", None)]).conflicts) == [0]
    assert plan_corrections(stored, [version("c", None, 30)]).superseded == {1}


def test_a_correction_may_end_sooner_and_what_had_ended_may_end_later() -> None:
    plan = plan_corrections([(1, version("a", 0))], [version("b", 0, 10)])
    assert (plan.superseded, plan.additions) == ({1}, {0: span(0, 10)})
    plan = plan_corrections([(1, version("a", 0, 10))], [version("a", 0, 20)])
    assert (plan.superseded, plan.additions) == ({1}, {0: span(0, 20)})


def test_what_is_said_again_corrects_nothing_and_another_start_is_a_new_version() -> None:
    stored = [(1, version("a", 0))]
    assert plan_corrections(stored, [version("a", 0)]).superseded == set()
    plan = plan_corrections(stored, [version("b", 10)])
    assert (plan.outcomes, plan.superseded, plan.endings) == ([Outcome.NEW], set(), {1: EPOCH + timedelta(days=10)})


def test_a_correction_that_reaches_into_the_next_version_is_a_conflict() -> None:
    plan = plan_corrections([(1, version("a", 0, 10)), (2, version("b", 10))], [version("c", 0, 15)])
    assert (list(plan.conflicts), plan.superseded) == ([0], set())


def test_two_corrections_of_one_entry_are_one_and_a_conflict() -> None:
    plan = plan_corrections([(1, version("a", 0))], [version("b", 0), version("c", 0)])
    assert (plan.outcomes[0], list(plan.conflicts)) == (Outcome.CHANGED, [1])
