"""Judging history: positions a second on one core, in memory and from the database, facts and rules and zones."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
import shapely

from benchmarks.geofence import zones as ragged_zones
from fleet.position import Positions
from geofence.zone import Zone, ZoneKind
from gongche.district.history import make_history
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.judge import Judge
from gongche.settings import Settings
from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.checkpoint import Beginning
from rules.judging import Matter, judge
from rules.papers import Papers
from rules.records import History
from rules.rulebook import RuleBook
from store import judging as store_judging
from store.database import connect
from store.migrate import migrate
from store.positions import store_positions

UNITS = 40
RUNS = 3

T = TypeVar("T")


def zones() -> list[Zone]:
    """400 zones of 200 vertices over the district, the homes dealt out to the units."""
    outline = ragged_zones()
    homes = [zone for zone in outline if zone.kind is ZoneKind.HOME]
    unit_of = {zone.id: number % UNITS + 1 for number, zone in enumerate(homes)}
    return [dataclasses.replace(zone, id=zone.id + 1, unit_id=unit_of.get(zone.id)) for zone in outline]


def history(quick: bool) -> Positions:
    """Three weeks of the demonstration district, in the order of judging; a quarter of its cars when quick."""
    positions = make_history().positions.in_order()
    return positions.take(positions.vehicle_id < 100) if quick else positions


def run(quick: bool) -> list[dict[str, Any]]:
    positions = history(quick)
    book = RuleBook(list(CATALOGUE.values()), zones(), WorkCalendar())
    _judge_all(positions.take(slice(0, 1000)), book)
    memory_s, judgement = _best(lambda: _judge_all(positions, book))
    results = [
        {
            "name": "judge in memory: facts, all rules, 400 zones of 200 vertices, one core",
            "positions": len(positions),
            "positions_per_s": round(len(positions) / memory_s),
            "violations": len(judgement.violations),
        }
    ]
    return results + asyncio.run(_from_database(positions))


def _judge_all(positions: Positions, book: RuleBook) -> Any:
    ids = np.unique(positions.vehicle_id).astype(np.int32)
    units = (ids % UNITS + 1).astype(np.int32)
    begin = Beginning.first_fixes(len(ids))
    return judge(Matter(ids, units, positions, begin, History.empty(), Papers()), book)


def _best(work: Callable[[], T]) -> tuple[float, T]:
    best_s = float("inf")
    for _ in range(RUNS):
        begin = perf_counter()
        result = work()
        best_s = min(best_s, perf_counter() - begin)
    return best_s, result


async def _from_database(positions: Positions) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder:
        with EmbeddedPostgres(Path(folder) / "postgres") as server:
            await migrate(server.dsn)
            store_s = await _load(server.dsn, positions)
            seconds, total_s = _judge_stored(server.dsn)
    count = len(positions)
    return [
        {"name": "store history by binary COPY", "positions_per_s": round(count / store_s)},
        {
            "name": "judge from the database, results stored",
            "positions_per_s": round(count / total_s),
            "seconds": {step: round(s, 2) for step, s in seconds.items()},
        },
        {
            "name": "judge from the database, without storing results",
            "positions_per_s": round(count / (seconds["load"] + seconds["judge"])),
        },
    ]


async def _load(dsn: str, positions: Positions) -> float:
    """Cars, zones and positions into the tables; seconds that the positions took."""
    async with await connect(dsn, autocommit=True) as conn:
        await conn.execute(
            "insert into units (code, name) select g::text, g::text from generate_series(1, %s) g", (UNITS,)
        )
        async with conn.cursor() as cursor:
            await cursor.executemany(
                "insert into vehicles (id, plate, unit_id) overriding system value values (%s, %s, %s)",
                [(int(v), f"苏N{v:05}", int(v) % UNITS + 1) for v in np.unique(positions.vehicle_id)],
            )
            await cursor.executemany(
                "insert into zones (name, kind, unit_id, datum_given, boundary_wkb) values (%s, %s, %s, 'wgs84', %s)",
                [(zone.name, zone.kind.value, zone.unit_id, shapely.to_wkb(zone.boundary)) for zone in zones()],
            )
        begin = perf_counter()
        for first in range(0, len(positions), 200_000):
            async with conn.transaction():
                await store_positions(conn, positions.take(slice(first, first + 200_000)))
        stored_s = perf_counter() - begin
        await conn.execute("vacuum analyze positions")
        return stored_s


def _judge_stored(dsn: str) -> tuple[dict[str, float], float]:
    with store_judging.connect(dsn) as conn:
        one = Judge(conn, Settings())
        begin = perf_counter()
        one.until_idle()
        return one.tally.seconds, perf_counter() - begin


if __name__ == "__main__":
    for row in run(quick=False):
        print(row)
