"""A change has exactly those vehicles judged again that it can touch, from the right moment on.

Nothing else is written, and the tables are those that judging all from nothing gives.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from fleet.clock import SHANGHAI
from gongche.judge import judge_until_idle
from gongche.settings import Settings
from tests.builders.district import (
    JUDGED,
    Connection,
    add_order,
    add_unit,
    add_vehicle,
    add_zone,
    arrive,
    judged_tables,
    square,
    truncate,
)
from tests.builders.ruling import local
from tests.builders.tracks import Fix, at, drive, stand

SETTINGS = Settings(_env_file=None)
FACTS = ("trips", "stops", "gaps", "visits")


def on(day: str, track: list[Fix]) -> list[Fix]:
    shift_us = at(since=local(f"{day} 12:00")).ts_us - at().ts_us
    return [fix._replace(ts_us=fix.ts_us + shift_us) for fix in track]


@pytest.fixture
def cars(conn: Connection, database: str) -> dict[str, int]:
    """A and B of one unit, C of another. Each drove two late evenings, on National Day and on a workday at noon, and
    stood away from home for a night. Judged."""
    one, other = add_unit(conn, "一"), add_unit(conn, "二")
    for name, unit in (("一院", one), ("二院", other)):
        add_zone(conn, name, "home", square(0, 200), unit)
    ids = {name: add_vehicle(conn, unit, f"苏N1000{name}") for name, unit in (("A", one), ("B", one), ("C", other))}
    out = drive(0, 20, from_m=0, to_m=6_000)
    late = [fix._replace(ts_us=fix.ts_us + 8 * 3_600_000_000) for fix in out]
    track = (
        on("09-22", late)
        + on("09-29", late)
        + on("10-01", out)
        + on("10-14", out + drive(21, 20, from_m=6_000, to_m=0))
    )
    track += on("10-20", stand(600, 180, at_m=6_000))
    arrive(conn, [(car, fix) for car in ids.values() for fix in track])
    judge_until_idle(database, SETTINGS)
    return ids


def order(conn: Connection, cars: dict[str, int]) -> None:
    add_order(conn, cars["A"], local("10-01 11:00"), local("10-01 13:00"))


def duty(conn: Connection, cars: dict[str, int]) -> None:
    conn.execute(
        "insert into waivers (vehicle_id, kind, during, reason) values (%s, 'duty', tstzrange(%s, %s), '值班')",
        (cars["B"], local("09-29 19:00"), local("09-29 23:00")),
    )


def home(conn: Connection, cars: dict[str, int]) -> None:
    (unit,) = conn.execute("select unit_id from vehicles where id = %s", (cars["C"],)).fetchone() or (0,)
    zone = add_zone(conn, "二院新址", "home", square(6_000, 200), unit)
    conn.execute("delete from marks")
    conn.execute("update zones set valid = tstzrange(%s, null) where id = %s", (local("10-19 00:00"), zone))
    # Only the new version's beginning is of interest: the row was made a moment ago, and nobody judged by it.
    conn.execute("delete from marks where since = '-infinity'")


def hotel(conn: Connection, cars: dict[str, int]) -> None:
    home_of_nobody = add_zone(conn, "酒店", "sensitive", square(6_000, 200))
    conn.execute("update zones set valid = tstzrange(%s, null) where id = %s", (local("10-19 00:00"), home_of_nobody))
    conn.execute("delete from marks where since = '-infinity'")
    assert cars


def own_day(conn: Connection, cars: dict[str, int]) -> None:
    conn.execute(
        "insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)"
        " values ('2026-10-14', true, '建县纪念日', '通知', '张三', '李四', now())"
    )
    assert cars


@pytest.mark.parametrize(
    ("change", "touched", "since", "differing"),
    [
        pytest.param(order, "A", "10-01 11:00", {("A", "R06", "10-01", "withdrawn")}, id="an order"),
        pytest.param(duty, "B", "09-29 19:00", {("B", "R04", "09-29", "withdrawn")}, id="a waiver"),
        pytest.param(home, "C", "10-19 00:00", {("C", "R08", "10-20", "withdrawn")}, id="a home zone"),
        pytest.param(
            hotel, "ABC", "10-19 00:00", {(car, "R10", "10-20", "new") for car in "ABC"}, id="a sensitive zone"
        ),
        pytest.param(own_day, "ABC", "10-03 08:00", {(car, "R06", "10-14", "new") for car in "ABC"}, id="an own day"),
    ],
)
def test_exactly_what_a_change_can_touch_is_judged_again(
    conn: Connection, database: str, cars: dict[str, int], change: Callable[[Connection, dict[str, int]], None],
    touched: str, since: str, differing: set[tuple[str, str, str, str]],
) -> None:  # fmt: skip
    ids = {cars[name] for name in touched}
    violations, facts, judged = violations_of(conn), facts_of(conn), judged_at(conn)
    assert len(violations) >= 3 * 4, "there is something to leave alone"
    change(conn, cars)
    assert marks(conn) == dict.fromkeys(ids, local(since))
    judge_until_idle(database, SETTINGS)
    assert {car for car, moment in judged_at(conn).items() if moment != judged[car]} == ids
    now = violations_of(conn)
    names = {car: name for name, car in cars.items()}
    of_calendar_and_place = {"R04", "R05", "R06", "R08", "R10"}
    assert {
        (names[row[0]], row[1], f"{row[2].astimezone(SHANGHAI):%m-%d}", "new" if id_ not in violations else "withdrawn")
        for id_, row in now.items()
        if row != violations.get(id_) and row[1] in of_calendar_and_place
    } == differing, "all others keep their id, their moment of finding and their row"
    written = {key: row for key, row in facts_of(conn).items() if facts.get(key) != row}
    assert {vehicle for _, vehicle, *_ in written} <= ids
    assert all(key[0] == "visits" for key in written), "trips, stops and gaps come out the same and are not written"
    tables = judged_tables(conn)
    truncate(conn, f"{JUDGED}, judged_with")
    judge_until_idle(database, SETTINGS)
    assert judged_tables(conn) == tables


def marks(conn: Connection) -> dict[int, datetime]:
    rows = conn.execute("select vehicle_id, min(since) from marks group by 1").fetchall()
    return {car: since.astimezone(SHANGHAI) for car, since in rows}


def judged_at(conn: Connection) -> dict[int, datetime]:
    return dict(conn.execute("select vehicle_id, judged_at from judge_states").fetchall())


def violations_of(conn: Connection) -> dict[int, tuple[Any, ...]]:
    """By id, with the transaction that wrote each row last."""
    rows = conn.execute(
        "select id, vehicle_id, rule_id, start_at, end_at, found_at, withdrawn_at, xmin::text from violations"
    ).fetchall()
    return {id_: tuple(rest) for id_, *rest in rows}


def facts_of(conn: Connection) -> dict[tuple[Any, ...], str]:
    """Each fact's key with the transaction that wrote it last."""
    found: dict[tuple[Any, ...], str] = {}
    for table in FACTS:
        place = ", place, side, buffer_m, zone_id" if table == "visits" else ""
        for *key, written in conn.execute(f"select vehicle_id, start_at{place}, xmin::text from {table}".encode()):
            found[table, *key] = written
    return found
