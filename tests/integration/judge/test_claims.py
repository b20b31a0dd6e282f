"""Claims, tracks, stations and tanks come in any order, and what is judged of them is the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fleet.clock import SHANGHAI
from gongche.judge import Judge, current_book, judge_until_idle
from gongche.settings import Settings
from gongche.verifying import verified
from rules.catalogue import CATALOGUE
from store import judged, judging, verifying
from tests.builders.district import (
    JUDGED,
    Connection,
    add_unit,
    add_vehicle,
    add_zone,
    arrive,
    found,
    judged_tables,
    square,
    truncate,
)
from tests.builders.expenses import add_expense
from tests.builders.ruling import driving, standing
from tests.builders.tracks import Fix

SETTINGS = Settings(_env_file=None)
PLATE = "苏N10001"
STATION, GATE = "城东加油站", "宿迁东收费站"
TRACK = [
    *standing("08-31 20:00", 60, every_s=600),
    *standing("09-14 08:00", 120),
    *driving("09-15 06:00", 480, to_m=400_000, every_s=60),
    *standing("09-16 00:00", 300, east_m=400_000, every_s=300),
    *driving("09-29 09:00", 60, from_m=400_000, to_m=420_000, every_s=30),
    *standing("09-29 10:01", 30, east_m=420_000),
    *standing("10-01 08:00", 60, east_m=420_000, every_s=600),
]
OF_CLAIMS = ("R18", "R19", "R20", "R21")


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def claims(conn: Connection) -> list[tuple[str, str]]:
    """Rule and local start of the violations found in claims."""
    return [(rule, f"{start.astimezone(SHANGHAI):%m-%d %H:%M}") for rule, start, _ in found(conn) if rule in OF_CLAIMS]


def differences(dsn: str) -> list[object]:
    """What recomputing from all positions and claims says against what is stored."""
    with judging.connect(dsn) as other:
        book = current_book(other, SETTINGS, CATALOGUE.values())
        return [d for lot in verified(other, verifying.cars(other), book) for d in lot.differences]


@pytest.fixture
def car(conn: Connection) -> int:
    car = add_vehicle(conn, add_unit(conn), PLATE)
    conn.execute("update vehicles set tank_l = 60, norm_l_per_100km = 8, fuel_kind = '92'")
    add_zone(conn, STATION, "refuel", square(20_000, 30))
    add_zone(conn, GATE, "toll_gate", square(-9_000, 30))
    return car


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: datetime(2026, 10, 2, tzinfo=UTC))


def claim_all(conn: Connection) -> None:
    """Something for each rule."""
    add_expense(conn, "1", PLATE, local("09-14 09:00"), litres=40, place=STATION)
    add_expense(conn, "2", PLATE, local("09-14 11:00"), litres=45, fuel_kind="0")
    add_expense(conn, "3", PLATE, local("09-15 09:00"), "toll", place=GATE)


def test_claims_that_come_weeks_later_are_judged(conn: Connection, database: str, judge: Judge, car: int) -> None:
    arrive(conn, [(car, fix) for fix in TRACK])
    judge.until_idle()
    assert claims(conn) == []
    claim_all(conn)
    judge.until_idle()
    assert claims(conn) == [
        ("R18", "09-01 00:00"), ("R19", "09-14 09:00"), ("R20", "09-14 11:00"), ("R21", "09-15 09:00")
    ]  # fmt: skip
    assert differences(database) == []


def test_only_a_vehicle_that_something_was_claimed_for_is_marked(conn: Connection, judge: Judge, car: int) -> None:
    other = add_vehicle(conn, 1, "苏N10002")
    judge.until_idle()
    add_expense(conn, "1", PLATE, local("09-14 09:00"))
    add_expense(conn, "2", "苏N99999", local("09-14 09:00"))
    marks = conn.execute("select vehicle_id, since from marks").fetchall()
    assert marks == [(car, local("09-14 09:00"))]
    conn.execute("update vehicles set model = 'x', tank_l = tank_l where id = %s", (other,))
    assert conn.execute("select count(*) from marks").fetchone() == (1,)


def test_a_correction_withdraws_what_the_claim_was_wrong_about(conn: Connection, judge: Judge, car: int) -> None:
    arrive(conn, [(car, fix) for fix in TRACK])
    claim_all(conn)
    judge.until_idle()
    add_expense(conn, "1", PLATE, local("09-14 09:00"), litres=10, place="另一加油站")
    judge.until_idle()
    assert claims(conn) == [("R18", "09-01 00:00"), ("R20", "09-14 11:00"), ("R21", "09-15 09:00")]
    add_expense(conn, "2", PLATE, local("09-14 11:00"), litres=45, fuel_kind="0", void=True)
    judge.until_idle()
    assert claims(conn) == [("R21", "09-15 09:00")]
    assert conn.execute("select count(*) from expenses").fetchone() == (5,), "nothing was rewritten"


def test_a_corrected_plate_frees_one_car_and_accuses_the_other(conn: Connection, judge: Judge, car: int) -> None:
    other = add_vehicle(conn, 1, "苏N10002")
    conn.execute("update vehicles set tank_l = 30")
    add_expense(conn, "1", PLATE, local("09-14 09:00"), litres=40)
    judge.until_idle()
    add_expense(conn, "1", "苏N10002", local("09-14 09:00"), litres=40)
    judge.until_idle()
    rows = conn.execute("select vehicle_id from violations where withdrawn_at is null").fetchall()
    assert (rows, car != other) == ([(other,)], True)


def test_a_claim_for_an_unknown_plate_is_judged_once_the_car_is_registered(conn: Connection, judge: Judge) -> None:
    unit = add_unit(conn)
    add_expense(conn, "1", PLATE, local("09-14 09:00"), litres=80)
    judge.until_idle()
    conn.execute("insert into vehicles (plate, unit_id, tank_l) values (%s, %s, 60)", (PLATE, unit))
    judge.until_idle()
    assert claims(conn) == [("R20", "09-14 09:00")]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("update vehicles set second_tank_l = 40", {"R18", "R19", "R21"}),
        ("update vehicles set norm_l_per_100km = 20", {"R19", "R20", "R21"}),
        ("update zones set valid = tstzrange('2026-09-20', null) where kind = 'refuel'", {"R18", "R20", "R21"}),
        ("delete from zones where kind = 'toll_gate'", {"R18", "R19", "R20"}),
    ],
)
def test_a_tank_a_norm_and_a_zone_are_looked_at_again(
    conn: Connection, database: str, judge: Judge, car: int, change: str, left: set[str]
) -> None:
    arrive(conn, [(car, fix) for fix in TRACK])
    claim_all(conn)
    judge.until_idle()
    conn.execute(change.encode())
    judge_until_idle(database, SETTINGS)
    assert {rule for rule, _ in claims(conn)} == left
    assert differences(database) == []


def test_late_positions_clear_a_car(conn: Connection, judge: Judge, car: int) -> None:
    """It was at the station, in a blind area."""
    add_expense(conn, "1", PLATE, local("09-14 09:00"), litres=40, place=STATION)
    arrive(conn, [(car, fix) for fix in standing("09-14 08:00", 120)])
    judge.until_idle()
    assert claims(conn) == [("R19", "09-14 09:00")]
    arrive(conn, [(car, fix) for fix in standing("09-14 09:10:30", 0.5, east_m=20_000)])
    judge.until_idle()
    assert claims(conn) == []


def test_a_month_is_judged_when_the_next_one_begins(conn: Connection, judge: Judge, car: int) -> None:
    claim_all(conn)
    for fix in TRACK[:-8]:
        arrive(conn, [(car, fix)])
    judge.until_idle()
    assert "R18" not in {rule for rule, _ in claims(conn)}
    arrive(conn, [(car, TRACK[-1])])
    judge.until_idle()
    assert ("R18", "09-01 00:00") in claims(conn)


def test_entries_are_never_rewritten(conn: Connection) -> None:
    add_expense(conn, "1", PLATE, local("09-14 09:00"))
    for rewriting in ("update expenses set amount = 1", "delete from expenses"):
        with pytest.raises(Exception, match="append-only"):
            conn.execute(rewriting.encode())


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_when_the_tables_are_the_same(conn: Connection, database: str, judge: Judge, seed: int) -> None:
    """Tracks in pieces, claims, corrections, stations, tanks, in a random order, judged now and then."""
    chance = random.Random(seed)
    car = add_vehicle(conn, add_unit(conn), PLATE)
    for happening in shuffled(happenings(conn, car, chance), chance):
        happening()
        if chance.random() < 0.4:
            judge.until_idle()
    judge.until_idle()
    assert differences(database) == []
    stepwise = judged_tables(conn)
    truncate(conn, JUDGED)
    judged.mark(conn, None)
    judge.until_idle()
    assert stepwise == judged_tables(conn)
    assert len(claims(conn)) >= 4, "there was something to find"


def happenings(conn: Connection, car: int, chance: random.Random) -> list[list[Callable[[], object]]]:
    """Lists of things that happen each in their order, and among each other in any."""
    pieces: list[list[Fix]] = []
    track = list(TRACK)
    while track:
        size = chance.choice([1, 40, 200])
        pieces.append(track[:size])
        del track[:size]
    entries = [
        ("1", local("09-14 09:00"), "fuel", {"litres": 40, "place": STATION}),
        ("2", local("09-14 11:00"), "fuel", {"litres": 45, "fuel_kind": "0"}),
        ("3", local("09-15 09:00"), "toll", {"place": GATE}),
        ("4", local("09-29 00:00"), "fuel", {"litres": 70, "at_precision": "day"}),
        ("5", local("10-01 08:05"), "toll", {"place": GATE}),
        ("6", local("10-01 00:10"), "fuel", {"litres": 20}),
        ("7", local("09-30 23:50"), "fuel", {"litres": 20}),
        ("8", local("09-29 09:30"), "fuel", {"litres": 20, "place": STATION}),
    ]

    def arriving(piece: list[Fix]) -> Callable[[], object]:
        return lambda: arrive(conn, [(car, fix) for fix in piece])

    def claiming(key: str, at: datetime, type_: str, more: dict[str, object]) -> Callable[[], object]:
        return lambda: add_expense(conn, key, PLATE, at, type_, **more)

    corrected = claiming("1", local("09-14 08:30") + timedelta(minutes=chance.choice([0, 90])), "fuel", {"litres": 44})
    return [
        *([arriving(piece)] for piece in pieces),
        *([claiming(*entry)] for entry in entries[1:]),
        [claiming(*entries[0]), *([corrected] if chance.random() < 0.5 else [])],
        [lambda: conn.execute("update vehicles set tank_l = 60, norm_l_per_100km = 8, fuel_kind = '92'")],
        [lambda: add_zone(conn, STATION, "refuel", square(20_000, 30))],
        [lambda: add_zone(conn, GATE, "toll_gate", square(-9_000, 30))],
    ]


def shuffled(lists: list[list[Callable[[], object]]], chance: random.Random) -> Iterator[Callable[[], object]]:
    """From the lists at random, each in its order."""
    left = [list(one) for one in lists]
    while left:
        one = chance.choice(left)
        yield one.pop(0)
        left = [one for one in left if one]
