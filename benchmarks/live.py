"""Live judging: 10,000 cars, a position each ten seconds, servers and all roles on this machine; to the alert shown.

It is a holiday. Most cars drive all the time, under an order; some stand at home without one and drive off at moments
of their own. When such a car has driven for 5 minutes an alert is due (R06). The delay is from handing the position
that fills the 5 minutes to the broker, to the alert on an open page. All cars have a past of two days, judged before.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
import shapely
from numpy.typing import NDArray

from benchmarks.latency import watch
from fleet.clock import SECOND_US, SHANGHAI, local_day, moment_of
from fleet.position import E7, Positions
from gongche.publish import Publisher, topic_of
from store.database import connect
from store.positions import store_positions
from tests.acceptance.program import Up, running

CARS = 10_000
EVERY_S = 10
ALERTS_A_SECOND = 2
DUE_AFTER_S = 300
METRES_A_SECOND = 12
_CONNECTIONS = 8
_OUT_AND_BACK_S = 1200
_WARM_UP_S = 60
_PATIENCE_S = 60
_HOUR_S, _DAY_S = 3600, 86_400

Ints = NDArray[np.int64]


def run(quick: bool) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder, running(Path(folder)) as up:
        address = up.wait_until_up()
        password = next(m[1] for line in up.printed if (m := re.search(r"password: (\S+)", line)))
        return [asyncio.run(_measured(up, address, password, seconds=30 if quick else 300))]


@dataclass(frozen=True, eq=False)
class _Plan:
    """From when to when cars report, when each drives off, and when the first ones' alerts are due."""

    start_s: int
    end_s: int
    drives_off_s: Ints
    due_s: Ints

    @classmethod
    def of(cls, start_s: int, seconds: int) -> _Plan:
        alerts = seconds * ALERTS_A_SECOND
        due_s = start_s + _WARM_UP_S + np.arange(alerts) // ALERTS_A_SECOND
        due_s += (np.arange(alerts) - due_s) % EVERY_S  # a car reports at seconds that end as its number does
        drives_off_s = np.full(CARS, start_s - DUE_AFTER_S)
        drives_off_s[:alerts] = due_s - DUE_AFTER_S
        return cls(start_s, start_s + _WARM_UP_S + seconds + EVERY_S, drives_off_s, due_s)

    def places(self, car: Ints, second: Ints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude: from its place at home east and back, on a road of its own."""
        since_s = np.maximum(second - self.drives_off_s[car], 0) % _OUT_AND_BACK_S
        east_m = METRES_A_SECOND * np.minimum(since_s, _OUT_AND_BACK_S - since_s)
        return 118.3 + east_m / 92_000, 33.7 + car * 2e-5


async def _measured(up: Up, address: str, password: str, seconds: int) -> dict[str, Any]:
    dsn = up.addresses().database_dsn
    plan = _Plan.of(-(-int(time.time() + 120) // EVERY_S) * EVERY_S, seconds)
    await _prepare_fleet(dsn, plan)
    await _store_past(dsn, plan)
    past_s = await _seconds_until_judged(dsn, plan.start_s)
    heard: dict[int, float] = {}
    watching = asyncio.create_task(watch(address, password, heard, len(plan.due_s)))
    before_s = _cpu_s(up)
    waiting: list[int] = []
    sampling = asyncio.create_task(_sample(dsn, waiting))
    published = await _publish(up, plan)
    used_s = {name: round(after - before_s.get(name, 0.0), 1) for name, after in _cpu_s(up).items()}
    await asyncio.wait([watching], timeout=_PATIENCE_S)
    sampling.cancel()
    watching.cancel()
    late_s = time.time() - plan.end_s
    with psycopg.connect(dsn) as conn:
        alerts = conn.execute(
            "select a.id, v.vehicle_id from alerts a join violations v on v.id = a.violation_id where rule_id = 'R06'"
        ).fetchall()
    took_s = np.array([heard[alert] - published[car - 1] for alert, car in alerts if alert in heard])
    return {
        "name": f"live judging: published → alert on an open page, {CARS} cars, each {EVERY_S} s, {seconds} s",
        "messages_per_s": CARS // EVERY_S,
        "alerts": len(took_s),
        "alerts_missed": len(plan.due_s) - len(took_s),
        **{f"p{percent}_s": round(float(np.percentile(took_s, percent)), 2) for percent in (50, 90, 99)},
        "most_s": round(float(took_s.max()), 2),
        "vehicles_waiting": {"mean": round(float(np.mean(waiting))), "most": max(waiting)},
        "cpu_share": {name: round(cpu_s / (plan.end_s - plan.start_s), 2) for name, cpu_s in used_s.items()},
        "past_judged_in_s": past_s,
        "published_late_s": round(max(0.0, late_s - _PATIENCE_S), 1),
    }


async def _prepare_fleet(dsn: str, plan: _Plan) -> None:
    """A jurisdiction, a home, cars with trackers, enrolled; orders for those that raise no alert; days of holiday."""
    long_ago = moment_of((plan.start_s - 400 * _DAY_S) * SECOND_US)
    async with await connect(dsn, autocommit=True) as conn:
        await conn.execute("insert into units (code, name) values ('1', '局')")
        for name, kind, unit, area in (
            ("区", "jurisdiction", None, shapely.box(118.0, 33.6, 119.0, 34.0)),
            ("院", "home", 1, shapely.box(118.299, 33.69, 118.301, 33.91)),
        ):
            await conn.execute(
                "insert into zones (name, kind, unit_id, datum_given, boundary_wkb) values (%s, %s, %s, 'wgs84', %s)",
                (name, kind, unit, shapely.to_wkb(area)),
            )
        for statement in (
            "insert into vehicles (plate, unit_id) select '苏N' || (10000 + n), 1 from generate_series(1, %(cars)s) n",
            "insert into trackers (code) select 'L' || n from generate_series(1, %(cars)s) n",
            "insert into fittings (tracker_id, vehicle_id, during) select n, n, tstzrange(%(long_ago)s, null)"
            " from generate_series(1, %(cars)s) n",
            "insert into enrolments (vehicle_id, during) select n, tstzrange(%(long_ago)s, null)"
            " from generate_series(1, %(cars)s) n",
            "insert into orders (number, vehicle_id, during, reason, filed_at, approved_at)"
            " select n::text, n, tstzrange(%(first)s, case when n > %(alerts)s then %(last)s else %(alone)s end),"
            " '公务', %(long_ago)s, %(long_ago)s from generate_series(1, %(cars)s) n",
        ):
            await conn.execute(
                statement,
                {
                    "cars": CARS,
                    "alerts": len(plan.due_s),
                    "long_ago": long_ago,
                    "first": moment_of((plan.start_s - 3 * _DAY_S) * SECOND_US),
                    "alone": moment_of((plan.start_s - 12 * _HOUR_S) * SECOND_US),
                    "last": moment_of((plan.end_s + _DAY_S) * SECOND_US),
                },
            )
        today = local_day(plan.start_s * SECOND_US, SHANGHAI)
        for days in range(-2, 2):
            await conn.execute(
                "insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)"
                " values (%s, true, '节', '基准测试', '甲', '乙', now())",
                (today + timedelta(days=days),),
            )


async def _store_past(dsn: str, plan: _Plan) -> None:
    """Of each car two days: 20 minutes of driving on each, then asleep at home; and the last minutes, each 10 s."""
    told: list[tuple[Ints, Ints]] = []
    cars = np.arange(CARS)
    for back_s in (2 * _DAY_S, _DAY_S):
        out = np.arange(0, _OUT_AND_BACK_S, 30)
        asleep = np.arange(_OUT_AND_BACK_S, _DAY_S - _HOUR_S, 1800)
        told.append((plan.start_s - back_s, np.concatenate([out, asleep])))
    async with await connect(dsn, autocommit=True) as conn:
        for since_s, offset in told:
            car, second = (grid.ravel() for grid in np.meshgrid(cars, since_s + offset, indexing="ij"))
            there = _Plan(0, 0, np.full(CARS, since_s), plan.due_s)
            home = second - since_s >= _OUT_AND_BACK_S
            lon, lat = there.places(car, np.where(home, since_s, second))
            await store_positions(conn, _positions(car, second, lon, lat))
        car, second = (grid.ravel() for grid in np.meshgrid(cars, np.arange(-600, 0, EVERY_S), indexing="ij"))
        second = plan.start_s + second + car % EVERY_S
        await store_positions(conn, _positions(car, second, *plan.places(car, second)))
        await conn.execute("analyze")


def _positions(car: Ints, second: Ints, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Positions:
    return Positions.of(
        car + 1, second * SECOND_US, np.round(lon * E7), np.round(lat * E7), tracker_id=car + 1, speed_kmh=43.2
    )


async def _seconds_until_judged(dsn: str, before_s: int) -> float:
    """Waits until the past is judged. Raises TimeoutError where that takes longer than there is time."""
    began_s = time.monotonic()
    async with await connect(dsn, autocommit=True) as conn:
        while await (await conn.execute("select 1 from marks limit 1")).fetchone():
            if time.time() > before_s - 1:
                raise TimeoutError("the past was not judged in time")
            await asyncio.sleep(0.2)
        await conn.execute("vacuum analyze")
    return round(time.monotonic() - began_s, 1)


async def _sample(dsn: str, waiting: list[int]) -> None:
    """How many vehicles wait to be judged, each second."""
    async with await connect(dsn, autocommit=True) as conn:
        while True:
            row = await (await conn.execute("select count(distinct vehicle_id) from marks")).fetchone()
            waiting.append(int(row[0]) if row else 0)
            await asyncio.sleep(1)


async def _publish(up: Up, plan: _Plan) -> dict[int, float]:
    """Each car each ten seconds, evenly spread; when the message was handed over that made each alert due."""
    at: dict[int, float] = {}
    publishers = [Publisher(up.addresses().tracker_mqtt, f"live-{n}", window=1000) for n in range(_CONNECTIONS)]
    for publisher in publishers:
        await publisher.__aenter__()
    turns = CARS // EVERY_S
    for second in range(plan.start_s, plan.end_s):
        car = np.arange(turns) * EVERY_S + second % EVERY_S
        lon, lat = plan.places(car, np.full(turns, second))
        told = zip(car.tolist(), lon.round(7).tolist(), lat.round(7).tolist(), strict=True)
        for turn, (number, x, y) in enumerate(told):
            pause_s = second + turn / turns - time.time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            if number < len(plan.due_s) and plan.due_s[number] == second:
                at[number] = time.time()
            payload = json.dumps({"ts": second, "lon": x, "lat": y, "speed_kmh": 43.2}).encode()
            await publishers[number % _CONNECTIONS].publish(topic_of(f"L{number + 1}"), payload)
    for publisher in publishers:
        await publisher.__aexit__(None, None, None)
    return at


def _cpu_s(up: Up) -> dict[str, float]:
    """Processor seconds that each part has used, the servers' children included."""
    own = psutil.Process().cpu_times()
    found = {"benchmark": own.user + own.system}
    for part in ("ingest", "judge", "serve", "postgres", "nats-server"):
        process = up.part(part)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
        found[part] = sum(each.user + each.system for each in times)
    return found


if __name__ == "__main__":
    for row in run(quick=False):
        print(row)
