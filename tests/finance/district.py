"""The registry and the tracks that the table's rows are checked against.

On its days out 苏N10001 stands in its yard, drives 6 km east from 09:30, stands at the station until 10:30, and is back
at 10:50. On other days, as the other cars, it stands in the yard.
"""

from __future__ import annotations

from datetime import datetime

from fleet.clock import SHANGHAI
from gongche.judge import judge_until_idle
from gongche.settings import Settings
from tests.builders.district import Connection, add_order, add_unit, add_zone, arrive, square
from tests.builders.tracks import Fix, at
from tests.finance.table import FAR_GATE, FAR_STATION, GATE, STATION

DAYS_OUT = [f"2026-09-{day:02}" for day in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 22)]
DAYS_IN = ["2026-09-20", "2026-09-23", "2026-09-24", "2026-09-28", "2026-10-01", "2026-10-02", "2026-10-03"]


def local(text: str) -> datetime:
    """A moment in the district's time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def make(conn: Connection, dsn: str) -> None:
    """Everything, judged."""
    unit = add_unit(conn)
    for name, kind, east_m, north_m in [
        (STATION, "refuel", 6_000, 0), (FAR_STATION, "refuel", -30_000, 0),
        (GATE, "toll_gate", 6_500, 0), (FAR_GATE, "toll_gate", 6_000, 20_000),
    ]:  # fmt: skip
        add_zone(conn, name, kind, square(east_m, 50, north_m))
    always, later = "2026-01-01", "2026-09-22"
    first = add_car(conn, unit, "苏N10001", enrolled=always, tank=60, fuel="92")
    second = add_car(conn, unit, "苏N10002", enrolled="2026-09-22T15:00")
    third = add_car(conn, unit, "苏N10003", enrolled=later)
    fourth = add_car(conn, unit, "苏N10004", enrolled=always, fitted="2026-09-30")
    add_car(conn, unit, "苏N10005", enrolled=always)
    sixth = add_car(conn, unit, "苏N10006", enrolled=always)
    seventh = add_car(conn, unit, "苏N10007", enrolled=always, state="scrapped")
    eighth = add_car(conn, unit, "苏N10008", enrolled=always, state="laid_up")
    add_car(conn, unit, "苏N10009", enrolled="2026-10-20", use="confidential_mail")
    tenth = add_car(conn, unit, "苏N10010", enrolled=always, tank=60, second=40, fuel="92")
    eleventh = add_car(conn, unit, "苏N10011", enrolled=always)
    twelfth = add_car(conn, unit, "苏N10012", enrolled=always, tank=90, norm=8, fuel="92")
    thirteenth = add_car(conn, unit, "苏N10013", enrolled=always, until="2026-09-10")
    add_car(conn, unit, "苏ND12345", enrolled=always)
    fixes = [(first, fix) for day in DAYS_OUT for fix in _out(day)]
    fixes += [(first, fix) for day in DAYS_IN for fix in _in(day)]
    fixes += [(car, fix) for car in (tenth, eleventh) for fix in _out("2026-09-22")]
    fixes += [(car, fix) for car in (second, third, eighth, seventh) for fix in _in("2026-09-22", start_h=0)]
    fixes += [(third, fix) for fix in _in("2026-09-24")] + [(seventh, fix) for fix in _in("2026-10-01")]
    fixes += [(fourth, fix) for fix in _in("2026-09-30")] + [(sixth, fix) for fix in _in("2026-09-21")]
    fixes += [(thirteenth, fix) for fix in _in("2026-09-09")]
    fixes += [(twelfth, fix) for fix in _long_way()]
    arrive(conn, fixes)
    add_order(conn, first, local("2026-10-02T08:00"), local("2026-10-02T18:00"))
    add_order(conn, first, local("2026-10-03T08:00"), local("2026-10-03T18:00"), cancelled_at=local("2026-10-02T20:00"))
    conn.execute(
        "insert into card_bindings (card, plate, since, entered_by)"
        " values ('0009001', '苏N10001', '2026-01-01', '测试')"
    )
    judge_until_idle(dsn, Settings())


def add_car(
    conn: Connection,
    unit: int,
    plate: str,
    *,
    enrolled: str,
    fitted: str | None = None,
    until: str | None = None,
    state: str | None = None,
    use: str = "general",
    fuel: str | None = None,
    tank: int | None = None,
    second: int | None = None,
    norm: int | None = None,
) -> int:
    row = conn.execute(
        "insert into vehicles (plate, unit_id, use_class, fuel_kind, tank_l, second_tank_l, norm_l_per_100km)"
        " values (%s, %s, %s, %s, %s, %s, %s) returning id",
        (plate, unit, use, fuel, tank, second, norm),
    ).fetchone()
    assert row is not None
    car = int(row[0])
    span = (car, local(enrolled), None)
    conn.execute("insert into enrolments (vehicle_id, during) values (%s, tstzrange(%s, %s))", span)
    tracker = conn.execute("insert into trackers (code) values (%s) returning id", (f"T{plate[2:]}",)).fetchone()
    assert tracker is not None
    conn.execute(
        "insert into fittings (tracker_id, vehicle_id, during) values (%s, %s, tstzrange(%s, %s))",
        (tracker[0], car, local(fitted or "2026-01-01"), until and local(until)),
    )
    if state is not None:
        conn.execute(
            "insert into vehicle_states (vehicle_id, state, during, document)"
            " values (%s, %s, tstzrange(%s, null), '文')",
            (car, state, local("2026-09-01")),
        )
    return car


def _out(day: str) -> list[Fix]:
    """Every minute from 08:00 to 18:00, to the station and back."""
    return [at(minute, east_m=_east_m(minute), since=local(f"{day}T08:00")) for minute in range(601)]


def _east_m(minute: int) -> float:
    """Metres from the yard, minutes after 08:00."""
    if minute < 90 or minute > 170:
        return 0
    return 300 * (minute - 90) if minute < 110 else 6_000 if minute <= 150 else 300 * (170 - minute)


def _in(day: str, start_h: int = 8) -> list[Fix]:
    return [at(minute, since=local(f"{day}T00:00")) for minute in range(start_h * 60, 18 * 60 + 1)]


def _long_way() -> list[Fix]:
    """400 km on 3 August, and standing there until September."""
    begun = local("2026-08-03T08:00")
    way = [at(minute, east_m=400_000 * minute / 240, since=begun) for minute in range(241)]
    return [at(since=local("2026-08-01T00:00")), *way, at(east_m=400_000, since=local("2026-09-02T00:00"))]
