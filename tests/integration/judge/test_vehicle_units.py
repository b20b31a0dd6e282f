"""A car that changes units is judged each day by the unit that it then had, whenever that is entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from fleet.clock import SHANGHAI
from fleet.decision import Outcome
from gongche.deciding import decided
from gongche.judge import Judge
from gongche.settings import Settings
from store import judging
from store.database import connect
from tests.acceptance.program import gongche
from tests.builders.district import (
    Connection,
    add_unit,
    add_vehicle,
    add_zone,
    arrive,
    found,
    is_as_judged_anew,
    move_vehicle,
    square,
)
from tests.builders.ruling import driving, local, standing

SETTINGS = Settings(_env_file=None)
FAR_M = 10_000
# Two nights where unit A is at home, three where unit B is. Monday to Saturday.
TRACK = [
    *standing("09-21 17:00", 39 * 60, every_s=600),
    *driving("09-23 08:01", 20, to_m=FAR_M),
    *standing("09-23 08:22", 71 * 60, east_m=FAR_M, every_s=600),
]
NIGHTS = {day: ("R08", local(f"09-{day} 22:00"), local(f"09-{day + 1} 05:00")) for day in range(21, 26)}


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: datetime(2026, 10, 12, 9, tzinfo=SHANGHAI))


@pytest.fixture
def units(conn: Connection) -> tuple[int, int]:
    """Two, each with its yard."""
    old, new = add_unit(conn, "水利局"), add_unit(conn, "城管局")
    add_zone(conn, "水利局大院", "home", square(0, 60), old)
    add_zone(conn, "城管局大院", "home", square(FAR_M, 60), new)
    return old, new


@pytest.fixture
def car(conn: Connection, judge: Judge, units: tuple[int, int]) -> int:
    """A car of the old unit, and another that stays with it; both judged."""
    cars = [add_vehicle(conn, units[0], f"苏N1000{number}") for number in range(2)]
    arrive(conn, [(one, fix) for one in cars for fix in TRACK])
    judge.until_idle()
    return cars[0]


def nights(conn: Connection, car: int) -> list[int]:
    """The days whose nights the car is found to have stood elsewhere than at home."""
    rows = conn.execute(
        "select start_at, end_at from violations where withdrawn_at is null and rule_id = 'R08' and vehicle_id = %s"
        " order by start_at",
        (car,),
    ).fetchall()
    of_night = {(start, end): day for day, (_, start, end) in NIGHTS.items()}
    return [of_night[start, end] for start, end in rows]


def test_each_night_is_judged_by_the_yard_of_the_unit_of_then(
    conn: Connection, judge: Judge, car: int, units: tuple[int, int], database: str, tmp_path: Path
) -> None:
    assert nights(conn, car) == [23, 24, 25], "all of the old unit"
    move_vehicle(conn, car, units[1], local("09-25 00:00"))
    counted = judge.tally.vehicles
    judge.until_idle()
    assert judge.tally.vehicles == counted + 1, "the car that moved alone"
    assert nights(conn, car) == [23], "before the handover; on the nights around it either yard is home"
    assert nights(conn, car + 1) == [23, 24, 25]
    withdrawn = conn.execute(
        "select start_at from violations where withdrawn_at is not null and rule_id = 'R08' order by 1"
    ).fetchall()
    assert withdrawn == [(NIGHTS[24][1],), (NIGHTS[25][1],)]
    assert is_as_judged_anew(conn, judge)
    verified = gongche("verify", folder=tmp_path, database_url=database)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_what_the_old_unit_let_pass_the_new_one_does_not(
    conn: Connection, judge: Judge, car: int, units: tuple[int, int]
) -> None:
    move_vehicle(conn, car, units[1], local("09-21 00:00"))
    judge.until_idle()
    assert nights(conn, car) == [21, 22], "it stood in the yard of a unit that it was with no more"
    assert is_as_judged_anew(conn, judge)


def test_a_car_that_comes_back_is_judged_by_either_unit_in_its_time(
    conn: Connection, judge: Judge, car: int, units: tuple[int, int]
) -> None:
    move_vehicle(conn, car, units[1], local("09-23 00:00"))
    move_vehicle(conn, car, units[0], local("09-25 00:00"))
    judge.until_idle()
    assert nights(conn, car) == [25]
    assert is_as_judged_anew(conn, judge)


def test_a_yard_that_is_entered_later_counts_for_the_time_that_the_car_was_the_units_own(
    conn: Connection, judge: Judge, car: int, units: tuple[int, int]
) -> None:
    move_vehicle(conn, car, units[1], local("09-25 00:00"))
    judge.until_idle()
    add_zone(conn, "水利局东院", "home", square(FAR_M, 60), units[0])
    judge.until_idle()
    assert nights(conn, car) == []
    assert is_as_judged_anew(conn, judge)


def test_hours_are_those_of_the_unit_of_the_day(conn: Connection, judge: Judge, units: tuple[int, int]) -> None:
    """The old unit works until 20:00, the new one as all do until 19:00."""
    car = add_vehicle(conn, units[0], "苏N10009")
    conn.execute(
        "insert into rule_settings (rule_id, unit_id, during, settings, reason, entered_by)"
        " values ('R04', %s, '[2026-09-01,)', '{\"work_end\": \"20:00\"}', '夏令', '王五')",
        (units[0],),
    )
    conn.execute("insert into marks (vehicle_id, since) values (%s, '-infinity')", (car,))
    for day in (22, 23, 24):
        arrive(conn, [(car, fix) for fix in driving(f"09-{day} 19:10", 30)])
    judge.until_idle()
    assert found(conn, "R04") == []
    move_vehicle(conn, car, units[1], local("09-23 00:00"))
    judge.until_idle()
    drove = [("R04", local(f"09-{day} 19:10"), local(f"09-{day} 19:40")) for day in (23, 24)]
    assert found(conn, "R04") == drove
    assert is_as_judged_anew(conn, judge)


async def test_a_decided_violation_is_marked_and_stands(
    conn: Connection, judge: Judge, car: int, units: tuple[int, int], database: str
) -> None:
    row = conn.execute("select id from violations where vehicle_id = %s and rule_id = 'R08'", (car,)).fetchall()
    violation = max(row)[0]
    async with await connect(database, autocommit=True) as office:
        await decided(office, violation, Outcome.VIOLATION, by="王五", reason="本人承认")
    move_vehicle(conn, car, units[1], local("09-24 00:00"))
    judge.until_idle()
    stands = conn.execute(
        "select start_at, evidence_changed, withdrawn_at from violations where id = %s", (violation,)
    ).fetchone()
    assert stands == (NIGHTS[25][1], True, None)
