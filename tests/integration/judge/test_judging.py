"""Judging through the database: whatever the order of arrival, the tables are the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.clock import DAY_US, SHANGHAI, us_of
from fleet.position import Flag
from gongche.judge import Judge
from gongche.settings import Settings
from store import judged, judging
from tests.builders.district import (
    JUDGED,
    Connection,
    add_order,
    add_unit,
    add_vehicle,
    add_zone,
    arrive,
    changes_of,
    found,
    judged_tables,
    square,
    truncate,
)
from tests.builders.tracks import Fix, Message, at, drive, reports, saying, stand

NATIONAL_DAY = datetime(2026, 10, 1, 9, tzinfo=SHANGHAI)
SETTINGS = Settings(_env_file=None)
M = TypeVar("M", Fix, Message)


def on_national_day(track: list[M]) -> list[M]:
    """The track, 9 days minus 3 hours later: from noon of 22 September to 9:00 of 1 October."""
    shift_us = at(since=NATIONAL_DAY).ts_us - at().ts_us
    return [fix._replace(ts_us=fix.ts_us + shift_us) for fix in track]


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: NATIONAL_DAY + timedelta(hours=2))


def test_a_drive_on_national_day_is_holiday_use_and_raises_one_alert(conn: Connection, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    track = on_national_day(stand(0, 30) + drive(30, 20, from_m=0, to_m=12_000) + stand(50, 30, at_m=12_000))
    for fix in track:
        arrive(conn, [(car, fix)])
        judge.until_idle()
    assert found(conn, "R06") == [("R06", NATIONAL_DAY + timedelta(minutes=30), NATIONAL_DAY + timedelta(minutes=50))]
    assert conn.execute("select count(*) from alerts").fetchone() == (1,)
    assert changes_of(conn, "R06") == ["found", "extended"], "one entry while it goes on being extended"


def test_an_order_that_comes_later_withdraws_what_it_covers(conn: Connection, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    arrive(conn, [(car, fix) for fix in on_national_day(drive(30, 20, from_m=0, to_m=12_000))])
    judge.until_idle()
    assert len(found(conn, "R06")) == 1
    add_order(conn, car, NATIONAL_DAY, NATIONAL_DAY + timedelta(hours=2))
    judge.until_idle()
    assert found(conn) == []
    conn.execute("update orders set cancelled_at = now()")
    judge.until_idle()
    assert len(found(conn, "R06")) == 1
    standing = "select evidence from violations where withdrawn_at is null and rule_id = 'R06'"
    evidence = conn.execute(standing).fetchone()
    assert evidence is not None
    assert [paper["why"] for paper in evidence[0]["excuses"]] == ["cancelled"]


def test_a_vehicle_that_cannot_be_judged_does_not_hold_up_the_others(conn: Connection, database: str) -> None:
    """A checkpoint that no version of the program wrote stands for a defect."""
    unit = add_unit(conn)
    cars = [add_vehicle(conn, unit, f"苏N2000{number}") for number in range(5)]
    with judging.connect(database) as connection:
        judge = Judge(connection, SETTINGS)
        for car in cars:
            arrive(conn, [(car, fix) for fix in stand(0, 30)])
        judge.until_idle()
        conn.execute("update checkpoints set open = '{\"trips\": [[1]]}' where vehicle_id = %s", (cars[2],))
        for car in cars:
            arrive(conn, [(car, fix) for fix in stand(31, 30)])
        judge.until_idle()
        assert judge.tally.put_aside == 1
    assert conn.execute("select distinct vehicle_id from marks").fetchall() == [(cars[2],)], "its marks stay"
    ends = conn.execute("select vehicle_id from stops where end_at = (select max(ts) from positions)").fetchall()
    assert sorted(row[0] for row in ends) == [car for car in cars if car != cars[2]]


@pytest.mark.parametrize("fixes", [0, 1, 2])
def test_a_car_that_hardly_reported_is_judged_to_nothing(conn: Connection, judge: Judge, fixes: int) -> None:
    unit = add_unit(conn)
    add_zone(conn, "院", "home", square(0, 60), unit)
    add_zone(conn, "辖区", "jurisdiction", square(90_000, 60))
    car = add_vehicle(conn, unit)
    add_order(conn, car, NATIONAL_DAY, NATIONAL_DAY + timedelta(hours=1))
    arrive(conn, [(car, fix) for fix in stand(0, 1)[:fixes]])
    judge.until_idle()
    assert found(conn) == []
    assert conn.execute("select count(*) from marks").fetchone() == (0,)


def test_a_waiting_vehicle_is_judged_by_one_judge_only(conn: Connection, database: str) -> None:
    car = add_vehicle(conn, add_unit(conn))
    arrive(conn, [(car, fix) for fix in stand(0, 30)])
    with judging.connect(database) as one, judging.connect(database) as other, one.transaction():
        assert judging.claim(one, 10) is not None
        with other.transaction():
            assert judging.claim(other, 10) is None


def test_live_vehicles_and_those_with_history_are_claimed_apart(conn: Connection, database: str) -> None:
    unit = add_unit(conn)
    live, old, both = (add_vehicle(conn, unit, f"苏N1000{n}") for n in range(3))
    conn.execute("delete from marks")
    arrive(conn, [(car, fix) for car in (live, both) for fix in on_national_day(stand(0, 30))])
    with judging.connect(database) as one:
        judged.mark(one, [old, both])
        for wanted, is_live in (([live], True), ([old, both], False), ([live, old, both], None)):
            recent = {} if is_live is None else {"recent_us": us_of(NATIONAL_DAY) - DAY_US, "live": is_live}
            with one.transaction():
                claimed = judging.claim(one, 10, **recent)
                assert claimed is not None
                assert claimed.vehicle_ids.tolist() == wanted


def test_a_mark_made_while_judging_is_kept(conn: Connection, database: str) -> None:
    car = add_vehicle(conn, add_unit(conn))
    arrive(conn, [(car, fix) for fix in stand(0, 30)])
    with judging.connect(database) as one, one.transaction():
        claimed = judging.claim(one, 10)
        assert claimed is not None
        arrive(conn, [(car, fix) for fix in stand(40, 30)])
        judged_marks = claimed.mark_ids
    left = {row[0] for row in conn.execute("select id from marks").fetchall()}
    assert left - set(judged_marks)


def test_a_zone_that_changes_has_its_cars_judged_again(conn: Connection, judge: Judge) -> None:
    unit = add_unit(conn)
    car = add_vehicle(conn, unit)
    zone = add_zone(conn, "山庄", "sensitive", square(6000, 100))
    arrive(conn, [(car, fix) for fix in stand(0, 60, at_m=6000)])
    judge.until_idle()
    assert [rule for rule, _, _ in found(conn)] == ["R10"]
    conn.execute("delete from zones where id = %s", (zone,))
    judge.until_idle()
    assert found(conn) == []


@given(cars=st.lists(reports(most_legs=14), min_size=1, max_size=3), seed=st.integers(0, 2**32))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_order_of_arrival_leaves_the_same_tables(
    database: str, conn: Connection, cars: list[list[Message]], seed: int
) -> None:
    chance = random.Random(seed)
    truncate(conn, "positions, marks, checkpoints, trips, stops, gaps, visits, signals, judged_with, units")
    unit = add_unit(conn)
    add_zone(conn, "院", "home", square(0, 60), unit)
    add_zone(conn, "山庄", "sensitive", square(3000, 200))
    add_zone(conn, "辖区", "jurisdiction", square(0, 20_000))
    arriving = []
    for number, track in enumerate(cars):
        car = add_vehicle(conn, unit, f"苏N1000{number}")
        holiday = on_national_day(track)
        add_order(conn, car, NATIONAL_DAY, NATIONAL_DAY + timedelta(hours=chance.randint(1, 6)))
        arriving += [(car, fix) for fix in holiday + holiday[:3]]
    _arrive_in_turn(database, conn, arriving, chance)
    piecewise = judged_tables(conn)
    truncate(conn, f"{JUDGED}, judged_with")
    with judging.connect(database) as connection:
        Judge(connection, SETTINGS).until_idle()
    assert piecewise == judged_tables(conn)


def _arrive_in_turn(
    database: str, conn: Connection, arriving: list[tuple[int, Message]], chance: random.Random
) -> None:
    """In time order, reversed or shuffled; in batches, with judging after some of them."""
    order = chance.choice(["sorted", "reversed", "shuffled"])
    arriving.sort(key=lambda entry: entry[1].ts_us, reverse=order == "reversed")
    if order == "shuffled":
        chance.shuffle(arriving)
    with judging.connect(database) as connection:
        judge = Judge(connection, SETTINGS)
        while arriving:
            size = chance.choice([1, 1, 7, 30])
            arrive(conn, arriving[:size])
            del arriving[:size]
            if chance.random() < 0.6:
                judge.until_idle()
        judge.until_idle()


def test_alarms_and_messages_without_a_fix_go_on_over_checkpoints(conn: Connection, judge: Judge) -> None:
    """One message at a time: of each rule one violation, extended; one alert for it."""
    car = add_vehicle(conn, add_unit(conn))
    track = drive(0, 25, from_m=0, to_m=15_000, every_s=60)
    blind = range(30, 60)
    messages = [
        *saying(track, Flag.POWER_CUT),
        *(Message(*at(minute, east_m=15_000), odometer_km=500 + minute, flags=Flag.NO_FIX) for minute in blind),
        *saying(stand(60, 5, at_m=30_000)),
    ]
    add_order(conn, car, NATIONAL_DAY - timedelta(hours=1), NATIONAL_DAY + timedelta(hours=3))
    for message in on_national_day(messages):
        arrive(conn, [(car, message)])
        judge.until_idle()
    assert found(conn, "R15", "R16") == [
        ("R15", NATIONAL_DAY, NATIONAL_DAY + timedelta(minutes=25)),
        ("R16", NATIONAL_DAY + timedelta(minutes=30), NATIONAL_DAY + timedelta(minutes=59)),
    ]
    assert conn.execute("select count(*) from alerts").fetchone() == (2,)
    assert changes_of(conn, "R15", "R16") == ["found", "extended", "found", "extended"]
    gap = conn.execute("select messages, start_at, end_at from gaps").fetchall()
    assert gap == [(30, NATIONAL_DAY + timedelta(minutes=25), NATIONAL_DAY + timedelta(minutes=60))]
