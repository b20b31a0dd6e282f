"""Enrolments, states and classes of use: a change of one has just its car judged again, from the right moment on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from fleet.clock import SHANGHAI
from gongche.judge import Judge
from gongche.settings import Settings
from store import judging
from tests.builders.district import Connection, add_unit, add_vehicle, arrive, is_as_judged_anew
from tests.builders.ruling import driving, local, standing

SETTINGS = Settings(_env_file=None)
TRACK = driving("09-29 10:00", 20) + standing("09-29 10:21", 120, east_m=10_000)


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set time zone 'Asia/Shanghai'")
        yield connection


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: datetime(2026, 9, 29, 13, tzinfo=SHANGHAI))


@pytest.fixture
def car(conn: Connection, judge: Judge) -> int:
    """A car with a drive and a stay, another beside it; both judged."""
    unit = add_unit(conn)
    cars = [add_vehicle(conn, unit, f"苏N1000{number}") for number in range(2)]
    arrive(conn, [(one, fix) for one in cars for fix in TRACK])
    judge.until_idle()
    return cars[0]


def found(conn: Connection, rule: str) -> list[tuple[datetime, datetime]]:
    return conn.execute(
        "select start_at, end_at from violations where withdrawn_at is null and rule_id = %s order by 1", (rule,)
    ).fetchall()


def marks(conn: Connection) -> list[tuple[int, datetime | None]]:
    return conn.execute("select vehicle_id, nullif(since, '-infinity') from marks order by id").fetchall()


def test_an_enrolment_that_ends_is_judged_from_its_end(conn: Connection, judge: Judge, car: int) -> None:
    assert found(conn, "R01") == []
    end, sooner, seen_until = local("09-29 11:30"), local("09-29 11:00"), local("09-29 12:21")
    conn.execute("update enrolments set during = tstzrange(null, %s) where vehicle_id = %s", (end, car))
    assert marks(conn) == [(car, end)]
    judge.until_idle()
    assert found(conn, "R01") == [(end, seen_until)]
    conn.execute("update enrolments set during = tstzrange(null, %s) where vehicle_id = %s", (sooner, car))
    assert marks(conn) == [(car, sooner)]
    judge.until_idle()
    assert found(conn, "R01") == [(sooner, seen_until)]
    conn.execute("update enrolments set during = tstzrange(null, null) where vehicle_id = %s", (car,))
    assert marks(conn) == [(car, sooner)]
    judge.until_idle()
    assert found(conn, "R01") == []
    assert is_as_judged_anew(conn, judge)


def test_an_enrolment_that_comes_later_withdraws_what_it_covers(conn: Connection, judge: Judge, car: int) -> None:
    conn.execute("delete from enrolments where vehicle_id = %s", (car,))
    judge.until_idle()
    assert found(conn, "R01") == [(local("09-29 10:00"), local("09-29 12:21"))]
    start = local("09-29 09:00")
    conn.execute("insert into enrolments (vehicle_id, during) values (%s, tstzrange(%s, null))", (car, start))
    assert marks(conn) == [(car, start)]
    judge.until_idle()
    assert found(conn, "R01") == []


def test_a_car_found_to_be_laid_up_moved(conn: Connection, judge: Judge, car: int) -> None:
    start, end = local("09-29 00:00"), local("09-29 10:10")
    conn.execute(
        "insert into vehicle_states (vehicle_id, state, during, document)"
        " values (%s, 'laid_up', tstzrange(%s, null), '停用通知')",
        (car, start),
    )
    assert marks(conn) == [(car, start)]
    judge.until_idle()
    assert found(conn, "R17") == [(local("09-29 10:00"), local("09-29 10:20"))]
    conn.execute("update vehicle_states set during = tstzrange(lower(during), %s)", (end,))
    assert marks(conn) == [(car, end)]
    judge.until_idle()
    assert found(conn, "R17") == [(local("09-29 10:00"), end)]
    assert is_as_judged_anew(conn, judge)
    conn.execute("delete from vehicle_states")
    judge.until_idle()
    assert found(conn, "R17") == []


def test_a_class_of_use_that_changes_has_its_car_judged_from_the_beginning(
    conn: Connection, judge: Judge, car: int
) -> None:
    arrive(conn, [(car, fix) for fix in driving("09-29 21:00", 20, from_m=10_000)])
    judge.until_idle()
    evening = [(local("09-29 21:00"), local("09-29 21:20"))]
    assert found(conn, "R04") == evening
    for use_class, expected in (("law_enforcement", []), ("confidential_mail", evening)):
        conn.execute("update vehicles set use_class = %s where id = %s", (use_class, car))
        assert marks(conn) == [(car, None)]
        judge.until_idle()
        assert found(conn, "R04") == expected
    conn.execute("update vehicles set model = '大众' where id = %s", (car,))
    assert marks(conn) == []


def test_evidence_says_what_the_registry_said(conn: Connection, judge: Judge, car: int) -> None:
    start = local("09-29 10:30")
    conn.execute("update enrolments set during = tstzrange(%s, null) where vehicle_id = %s", (start, car))
    conn.execute(
        "insert into vehicle_states (vehicle_id, state, during, document)"
        " values (%s, 'scrapped', tstzrange(%s, null), '报废证明')",
        (car, local("09-29 00:00")),
    )
    judge.until_idle()
    said = dict(
        conn.execute(
            "select rule_id, evidence -> 'registry' from violations"
            " where withdrawn_at is null and evidence ? 'registry'"
        ).fetchall()
    )
    assert said == {
        "R01": {"enrolments": [[start.astimezone(UTC).isoformat(), ""]]},
        "R17": {
            "states": [{"state": "scrapped", "document": "报废证明", "start": "2026-09-28T16:00:00+00:00", "end": ""}]
        },
    }


def test_two_states_of_a_car_never_overlap(conn: Connection, car: int) -> None:
    add = "insert into vehicle_states (vehicle_id, state, during, document) values (%s, %s, tstzrange(%s, %s), '通知')"
    conn.execute(add, (car, "laid_up", local("09-01 00:00"), local("10-01 00:00")))
    conn.execute(add, (car, "scrapped", local("10-01 00:00"), None))
    with pytest.raises(psycopg.errors.ExclusionViolation):
        conn.execute(add, (car, "laid_up", local("09-20 00:00"), local("09-21 00:00")))
