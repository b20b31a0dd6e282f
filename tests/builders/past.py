"""Some cars with a past, judged: a little of everything, the same each time."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleet.clock import SHANGHAI
from gongche.judge import judge_until_idle
from gongche.settings import Settings
from tests.builders.district import Connection, add_order, add_unit, add_vehicle, add_zone, arrive, square
from tests.builders.tracks import Fix, drive, stand
from tests.builders.tracks import at as fix_at

HOLIDAY = datetime(2026, 10, 1, 12, tzinfo=SHANGHAI)
SETTINGS = Settings(_env_file=None)


def day_out(number: int) -> list[Fix]:
    """Out on National Day: a drive past the villa, a stop there, further on and back; each car a little otherwise."""
    far = 8_000 + 500 * number
    track = stand(0, 30) + drive(31, 20, from_m=0, to_m=6_000) + stand(52, 20 + number, at_m=6_000)
    track += drive(80 + number, 20, from_m=6_000, to_m=far) + stand(110 + number, 90, at_m=far, every_s=300)
    track += drive(220, 25, from_m=far, to_m=0) + stand(246, 300, every_s=300)
    shift_us = fix_at(since=HOLIDAY).ts_us - fix_at().ts_us
    return [fix._replace(ts_us=fix.ts_us + shift_us) for fix in track]


def stored_past(conn: Connection, cars: int = 3) -> list[int]:
    """Cars, zones, an order and positions, waiting to be judged; the vehicles' ids."""
    unit = add_unit(conn)
    add_zone(conn, "院", "home", square(0, 60), unit)
    add_zone(conn, "山庄", "sensitive", square(6_000, 200))
    add_zone(conn, "辖区", "jurisdiction", square(0, 7_000))
    ids = [add_vehicle(conn, unit, f"苏N1000{number}") for number in range(cars)]
    add_order(conn, ids[0], HOLIDAY, HOLIDAY + timedelta(minutes=40))
    arrive(conn, [(car, fix) for number, car in enumerate(ids) for fix in day_out(number)])
    return ids


def judged_past(conn: Connection, dsn: str, cars: int = 3) -> list[int]:
    """The same, judged."""
    ids = stored_past(conn, cars)
    judge_until_idle(dsn, SETTINGS)
    return ids
