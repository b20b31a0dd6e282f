"""The finance gate: a claims sheet of 10,000 rows, from the file to the frozen result and the workbook."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

import openpyxl
import psycopg
import shapely

from fleet.clock import SHANGHAI
from gongche.claims_desk import Asked, check_sheet, result_of
from gongche.claims_sheet import read_claims
from gongche.embedded.postgres import EmbeddedPostgres
from gongche.settings import Settings
from store.database import connect
from store.migrate import migrate

FIRST = datetime(2026, 9, 1, tzinfo=SHANGHAI)
LON, LAT = 118.33, 33.95
HEADINGS = ("车牌号", "时间", "类型", "金额", "升数", "油品", "地点", "卡号", "发票号")


def run(quick: bool) -> list[dict[str, object]]:
    """One row: how long each part takes."""
    cars, rows = (20, 500) if quick else (403, 10_000)
    with (
        tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as server,
    ):
        asyncio.run(migrate(server.dsn))
        fixes = _district(server.dsn, cars)
        sheet = _sheet(Path(folder) / "claims.xlsx", cars, rows)
        figures = asyncio.run(_timed(server.dsn, sheet))
    told = {part: f"{seconds:.1f} s" for part, seconds in figures.items()}
    return [{"name": f"finance check, {rows:,} rows", "cars": cars, "positions": f"{fixes:,}", **told}]


async def _timed(dsn: str, sheet: Path) -> dict[str, float]:
    settings, now = Settings(), datetime(2026, 10, 20, tzinfo=UTC)
    begun = perf_counter()
    claims = read_claims(sheet, settings.zone)
    read = perf_counter()
    async with await connect(dsn, autocommit=True) as conn:
        answer = await check_sheet(conn, dsn, settings, claims, Asked("bench", "operator"), now)
        checked = perf_counter()
        made = await result_of(conn, settings, answer.check_id)
        assert made is not None
        written = perf_counter()
    return {"read": read - begun, "check and freeze": checked - read, "workbook": written - checked,
            "whole": written - begun}  # fmt: skip


def _district(dsn: str, cars: int) -> int:
    """Cars that report each 30 s from 08:00 to 18:00 of September's first 5 days, beside a station."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("insert into units (code, name) values ('1', '区政府办')")
        box = shapely.to_wkb(shapely.box(LON - 0.001, LAT - 0.001, LON + 0.001, LAT + 0.001))
        conn.execute(
            "insert into zones (name, kind, datum_given, boundary_wkb) values ('城东加油站', 'refuel', 'wgs84', %s)",
            (box,),
        )
        conn.execute(
            "insert into vehicles (plate, unit_id, fuel_kind, tank_l, norm_l_per_100km)"
            " select '苏N' || (10000 + i), 1, '92', 60, 9 from generate_series(1, %s) as i",
            (cars,),
        )
        conn.execute("insert into enrolments (vehicle_id, during) select id, '[2026-01-01,)' from vehicles")
        conn.execute("insert into trackers (code) select plate from vehicles")
        conn.execute(
            "insert into fittings (tracker_id, vehicle_id, during) select t.id, v.id, '[2026-01-01,)'"
            " from vehicles v join trackers t on t.code = v.plate"
        )
        done = conn.execute(
            "insert into positions (vehicle_id, ts, lon_e7, lat_e7, speed_kmh, flags, tracker_id)"
            " select v.id, %s::timestamptz + make_interval(days => d, hours => 8, secs => 30 * s),"
            " %s + (v.id %% 3) * 20000, %s, 0, 0, 1"
            " from vehicles v, generate_series(0, 4) as d, generate_series(0, 1199) as s",
            (FIRST, round(LON * 1e7), round(LAT * 1e7)),
        )
        conn.execute("analyze")
        return done.rowcount


def _sheet(path: Path, cars: int, rows: int) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("报销")
    sheet.append(HEADINGS)
    for row in _rows(Random(4), cars, rows):
        sheet.append(row)
    book.save(path)
    return path


def _rows(chance: Random, cars: int, rows: int) -> Iterator[tuple[object, ...]]:
    kinds = ["加油"] * 6 + ["通行费", "维修", "洗车", "停车"]
    for number in range(rows):
        at = FIRST + timedelta(days=chance.randrange(5), minutes=chance.randrange(8 * 60, 18 * 60))
        kind = chance.choice(kinds)
        fuel = ("城东加油站", chance.randrange(20, 60)) if kind == "加油" else ("", None)
        yield (
            f"苏N{10001 + chance.randrange(cars)}", at.replace(tzinfo=None), kind, chance.randrange(10, 500), fuel[1],
            "92#" if fuel[1] else "", fuel[0], "", f"{880000 + number}",
        )  # fmt: skip
