"""Tracks that nobody would drive: judged without a crash, and by definition: as the reference judges them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from rules.catalogue import CATALOGUE
from rules.judging import judge
from rules.language import parse
from tests.builders.matter import book_of, matter_of
from tests.builders.tracks import NOON as SINCE
from tests.builders.tracks import Fix, at, drive, stand
from tests.builders.weeks import Car
from tests.reference import days
from tests.reference.agreement import Answer, answer_of, answers_of
from tests.reference.signals import Message
from tests.reference.verdicts import Around, judged

DAY_MIN = 24 * 60
NATIONAL_DAY = (date(2026, 10, 1) - SINCE.date()).days * DAY_MIN - 12 * 60
"""Minutes from the builders' noon to 00:00 of 1 October."""


def answers(track: list[Fix]) -> tuple[Answer, Answer]:
    """Of the program and of the reference, for one car without papers or zones."""
    car = Car(1, 1, [Message(*fix) for fix in track])
    own: dict[date, days.OwnDay] = {}
    book = book_of([], own)
    return answers_of(judge(matter_of([car]), book), book, 1)[0], answer_of(
        judged(car.messages, 1, car.papers, Around([], own))
    )


def both(track: list[Fix]) -> Answer:
    """What both find."""
    ours, theirs = answers(track)
    assert ours == theirs
    return ours


def rules(answer: Answer) -> list[tuple[object, float]]:
    """Rule and minutes of each violation."""
    violations = [(rule, (end - start) / 60_000_000) for rule, start, end, *_ in answer["violations"]]  # type: ignore[operator]
    return [one for one in violations if one[0] in ("R04", "R05", "R06")]


def test_a_gap_across_the_start_of_a_holiday_is_driving_on_neither_side() -> None:
    before = drive(NATIONAL_DAY - 40, 20, from_m=0, to_m=12_000)
    after = drive(NATIONAL_DAY + 20, 20, from_m=60_000, to_m=72_000)
    found = both(before + after)
    assert found["gaps"] == [(before[-1].ts_us, after[0].ts_us)]
    assert rules(found) == [("R04", 20), ("R06", 20)]


def test_a_drive_across_the_start_of_a_holiday_is_cut_at_midnight() -> None:
    found = both(drive(NATIONAL_DAY - 20, 40, from_m=0, to_m=24_000))
    assert rules(found) == [("R04", 20), ("R06", 20)]


def test_a_trip_that_never_ends() -> None:
    """Ten days on the road without a pause, over weekends and National Day."""
    found = both(drive(NATIONAL_DAY - 5 * DAY_MIN, 10 * DAY_MIN, from_m=0, to_m=1_500_000, every_s=60))
    assert len(found["trips"]) == 1
    assert ("R06", 5 * DAY_MIN) in rules(found)


@pytest.mark.parametrize("back_min", [1, 15, 600])
def test_a_clock_that_jumps_back(back_min: float) -> None:
    """The track goes on in the past: fixes of two times of it lie between each other."""
    first = drive(NATIONAL_DAY + 600, 30, from_m=0, to_m=18_000)
    then = drive(NATIONAL_DAY + 630 - back_min, 30, from_m=18_000, to_m=36_000)
    both(first + then)


def test_ten_thousand_fixes_in_one_second() -> None:
    """One every tenth of a millisecond, on the way and all over the place; nothing is claimed of it."""
    moving = drive(NATIONAL_DAY + 600, 20, from_m=0, to_m=12_000)
    burst = [
        at(NATIONAL_DAY + 621, second=number / 10_000, east_m=12_000 + (number * 7919) % 500)
        for number in range(10_000)
    ]
    found = both(moving + burst)
    assert rules(found)[0][0] == "R06"
    both(burst)


def test_ten_thousand_fixes_of_one_instant() -> None:
    """Of one instant the least by longitude, then latitude, counts."""
    same = [at(NATIONAL_DAY + 610, east_m=6_000 + number % 100, north_m=number // 100) for number in range(10_000)]
    found = both(drive(NATIONAL_DAY + 600, 20, from_m=0, to_m=12_000) + same)
    assert rules(found) == [("R06", 20)]


def test_fixes_at_the_ends_of_time_and_at_the_poles() -> None:
    ends = [Fix(0, 0, 0), Fix(1, 1_800_000_000, 900_000_000), Fix(4_000_000_000_000_000, -1_800_000_000, -900_000_000)]
    both(ends)
    both(stand(0, 30) + ends[:2])


@pytest.mark.parametrize("years", [4, 19])
def test_years_of_silence_between_two_drives_are_judged_for_what_is_about_them(years: int) -> None:
    """National Day begins two drives that lie years apart; between them nothing is asked of the calendar."""
    first = drive(NATIONAL_DAY - 20, 40, from_m=0, to_m=24_000)
    later_us = (date(2026 - years, 10, 1) - date(2026, 10, 1)).days * DAY_MIN * 60_000_000
    early = [fix._replace(ts_us=fix.ts_us + later_us, lat_e7=fix.lat_e7 + 10_000_000) for fix in first]
    found = both(early + first)
    assert len(found["gaps"]) == 1
    assert rules(found) == [("R04", 20)] * 2 + [("R06", 20)] * 2


def test_what_a_rule_asks_of_the_calendar_in_a_silence_of_years_is_found() -> None:
    start, end = at(0), at(3 * 366 * DAY_MIN, east_m=9_000)
    matter = matter_of([Car(1, 1, [Message(*fix) for fix in (start, end, at(3 * 366 * DAY_MIN + 1, east_m=9_000))])])
    asking = replace(CATALOGUE["R06"], expression=parse("silent & weekend"), join_us=0)
    found = judge(matter, replace(book_of([], {}), rules=[asking])).violations
    assert len({one.start.year for one in found}) >= 3


def test_a_date_line_that_is_crossed_is_no_jump() -> None:
    """Great circles know no seam."""
    track = [Fix(at(minute).ts_us, lon, 0) for minute, lon in enumerate([1_799_980_000, 1_799_990_000, -1_799_999_000])]
    assert all(one.ts_us < other.ts_us for one, other in pairwise(track))
    found = both(track)
    assert found["gaps"] == []
