"""A sheet of waivers 值班/豁免."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.order import WaiverKind
from gongche.imports import cells
from gongche.imports.orders import bounded_span, known_plate
from gongche.imports.report import Report, results_of, sort_out
from gongche.sheet import Column, Row, read_sheet
from store.fleet import vehicles
from store.orders import NewWaiver, save_waivers

COLUMNS = (
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码"), required=True),
    Column("kind", "类型", ("种类", "豁免类型"), required=True),
    Column("start", "开始", ("开始时间",), required=True),
    Column("end", "结束", ("结束时间",), required=True),
    Column("reason", "事由", ("原因",), required=True),
    Column("entered_by", "录入人", ("登记人",)),
)
KINDS = {
    "值班": WaiverKind.DUTY,
    "应急": WaiverKind.EMERGENCY,
    "维修": WaiverKind.REPAIR,
    "其他": WaiverKind.OTHER,
    **{kind.value: kind for kind in WaiverKind},
}


async def import_waivers(
    conn: AsyncConnection[Any], path: Path, zone: ZoneInfo, *, dry_run: bool, worksheet: str | None = None
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    async with conn.transaction(force_rollback=dry_run):
        plates = {vehicle.plate for vehicle in await vehicles(conn)}
        first_lines: dict[object, int] = {}
        good, refused = sort_out(sheet.rows, "plate", lambda row: _read(row, plates, zone, first_lines))
        changes = await save_waivers(conn, [waiver for _, waiver in good])
    results = results_of(good, changes, lambda waiver: waiver.plate)
    return Report(
        "waivers", str(path), "line", zone, results, refused, sheet.ignored, dry_run, warnings=sheet.warnings
    ).in_order()


def _read(row: Row, plates: set[str], zone: ZoneInfo, first_lines: dict[object, int]) -> NewWaiver:
    cells.nothing_beyond(row)
    plate = known_plate(row, plates)
    kind = cells.word("kind", cells.needed(row, "kind"), KINDS)
    during = bounded_span(row, zone)
    cells.not_again(row, "start", (plate, kind, during), first_lines)
    return NewWaiver(plate, kind, during, cells.needed(row, "reason"), cells.name(row, "entered_by"))
