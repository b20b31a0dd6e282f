"""What the database itself refuses, marks and tells, whoever writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from tests.builders.district import move_vehicle

Connection = psycopg.Connection

# Two units with two vehicles each; vehicles 1 and 2 belong to unit 1.
_FLEET = """
insert into units (code, name) values ('A', '甲'), ('B', '乙');
insert into vehicles (plate, unit_id) values ('苏N00001', 1), ('苏N00002', 1), ('苏N00003', 2), ('苏N00004', 2);
insert into trackers (code) values ('t1'), ('t2');
truncate marks;
"""
_ZONE = "insert into zones (name, kind, unit_id, valid, datum_given, boundary_wkb) values"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute("set time zone 'UTC'")
        opened.execute(_FLEET)
        yield opened


def marks(connection: Connection) -> list[tuple[int, datetime | None]]:
    """(vehicle, since) of each mark, None for the beginning of time; and forget them."""
    rows = connection.execute(
        "delete from marks returning vehicle_id, nullif(since, '-infinity'::timestamptz)"
    ).fetchall()
    return sorted(rows, key=lambda row: (row[0], row[1] or datetime.min.replace(tzinfo=UTC)))


def at(day: int, hour: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def refuses_overlap(connection: Connection, sql: str) -> None:
    with pytest.raises(psycopg.errors.ExclusionViolation):
        connection.execute(sql.encode())


# Histories do not overlap -----------------------------------------------------------------------------------


def test_a_vehicle_has_one_tracker_at_a_time(connection: Connection) -> None:
    fit = "insert into fittings (tracker_id, vehicle_id, during) values "
    connection.execute((fit + "(1, 1, '[2026-01-01, 2026-06-01)')").encode())
    refuses_overlap(connection, fit + "(2, 1, '[2026-05-31, 2026-07-01)')")
    connection.execute((fit + "(2, 1, '[2026-06-01,)')").encode())


def test_a_tracker_is_fitted_to_one_vehicle_at_a_time(connection: Connection) -> None:
    fit = "insert into fittings (tracker_id, vehicle_id, during) values "
    connection.execute((fit + "(1, 1, '[2026-01-01,)')").encode())
    refuses_overlap(connection, fit + "(1, 2, '[2026-05-31, 2026-07-01)')")
    connection.execute((fit + "(2, 2, '[2026-05-31, 2026-07-01)')").encode())


def test_enrolments_of_a_vehicle_follow_each_other(connection: Connection) -> None:
    enrol = "insert into enrolments (vehicle_id, during) values "
    connection.execute((enrol + "(1, '[2026-01-01, 2026-06-01)'), (2, '[2026-01-01,)')").encode())
    refuses_overlap(connection, enrol + "(1, '[2026-05-01,)')")
    connection.execute((enrol + "(1, '[2026-06-01,)')").encode())


def test_versions_of_a_zone_follow_each_other(connection: Connection) -> None:
    connection.execute(f"{_ZONE} ('甲院', 'home', 1, '(,2026-06-01)', 'wgs84', '')".encode())
    refuses_overlap(connection, f"{_ZONE} ('甲院', 'home', 1, '[2026-05-01,)', 'wgs84', '')")
    connection.execute(f"{_ZONE} ('甲院', 'home', 1, '[2026-06-01,)', 'wgs84', '')".encode())


def test_a_version_that_was_superseded_leaves_its_time_to_another(connection: Connection) -> None:
    connection.execute(f"{_ZONE} ('甲院', 'home', 1, '(,)', 'wgs84', '')".encode())
    connection.execute("update zones set superseded_at = now(), superseded_because = '界址有误'")
    connection.execute(f"{_ZONE} ('甲院', 'home', 1, '(,)', 'wgs84', '')".encode())
    refuses_overlap(connection, f"{_ZONE} ('甲院', 'home', 1, '(,)', 'wgs84', '')")
    marks(connection)
    connection.execute("delete from zones where superseded_at is not null")
    assert marks(connection) == []


def test_a_vehicle_belongs_to_one_unit_at_a_time(connection: Connection) -> None:
    refuses_overlap(
        connection, "insert into vehicle_units (vehicle_id, unit_id, during) values (1, 2, '[2026-10-01,)')"
    )
    move_vehicle(connection, 1, 2, "2026-10-01Z")
    refuses_overlap(
        connection,
        "insert into vehicle_units (vehicle_id, unit_id, during) values (1, 1, '[2026-10-05Z,2026-10-06Z)')",
    )


@pytest.mark.parametrize(
    "unsound",
    [
        "update vehicles set unit_id = 2 where id = 1",
        "update vehicle_units set during = '(,2026-10-01)' where vehicle_id = 1",
        "delete from vehicle_units where vehicle_id = 1",
        "update vehicle_units set during = '(,2026-10-01)' where vehicle_id = 1;"
        " insert into vehicle_units (vehicle_id, unit_id, during) values (1, 1, '[2026-10-02,)')",
        "update vehicle_units set during = '(,2026-10-01)' where vehicle_id = 1;"
        " insert into vehicle_units (vehicle_id, unit_id, during) values (1, 2, '[2026-10-01,)')",
    ],
)
def test_units_of_a_vehicle_leave_no_gap_and_the_last_is_the_one_of_today(connection: Connection, unsound: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="the units of vehicle 1 have a gap"):
        connection.execute(unsound.encode())
    assert connection.execute("select unit_id from vehicles where id = 1").fetchone() == (1,)


def test_where_a_unit_began_is_not_moved(connection: Connection) -> None:
    move_vehicle(connection, 1, 2, "2026-10-01Z")
    with pytest.raises(psycopg.errors.RestrictViolation, match="only the end may change"):
        connection.execute("update vehicle_units set during = '[2026-10-02,)' where unit_id = 2 and vehicle_id = 1")


def test_a_change_of_unit_marks_its_vehicle_from_the_day_before(connection: Connection) -> None:
    move_vehicle(connection, 1, 2, "2026-10-05Z")
    assert set(marks(connection)) == {(1, at(4))}


def test_a_zone_of_a_unit_marks_the_vehicles_that_were_its_own_too(connection: Connection) -> None:
    move_vehicle(connection, 1, 2, "2026-10-05Z")
    marks(connection)
    connection.execute(f"{_ZONE} ('甲院', 'home', 1, '[2026-09-01,)', 'wgs84', '')".encode())
    assert marks(connection) == [(1, at(1, month=9)), (2, at(1, month=9))]


def test_settings_of_a_unit_mark_the_vehicles_that_were_its_own_too(connection: Connection) -> None:
    move_vehicle(connection, 1, 2, "2026-10-05Z")
    marks(connection)
    connection.execute(
        "insert into rule_settings (rule_id, unit_id, during, settings, reason, entered_by)"
        " values ('R04', 1, '[2026-09-02,)', '{\"work_end\": \"20:00\"}', '夏令', '王五')"
    )
    assert marks(connection) == [(1, at(1, month=9)), (2, at(1, month=9))]


@pytest.mark.parametrize(
    "history",
    ["fittings (tracker_id, vehicle_id, during) values (1, 1,", "enrolments (vehicle_id, during) values (1,"],
)
def test_a_history_holds_no_empty_span(connection: Connection, history: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(f"insert into {history} '[2026-01-01, 2026-01-01)')".encode())


def test_a_home_zone_belongs_to_a_unit(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(f"{_ZONE} ('院', 'home', null, '(,)', 'wgs84', '')".encode())


# Whatever can change a judgement marks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "insert",
    [
        "insert into orders (number, vehicle_id, reason, filed_at, during) values ('D1', 1, '公务', now(), ",
        "insert into waivers (vehicle_id, kind, reason, during) values (1, 'duty', '值班', ",
    ],
)
def test_an_order_or_waiver_marks_its_vehicle_from_its_start_when_it_comes_changes_and_goes(
    connection: Connection, insert: str
) -> None:
    table = insert.split()[2]
    connection.execute(f"{insert} '[2026-10-02 08:00Z, 2026-10-02 18:00Z)')".encode())
    assert marks(connection) == [(1, at(2, 8))]
    connection.execute(f"update {table} set vehicle_id = 2, during = '[2026-10-03 08:00Z,)'".encode())
    assert marks(connection) == [(1, at(2, 8)), (2, at(3, 8))]
    connection.execute(f"delete from {table}".encode())
    assert marks(connection) == [(2, at(3, 8))]


def test_a_zone_of_a_unit_marks_that_units_vehicles_from_the_start_of_its_version(connection: Connection) -> None:
    connection.execute(f"{_ZONE} ('乙院', 'home', 2, '[2026-09-01,)', 'wgs84', '')".encode())
    assert marks(connection) == [(3, at(1, month=9)), (4, at(1, month=9))]


def test_a_zone_of_the_district_marks_every_vehicle(connection: Connection) -> None:
    connection.execute(f"{_ZONE} ('酒店', 'sensitive', null, '(,)', 'gcj02', '')".encode())
    assert marks(connection) == [(vehicle, None) for vehicle in (1, 2, 3, 4)]


def test_a_zone_that_changes_marks_for_what_it_was_and_what_it_is(connection: Connection) -> None:
    connection.execute(f"{_ZONE} ('院', 'home', 1, '[2026-09-01,)', 'wgs84', '')".encode())
    marks(connection)
    connection.execute("update zones set unit_id = 2, valid = '[2026-10-05,)'")
    assert marks(connection) == [(1, at(1, month=9)), (2, at(1, month=9)), (3, at(5)), (4, at(5))]
    connection.execute("delete from zones")
    assert marks(connection) == [(3, at(5)), (4, at(5))]


# Waking --------------------------------------------------------------------------------------------------------


def notified(connection: Connection, channel: str, sql: str) -> list[str]:
    """Payloads that a listener gets for one statement."""
    connection.execute(f"listen {channel}".encode())
    connection.execute(sql.encode())
    return [notification.payload for notification in connection.notifies(timeout=5, stop_after=1)]


def test_marks_wake_the_judges_once_a_statement(connection: Connection) -> None:
    insert = "insert into marks (vehicle_id, since) values (1, now()), (2, now())"
    assert notified(connection, "marks", insert) == [""]


def test_an_alert_is_told_by_its_number(connection: Connection) -> None:
    connection.execute(
        "insert into violations (vehicle_id, rule_id, rule_version, start_at, end_at, severity)"
        " values (1, 'R06', 1, '2026-10-02', '2026-10-03', 'high')"
    )
    assert notified(connection, "alerts", "insert into alerts (violation_id) values (1)") == ["1"]


# Keys ------------------------------------------------------------------------------------------------------------


def test_two_reports_for_one_instant_are_both_kept_and_a_repeat_is_not(connection: Connection) -> None:
    insert = (
        "insert into positions (vehicle_id, ts, lon_e7, lat_e7, tracker_id) values "
        "(1, '2026-10-02', 1, 1, 1), (1, '2026-10-02', 1, 2, 1), (1, '2026-10-02', 1, 1, 1) on conflict do nothing"
    )
    assert connection.execute(insert).rowcount == 2


def test_a_withdrawn_violation_leaves_its_key_to_a_new_one(connection: Connection) -> None:
    insert = (
        "insert into violations (vehicle_id, rule_id, rule_version, start_at, end_at, severity)"
        " values (1, 'R06', 1, '2026-10-02', '2026-10-03', 'high')"
    )
    connection.execute(insert)
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(insert)
    connection.execute("update violations set withdrawn_at = now()")
    connection.execute(insert)


def test_every_vehicle_has_a_judge_state_from_the_start(connection: Connection) -> None:
    rows = connection.execute("select vehicle_id from judge_states order by 1").fetchall()
    assert rows == [(1,), (2,), (3,), (4,)]
