"""Rules that speak of whole spans, judged on from checkpoints: what began days ago, and what changes it now."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest

from fleet.clock import SHANGHAI
from gongche.judge import Judge, judge_until_idle
from gongche.settings import Settings
from store import judging
from tests.builders.district import (
    JUDGED,
    Connection,
    add_order,
    add_unit,
    add_vehicle,
    add_zone,
    arrive,
    found,
    judged_tables,
    square,
    truncate,
)
from tests.builders.ruling import driving, local, standing
from tests.builders.tracks import Fix

SETTINGS = Settings(_env_file=None)
RULES = ("R02", "R03", "R11", "R12")
START = local("09-14 08:00")
DAYS_ON_THE_ROAD = driving("09-14 08:00", 12 * 24 * 60, to_m=2_000_000, every_s=420)
"""One trip: a fix every seven minutes for twelve days, at the pace of a boat."""


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: datetime(2026, 10, 31, tzinfo=SHANGHAI))


def is_as_judged_at_once(conn: Connection, database: str) -> bool:
    """The tables as they stand, and as judging everything in one go leaves them."""
    piecewise = judged_tables(conn)
    truncate(conn, f"{JUDGED}, judged_with")
    judge_until_idle(database, SETTINGS)
    return piecewise == judged_tables(conn)


def test_an_order_of_the_first_hour_is_known_of_a_trip_of_days(conn: Connection, database: str, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    add_order(conn, car, START, START + timedelta(hours=1))
    for first in range(0, len(DAYS_ON_THE_ROAD), 150):
        arrive(conn, [(car, fix) for fix in DAYS_ON_THE_ROAD[first : first + 150]])
        judge.until_idle()
        assert found(conn, "R02") == []
    assert is_as_judged_at_once(conn, database)


def test_a_trip_that_never_ends_is_one_violation_that_grows(conn: Connection, database: str, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    for first in range(0, len(DAYS_ON_THE_ROAD), 300):
        arrive(conn, [(car, fix) for fix in DAYS_ON_THE_ROAD[first : first + 300]])
        judge.until_idle()
    assert [(rule, start) for rule, start, _ in found(conn, "R02")] == [("R02", START)]
    assert is_as_judged_at_once(conn, database), "with the trip's end in the evidence of what lay in its first days"


def test_an_order_of_the_last_hour_withdraws_what_began_days_before(
    conn: Connection, database: str, judge: Judge
) -> None:
    car = add_vehicle(conn, add_unit(conn))
    arrive(conn, [(car, fix) for fix in DAYS_ON_THE_ROAD])
    judge.until_idle()
    assert len(found(conn, "R02")) == 1
    last = START + timedelta(days=12)
    add_order(conn, car, last - timedelta(hours=1), last, planned_distance_m=100_000)
    judge.until_idle()
    assert [rule for rule, _, _ in found(conn, "R02", "R12")] == ["R12"]
    conn.execute("update orders set planned_distance_m = 1900000")
    judge.until_idle()
    assert found(conn, "R02", "R12") == []
    conn.execute("delete from orders")
    judge.until_idle()
    assert [rule for rule, _, _ in found(conn, "R02", "R12")] == ["R02"]
    assert is_as_judged_at_once(conn, database)


def test_a_car_that_stays_out_for_days_after_its_order(conn: Connection, database: str, judge: Judge) -> None:
    unit = add_unit(conn)
    add_zone(conn, "院", "home", square(0, 100), unit)
    car = add_vehicle(conn, unit)
    order = add_order(conn, car, START, START + timedelta(hours=4))
    track = standing("09-14 08:00", 29) + driving("09-14 08:30", 30, to_m=20_000)
    track += standing("09-14 09:01", 9 * 24 * 60, east_m=20_000, every_s=1_800)
    for first in range(0, len(track), 60):
        arrive(conn, [(car, fix) for fix in track[first : first + 60]])
        judge.until_idle()
    assert [start for _, start, _ in found(conn, "R03")] == [START + timedelta(hours=5)]
    assert is_as_judged_at_once(conn, database)
    conn.execute(
        "update orders set during = tstzrange(lower(during), lower(during) + '8 days') where id = %s", (order,)
    )
    judge.until_idle()
    assert [start for _, start, _ in found(conn, "R03")] == [START + timedelta(days=8, hours=1)]
    assert is_as_judged_at_once(conn, database)


@pytest.mark.parametrize("seed", range(8))
def test_in_any_order_with_papers_that_come_and_go_the_tables_are_the_same(
    conn: Connection, database: str, judge: Judge, seed: int
) -> None:
    """Drives and stays of hours and days; orders and waivers entered, altered and cancelled in between."""
    chance = random.Random(seed)
    unit = add_unit(conn)
    add_zone(conn, "院", "home", square(0, 100), unit)
    add_zone(conn, "某镇", "refuel", square(30_000, 500))
    car = add_vehicle(conn, unit)
    fixes = track_of(chance)
    if chance.random() < 0.5:
        chance.shuffle(fixes)
    orders: list[int] = []
    while fixes:
        size = chance.choice([5, 20, 60])
        arrive(conn, [(car, fix) for fix in fixes[:size]])
        del fixes[:size]
        if chance.random() < 0.4:
            change_papers(conn, car, orders, chance)
        if chance.random() < 0.5:
            judge.until_idle()
    for _ in range(6):
        change_papers(conn, car, orders, chance)
        judge.until_idle()
    assert is_as_judged_at_once(conn, database)


def track_of(chance: random.Random) -> list[Fix]:
    """Out and about for some days, long drives and long stays among them."""
    fixes: list[Fix] = []
    hours, east_m = 0.0, 0.0
    while hours < 24 * 8:
        length_h = chance.choice([0.3, 0.5, 2, 9, 40])
        to_m = chance.choice([0.0, 400.0, 12_000.0, 30_000.0, 60_000.0])
        at = f"{START + timedelta(hours=hours):%m-%d %H:%M:%S}"
        if chance.random() < 0.5 and abs(to_m - east_m) > length_h * 5_500:
            fixes += driving(at, length_h * 60, from_m=east_m, to_m=to_m, every_s=500)
            east_m = to_m
        else:
            fixes += standing(at, length_h * 60, east_m=east_m, every_s=chance.choice([590, 3_600]))
        hours += length_h + chance.choice([0.02, 0.1, 3])
    return fixes


def change_papers(conn: Connection, car: int, orders: list[int], chance: random.Random) -> None:
    start = START + timedelta(hours=chance.uniform(0, 24 * 8))
    end = start + timedelta(hours=chance.choice([0.5, 3, 30]))
    what = chance.choice(["order", "order", "move", "cancel", "plan", "waiver"])
    if what == "order" or not orders:
        more = chance.choice([{}, {"destination_zone": "某镇"}, {"planned_distance_m": 5_000}])
        orders.append(add_order(conn, car, start, end, number=f"D-{len(orders)}", **more))
    elif what == "move":
        moved = "update orders set during = tstzrange(%s, %s), filed_at = %s where id = %s"
        conn.execute(moved, (start, end, start, chance.choice(orders)))
    elif what == "cancel":
        conn.execute("update orders set cancelled_at = now() where id = %s", (chance.choice(orders),))
    elif what == "plan":
        conn.execute("update orders set planned_distance_m = 1000 where id = %s", (chance.choice(orders),))
    else:
        conn.execute(
            "insert into waivers (vehicle_id, kind, during, reason) values (%s, %s, tstzrange(%s, %s), '值班')",
            (car, chance.choice(["duty", "repair", "emergency"]), start, end),
        )
