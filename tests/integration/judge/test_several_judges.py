"""Several judges at once, dropped in the middle, leave what one undisturbed judge leaves and the reference finds."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from time import sleep
from typing import Any

import psycopg
import pytest

from fleet.clock import moment_of, us_of
from geofence.zone import boundary_to_wkb
from gongche.judge import Judge, judge_until_idle
from gongche.settings import Settings
from store import judging
from store.errors import StoreUnavailableError, store_errors
from tests.builders.district import (
    JUDGED,
    Connection,
    add_order,
    add_unit,
    add_vehicle,
    arrive,
    judged_tables,
    truncate,
)
from tests.builders.matter import boundary_of
from tests.builders.weeks import UNITS, Car, World, world
from tests.reference.agreement import RULES
from tests.reference.days import OwnDay
from tests.reference.papers import Order, State, Waiver
from tests.reference.places import Zone
from tests.reference.signals import Message
from tests.reference.verdicts import Around, judged

SETTINGS = Settings(_env_file=None)
JUDGES = 3

Happening = Callable[[Connection], object]


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("seed", range(1_000, 1_004))
def test_several_judges_dropped_in_the_middle_leave_the_same_tables(database: str, conn: Connection, seed: int) -> None:
    made, chance = world(seed, weeks=2, cars=3, days=4), random.Random(seed)
    for unit in UNITS:
        assert add_unit(conn, f"unit {unit}") == unit
    for car in made.cars:
        assert add_vehicle(conn, car.unit, f"苏N1000{car.id}") == car.id
    arrived = threading.Event()
    with ThreadPoolExecutor(JUDGES) as pool:
        judges = [pool.submit(keep_judging, database, arrived) for _ in range(JUDGES)]
        try:
            dropped = come_in(conn, happenings(made, chance), chance)
        finally:
            arrived.set()
        assert sum(judge.result() for judge in judges) > 0, f"{dropped} were dropped while they judged"
    disturbed = judged_tables(conn)
    truncate(conn, f"{JUDGED}, judged_with")
    judge_until_idle(database, SETTINGS)
    assert disturbed == judged_tables(conn)
    around = Around(made.zones, made.own_days, silences=silences(conn))
    assert {car.id: verdicts_of(disturbed["violations"], car) for car in made.cars} == {
        car.id: judged(stored(conn, car), car.unit, car.papers, around).verdicts for car in made.cars
    }


def keep_judging(dsn: str, arrived: threading.Event) -> int:
    """As a process that is started again whenever its connection drops, until all is judged; how often it was."""
    restarts = 0
    while True:
        try:
            with judging.connect(dsn) as connection:
                judge = Judge(connection, SETTINGS, at_once=2)  # so that none holds all vehicles
                while judge.once() or not (arrived.is_set() and nothing_waits(connection)):
                    sleep(0.001)
                return restarts
        except StoreUnavailableError:
            restarts += 1


def nothing_waits(connection: Connection) -> bool:
    with store_errors():
        return judging.waiting(connection) == 0


def happenings(made: World, chance: random.Random) -> list[Happening]:
    """Positions in batches, some of them twice, and zones, papers, the registry and own days: in any order."""
    messages = [(car.id, message) for car in made.cars for message in car.messages]
    messages += chance.sample(messages, len(messages) // 10)
    order = chance.choice(["sorted", "reversed", "shuffled"])
    messages.sort(key=lambda entry: entry[1].ts_us, reverse=order == "reversed")
    if order == "shuffled":
        chance.shuffle(messages)
    found: list[Happening] = []
    while messages:
        size = chance.choice([1, 7, 30, 100])
        found.append(partial(arrive, messages=messages[:size]))
        del messages[:size]
    rest: list[Happening] = [partial(save_zone, zone=zone) for zone in made.zones]
    for car in made.cars:
        rest += [partial(save_order, car=car, order=order) for order in car.papers.orders]
        rest += [partial(save_waiver, car=car, waiver=waiver) for waiver in car.papers.waivers]
        rest += [partial(save_state, car=car, state=state) for state in car.papers.states]
        rest += [partial(save_enrolments, car=car), partial(save_fittings, car=car), partial(save_use_class, car=car)]
    rest += [partial(save_own_day, day=day, own=own) for day, own in made.own_days.items()]
    for happening in rest:
        found.insert(chance.randint(0, len(found)), happening)
    return found


def come_in(conn: Connection, happenings: list[Happening], chance: random.Random) -> int:
    """One after the other, now and then with a judge's connection dropped; how many were."""
    dropped = 0
    for happening in happenings:
        happening(conn)
        sleep(chance.choice([0, 0, 0.01, 0.05]))
        if chance.random() < 0.2:
            row = conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and application_name = 'gongche-judge' and xact_start is not null order by random() limit 1"
            ).fetchone()
            dropped += row is not None
    return dropped


def save_zone(conn: Connection, zone: Zone) -> None:
    since, until = (None if us is None else moment_of(us) for us in (zone.valid_from_us, zone.valid_to_us))
    conn.execute(
        "insert into zones (name, kind, unit_id, valid, datum_given, boundary_wkb)"
        " values (%s, %s, %s, tstzrange(%s, %s), 'wgs84', %s)",
        (zone.name, zone.kind, zone.unit, since, until, boundary_to_wkb(boundary_of(zone.area))),
    )


def save_order(conn: Connection, car: Car, order: Order) -> None:
    filed_at = moment_of(order.filed_us)
    add_order(
        conn,
        car.id,
        moment_of(order.start_us),
        moment_of(order.end_us),
        number=f"D-{car.id}-{car.papers.orders.index(order)}",
        filed_at=filed_at,
        approved_at=filed_at if order.approved else None,
        cancelled_at=filed_at if order.cancelled else None,
        destination_zone=order.destination_zone,
        out_of_district=order.out_of_district,
        destination_lon_e7=None if order.destination is None else order.destination[0],
        destination_lat_e7=None if order.destination is None else order.destination[1],
        planned_distance_m=order.planned_m,
    )


def save_waiver(conn: Connection, car: Car, waiver: Waiver) -> None:
    start, end = (None if us is None else moment_of(us) for us in (waiver.start_us, waiver.end_us))
    conn.execute(
        "insert into waivers (vehicle_id, kind, during, reason) values (%s, %s, tstzrange(%s, %s), '值班')",
        (car.id, waiver.kind, start, end),
    )


def save_state(conn: Connection, car: Car, state: State) -> None:
    start, end = (None if us is None else moment_of(us) for us in (state.start_us, state.end_us))
    conn.execute(
        "insert into vehicle_states (vehicle_id, state, during, document) values (%s, %s, tstzrange(%s, %s), '通知')",
        (car.id, state.state, start, end),
    )


def save_enrolments(conn: Connection, car: Car) -> None:
    """In place of the one for ever that every car of these tests begins with."""
    with conn.transaction():
        conn.execute("delete from enrolments where vehicle_id = %s", (car.id,))
        for start_us, end_us in car.papers.enrolments:
            start, end = (None if us is None else moment_of(us) for us in (start_us, end_us))
            conn.execute(
                "insert into enrolments (vehicle_id, during) values (%s, tstzrange(%s, %s))", (car.id, start, end)
            )


def save_fittings(conn: Connection, car: Car) -> None:
    """A tracker for each, all at once: between two of them the car would have none."""
    with conn.transaction():
        for start_us, end_us in car.papers.fittings:
            start, end = (None if us is None else moment_of(us) for us in (start_us, end_us))
            conn.execute(
                "with tracker as (insert into trackers (code) values (gen_random_uuid()::text) returning id)"
                " insert into fittings (tracker_id, vehicle_id, during) select id, %s, tstzrange(%s, %s) from tracker",
                (car.id, start, end),
            )


def save_use_class(conn: Connection, car: Car) -> None:
    conn.execute("update vehicles set use_class = %s where id = %s", (car.papers.use_class, car.id))


def save_own_day(conn: Connection, day: date, own: OwnDay) -> None:
    conn.execute(
        "insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)"
        " values (%s, %s, %s, '通知', '张三', '李四', now())",
        (day, own.is_off, own.festival),
    )


def stored(conn: Connection, car: Car) -> list[Message]:
    """What came of the car, as it is kept: of two messages of one time and place the first, speeds in four bytes."""
    rows = conn.execute(
        "select ts, lon_e7, lat_e7, coalesce(speed_kmh, 'NaN'), coalesce(odometer_km, 'NaN'), flags from positions"
        " where vehicle_id = %s",
        (car.id,),
    )
    return [Message(us_of(ts), *values) for ts, *values in rows]


def silences(conn: Connection) -> list[tuple[int, int]]:
    """Those of the fleet, which tests of their own are about."""
    rows = conn.execute("select start_at, end_at from fleet_silences order by start_at").fetchall()
    return [(us_of(start), us_of(end)) for start, end in rows]


def verdicts_of(violations: list[tuple[Any, ...]], car: Car) -> list[tuple[Any, ...]]:
    return sorted(
        (rule, us_of(start), us_of(end), provisional, "insufficient" in evidence)
        for vehicle, rule, start, end, _, provisional, evidence, *_ in violations
        if vehicle == car.id and rule in RULES
    )
