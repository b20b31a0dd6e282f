"""Real tracks through the running program: from the file over MQTT into the tables, judged as computed by hand.

Two drives of RSK_Twizy_EV_Dataset (CC BY 4.0, see NOTICE) are in tests/data, each new fix of the receiver once; the
whole files are not the project's and their tests are skipped where they are absent.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shapely import box

from fleet.clock import moment_of
from fleet.position import E7
from geofence.zone import ZoneKind
from gongche.publish import Publisher, topic_of
from store.database import connect
from store.zones import NewZone, save_zones
from tests.acceptance.program import Up, eventually, gongche, running
from tests.reference.facts import Fix, reference_facts

EXCERPT = Path(__file__).parents[1] / "data" / "twizy_two_drives.csv"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "tracks"
TWIZY = SHARED / "twizy_ev_drives.csv.gz"
GEOLIFE = SHARED / "geolife_car_dev.csv.gz"

# A stretch of the road between Technopolis and Salé: 6.80° W to 6.77° W. Imports refuse what is not in China.
ROAD = NewZone("road", ZoneKind.SENSITIVE, box(-6.80, 33.97, -6.77, 34.0), "wgs84")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with running(tmp_path) as program:
        program.wait_until_up()
        yield program


def test_two_drives_are_the_trips_and_visits_computed_by_hand(up: Up) -> None:
    """In the file: T3_04_22_2021_1 first goes 5 km/h or more from the fix of 08:43:06 on and last up to that of
    09:00:15 (+01:00), 79 fixes, never slower for 5 minutes; it is between 6.77° W and 6.80° W from the fix of 08:50:49
    to that of 08:53:18, 12 fixes. T3_04_26_2021_1: 09:36:29 to 09:53:17, 85 fixes; 09:44:00 to 09:46:22, 14 fixes.
    """
    asyncio.run(save_road(up))
    told = replay(up, EXCERPT)
    assert (told["published"], told["trackers"]) == (169, 2)
    judged(up, positions=169)
    assert rows(up, "select start_at, end_at, fixes from trips order by start_at") == [
        (at("2021-04-22T08:43:06+01:00"), at("2021-04-22T09:00:15+01:00"), 79),
        (at("2021-04-26T09:36:29+01:00"), at("2021-04-26T09:53:17+01:00"), 85),
    ]
    assert rows(up, "select start_at, end_at, fixes from visits where place = 'sensitive' order by start_at") == [
        (at("2021-04-22T08:50:49+01:00"), at("2021-04-22T08:53:18+01:00"), 12),
        (at("2021-04-26T09:44:00+01:00"), at("2021-04-26T09:46:22+01:00"), 14),
    ]


async def save_road(up: Up) -> None:
    async with await connect(up.addresses().database_dsn) as conn:
        await save_zones(conn, [ROAD])


@pytest.mark.skipif(not TWIZY.is_file(), reason=f"{TWIZY.name} is not beside the project")
def test_all_drives_are_stored_whole_and_judged_by_the_definitions(up: Up) -> None:
    """All 55,475 rows: 3 have a latitude or longitude that is none and are kept as unreadable, with the reason."""
    told = replay(up, TWIZY)
    tracks = read_tracks(TWIZY, "drive")
    assert told["trackers"] == len(tracks) == 17
    distinct = {(tracker, fix) for tracker, fixes in tracks.items() for fix in fixes}
    assert told["published"] == told["acknowledged"] == len(distinct) + 3 == 55_475
    judged(up, positions=len(distinct))
    assert rows(up, "select reason, count(*) from unreadable_messages group by 1") == [("out_of_range", 3)]
    assert stored(up) == distinct
    for tracker, fixes in tracks.items():
        assert facts(up, tracker) == expected(fixes), tracker


@pytest.mark.skipif(not GEOLIFE.is_file(), reason=f"{GEOLIFE.name} is not beside the project")
def test_geolife_is_imported_whole_and_a_second_time_changes_nothing(up: Up) -> None:
    arguments = ("import", "positions", str(GEOLIFE), "--tracker-column", "user", "--register", "--format", "json")
    first = gongche(*arguments, folder=up.folder)
    tracks = read_tracks(GEOLIFE, "user")
    distinct = {(tracker, fix) for tracker, fixes in tracks.items() for fix in fixes}
    judged(up, positions=len(distinct))
    assert stored(up) == distinct, first.stdout[-2000:]
    again = gongche(*arguments, folder=up.folder)
    assert json.loads(again.stdout)["stored"] == 0
    for tracker, fixes in tracks.items():
        assert facts(up, tracker) == expected(fixes), tracker


@pytest.mark.skipif(not GEOLIFE.is_file(), reason=f"{GEOLIFE.name} is not beside the project")
def test_any_order_of_arrival_over_mqtt_gives_the_same_facts_and_violations(up: Up) -> None:
    """Three cars drive the same track; it arrives sorted, reversed, and shuffled in batches of 7."""
    tracks = read_tracks(GEOLIFE, "user")
    users, orders = ("058", "086", "106"), ("sorted", "reversed", "shuffled")
    sheet = up.folder / "vehicles.csv"
    cars = [f"{order}-{user}" for user in users for order in orders]
    lines = [f"京A{number:05},局,{car},2000-01-01" for number, car in enumerate(cars)]
    sheet.write_text("\n".join(["车牌号,用车单位,终端号,安装日期", *lines]), encoding="utf-8")
    assert gongche("import", "vehicles", str(sheet), folder=up.folder).returncode == 0
    asyncio.run(arrive(up, {user: tracks[user] for user in users}))
    judged(up, positions=3 * sum(len(set(tracks[user])) for user in users))
    assert rows(up, "select count(*) > 0 from violations where withdrawn_at is null") == [(True,)]
    for user in users:
        ways = [(facts(up, f"{order}-{user}"), violations(up, f"{order}-{user}")) for order in orders]
        assert ways[0][0] == expected(tracks[user])
        assert ways[0] == ways[1] == ways[2]


# Doing -----------------------------------------------------------------------------------------------------


def replay(up: Up, track_file: Path) -> dict[str, Any]:
    """Publish a track file as trackers do, at full speed."""
    options = ("--tracker-column", "drive", "--speed", "max", "--register", "--format", "json")
    ended = gongche("replay", str(track_file), *options, folder=up.folder)
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


async def arrive(up: Up, tracks: dict[str, list[Fix]]) -> None:
    chance = random.Random(7)
    async with Publisher(up.addresses().tracker_mqtt, "orders-of-arrival") as publisher:
        for user, fixes in tracks.items():
            shuffled = chance.sample(fixes, len(fixes))
            for order, arriving in (("sorted", fixes), ("reversed", fixes[::-1]), ("shuffled", shuffled)):
                size = 7 if order == "shuffled" else 1
                for first in range(0, len(arriving), size):
                    await publisher.publish(topic_of(f"{order}-{user}"), payload(arriving[first : first + size]))


def payload(fixes: Sequence[Fix]) -> bytes:
    elements = [
        {"ts": moment_of(fix.ts_us).isoformat(), "lon": fix.lon_e7 / E7, "lat": fix.lat_e7 / E7} for fix in fixes
    ]
    return json.dumps(elements if len(elements) > 1 else elements[0]).encode()


def judged(up: Up, positions: int) -> None:
    """Wait until so many positions are stored and nothing waits to be judged: no vehicle, nor the fleet's silence."""
    waiting = "(select count(*) from marks) + (select count(*) from fleet_marks)"
    eventually(
        lambda: rows(up, f"select (select count(*) from positions), {waiting}") == [(positions, 0)],
        f"{positions} positions stored and judged",
    )


# Looking ---------------------------------------------------------------------------------------------------


def rows(up: Up, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(up.addresses().database_dsn) as conn:
        conn.execute("set time zone 'UTC'")
        return conn.execute(query, values).fetchall()


def stored(up: Up) -> set[tuple[str, Fix]]:
    found = rows(
        up,
        "select t.code, (extract(epoch from p.ts) * 1000000)::bigint, p.lon_e7, p.lat_e7"
        " from positions p join trackers t on t.id = p.tracker_id",
    )
    return {(code, Fix(ts, lon, lat)) for code, ts, lon, lat in found}


def facts(up: Up, tracker: str) -> tuple[list[Any], list[Any], list[Any]]:
    vehicle = "(select f.vehicle_id from fittings f join trackers t on t.id = f.tracker_id where t.code = %s)"
    return (
        rows(
            up,
            f"select start_at, end_at, round(distance_m), fixes from trips where vehicle_id = {vehicle} order by 1",
            tracker,
        ),
        rows(up, f"select start_at, end_at, fixes from stops where vehicle_id = {vehicle} order by 1", tracker),
        rows(up, f"select start_at, end_at from gaps where vehicle_id = {vehicle} order by 1", tracker),
    )


def expected(fixes: Sequence[Fix]) -> tuple[list[Any], list[Any], list[Any]]:
    """Facts by the definitions, read in plain Python."""
    found = reference_facts(fixes)
    return (
        [(moment_of(t.start_us), moment_of(t.end_us), round(t.distance_m), t.fixes) for t in found.trips],
        [(moment_of(s.start_us), moment_of(s.end_us), s.fixes) for s in found.stops],
        [(moment_of(g.start_us), moment_of(g.end_us)) for g in found.gaps],
    )


def violations(up: Up, tracker: str) -> list[tuple[Any, ...]]:
    return rows(
        up,
        "select v.rule_id, v.start_at, v.end_at, v.provisional, v.evidence from violations v"
        " join fittings f on f.vehicle_id = v.vehicle_id join trackers t on t.id = f.tracker_id"
        " where t.code = %s and v.withdrawn_at is null order by 1, 2",
        tracker,
    )


def read_tracks(track_file: Path, tracker_column: str) -> dict[str, list[Fix]]:
    """Fixes by tracker, in the order of the file, without the rows that no position can be made of."""
    tracks: dict[str, list[Fix]] = defaultdict(list)
    with gzip.open(track_file, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            lon, lat = float(row["lon"]), float(row["lat"])
            if abs(lat) <= 90 and abs(lon) <= 180:
                ts_us = round(at(row["ts"]).timestamp() * 1e6)
                tracks[row[tracker_column]].append(Fix(ts_us, round(lon * E7), round(lat * E7)))
    return dict(tracks)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
