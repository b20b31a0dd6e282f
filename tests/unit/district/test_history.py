"""The season: what cars did on ordinary days, and what their trackers made of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import shapely

from fleet.clock import moment_of
from fleet.position import Flag, Positions
from fleet.span import Span
from fleet.violation import Severity
from gongche.district.diary import Diary
from gongche.district.history import History
from gongche.district.plane import to_plane
from gongche.district.season import DAYS, HOLIDAYS, LENGTH_S, START_US, WEEKEND_DAYS, WORKDAYS, clock, day_of, moment
from gongche.district.silence import OUTAGE
from gongche.district.truth import compare
from rules.catalogue import CATALOGUE
from rules.judging import judge
from rules.rulebook import RuleBook
from tests.builders.history import fleet_of_matter, found_in, matter_of

DIGEST = "7265479ce09633c15dc44f7cdd2bfb2f4388b5f2d310277aecbc759fe8f55ff3"


def ordinary(history: History) -> list[Diary]:
    """Cars that nothing was planted for."""
    return [
        diary
        for diary in history.diaries
        if not (planted(diary) or diary.waivers or diary.fidgets or diary.states)
        and not any(_length(order.during) > timedelta(hours=12) for order in diary.orders)
    ]


def _length(during: Span) -> timedelta:
    assert during.start is not None
    assert during.end is not None
    return during.end - during.start


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
    assert set(by_rule) == set(CATALOGUE)
    assert min(by_rule.values()) >= 8


def test_judging_finds_just_what_was_planted(history: History) -> None:
    missed, extra = compare(found_in(history), history.planted)
    assert (missed, extra) == ([], [])


def test_an_outage_of_the_platform_is_held_against_nobody(history: History) -> None:
    matter, book = matter_of(history)
    fleet = fleet_of_matter(matter, book)
    (start, end) = (moment_of(us) for us in (fleet.start_us[0], fleet.end_us[0]))
    assert len(fleet.start_us) == 1
    assert abs(start - moment(OUTAGE.start_s)) < timedelta(minutes=5)
    assert abs(end - moment(OUTAGE.end_s)) < timedelta(minutes=5)
    extra = [v for v in judge(matter, book).violations if v.rule_id == "R15" and v.start < end and start < v.end]
    assert len(extra) > 50, "so many would have been accused"


def test_a_silence_of_a_day_is_a_warning_and_one_of_three_a_violation(history: History) -> None:
    matter, book = matter_of(history)
    matter = replace(matter, fleet=fleet_of_matter(matter, book))
    for violation in judge(matter, RuleBook([CATALOGUE["R14"]], [], book.calendar)).violations:
        plate = history.district.cars[violation.vehicle_id].plate
        (why,) = (m.why for m in history.planted if (m.rule, m.plate) == ("R14", plate))
        assert (violation.severity is Severity.INFO) == why.startswith("提醒")


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
