"""Judging history, positions a second on one core: in memory, and from the database; all rules, 400 zones.

The history is the demonstration district's: its zones drawn with 200 vertices, and more of them strewn over it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
import psycopg
import shapely

from benchmarks.geofence import zones as ragged_zones
from benchmarks.tenfold import more_vehicles, more_weeks
from fleet.clock import SHANGHAI
from gongche.district.history import History, make_history
from gongche.district.load import load_district, load_papers, load_positions
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.judge import Judge
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from rules.checkpoint import NO_CUT_US, Beginning
from rules.judging import Judgement, Matter, judge
from rules.records import History as Known
from rules.rulebook import RuleBook
from store import judging as store_judging
from store.migrate import migrate

ZONES, VERTICES = 400, 200
RUNS = 3
PROCESSES = 2
AT_ONCE = 50

T = TypeVar("T")


def run(quick: bool) -> list[dict[str, Any]]:
    history = make_history()
    if quick:
        history = History(history.district, history.diaries, history.positions.take(slice(0, 200_000)))
    with (
        tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as server,
    ):
        begin = perf_counter()
        asyncio.run(_load(server.dsn, history))
        loaded_s = perf_counter() - begin
        _draw_zones(server.dsn)
        count = len(history.positions)
        return [
            {"name": "store history by binary COPY, indexed, marked", "positions_per_s": round(count / loaded_s)},
            *_by_hand(server.dsn, quick),
            _by_processes(server.dsn),
            _by_the_judge(server.dsn),
        ]


async def _load(dsn: str, history: History) -> None:
    await migrate(dsn)
    await load_district(dsn, history.district)
    await load_papers(dsn, history)
    await load_positions(dsn, history)


def _draw_zones(dsn: str) -> None:
    """The district's zones with 200 vertices each, and small ragged ones until there are 400."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("select id, boundary_wkb from zones").fetchall()
        for id_, wkb in rows:
            outline = shapely.from_wkb(wkb)
            conn.execute(
                "update zones set boundary_wkb = %s where id = %s",
                (shapely.to_wkb(outline.segmentize(outline.length / VERTICES)), id_),
            )
        for zone in ragged_zones(ZONES - len(rows) + 1)[1:]:
            conn.execute(
                "insert into zones (name, kind, datum_given, boundary_wkb) values (%s, 'sensitive', 'wgs84', %s)",
                (f"more {zone.id}", shapely.to_wkb(zone.boundary)),
            )
        conn.commit()
        conn.autocommit = True
        conn.execute("vacuum analyze positions")


def _by_hand(dsn: str, quick: bool) -> list[dict[str, Any]]:
    """Reading out, and judging what was read, each by itself."""
    with store_judging.connect(dsn) as conn, conn.transaction(force_rollback=True):
        claimed = store_judging.claim(conn, 100_000)
        assert claimed is not None
        first = np.full(len(claimed), NO_CUT_US)
        load_s, positions = _best(lambda: store_judging.positions(conn, claimed.vehicle_ids, first))
        zones = store_judging.zones(conn)
        assert len(zones) == ZONES
        book = RuleBook(list(CATALOGUE.values()), zones, store_judging.work_calendar(conn, SHANGHAI))
        papers = store_judging.papers(conn, claimed, first)
    begin = Beginning.first_fixes(len(claimed))
    matter = Matter(claimed.vehicle_ids, claimed.units, positions, begin, Known.empty(), papers)

    def judged() -> Judgement:
        return judge(matter, book)

    judged()  # makes the rasters of the zones, which are kept
    judge_s, judgement = _best(judged)
    count = len(positions)
    return [
        {
            "name": f"judge in memory: facts, {len(book.rules)} rules, {ZONES} zones of {VERTICES} vertices",
            "positions": count,
            "violations": len(judgement.violations),
            "positions_per_s": round(count / judge_s),
        },
        {"name": "read positions out of the database", "positions_per_s": round(count / load_s)},
        {"name": "read out and judge", "positions_per_s": round(count / (load_s + judge_s))},
        *_linear(matter, book, judge_s, times=2 if quick else 10),
    ]


def _by_processes(dsn: str) -> dict[str, Any]:
    """Reading out and judging in two processes, as ``gongche rejudge --workers 2`` does: while one waits for the
    database the other judges. Nothing is stored.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES, _open_shop, (dsn, context.Barrier(PROCESSES))) as pool:

        def all_judged() -> list[int]:
            return pool.map(_read_and_judge, range(PROCESSES), chunksize=1)

        all_judged()  # makes the rasters of the zones, which are kept
        took_s, counts = _best(all_judged)
    return {
        "name": f"read out and judge, {PROCESSES} processes",
        "positions": sum(counts),
        "positions_per_s": round(sum(counts) / took_s),
    }


_shop: dict[str, Any] = {}
"""What a process of the pool keeps between two runs."""


def _open_shop(dsn: str, together: Any) -> None:
    conn = store_judging.connect(dsn)
    zones, calendar = store_judging.zones(conn), store_judging.work_calendar(conn, SHANGHAI)
    _shop.update(conn=conn, book=RuleBook(list(CATALOGUE.values()), zones, calendar), together=together)


def _read_and_judge(_: int) -> int:
    """How many positions this process read and judged: what no other one claimed, some vehicles at a time."""
    conn, book, together = _shop["conn"], _shop["book"], _shop["together"]
    together.wait()  # so that each process takes one
    count, done = 0, []
    with conn.transaction(force_rollback=True):
        while (claimed := store_judging.claim(conn, AT_ONCE, done)) is not None:
            done += claimed.vehicle_ids.tolist()
            first = np.full(len(claimed), NO_CUT_US)
            positions = store_judging.positions(conn, claimed.vehicle_ids, first)
            begin, papers = Beginning.first_fixes(len(claimed)), store_judging.papers(conn, claimed, first)
            judge(Matter(claimed.vehicle_ids, claimed.units, positions, begin, Known.empty(), papers), book)
            count += len(positions)
        together.wait()  # what one has claimed must stay so until all is
    return count


def _linear(matter: Matter, book: RuleBook, once_s: float, times: int) -> list[dict[str, Any]]:
    """So many times the history: of more vehicles, and of more weeks of the same ones."""
    rows = []
    for what, more in (("vehicles", more_vehicles), ("weeks", more_weeks)):
        tenfold = more(matter, times)
        tenfold_s, _ = _best(partial(judge, tenfold, book))
        rows.append(
            {
                "name": f"judge in memory: {times} times the {what}",
                "positions_per_s": round(len(tenfold.positions) / tenfold_s),
                "cost_of_a_position_times": round(tenfold_s / times / once_s, 3),
            }
        )
    return rows


def _by_the_judge(dsn: str) -> dict[str, Any]:
    with store_judging.connect(dsn) as conn:
        one = Judge(conn, Settings())
        begin = perf_counter()
        one.until_idle()
        total_s = perf_counter() - begin
    return {
        "name": "judge from the database, facts, checkpoints and violations stored",
        "positions_per_s": round(one.tally.positions / total_s),
        "seconds": {step: round(seconds, 2) for step, seconds in one.tally.seconds.items()},
    }


def _best(work: Callable[[], T]) -> tuple[float, T]:
    best_s = float("inf")
    for _ in range(RUNS):
        begin = perf_counter()
        result = work()
        best_s = min(best_s, perf_counter() - begin)
    return best_s, result


if __name__ == "__main__":
    for row in run(quick=False):
        print(row)
