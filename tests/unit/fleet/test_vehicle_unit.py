"""A vehicle's units over time: what may follow on what is known, and what a correction makes of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.clock import SHANGHAI
from fleet.vehicle_unit import UnitChangeError, VehicleUnit, corrected, followed

A, B, C = "水利局", "城管局", "教育局"


def day(number: int) -> datetime:
    return datetime(2026, 10, number, tzinfo=SHANGHAI)


def since(unit: str, number: int | None = None) -> VehicleUnit:
    return VehicleUnit(unit, None if number is None else day(number))


KNOWN = (since(A), since(B, 5))


def test_a_change_after_the_last_one_follows_on_it() -> None:
    assert followed(KNOWN, since(C, 9)) == (*KNOWN, since(C, 9))
    assert followed(KNOWN, since(A, 9)) == (*KNOWN, since(A, 9))


@pytest.mark.parametrize("same", [since(B), since(B, 5)])
def test_what_is_known_changes_nothing(same: VehicleUnit) -> None:
    assert followed(KNOWN, same) == KNOWN


def test_that_the_first_unit_is_so_since_some_day_changes_nothing() -> None:
    assert followed((since(A),), since(A, 3)) == (since(A),)


@pytest.mark.parametrize("asked", [since(C, 4), since(C, 5), since(A, 5), since(B, 4), since(B, 6), since(C)])
def test_what_contradicts_the_last_change_does_not_follow(asked: VehicleUnit) -> None:
    with pytest.raises(UnitChangeError) as refused:
        followed(KNOWN, asked)
    assert (refused.value.last, refused.value.asked) == (KNOWN[-1], asked)


@pytest.mark.parametrize(
    ("asked", "becomes"),
    [
        (since(B, 3), (since(A), since(B, 3))),
        (since(B, 7), (since(A), since(B, 7))),
        (since(B, 5), (since(A), since(B, 5))),
        (since(C, 5), (since(A), since(C, 5))),
        (since(C, 7), (since(A), since(B, 5), since(C, 7))),
        (since(A, 5), (since(A),)),
        (since(A, 2), (since(A),)),
    ],
)
def test_a_correction_says_since_when_the_unit_of_today_is_so(
    asked: VehicleUnit, becomes: tuple[VehicleUnit, ...]
) -> None:
    assert corrected(KNOWN, asked) == becomes


asked_some = st.lists(st.tuples(st.booleans(), st.sampled_from([A, B, C]), st.integers(1, 28)), max_size=8)


@given(asked_some)
def test_a_history_always_begins_before_all_ascends_and_ends_with_what_was_said_last(
    told: list[tuple[bool, str, int]],
) -> None:
    history: tuple[VehicleUnit, ...] = (since(A),)
    for correcting, unit, number in told:
        try:
            history = (corrected if correcting else followed)(history, since(unit, number))
        except UnitChangeError:
            continue
        assert history[-1].unit_code == unit
    first, *rest = history
    assert first == since(A)
    moments = [one.since for one in rest]
    assert None not in moments
    assert moments == sorted(set(moments), key=lambda moment: moment or day(1))
    assert all(one.unit_code != after.unit_code for one, after in zip(history, rest, strict=False))
