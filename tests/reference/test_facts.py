"""The reference itself, on tracks small enough to judge by eye."""

from __future__ import annotations

from math import cos, radians

from tests.reference.facts import Fix, Gap, Stop, Trip, Visit, reference_facts, reference_visits

METRE_E7 = 1e7 / 111_195.08  # of latitude, on the design's sphere
HOME_LAT = 33.95


def position(minute: float, east_m: float = 0) -> Fix:
    lon_e7 = 1_183_000_000 + round(east_m * METRE_E7 / cos(radians(HOME_LAT)))
    return Fix(round(minute * 60_000_000), lon_e7, round(HOME_LAT * 1e7))


def spans(things: list[Trip] | list[Stop] | list[Gap] | list[Visit]) -> list[tuple[float, float]]:
    return [(thing.start_us / 60e6, thing.end_us / 60e6) for thing in things]


def test_a_drive_between_two_stands_is_one_trip_and_two_stops() -> None:
    track = [position(0), position(5), position(6, 600), position(7, 1200), position(12, 1200)]
    facts = reference_facts(track)
    assert spans(facts.trips) == [(5, 7)]
    assert spans(facts.stops) == [(0, 5), (7, 12)]
    assert facts.gaps == []
    assert round(facts.trips[0].distance_m) == 1200
    assert facts.trips[0].fixes == 3


def test_a_pause_of_five_minutes_ends_a_trip_and_a_shorter_one_does_not() -> None:
    before = [position(0), position(1, 600)]
    short = reference_facts([*before, position(5.9, 600), position(6.9, 1200)])
    long = reference_facts([*before, position(6, 600), position(7, 1200)])
    assert spans(short.trips) == [(0, 6.9)]
    assert spans(long.trips) == [(0, 1), (6, 7)]
    assert spans(long.stops) == [(1, 6)]


def test_moving_that_never_gets_200_m_away_is_part_of_the_standing() -> None:
    track = [position(0), position(1), position(2, 190), position(3, 10), position(4, 10)]
    assert spans(reference_facts(track).stops) == [(0, 4)]
    assert reference_facts(track).trips == []


def test_a_sleeping_tracker_stands_and_a_moved_one_was_silent() -> None:
    assert reference_facts([position(0), position(11, 90)]).stops[0].inferred_s == 660
    assert spans(reference_facts([position(0), position(11, 110)]).gaps) == [(0, 11)]


def test_a_step_of_exactly_ten_minutes_is_no_gap() -> None:
    assert spans(reference_facts([position(0), position(10, 900)]).trips) == [(0, 10)]


def test_an_island_is_left_out_and_a_lasting_jump_is_a_gap() -> None:
    wild = [position(0), position(1), position(2, 90_000), position(3), position(4)]
    assert spans(reference_facts(wild).stops) == [(0, 4)]
    moved = [position(0), position(1), position(2, 90_000), position(3, 90_000)]
    assert spans(reference_facts(moved).gaps) == [(1, 2)]
    assert spans(reference_facts(moved).stops) == [(0, 1), (2, 3)]
    lasting = [position(0), *(position(minute, 90_000) for minute in range(1, 12)), position(12)]
    assert spans(reference_facts(lasting).gaps) == [(0, 1), (11, 12)]


def test_of_two_reports_for_one_instant_the_least_counts() -> None:
    facts = reference_facts([position(1, 600), position(0), position(1, 0)])
    assert spans(facts.stops) == [(0, 1)]
    assert facts.trips == []


def test_one_fix_says_nothing() -> None:
    assert reference_facts([position(0)]) == ([], [], [])
    assert reference_facts([]) == ([], [], [])


def test_a_visit_runs_from_first_to_last_fix_inside_and_not_across_a_gap() -> None:
    def within_100_m(fix: Fix) -> bool:
        return fix.lon_e7 <= position(0, 100).lon_e7

    track = [position(0), position(5), position(6, 300), position(7), position(30, 101), position(31, 0)]
    assert spans(reference_visits(track, within_100_m)) == [(0, 5), (7, 7), (31, 31)]
    across = [position(0), position(5), position(20, 100.0), position(30), position(31)]
    assert spans(reference_visits(across, within_100_m)) == [(0, 31)]
    moved_while_silent = [position(0, -900), position(5, -900), position(20), position(21)]
    assert spans(reference_visits(moved_while_silent, within_100_m)) == [(0, 5), (20, 21)]
