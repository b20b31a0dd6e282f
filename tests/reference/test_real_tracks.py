"""The program against the reference on tracks that were really driven, whole files, in memory.

The files are not the project's; the tests are skipped where they are absent.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from math import nan
from pathlib import Path

import pytest

from rules.judging import judge
from tests.builders.matter import book_of, matter_of
from tests.builders.weeks import Car
from tests.reference.agreement import answer_of, answers_of
from tests.reference.facts import Fix, distance_m, facts_of, track_of
from tests.reference.papers import Order, Papers, Waiver
from tests.reference.places import Area, Zone
from tests.reference.signals import NO_FIX, POWER_CUT, Message, fixes_in
from tests.reference.track_file import read_tracks
from tests.reference.verdicts import Around, judged

SHARED = Path(__file__).parents[3] / "shared" / "data" / "tracks"
GEOLIFE = ("geolife_car_dev.csv.gz", "user")
TWIZY = ("twizy_ev_drives.csv.gz", "drive")
MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000


@pytest.mark.parametrize(("name", "column", "fixes"), [(*GEOLIFE, 200_614), (*TWIZY, 55_472)])
def test_a_whole_file_is_judged_as_by_the_reference(name: str, column: str, fixes: int) -> None:
    """Of the twizy drives three rows have a latitude or longitude that is none."""
    tracks = tracks_of(name, column)
    assert sum(map(len, tracks)) == fixes
    found = agreed(tracks)
    # This receiver repeats a fix for seconds and then jumps: every step that moves is impossible, so no trip counts.
    missing = {"trips"} if (name, column) == TWIZY else set()
    assert {kind for kind, count in found.items() if not count} == missing


def test_the_drives_told_by_each_new_fix_are_judged_as_by_the_reference() -> None:
    tracks = [[next(same) for _, same in groupby(track, key=lambda fix: fix[1:3])] for track in tracks_of(*TWIZY)]
    assert all(agreed(tracks).values())


@pytest.mark.parametrize(("name", "column"), [GEOLIFE, TWIZY])
def test_with_all_that_a_tracker_could_have_said_they_are_judged_as_by_the_reference(name: str, column: str) -> None:
    """The people of GeoLife drove too fast and were silent by themselves; alarms and lost fixes are laid over."""
    tracks = [saying(list(same)) for same in tracks_of(name, column)]
    found = agreed(tracks)
    wanted = ("R13", "R15", "R16") if name == GEOLIFE[0] else ("R15", "R16")
    assert all(found[rule] for rule in wanted), found


def saying(track: list[Message]) -> list[Message]:
    """The track with the speed at each fix and the way so far as odometer; of every 50 minutes 7 under an alarm and 23
    without a fix.
    """
    fixes = fixes_in(track)
    told, metres = [], 0.0
    for before, fix in pairwise([fixes[0], *fixes]):
        hours, far_m = (fix.ts_us - before.ts_us) / 3.6e9, distance_m(before, fix)
        metres += far_m
        minute = fix.ts_us // MINUTE_US % 50
        flags = POWER_CUT if minute < 7 else NO_FIX if 20 <= minute < 43 else 0
        told.append(Message(*fix, round(far_m / 1000 / hours) if hours > 0 else nan, metres / 1000, flags))
    return told


def tracks_of(name: str, column: str) -> list[list[Message]]:
    if not (SHARED / name).is_file():
        pytest.skip(f"{name} is not beside the project")
    return list(read_tracks(SHARED / name, column).values())


def agreed(tracks: list[list[Message]]) -> Counter[str]:
    """How many of each fact, and of violations, both find; fails where they differ."""
    cars = [Car(n, n % 2 + 1, track, papers=papers_of(track)) for n, track in enumerate(tracks, 1)]
    zones = zones_around(tracks)
    book = book_of(zones, {})
    found = answers_of(judge(matter_of(cars), book), book, len(cars))
    count: Counter[str] = Counter()
    for car, by_program in zip(cars, found, strict=True):
        assert by_program == answer_of(judged(car.messages, car.unit, car.papers, Around(zones, {}))), car.id
        count.update({kind: len(of_kind) for kind, of_kind in by_program.items()})
        count.update(Counter(str(verdict[0]) for verdict in by_program["violations"]))
    return count


def zones_around(tracks: list[list[Message]]) -> list[Zone]:
    """Homes of two units where cars stood longest, sensitive places where they stood, a jurisdiction around half."""
    stands = [
        (stop.end_us - stop.start_us, track.fixes[[fix.ts_us for fix in track.fixes].index(stop.start_us)])
        for track in map(track_of, map(fixes_in, tracks))
        for stop in facts_of(track).stops
    ]
    longest = [fix for _, fix in sorted(stands, reverse=True)]
    middle_us = sorted(fix.ts_us for track in tracks for fix in track)[len(longest) // 2]
    everywhere = sorted((fix.lon_e7, fix.lat_e7) for track in tracks for fix in track)
    lon_e7 = everywhere[len(everywhere) // 2][0]
    lat_e7 = sorted(lat for _, lat in everywhere)[len(everywhere) // 2]
    return [
        Zone(1, "home 1", "home", around(longest[0], 60), 1),
        Zone(2, "home 2", "home", around(longest[1], 200), 2, None, middle_us),
        Zone(3, "home 2", "home", around(longest[2], 200), 2, middle_us),
        Zone(4, "district", "jurisdiction", around(Fix(0, lon_e7, lat_e7), 5_000)),
        *(
            Zone(number, f"place {number}", "sensitive", around(fix, 80, hole_m=40))
            for number, fix in enumerate(longest[3:60:3], 5)
        ),
    ]


def around(fix: Fix, half_m: float, hole_m: float = 0) -> Area:
    """A crooked five-cornered polygon around a fix, perhaps with a hole."""
    corners = [(-1.0, -1.1), (1.0, -0.9), (1.3, 0.2), (0.1, 1.2), (-0.9, 0.8), (-1.0, -1.1)]
    return Area(
        [
            [(fix.lon_e7 + round(x * size_m * 100), fix.lat_e7 + round(y * size_m * 90)) for x, y in corners]
            for size_m in (half_m, hole_m)
            if size_m
        ]
    )


def papers_of(track: list[Message]) -> Papers:
    """Orders and waivers here and there along the track."""
    at = [fix.ts_us for fix in track]
    orders = [
        Order(us, us + 2 * HOUR_US, us + late * HOUR_US, destination_zone="place 5", out_of_district=late == 0)
        for us, late in ((at[len(at) // 3], 0), (at[len(at) // 2], 24), (at[len(at) // 4], 25))
    ]
    return Papers(orders, [Waiver("duty", at[2 * len(at) // 3], at[2 * len(at) // 3] + HOUR_US)])
