"""A sheet of trackers 定位终端: number, model, maker, datum and clock of each. Which car it is on: fittings."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from geofence.datum import Datum
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.report import Report, results_of, sort_out
from gongche.sheet import Column, Row, read_sheet
from store.fleet import NewTracker, save_trackers

TRACKER = Column("tracker", "终端号", ("定位终端", "终端编号", "终端号码", "设备号", "IMEI"), required=True, text=True)
COLUMNS = (
    TRACKER,
    Column("model", "型号", ("终端型号", "设备型号")),
    Column("maker", "厂商", ("制造商", "生产厂家", "厂家")),
    Column("datum", "坐标系", ("终端坐标系",)),
    Column("utc_offset", "时差", ("时区", "终端时区"), text=True),
    Column("note", "备注", ("说明",)),
)
DATUMS = {datum.value: datum.value for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09)}

_UTC_OFFSET = re.compile(r"(?:UTC|GMT)?(?:([+-])(\d{1,2})(?::?([0-5]\d))?)?", re.IGNORECASE)
_LEAST_MIN, _MOST_MIN = -12 * 60, 14 * 60


async def import_trackers(
    conn: AsyncConnection[Any], path: Path, zone: ZoneInfo, *, dry_run: bool, worksheet: str | None = None
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    first_lines: dict[object, int] = {}
    good, refused = sort_out(sheet.rows, "tracker", lambda row: _read(row, first_lines))
    async with conn.transaction(force_rollback=dry_run):
        changes = await save_trackers(conn, [tracker for _, tracker in good])
    return Report(
        "trackers",
        str(path),
        "line",
        zone,
        results_of(good, changes, lambda tracker: tracker.code),
        refused,
        sheet.ignored,
        dry_run,
        warnings=sheet.warnings,
    ).in_order()


def _read(row: Row, first_lines: dict[object, int]) -> NewTracker:
    cells.nothing_beyond(row)
    cells.needed(row, "tracker")
    code = code_of(row)
    cells.not_again(row, "tracker", code, first_lines)
    datum = cells.choice(row, "datum", DATUMS)
    texts = {name: cells.name(row, name) or None for name in ("model", "maker", "note")}
    return NewTracker(code, datum, _utc_offset_min(row), **texts)


def code_of(row: Row) -> str:
    """A tracker's code; empty where the cell is."""
    code = cells.name(row, "tracker")
    if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", code):
        raise CellError(
            "tracker",
            code,
            "终端号被表格软件改成了科学计数法，末几位已丢失。请把该列设为文本格式后重新填写",
            "the spreadsheet program turned this number into powers of ten and lost digits; "
            "format the column as text and enter it again",
        )
    if re.search(r"[\s/+#]", code):
        raise CellError(
            "tracker", code, "终端号不能含空格、/、+、#", "a tracker's code has no spaces, slashes, + and #"
        )
    return code


def _utc_offset_min(row: Row) -> int | None:
    """How far the tracker's clock is from UTC, in minutes; None when the cell is empty."""
    text = unicodedata.normalize("NFKC", row["utc_offset"]).strip()
    if not text:
        return None
    told = _UTC_OFFSET.fullmatch(text)
    if told is not None:
        sign, hours, minutes = told.groups()
        offset_min = (int(hours or 0) * 60 + int(minutes or 0)) * (-1 if sign == "-" else 1)
        if _LEAST_MIN <= offset_min <= _MOST_MIN:
            return offset_min
    raise CellError(
        "utc_offset",
        row["utc_offset"],
        "不是时差：应如 +08:00、UTC+8 或 UTC（-12:00 至 +14:00）",
        "no difference from UTC: write +08:00, UTC+8 or UTC (-12:00 to +14:00)",
    )
