"""What is wrong with a tracker, what to do about it, and when nothing is said for want of data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oversight.tracker_health import Advice, TrackerHealth, Trouble, advice, are_we_behind, examined, troubles

NOW = datetime(2026, 10, 9, 0, 30, tzinfo=UTC)
FINE = TrackerHealth(
    tracker="T1",
    id=1,
    vehicle_id=1,
    plate="苏N12345",
    unit="区教育局",
    heard_at=NOW - timedelta(minutes=1),
    positions=1000,
    fixes=990,
    repeats=10,
    late=20,
    offsets_s=[1, 2, 1, 0, 1, 1, 3, 1],
)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


def found(**changes: object) -> list[Trouble]:
    return troubles(replace(FINE, **changes), NOW)


def told(**changes: object) -> Advice | None:
    health = replace(FINE, **changes)
    return advice(health, troubles(health, NOW))


def test_a_tracker_that_works_has_no_trouble_and_nothing_is_to_be_done() -> None:
    assert found() == []
    assert told() is None


@pytest.mark.parametrize(("silent_for", "is_silent"), [(DAY - SECOND, False), (DAY, True)])
def test_a_tracker_is_silent_after_a_day(silent_for: timedelta, is_silent: bool) -> None:
    assert (Trouble.SILENT in found(heard_at=NOW - silent_for)) is is_silent


def test_a_tracker_that_was_just_fitted_is_not_blamed_for_the_time_before() -> None:
    long_ago = NOW - timedelta(days=30)
    assert found(heard_at=long_ago, fitted_from=NOW - DAY + SECOND) == []
    assert found(heard_at=None, fitted_from=NOW - DAY + SECOND) == []
    assert found(heard_at=None, fitted_from=NOW - DAY) == [Trouble.NEVER]
    assert found(heard_at=None, fitted_from=None) == [Trouble.NEVER]


def test_a_tracker_on_no_car_is_neither_silent_nor_missing_until_it_reports() -> None:
    spare = {"vehicle_id": None, "positions": 0, "fixes": 0, "repeats": 0, "late": 0, "offsets_s": []}
    assert found(**spare, heard_at=None) == []
    assert found(**spare, heard_at=NOW - 9 * DAY) == []
    assert found(**spare, rejected={"not_fitted": 1}) == [Trouble.UNFITTED]


def test_a_tracker_that_nobody_registered_is_to_be_registered() -> None:
    unknown = TrackerHealth(tracker="X", heard_at=NOW, rejected={"unknown_tracker": 7})
    assert troubles(unknown, NOW) == [Trouble.UNKNOWN]
    assert advice(unknown, [Trouble.UNKNOWN]) is Advice.REGISTER


@pytest.mark.parametrize(("offset_s", "is_off"), [(120, False), (121, True), (-120, False), (-121, True)])
def test_a_clock_is_off_beyond_two_minutes_either_way(offset_s: int, is_off: bool) -> None:
    assert (Trouble.CLOCK in found(offsets_s=[offset_s] * 9)) is is_off


def test_a_clock_that_is_two_hours_ahead_shows_minus_7200_s() -> None:
    health = replace(FINE, offsets_s=[-7200, -7199, -7198, 3, -7200, -7199, -7199])
    assert health.clock_offset_s == -7199
    assert troubles(health, NOW) == [Trouble.CLOCK]


def test_what_is_put_aside_because_it_tells_of_the_future_is_the_clocks_trouble() -> None:
    ahead = replace(FINE, rejected={"clock_ahead": 200})
    assert troubles(ahead, NOW)[0] is Trouble.CLOCK
    assert advice(ahead, [Trouble.CLOCK]) is Advice.SET_CLOCK
    assert Trouble.CLOCK not in found(rejected={"clock_ahead": 1})


def test_where_most_trackers_are_ahead_we_are_behind() -> None:
    ahead = replace(FINE, rejected={"clock_ahead": 200})
    assert are_we_behind([ahead] * 3 + [FINE] * 2)
    assert not are_we_behind([ahead] * 3 + [FINE] * 3)
    assert not are_we_behind([ahead] * 2)


def test_of_few_batches_no_clock_is_told() -> None:
    assert replace(FINE, offsets_s=[7200] * 4).clock_offset_s is None
    assert found(offsets_s=[7200] * 4) == []
    assert found(offsets_s=[7200] * 5) == [Trouble.CLOCK]


def test_what_is_sent_out_of_a_blind_area_is_late_and_no_wrong_clock() -> None:
    catching_up = [7200 - 290 * batch for batch in range(20)]
    assert found(offsets_s=catching_up, late=600) == [Trouble.LATE]


def test_what_comes_late_by_a_wrong_clock_is_the_clocks_trouble_alone() -> None:
    assert found(offsets_s=[8 * 3600] * 9, late=1000) == [Trouble.CLOCK]


@pytest.mark.parametrize(
    ("offset_s", "expected"),
    [(8 * 3600, Advice.SET_ZONE), (-8 * 3600 + 60, Advice.SET_ZONE), (5400, Advice.SET_ZONE),
     (1800, Advice.SET_CLOCK), (700, Advice.SET_CLOCK), (2 * 3600 + 700, Advice.SET_CLOCK)],
)  # fmt: skip
def test_whole_half_hours_are_a_time_zone_anything_else_a_clock(offset_s: int, expected: Advice) -> None:
    assert told(offsets_s=[offset_s] * 9) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fixes": 800}, []),
        ({"fixes": 799}, [Trouble.FEW_FIXES]),
        ({"late": 200}, []),
        ({"late": 201}, [Trouble.LATE]),
        ({"repeats": 250}, []),
        ({"repeats": 251}, [Trouble.REPEATS]),
        ({"rejected": {"not_json": 10}}, []),
        ({"rejected": {"not_json": 11}}, [Trouble.REJECTED]),
    ],
)
def test_shares_are_a_trouble_beyond_their_limit(changes: dict[str, object], expected: list[Trouble]) -> None:
    assert found(**changes) == expected


def test_fewer_than_fifty_positions_say_nothing_of_shares() -> None:
    few = {"positions": 49, "fixes": 0, "late": 49, "repeats": 0}
    assert found(**few) == []
    assert found(**few | {"positions": 50, "late": 50}) == [Trouble.FEW_FIXES, Trouble.LATE]


def test_a_car_that_is_parked_in_a_garage_says_nothing_of_its_antenna() -> None:
    assert found(fixes=200, parked=750) == []
    assert found(fixes=199, parked=750) == [Trouble.FEW_FIXES]
    assert found(fixes=0, parked=951) == []
    assert replace(FINE, fixes=0, parked=1000).fix_share is None


def test_nothing_came_is_no_share_of_anything() -> None:
    nothing = TrackerHealth(tracker="T")
    assert (nothing.fix_share, nothing.late_share, nothing.repeat_share, nothing.clock_offset_s) == (None,) * 4


def test_messages_kept_for_a_fitting_are_not_rejected() -> None:
    assert found(rejected={"unknown_tracker": 500, "not_fitted": 500}) == []


def test_messages_whose_time_cannot_be_read_are_the_clocks() -> None:
    assert told(rejected={"bad_time": 600, "not_json": 500}) is Advice.SET_CLOCK
    assert told(rejected={"bad_time": 500, "not_json": 600}) is Advice.CHECK_MESSAGES


def test_every_trouble_has_its_advice() -> None:
    health = replace(FINE, rejected={"not_json": 900}, offsets_s=[7200] * 9)
    assert all(advice(health, [trouble]) for trouble in Trouble)


def test_the_worst_comes_first_then_the_longest_silent_then_by_number() -> None:
    trackers = [
        replace(FINE, tracker="A"),
        replace(FINE, tracker="B", fixes=0),
        replace(FINE, tracker="C", heard_at=NOW - 2 * DAY),
        replace(FINE, tracker="D", heard_at=NOW - 3 * DAY, fixes=0),
        replace(FINE, tracker="0"),
    ]
    told_in_order = examined(trackers, NOW)
    assert [one.health.tracker for one in told_in_order] == ["D", "C", "B", "0", "A"]
    assert told_in_order[0].troubles == [Trouble.SILENT, Trouble.FEW_FIXES]


def test_a_clock_of_ours_that_is_behind_tells_no_negative_silence() -> None:
    assert replace(FINE, heard_at=NOW + timedelta(hours=1)).silent_for(NOW) == timedelta(0)
