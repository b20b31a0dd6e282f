"""Silence through the database: it goes on, ends, is uploaded late, and is the platform's when it is the fleet's."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import sleep
from typing import Any

import pytest

from api.evidence import gather
from fleet.clock import SHANGHAI, moment_of, us_of
from fleet.position import Flag
from gongche.judge import Judge, judge_until_idle
from gongche.settings import Settings
from gongche.verifying import Kind, verified_fleet
from store import judging, overview, platform, silence, violations
from store.database import connect
from store.errors import StoreUnavailableError, store_errors
from store.scope import EVERYTHING
from tests.builders.district import JUDGED, Connection, add_unit, add_vehicle, arrive, judged_tables, truncate
from tests.builders.silences import random_fleet
from tests.builders.tracks import Fix, Message, at
from tests.reference.silence import Heard, Offline, fleet_silences, fleet_time, verdicts

START = datetime(2026, 9, 21, 8, tzinfo=SHANGHAI)
SETTINGS = Settings(_env_file=None)


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: START + timedelta(days=4))


def hours(first: float, last: float, *, east_m: float = 0, every_h: float = 0.5) -> list[Fix]:
    """Messages of a parked car, from so many hours after the start."""
    n = round((last - first) / every_h) + 1
    return [at(60 * (first + every_h * i), east_m=east_m, since=START) for i in range(n)]


def fleet_of(conn: Connection, cars: int) -> list[int]:
    unit = add_unit(conn)
    return [add_vehicle(conn, unit, f"苏N1000{number}") for number in range(cars)]


def come(conn: Connection, car: int, fixes: Iterable[Fix]) -> None:
    arrive(conn, [(car, fix) for fix in fixes])


def offline(conn: Connection) -> list[tuple[float, float, str]]:
    """R14 as it stands: hours from and to, and its severity."""
    rows = conn.execute(
        "select start_at, end_at, severity from violations where rule_id = 'R14' and withdrawn_at is null order by 1"
    ).fetchall()
    return [(hour(start), hour(end), severity) for start, end, severity in rows]


def unseen(conn: Connection) -> list[tuple[float, float]]:
    rows = conn.execute(
        "select start_at, end_at from violations where rule_id = 'R15' and withdrawn_at is null order by 1"
    ).fetchall()
    return [(hour(start), hour(end)) for start, end in rows]


def held_back(conn: Connection) -> list[tuple[float, float]]:
    rows = conn.execute("select start_at, end_at from fleet_silences order by 1").fetchall()
    return [(hour(start), hour(end)) for start, end in rows]


def hour(moment: datetime) -> float:
    return round((moment - START) / timedelta(hours=1), 3)


def alerts(conn: Connection) -> int:
    row = conn.execute("select count(*) from alerts join violations v on v.id = violation_id where rule_id = 'R14'")
    return int(row.fetchone()[0])  # type: ignore[index]  # a count always has its row


def test_a_silence_goes_on_as_the_others_are_heard_of_and_ends(conn: Connection, judge: Judge) -> None:
    lost, *others = fleet_of(conn, 6)
    come(conn, lost, hours(0, 2))
    told = []
    for last in (2, 26, 27, 74, 75, 80):
        for car in others:
            come(conn, car, hours(0, last))
        judge.until_idle()
        told.append((last, offline(conn), alerts(conn)))
    assert told == [
        (2, [], 0),
        (26, [], 0),
        (27, [(2, 27, "info")], 0),
        (74, [(2, 74, "info")], 0),
        (75, [(2, 75, "medium")], 1),
        (80, [(2, 80, "medium")], 1),
    ]
    come(conn, lost, hours(81, 82))
    judge.until_idle()
    assert (offline(conn), alerts(conn)) == ([(2, 81, "medium")], 1)
    changes = conn.execute("select change from violation_changes order by id").fetchall()
    assert changes == [("found",), ("extended",)]


def test_what_was_kept_back_and_uploaded_late_shrinks_and_withdraws_it(conn: Connection, judge: Judge) -> None:
    lost, *others = fleet_of(conn, 6)
    come(conn, lost, [*hours(0, 2), *hours(80, 100)])
    for car in others:
        come(conn, car, hours(0, 100))
    judge.until_idle()
    assert offline(conn) == [(2, 80, "medium")]
    come(conn, lost, hours(30, 31))
    judge.until_idle()
    assert offline(conn) == [(2, 30, "info"), (31, 80, "info")]
    come(conn, lost, hours(3, 79, every_h=4))
    judge.until_idle()
    assert offline(conn) == []


def test_time_stands_still_when_nothing_reaches_the_platform(conn: Connection, judge: Judge) -> None:
    """Nor is the one car that is heard of again first held against the others."""
    first, *others = fleet_of(conn, 6)
    for car in (first, *others):
        come(conn, car, hours(0, 2))
    judge.until_idle()
    come(conn, first, hours(90, 91))
    judge.until_idle()
    assert offline(conn) == [(2, 90, "medium")], "while the others are not, nothing tells the platform's silence"
    come(conn, others[0], hours(90, 91))
    judge.until_idle()
    assert (offline(conn), held_back(conn)) == ([], [(2, 91)])
    for car in others:
        come(conn, car, hours(90, 91))
    judge.until_idle()
    assert (offline(conn), held_back(conn)) == ([], [(2, 90)])


def test_moving_in_an_outage_is_held_back_until_the_others_upload_what_they_kept(
    conn: Connection, judge: Judge
) -> None:
    """Six of eight cars drove while the platform was down; then trackers upload what they kept, all but one."""
    cars = fleet_of(conn, 8)
    for number, car in enumerate(cars):
        moved_m = 9_000 if number < 6 else 0
        come(conn, car, [*hours(0, 2), *hours(5, 20, east_m=moved_m)])
    judge.until_idle()
    assert (unseen(conn), held_back(conn)) == ([], [(2, 5)])
    for car in cars[1:4]:
        come(conn, car, [at(120 + minute, east_m=75 * minute, since=START) for minute in range(0, 121, 5)])
        come(conn, car, hours(4, 5, east_m=9_000))
    judge.until_idle()
    assert (unseen(conn), held_back(conn)) == ([], [(2, 5)]), "three of eight"
    for car in cars[4:6]:
        come(conn, car, [at(120 + minute, east_m=75 * minute, since=START) for minute in range(0, 121, 5)])
        come(conn, car, hours(4, 5, east_m=9_000))
    judge.until_idle()
    assert (unseen(conn), held_back(conn)) == ([(2, 5)], [])


def test_a_tracker_taken_off_is_not_silent_and_not_of_the_fleet(conn: Connection, judge: Judge) -> None:
    lost, *others = fleet_of(conn, 6)
    come(conn, lost, hours(0, 2))
    for car in others:
        come(conn, car, hours(0, 100))
    judge.until_idle()
    assert offline(conn) == [(2, 100, "medium")]
    conn.execute("insert into trackers (code) values ('T1')")
    conn.execute(
        "insert into fittings (tracker_id, vehicle_id, during) values (1, %s, tstzrange(%s, %s))",
        (lost, START - timedelta(days=9), START + timedelta(hours=40)),
    )
    judge.until_idle()
    assert offline(conn) == [(2, 40, "info")]
    conn.execute(
        "update fittings set during = tstzrange(%s, %s)", (START - timedelta(days=9), START + timedelta(hours=3))
    )
    judge.until_idle()
    assert offline(conn) == []


def test_a_smaller_share_is_held_back_where_the_setting_says_so(conn: Connection, database: str) -> None:
    cars = fleet_of(conn, 10)
    for number, car in enumerate(cars):
        come(conn, car, [*hours(0, 2), *hours(5, 6, east_m=9_000 if number < 2 else 0)])
    judge_until_idle(database, SETTINGS)
    assert (len(unseen(conn)), held_back(conn)) == (2, [])
    judge_until_idle(database, SETTINGS.model_copy(update={"fleet_silence_percent": 19}))
    assert (unseen(conn), held_back(conn)) == ([], [(2, 5)])
    judge_until_idle(database, SETTINGS)
    assert (len(unseen(conn)), held_back(conn)) == (2, [])


# Any order, several judges ------------------------------------------------------------------------------------


def messages(conn: Connection, fleet: list[Heard]) -> tuple[list[int], list[tuple[int, Fix | Message]]]:
    """The fleet's cars, and all that comes of them."""
    cars = fleet_of(conn, len(fleet))
    arriving: list[tuple[int, Fix | Message]] = []
    for car, heard in zip(cars, fleet, strict=True):
        arriving += [(car, fix) for fix in heard.fixes]
        arriving += [(car, Message(*fix, flags=Flag.NO_FIX)) for fix in heard.without_fix]
    return cars, arriving


def check(conn: Connection, cars: list[int], fleet: list[Heard]) -> None:
    """The reference finds just that."""
    until_us, silences = fleet_time(fleet), fleet_silences(fleet)
    assert until_us is not None
    assert conn.execute("select heard_until from fleet_time").fetchone() == (moment_of(until_us),)
    rows = conn.execute("select start_at, end_at from fleet_silences order by 1").fetchall()
    assert [(us_of(start), us_of(end)) for start, end in rows] == silences
    for car, heard in zip(cars, fleet, strict=True):
        found = conn.execute(
            "select start_at, end_at, severity from violations where rule_id = 'R14' and withdrawn_at is null"
            " and vehicle_id = %s order by 1",
            (car,),
        ).fetchall()
        told = [Offline(us_of(start), us_of(end), severity == "info") for start, end, severity in found]
        assert told == verdicts(heard, until_us, silences), f"car {car}"


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_arrival_leaves_what_the_definitions_say(conn: Connection, database: str, seed: int) -> None:
    chance = random.Random(seed)
    fleet = random_fleet(chance, papers=False)
    cars, arriving = messages(conn, fleet)
    arriving.sort(key=lambda entry: entry[1].ts_us, reverse=seed % 3 == 1)
    if seed % 3 == 2:
        chance.shuffle(arriving)
    with judging.connect(database) as connection:
        judge = Judge(connection, SETTINGS, at_once=3)
        while arriving:
            size = chance.choice([1, 7, 40])
            arrive(conn, arriving[:size])
            del arriving[:size]
            for _ in range(chance.choice([0, 1, 2, 30])):
                judge.once()
        judge.until_idle()
    piecewise = judged_tables(conn)
    check(conn, cars, fleet)
    truncate(conn, f"{JUDGED}, judged_with, fleet_silences, fleet_marks")
    conn.execute("update judge_states set heard_from = null, heard_until = null")
    conn.execute("update fleet_time set heard_until = null, most_percent = null")
    judge_until_idle(database, SETTINGS)
    assert judged_tables(conn) == piecewise


@pytest.mark.parametrize("seed", range(20, 23))
def test_several_judges_dropped_in_the_middle_leave_the_same(conn: Connection, database: str, seed: int) -> None:
    chance = random.Random(seed)
    fleet = random_fleet(chance, papers=False)
    cars, arriving = messages(conn, fleet)
    chance.shuffle(arriving)
    arrived = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        judges = [pool.submit(keep_judging, database, arrived) for _ in range(3)]
        try:
            while arriving:
                size = chance.choice([1, 30, 60])
                arrive(conn, arriving[:size])
                del arriving[:size]
                sleep(chance.choice([0, 0.01, 0.05]))
                if chance.random() < 0.3:
                    conn.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                        " and application_name = 'gongche-judge' and xact_start is not null order by random() limit 1"
                    )
        finally:
            arrived.set()
        for one in judges:
            one.result()
    check(conn, cars, fleet)


def keep_judging(dsn: str, arrived: threading.Event) -> None:
    """As a process that is started again whenever its connection drops, until nothing is left to be done."""
    while True:
        try:
            with judging.connect(dsn) as connection:
                judge = Judge(connection, SETTINGS, at_once=2)
                while judge.once() or not (arrived.is_set() and is_done(connection)):
                    sleep(0.001)
                return
        except StoreUnavailableError:
            continue


def is_done(connection: judging.Connection) -> bool:
    with store_errors():
        return not silence.waits(connection, []) and not silence.is_due(connection, SETTINGS.fleet_silence_percent)


def test_what_is_stored_of_the_fleet_can_be_recomputed(conn: Connection, database: str) -> None:
    arrive(conn, messages(conn, random_fleet(random.Random(5), papers=False))[1])
    judge_until_idle(database, SETTINGS)
    with judging.connect(database) as connection:
        kept, made = silence.recomputed(connection, SETTINGS.fleet_silence_percent)

    def plain(one: Any) -> tuple[Any, ...]:
        return one.until_us, one.start_us.tolist(), one.end_us.tolist()

    assert plain(kept) == plain(made)
    assert len(kept.start_us) > 0


async def told_of(dsn: str, violation_id: int) -> list[tuple[str, str, datetime | None]]:
    async with await connect(dsn) as connection:
        violation = await violations.one(connection, violation_id, scope=EVERYTHING)
        assert violation is not None
        return [(one.kind, one.why, one.during.start) for one in (await gather(connection, violation)).excuses]


def test_what_was_held_back_tells_so(conn: Connection, database: str, judge: Judge) -> None:
    """One car moved unseen; then the others turn out to have been silent too."""
    cars = fleet_of(conn, 8)
    come(conn, cars[0], [*hours(0, 2), *hours(5, 20, east_m=9_000)])
    for car in cars[1:]:
        come(conn, car, hours(0, 2))
    judge.until_idle()
    (violation,) = conn.execute("select id from violations where rule_id = 'R15'").fetchone() or (0,)
    assert (unseen(conn), asyncio.run(told_of(database, violation))) == ([(2, 5)], [])
    for car in cars[1:]:
        come(conn, car, hours(5, 20, east_m=9_000))
    judge.until_idle()
    assert unseen(conn) == []
    held = [("fleet_silence", "fleet", START + timedelta(hours=2))]
    assert asyncio.run(told_of(database, violation)) == held


def test_a_silence_that_lasts_is_shown_and_told(conn: Connection, database: str, judge: Judge) -> None:
    cars = fleet_of(conn, 8)
    for number, car in enumerate(cars):
        come(conn, car, hours(0, 2 if number < 3 else 40))
    judge.until_idle()

    async def state() -> tuple[Any, ...]:
        async with await connect(database) as connection:
            shown = await overview.system_state(connection, START)
            return shown.silent_from, shown.silent_until, shown.silent_now, await platform.lasting_silence(connection)

    since, until = START + timedelta(hours=2, microseconds=1), START + timedelta(hours=40)
    assert asyncio.run(state()) == (since, until, True, (since, until))
    for car in cars:
        come(conn, car, hours(41, 42))
    judge.until_idle()
    assert asyncio.run(state()) == (since, START + timedelta(hours=41), False, None)


def test_a_silence_of_the_fleet_that_was_tampered_with_is_found(conn: Connection, database: str, judge: Judge) -> None:
    arrive(conn, messages(conn, random_fleet(random.Random(5), papers=False))[1])
    judge.until_idle()
    with judging.connect(database) as connection:
        assert verified_fleet(connection, SETTINGS.fleet_silence_percent) == []
        conn.execute("update fleet_silences set end_at = end_at + interval '1 s'")
        told = verified_fleet(connection, SETTINGS.fleet_silence_percent)
    assert {(one.kind, one.what, one.plate) for one in told} == {(Kind.DIFFERENT, "fleet_silence", "")}
