"""The season: what cars did on ordinary days, and what their trackers made of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise

import numpy as np
import shapely

from fleet.position import Flag, Positions
from gongche.district.diary import Diary
from gongche.district.history import History
from gongche.district.plane import to_plane
from gongche.district.season import DAYS, HOLIDAYS, LENGTH_S, START_US, WEEKEND_DAYS, WORKDAYS, clock, day_of
from gongche.district.truth import compare
from tests.builders.history import found_in

DIGEST = "678dbf0b459804f19438e7c3ea5fb0e216bba2784a28cd3bfbe0f82ade11e1c7"


def ordinary(history: History) -> list[Diary]:
    """Cars that nothing was planted for."""
    return [diary for diary in history.diaries if not (planted(diary) or diary.waivers or diary.fidgets)]


def planted(diary: Diary) -> bool:
    """Trips without an order and the like happen on ordinary days too."""
    return any(misdeed.rule not in ("R02", "R03", "R11") for misdeed in diary.misdeeds)


def positions_of(history: History, diary: Diary) -> Positions:
    rows = np.flatnonzero(history.positions.vehicle_id == diary.car.number)
    return history.positions.take(rows).in_order()


def test_the_same_seed_gives_the_same_positions_on_every_machine(history: History) -> None:
    columns = (getattr(history.positions, name) for name in ("vehicle_id", "ts_us", "lon_e7", "lat_e7"))
    digest = hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest()
    assert digest == DIGEST, "the demonstration has changed: if that was meant, so must this digest"


def test_the_days_are_those_of_the_schedule() -> None:
    assert (len(DAYS), len(HOLIDAYS), len(WEEKEND_DAYS), len(WORKDAYS)) == (24, 10, 2, 12)


def test_most_ordinary_cars_drive_in_work_hours_only(history: History) -> None:
    inside = outside = 0
    for diary in ordinary(history):
        for leg in diary.legs:
            day = day_of(leg.depart_s)
            in_hours = clock(day, 7, 40) <= leg.depart_s and leg.arrive_s <= clock(day, 18, 50)
            inside, outside = inside + in_hours, outside + (day not in WORKDAYS or not in_hours)
    assert inside > 5_000
    assert outside < 130  # the traps: under an order, too short, at the edge


def test_a_diary_goes_on_where_it_stood(history: History) -> None:
    for diary in history.diaries:
        for before, after in pairwise(diary.legs):
            assert before.end is after.start
            assert before.arrive_s <= after.depart_s
        assert not diary.legs or diary.legs[-1].end is diary.car.slot
        assert diary.free_from_s < LENGTH_S


def test_each_rule_has_eight_or_more_misdeeds(history: History) -> None:
    by_rule = Counter(misdeed.rule for misdeed in history.planted)
    assert set(by_rule) == {"R02", "R03", "R04", "R05", "R06", "R08", "R09", "R10", "R11", "R12", "R13", "R15", "R16"}
    assert min(by_rule.values()) >= 8


def test_judging_finds_just_what_was_planted(history: History) -> None:
    missed, extra = compare(found_in(history), history.planted)
    assert (missed, extra) == ([], [])


def test_they_arrive_in_the_order_of_their_arrival_which_is_not_that_of_their_times(history: History) -> None:
    positions = history.positions
    assert (np.diff(positions.received_us) >= 0).all()
    assert (positions.received_us > positions.ts_us).all()
    late = positions.received_us - positions.ts_us > 3600 * 1_000_000
    assert 1_000 < late.sum() < 0.05 * len(positions)


def test_some_are_repeats_and_no_car_reports_two_places_at_once(history: History) -> None:
    positions = history.positions.in_order()
    same = (np.diff(positions.vehicle_id) == 0) & (np.diff(positions.ts_us) == 0)
    assert 1_000 < same.sum() < 0.01 * len(positions)
    assert history.distinct_positions == len(positions) - same.sum()
    assert (positions.lon_e7[1:][same] == positions.lon_e7[:-1][same]).all()
    assert (positions.lat_e7[1:][same] == positions.lat_e7[:-1][same]).all()


def test_all_lie_in_the_season(history: History) -> None:
    seconds = (history.positions.ts_us - START_US) / 1e6
    assert seconds.min() >= 0
    assert seconds.max() < LENGTH_S


def test_innocent_cars_stay_in_the_district_but_for_wild_fixes(history: History) -> None:
    outline = history.district.places.district
    some = ordinary(history)[::12]
    positions = Positions.concatenate([positions_of(history, diary) for diary in some])
    points = to_plane(np.stack([positions.lon_e7, positions.lat_e7], axis=1) / 1e7)
    off_m = shapely.distance(outline, shapely.points(points))
    assert 0 < (off_m > 500).sum() < 40 * len(some)
    assert np.median(off_m) == 0


def test_parked_cars_are_seen_in_their_yards(history: History) -> None:
    """At four in the morning, with a plain tracker that does not sleep."""
    seen = 0
    for diary in ordinary(history)[:150]:
        if not diary.car.habits.is_plain or diary.car.habits.parked_every_s is None:
            continue
        positions = positions_of(history, diary)
        at_four = (positions.ts_us - START_US) // 3_600_000_000 % 24 == 4
        points = to_plane(np.stack([positions.lon_e7, positions.lat_e7], axis=1)[at_four] / 1e7)
        in_yard = shapely.contains(diary.car.slot.area, shapely.points(points))
        assert in_yard.mean() > 0.98  # all but wild fixes
        seen += 1
    assert seen > 30


def test_trackers_in_garages_say_that_they_have_no_fix(history: History) -> None:
    no_fix = (history.positions.flags & Flag.NO_FIX) != 0
    in_garage = {diary.car.number for diary in history.diaries if diary.car.habits.in_garage}
    assert no_fix.sum() > 10_000
    blind = {diary.car.number for diary in history.diaries if diary.blind}
    assert set(history.positions.vehicle_id[no_fix].tolist()) <= in_garage | blind


def test_parked_drift_reports_speeds_that_are_none(history: History) -> None:
    positions = history.positions
    parked = (positions.flags & Flag.IGNITION_OFF) != 0
    assert (positions.speed_kmh[parked] > 3).sum() > 1_000


def test_only_those_who_were_to_speed_went_fast(history: History) -> None:
    positions = history.positions
    fast = {history.district.cars[number].plate for number in positions.vehicle_id[positions.speed_kmh > 120].tolist()}
    planted = {misdeed.plate for misdeed in history.planted if misdeed.rule == "R13"}
    assert planted < fast
    assert len(fast) <= len(planted) + 4  # in an emergency, and for a moment
    assert positions.speed_kmh.max() < 190
