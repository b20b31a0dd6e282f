"""A tip against the track: near, away, or no data, which is never taken for away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from fleet.position import Flag, Positions
from oversight.tip import Sighting, Verdict, sighting
from tests.builders.tracks import NOON, Fix, at

PLACE = at()[1:]


def seen(fixes: Sequence[Fix], place: tuple[int, int] | None = PLACE, flags: int = 0) -> Sighting:
    """What a track says of noon at the point that metres are from."""
    ts, lon, lat = (np.array(column) for column in zip(*fixes, strict=True)) if fixes else (np.empty(0),) * 3
    return sighting(Positions.of(1, ts, lon, lat, flags=flags), NOON, place)


def standing(east_m: float) -> list[Fix]:
    return [at(minute, east_m=east_m) for minute in range(-40, 41, 5)]


def test_a_car_that_stood_there_was_near() -> None:
    found = seen(standing(120))
    assert (found.verdict, found.fixes, round(found.nearest_m or 0)) == (Verdict.NEAR, 13, 120)


def test_one_fix_near_by_is_enough_and_tells_when() -> None:
    passed = [at(-35, east_m=9000), at(12, east_m=400), at(35, east_m=9000)]
    assert seen(passed).nearest_at == NOON + timedelta(minutes=12)
    assert seen(passed).verdict is Verdict.NEAR


def test_a_car_known_elsewhere_all_the_time_was_away() -> None:
    assert seen(standing(3000)).verdict is Verdict.AWAY


def test_silence_in_which_it_may_have_been_there_is_no_data() -> None:
    gap = [fix for fix in standing(3000) if not NOON.timestamp() - 700 < fix.ts_us / 1e6 < NOON.timestamp() + 700]
    moved = [Fix(fix.ts_us, *at(east_m=3500)[1:]) if fix.ts_us > at().ts_us else fix for fix in gap]
    assert seen(moved).verdict is Verdict.NO_DATA


def test_a_sleeping_tracker_that_wakes_where_it_slept_stood_there() -> None:
    assert seen([at(-300, east_m=3000), at(-299, east_m=3000), at(500, east_m=3020)]).verdict is Verdict.AWAY


def test_without_fixes_or_beyond_them_there_is_no_data() -> None:
    assert seen([]).verdict is Verdict.NO_DATA
    assert seen([at(-29, east_m=3000)]).verdict is Verdict.NO_DATA
    assert seen(standing(3000)[:12]).verdict is Verdict.NO_DATA
    assert seen(standing(10), flags=Flag.NO_FIX).verdict is Verdict.NO_DATA


def test_a_tip_without_a_point_is_for_people_to_compare() -> None:
    assert seen(standing(10), place=None).verdict is Verdict.NO_PLACE
    assert seen([], place=None).verdict is Verdict.NO_DATA
