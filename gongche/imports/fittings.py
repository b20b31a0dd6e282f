"""A sheet of fittings 装拆: which tracker was on which car, from when to when; and corrections of what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.history import Conflict, Outcome
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.orders import known_plate
from gongche.imports.report import Refusal, Report, Result, sort_out, text_of
from gongche.imports.trackers import TRACKER, code_of
from gongche.sheet import Column, Row, read_sheet
from store.changes import FieldChange
from store.fleet import (
    NewFitting,
    correct_fittings,
    plan_fitting_corrections,
    plan_fittings,
    save_fittings,
    tracker_ids,
    vehicles,
)
from store.refitting import Moved

FITTED_FROM = Column("fitted_from", "安装日期", ("安装时间",))
FITTED_TO = Column("fitted_to", "拆除日期", ("拆除时间",))
COLUMNS = (
    TRACKER,
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码", "车辆号牌", "号牌"), required=True),
    replace(FITTED_FROM, required=True),
    FITTED_TO,
)

Rows = Sequence[tuple[Row, NewFitting]]


async def import_fittings(
    conn: AsyncConnection[Any],
    path: Path,
    zone: ZoneInfo,
    *,
    dry_run: bool,
    worksheet: str | None = None,
    correcting_because: str | None = None,
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    ``correcting_because``: why what is stored was wrong; what the rows say of their spans then supersedes it. The
    positions of the trackers go where they belong. Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    correcting = correcting_because is not None
    async with conn.transaction(force_rollback=dry_run):
        plates = {vehicle.plate for vehicle in await vehicles(conn)}
        codes = set(await tracker_ids(conn))
        read, refused = sort_out(sheet.rows, "tracker", lambda row: (row, _read(row, codes, plates, zone, correcting)))
        good, in_conflict = await _without_conflicts(conn, [pair for _, pair in read], zone, correcting)
        fittings = [fitting for _, fitting in good]
        if correcting_because is None:
            done = await save_fittings(conn, fittings)
        else:
            done = await correct_fittings(conn, fittings, correcting_because)
    results = [_result(row, fitting, outcome) for (row, fitting), outcome in zip(good, done.outcomes, strict=True)]
    return Report(
        "fittings",
        str(path),
        "line",
        zone,
        results,
        [*refused, *in_conflict],
        sheet.ignored,
        dry_run,
        moved_told(done.moved),
        sheet.warnings,
    ).in_order()


def moved_told(moved: Moved) -> Mapping[str, Mapping[str, int]]:
    """The positions that changed hands, as an import tells of other nouns; nothing where none did."""
    if not moved.positions:
        return {}
    return {"positions": {"moved": moved.positions, "unassigned": moved.unassigned, "repeated": moved.repeated}}


def _read(row: Row, codes: set[str], plates: set[str], zone: ZoneInfo, correcting: bool) -> NewFitting:
    cells.nothing_beyond(row)
    cells.needed(row, "tracker")
    code = code_of(row)
    if code not in codes:
        raise CellError(
            "tracker",
            code,
            "没有这个终端。请先导入终端，或改正终端号",
            "no such tracker. Import trackers first, or correct the number",
        )
    if not row["plate"] and not correcting:
        raise CellError(
            "plate",
            "",
            "不能为空。终端拆除请在原行填写拆除日期；要更正为未装在任何车上，请用 --correct 写明原因",
            "must not be empty. A tracker that was taken off has fitted_to in its row; to say that it was on no car, "
            "correct with --correct and the reason",
        )
    plate = known_plate(row, plates) if row["plate"] else None
    cells.needed(row, "fitted_from")
    return NewFitting(code, plate, cells.span(row, "fitted_from", "fitted_to", zone))


async def _without_conflicts(
    conn: AsyncConnection[Any], rows: Rows, zone: ZoneInfo, correcting: bool
) -> tuple[Rows, list[Refusal]]:
    """Drops rows that cannot stand, until none is left."""
    refused: list[Refusal] = []
    plan = plan_fitting_corrections if correcting else plan_fittings
    while True:
        conflicts = (await plan(conn, [fitting for _, fitting in rows])).conflicts
        if not conflicts:
            return rows, refused
        for i, conflict in conflicts.items():
            row, fitting = rows[i]
            error = fitting_error(conflict, zone)
            refused.append(Refusal.of(row.line, fitting.tracker_code, error, row.cell(error.column)))
        rows = [pair for i, pair in enumerate(rows) if i not in conflicts]


def fitting_error(conflict: Conflict, zone: ZoneInfo) -> CellError:
    """Why a fitting cannot stand beside another one, with both spans."""
    (stands_zh, stands_en), (wants_zh, wants_en) = (
        _told(dict(entry.parts), text_of(entry.during, zone)) for entry in (conflict.standing, conflict.asked)
    )
    return CellError(
        "fitted_from",
        text_of(conflict.asked.during, zone) or "",
        f"{wants_zh}与已有记录重叠：{stands_zh}。请改正日期；换装的开始应晚于原记录的开始；原记录有误的，用 "
        f"gongche import fittings --correct 更正",
        f"{wants_en} overlaps what stands: {stands_en}. Correct the date; a move begins after what it ends; what was "
        f"wrong from the start is corrected by gongche import fittings --correct",
    )


def _told(parts: Mapping[str, str], during: str | None) -> tuple[str, str]:
    tracker, plate = parts["tracker"], parts.get("vehicle")
    if plate is None:
        return f"终端 {tracker} 未装车（{during}）", f"tracker {tracker} on no car ({during})"
    return f"终端 {tracker} 装于 {plate}（{during}）", f"tracker {tracker} on {plate} ({during})"


def _result(row: Row, fitting: NewFitting, outcome: Outcome) -> Result:
    fields = (FieldChange("plate", None, fitting.plate or "–"), FieldChange("fitting", None, fitting.during))
    return Result(row.line, fitting.tracker_code, outcome, () if outcome is Outcome.SAME else fields)
