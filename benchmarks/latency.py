"""From publishing a position to its alert on an open page, at 403 cars that report every second; all parts running.

Each car drives outside the jurisdiction; when that has lasted 5 minutes (R09) an alert is due. The cars' past is
stored beforehand so that each of them comes due at a second of its own while all report.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import shapely

from fleet.clock import MINUTE_US, SECOND_US, moment_of
from fleet.position import E7, Positions
from gongche.publish import Publisher, topic_of
from store.database import connect
from store.positions import store_positions
from tests.acceptance.program import Up, running

CARS = 403
CONNECTIONS = 8
DUE_AFTER_US = 5 * MINUTE_US
METRES_A_SECOND = 12
_WAIT_S = 30


def run(quick: bool) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder, running(Path(folder)) as up:
        address = up.wait_until_up()
        password = next(m[1] for line in up.printed if (m := re.search(r"password: (\S+)", line)))
        return [asyncio.run(_measured(up, address, password, seconds=20 if quick else 120))]


async def _measured(up: Up, address: str, password: str, seconds: int) -> dict[str, Any]:
    start_s = int(time.time()) + 20
    due_s = start_s + 5 + np.arange(CARS) * (seconds - 10) // CARS
    await _prepare(up.addresses().database_dsn, start_s, due_s)
    heard: dict[int, float] = {}
    watching = asyncio.create_task(watch(address, password, heard, CARS))
    published = await _publish(up, start_s, seconds)
    await asyncio.wait([watching], timeout=_WAIT_S)
    watching.cancel()
    with psycopg.connect(up.addresses().database_dsn) as conn:
        alerts = conn.execute(
            "select a.id, v.vehicle_id from alerts a join violations v on v.id = a.violation_id where rule_id = 'R09'"
        ).fetchall()
    took_s = np.array(
        [heard[alert] - published[int(due_s[car - 1]), car - 1] for alert, car in alerts if alert in heard]
    )
    return {
        "name": f"published → alert on an open page, {CARS} cars, one position a second each, {seconds} s",
        "messages_per_s": CARS,
        "alerts": len(took_s),
        "alerts_missed": CARS - len(took_s),
        "p50_s": round(float(np.percentile(took_s, 50)), 3),
        "p99_s": round(float(np.percentile(took_s, 99)), 3),
        "most_s": round(float(took_s.max()), 3),
    }


def _place(car: int, second: int) -> tuple[float, float]:
    """Where a car is at a second: eastwards on a road of its own, 30 km north of the jurisdiction."""
    east_m = (second % 3600) * METRES_A_SECOND
    return 118.0 + east_m / 92_000, 34.3 + car * 1e-4


async def _prepare(dsn: str, start_s: int, due_s: np.ndarray[Any, Any]) -> None:
    """Cars, and of each the seconds before the start that it has been outside."""
    square = shapely.box(118.0, 33.7, 118.6, 34.0)
    async with await connect(dsn, autocommit=True) as conn:
        await conn.execute("insert into units (code, name) values ('1', '局')")
        await conn.execute(
            "insert into zones (name, kind, datum_given, boundary_wkb) values ('区', 'jurisdiction', 'wgs84', %s)",
            (shapely.to_wkb(square),),
        )
        for car in range(CARS):
            await conn.execute("insert into vehicles (plate, unit_id) values (%s, 1)", (f"苏N{10_000 + car}",))
            await conn.execute("insert into trackers (code) values (%s)", (f"L{car:04}",))
            await conn.execute(
                "insert into fittings (tracker_id, vehicle_id, during) values (%s, %s, tstzrange(%s, null))",
                (car + 1, car + 1, datetime(2020, 1, 1, tzinfo=UTC)),
            )
        past = [
            (car + 1, second, *_place(car, second))
            for car in range(CARS)
            for second in range(int(due_s[car]) - DUE_AFTER_US // SECOND_US, start_s)
        ]
        columns = np.array(past)
        await store_positions(
            conn,
            Positions.of(
                columns[:, 0],
                columns[:, 1].astype(np.int64) * SECOND_US,
                np.round(columns[:, 2] * E7),
                np.round(columns[:, 3] * E7),
                tracker_id=columns[:, 0],
            ),
        )


async def _publish(up: Up, start_s: int, seconds: int) -> dict[tuple[int, int], float]:
    """Every car every second, spread over the second; when each message was handed over."""
    at: dict[tuple[int, int], float] = {}
    address = up.addresses().tracker_mqtt
    publishers = [Publisher(address, f"latency-{number}") for number in range(CONNECTIONS)]
    for publisher in publishers:
        await publisher.__aenter__()
    for second in range(start_s, start_s + seconds):
        for car in range(CARS):
            pause_s = second + car / CARS - time.time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            lon, lat = _place(car, second)
            told = {"ts": moment_of(second * SECOND_US).isoformat(), "lon": lon, "lat": lat, "speed_kmh": 43.2}
            at[second, car] = time.time()
            await publishers[car % CONNECTIONS].publish(topic_of(f"L{car:04}"), json.dumps(told).encode())
    for publisher in publishers:
        await publisher.__aexit__(None, None, None)
    return at


async def watch(address: str, password: str, heard: dict[int, float], alerts: int) -> None:
    """An open overview page, as its script sees it: when each alert came, until so many have."""
    async with httpx.AsyncClient(base_url=address, timeout=None) as client:
        form = await client.get("/sign-in")
        token = re.search(r'name="form_token" value="([^"]+)"', form.text)
        assert token is not None
        await client.post("/sign-in", data={"name": "admin", "password": password, "form_token": token[1]})
        async with client.stream("GET", "/events") as events:
            assert events.status_code == 200, events.status_code
            name = ""
            async for line in events.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and name == "alert":
                    alert = json.loads(line.removeprefix("data: "))["alert"]
                    if alert is not None:
                        heard[alert] = time.time()
                        if len(heard) == alerts:
                            return


if __name__ == "__main__":
    for row in run(quick=False):
        print(row)
