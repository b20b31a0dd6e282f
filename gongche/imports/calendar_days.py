"""A sheet of the centre's own calendar days."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.report import Report, results_of, sort_out
from gongche.sheet import Column, Row, read_sheet
from store.calendar_days import CalendarDay, save_calendar_days

COLUMNS = (
    Column("day", "日期", ("date",), required=True),
    Column("off", "安排", ("休班", "放假安排"), required=True),
    Column("festival", "节日", ("节日名称",)),
    Column("source", "文件", ("来源文件", "文号", "依据"), required=True),
    Column("entered_by", "录入人", ("登记人",), required=True),
    Column("checked_by", "复核人", ("审核人",)),
)
OFF = {"休": True, "班": False, "休息": True, "上班": False, "放假": True, "off": True, "work": False}


async def import_calendar_days(
    conn: AsyncConnection[Any], path: Path, zone: ZoneInfo, *, dry_run: bool, worksheet: str | None = None
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    first_lines: dict[object, int] = {}
    good, refused = sort_out(sheet.rows, "day", lambda row: _read(row, zone, first_lines))
    async with conn.transaction(force_rollback=dry_run):
        changes = await save_calendar_days(conn, [day for _, day in good])
    results = results_of(good, changes, lambda day: day.day.isoformat())
    return Report(
        "calendar", str(path), "line", zone, results, refused, sheet.ignored, dry_run, warnings=sheet.warnings
    ).in_order()


def _read(row: Row, zone: ZoneInfo, first_lines: dict[object, int]) -> CalendarDay:
    cells.nothing_beyond(row)
    day = cells.day(row, "day", zone)
    cells.not_again(row, "day", day, first_lines)
    is_off = cells.word("off", cells.needed(row, "off"), OFF)
    entered_by, checked_by = cells.needed(row, "entered_by"), row["checked_by"]
    if checked_by == entered_by:
        raise CellError(
            "checked_by",
            checked_by,
            "录入人与复核人不能是同一人",
            "who checks a day is not who entered it",
        )
    return CalendarDay(day, is_off, cells.needed(row, "source"), entered_by, row["festival"], checked_by or None)
