"""What each operation on spans means, told by small examples."""

from __future__ import annotations

import numpy as np
import pytest

from rules import spans as algebra
from rules.spans import EARLIEST_US, LATEST_US, Spans
from tests.builders.spans import minute_us, spans, written


def test_spans_that_overlap_or_touch_are_one_span() -> None:
    assert spans("5-9 1-3 3-4 8-12") == spans("1-4 5-12")


def test_spans_of_different_vehicles_never_merge() -> None:
    both = spans("1-3 | 3-5")
    assert (both.vehicle.tolist(), len(both)) == ([0, 1], 2)


def test_spans_without_length_vanish() -> None:
    assert spans("4-4 | 7-7") == Spans.empty()


def test_a_span_may_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Spans.of([0], [5], [4])


def test_a_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        Spans.of([0], [np.nan], [4.0])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 starts, 3 ends"):
        Spans.of(0, [1, 2], [3, 4, 5])


def test_vehicle_rows_are_not_negative() -> None:
    with pytest.raises(ValueError, match="count from 0"):
        Spans.of([-1], [1], [2])


def test_open_ends_are_moved_to_the_ends_of_time() -> None:
    forever = Spans.of([0], [-np.inf], [np.inf])
    assert (forever.start_us.tolist(), forever.end_us.tolist()) == ([EARLIEST_US], [LATEST_US])
    assert Spans.of([0], [np.iinfo(np.int64).min], [np.iinfo(np.int64).max]) == forever


def test_union_intersection_and_difference() -> None:
    a, b = spans("0-10 20-30 | 0-5"), spans("5-25 | 5-9")
    assert written(a | b, 2) == "0-30 | 0-9"
    assert written(a & b, 2) == "5-10 20-25 | "
    assert written(a - b, 2) == "0-5 25-30 | 0-5"


def test_what_merely_touches_shares_no_time() -> None:
    assert spans("0-5") & spans("5-9") == Spans.empty()
    assert spans("0-5") - spans("5-9") == spans("0-5")


def test_a_complement_stays_in_its_frame_and_knows_vehicles_without_spans() -> None:
    assert algebra.complement(spans("2-4"), spans("0-10 | 3-8")) == spans("0-2 4-10 | 3-8")


def test_without_leaves_whole_spans_that_nothing_touches() -> None:
    trips, orders = spans("0-10 20-30 40-50"), spans("9-12 30-40")
    assert algebra.without(trips, orders) == spans("20-30 40-50")
    assert algebra.touching(trips, orders) == spans("0-10")


def test_a_span_of_another_vehicle_touches_nothing() -> None:
    assert algebra.without(spans("0-10 | 0-10"), spans(" | 5-6")) == spans("0-10")


def test_longer_keeps_what_lasts_exactly_as_long() -> None:
    some = spans("0-15 20-34 40-60")
    assert algebra.longer(some, 15 * 60_000_000) == spans("0-15 40-60")
    assert algebra.shorter(some, 15 * 60_000_000) == spans("20-34")


def test_growing_merges_what_comes_to_meet() -> None:
    grown = algebra.grow(spans("10-20 25-30 50-60 | 0-1"), 2 * 60_000_000, 3 * 60_000_000)
    assert written(grown, 2) == "8-33 48-63 | -2-4"


def test_growing_stops_at_the_ends_of_time() -> None:
    grown = algebra.grow(Spans.of([0], [0], [1]), 2**62, 2**62)
    assert grown == Spans.of([0], [-np.inf], [np.inf])


def test_spans_do_not_shrink() -> None:
    with pytest.raises(ValueError, match="do not shrink"):
        algebra.grow(spans("1-2"), -1, 0)


def test_spans_closer_than_the_gap_join_and_add_up() -> None:
    groups = algebra.joined(spans("0-4 33-35 65-70 | 69-75"), 30 * 60_000_000)
    assert groups.vehicle.tolist() == [0, 0, 1]
    assert groups.start_us.tolist() == [minute_us(0), minute_us(65), minute_us(69)]
    assert groups.end_us.tolist() == [minute_us(35), minute_us(70), minute_us(75)]
    assert (groups.total_us // 60_000_000).tolist() == [6, 5, 6]
    assert groups.spans.tolist() == [2, 1, 1]
    assert groups.lasting(6 * 60_000_000).vehicle.tolist() == [0, 1]


def test_joining_nothing_gives_nothing() -> None:
    assert len(algebra.joined(Spans.empty(), 10)) == 0


def test_spans_for_all_vehicles_are_those_of_each() -> None:
    assert Spans.for_all([minute_us(5), minute_us(0)], [minute_us(6), minute_us(2)], 3) == spans(
        "0-2 5-6 | 0-2 5-6 | 0-2 5-6"
    )
    assert Spans.for_all([1], [2], 0) == Spans.empty()


def test_durations_and_counts_are_by_vehicle() -> None:
    some = spans("0-10 20-25 | | 1-2")
    assert (some.total_us(4) // 60_000_000).tolist() == [15, 0, 1, 0]
    assert some.count(4).tolist() == [2, 0, 1, 0]


def test_thousands_of_vehicles_with_spans_open_for_centuries_do_not_overflow() -> None:
    vehicles = 5_000
    forever = Spans.for_all([-np.inf], [np.inf], vehicles)
    middle = Spans.for_all([minute_us(0)], [minute_us(1)], vehicles)
    assert forever & middle == middle
    assert (forever - middle) | middle == forever
    assert len(forever - middle) == 2 * vehicles
    assert algebra.without(forever, middle) == Spans.empty()
    assert algebra.touching(middle, forever) == middle


def test_sets_differ_when_their_columns_do() -> None:
    assert spans("0-1") != spans("0-2")
    assert spans("0-1") != "0-1"
