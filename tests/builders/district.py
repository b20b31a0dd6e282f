"""A small district in a database: cars, zones, orders; positions arriving; the judge's tables as plain rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg
import shapely

from fleet.clock import moment_of
from fleet.position import E7
from gongche.judge import Judge
from tests.builders.tracks import METRES_PER_DEGREE, Fix, Message, at

Connection = psycopg.Connection[Any]


def square(east_m: float, half_m: float, north_m: float = 0) -> shapely.Polygon:
    """A square zone around a point of the builders' road."""
    middle = at(east_m=east_m, north_m=north_m)
    lon, lat = middle.lon_e7 / E7, middle.lat_e7 / E7
    dlat = half_m / METRES_PER_DEGREE
    dlon = (at(east_m=half_m).lon_e7 - at().lon_e7) / E7
    return shapely.box(lon - dlon, lat - dlat, lon + dlon, lat + dlat)


def add_unit(conn: Connection, name: str = "区政府办") -> int:
    return _id(conn, "insert into units (code, name) values (%s, %s) returning id", name, name)


def add_vehicle(conn: Connection, unit: int, plate: str = "苏N10001") -> int:
    """Enrolled for ever."""
    vehicle = _id(conn, "insert into vehicles (plate, unit_id) values (%s, %s) returning id", plate, unit)
    _id(conn, "insert into enrolments (vehicle_id, during) values (%s, tstzrange(null, null)) returning id", vehicle)
    return vehicle


def move_vehicle(conn: Connection, vehicle: int, unit: int, since: datetime | str) -> None:
    """It belongs to another unit from a moment on."""
    with conn.transaction():
        conn.execute(
            "update vehicle_units set during = tstzrange(lower(during), %s)"
            " where vehicle_id = %s and upper_inf(during)",
            (since, vehicle),
        )
        conn.execute(
            "insert into vehicle_units (vehicle_id, unit_id, during) values (%s, %s, tstzrange(%s, null))",
            (vehicle, unit, since),
        )
        conn.execute("update vehicles set unit_id = %s where id = %s", (unit, vehicle))


def add_zone(conn: Connection, name: str, kind: str, boundary: shapely.Polygon, unit: int | None = None) -> int:
    return _id(
        conn,
        "insert into zones (name, kind, unit_id, datum_given, boundary_wkb)"
        " values (%s, %s, %s, 'wgs84', %s) returning id",
        name, kind, unit, shapely.to_wkb(boundary),
    )  # fmt: skip


def add_order(conn: Connection, vehicle: int, start: datetime, end: datetime, **more: Any) -> int:
    columns = {
        "number": f"D-{vehicle}-{start:%m%d%H%M}",
        "reason": "公务",
        "filed_at": start,
        "approved_at": start,
    } | more
    names = ", ".join(columns)
    values = ", ".join(["%s"] * len(columns))
    return _id(
        conn,
        f"insert into orders (vehicle_id, during, {names}) values (%s, tstzrange(%s, %s), {values}) returning id",
        vehicle, start, end, *columns.values(),
    )  # fmt: skip


def arrive(conn: Connection, messages: Iterable[tuple[int, Fix | Message]]) -> None:
    """Positions of vehicles come in, as ingest stores them: repeats fall away, the vehicles are marked."""
    rows = [
        (vehicle, moment_of(m.ts_us), m.lon_e7, m.lat_e7, _told(m.speed_kmh), _told(m.odometer_km), m.flags)
        for vehicle, m in ((vehicle, Message(*fix)) for vehicle, fix in messages)
    ]
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(
            "insert into positions (vehicle_id, ts, lon_e7, lat_e7, speed_kmh, odometer_km, flags, tracker_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, 1) on conflict do nothing",
            rows,
        )
        for vehicle in sorted({row[0] for row in rows}):
            since = min(row[1] for row in rows if row[0] == vehicle)
            cursor.execute("insert into marks (vehicle_id, since) values (%s, %s)", (vehicle, since))


JUDGED = "checkpoints, trips, stops, gaps, visits, signals, violations, violation_changes, alerts, decisions, letters"
"""What judging and deciding leave, and letters about it."""


def truncate(conn: Connection, tables: str) -> None:
    """Empties tables and what refers to them, also where entries stand for ever."""
    with conn.transaction():
        conn.execute("set local session_replication_role = replica")
        conn.execute(f"truncate {tables} restart identity cascade".encode())


def judged_tables(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that judging derives, without ids and times of writing."""
    return {
        "trips": _rows(conn, "select vehicle_id, start_at, end_at, round(distance_m::numeric, 3), fixes,"
                       " max_speed_kmh, start_lon_e7, end_lat_e7 from trips order by 1, 2"),
        "stops": _rows(conn, "select vehicle_id, start_at, end_at, lon_e7, lat_e7, fixes, round(inferred_s::numeric, 3)"
                       " from stops order by 1, 2"),
        "gaps": _rows(conn, "select * from gaps order by 1, 2"),
        "signals": _rows(conn, "select * from signals order by 1, 2, 3"),
        "fleet": _rows(conn, "select start_at, end_at from fleet_silences union all"
                       " select heard_until, null from fleet_time order by 1, 2"),
        "visits": _rows(conn, "select * from visits order by 1, 2, 3, 4, 5, 6"),
        "violations": _rows(conn, "select vehicle_id, rule_id, start_at, end_at, severity, provisional, evidence,"
                            " positions_count, positions_sha256 from violations"
                            " where withdrawn_at is null order by 1, 2, 3"),
    }  # fmt: skip


def found(conn: Connection, *rules: str) -> list[tuple[Any, ...]]:
    """Rule, start and end of the violations of these rules, or of all, that stand."""
    return _rows(
        conn,
        "select rule_id, start_at, end_at from violations where withdrawn_at is null"
        " and (rule_id = any(%s::text[]) or cardinality(%s::text[]) = 0) order by start_at, rule_id",
        list(rules), list(rules),
    )  # fmt: skip


def changes_of(conn: Connection, *rules: str) -> list[str]:
    """What judging did to the violations of these rules, in order."""
    rows = _rows(
        conn,
        "select change from violation_changes c join violations v on v.id = violation_id"
        " where rule_id = any(%s) order by c.id",
        list(rules),
    )
    return [row[0] for row in rows]


def _told(value: float) -> float | None:
    """What ingest stores for a value: null where it was not reported."""
    return None if math.isnan(value) else value


def _rows(conn: Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    rows: Sequence[tuple[Any, ...]] = conn.execute(query, values).fetchall()
    return list(rows)


def _id(conn: Connection, query: str, *values: Any) -> int:
    row = conn.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def is_as_judged_anew(conn: Connection, judge: Judge) -> bool:
    """Whether judging everything again from the beginning leaves the same tables."""
    before = judged_tables(conn)
    truncate(conn, JUDGED)
    conn.execute("insert into marks (vehicle_id, since) select id, '-infinity' from vehicles")
    judge.until_idle()
    return judged_tables(conn) == before
