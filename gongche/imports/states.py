"""A sheet of vehicle states 停用/报废."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.history import Conflict, Outcome
from fleet.vehicle_state import StateKind
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.orders import known_plate
from gongche.imports.report import Refusal, Report, results_of, sort_out, text_of
from gongche.sheet import Column, Row, read_sheet
from store.changes import Change, FieldChange
from store.fleet import vehicles
from store.vehicle_states import NewState, plan_states, save_states

COLUMNS = (
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码"), required=True),
    Column("state", "状态", ("车辆状态",), required=True),
    Column("start", "开始", ("开始时间", "停用日期"), required=True),
    Column("end", "结束", ("结束时间", "恢复日期")),
    Column("document", "文件", ("文号", "依据"), required=True),
    Column("entered_by", "录入人", ("登记人",)),
)
STATES = {
    "停用": StateKind.LAID_UP,
    "报废": StateKind.SCRAPPED,
    **{state.value: state for state in StateKind},
}


async def import_states(conn: AsyncConnection[Any], path: Path, zone: ZoneInfo, *, dry_run: bool) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS)
    async with conn.transaction(force_rollback=dry_run):
        plates = {vehicle.plate for vehicle in await vehicles(conn)}
        read, refused = sort_out(sheet.rows, "plate", lambda row: _read(row, plates, zone))
        good, in_conflict = await _without_conflicts(conn, read, zone)
        outcomes = await save_states(conn, [state for _, state in good])
    changes = [_change(outcome, state) for outcome, (_, state) in zip(outcomes, good, strict=True)]
    results = results_of(good, changes, lambda state: state.plate)
    refused = [*refused, *in_conflict]
    return Report("states", str(path), "line", zone, results, refused, sheet.ignored, dry_run).in_order()


def _read(row: Row, plates: set[str], zone: ZoneInfo) -> NewState:
    cells.nothing_beyond(row)
    plate = known_plate(row, plates)
    state = cells.word("state", cells.needed(row, "state"), STATES)
    cells.needed(row, "start")
    during = cells.span(row, "start", "end", zone)
    return NewState(plate, state, during, cells.needed(row, "document"), cells.name(row, "entered_by"))


async def _without_conflicts(
    conn: AsyncConnection[Any], rows: list[tuple[int, NewState]], zone: ZoneInfo
) -> tuple[list[tuple[int, NewState]], list[Refusal]]:
    """Drops rows that would rewrite the history, until none is left that does."""
    refused: list[Refusal] = []
    while True:
        conflicts = (await plan_states(conn, [state for _, state in rows])).conflicts
        if not conflicts:
            return rows, refused
        refused += [
            Refusal.of(rows[i][0], rows[i][1].plate, _error(conflict, zone)) for i, conflict in conflicts.items()
        ]
        rows = [row for i, row in enumerate(rows) if i not in conflicts]


def _error(conflict: Conflict, zone: ZoneInfo) -> CellError:
    stands, wants = text_of(conflict.standing.during, zone), text_of(conflict.asked.during, zone)
    return CellError(
        "start",
        wants or "",
        f"该时段（{wants}）与已有的停用、报废记录（{stands}）重叠。请改正日期",
        f"the span ({wants}) overlaps one that stands ({stands}). Correct the dates",
    )


def _change(outcome: Outcome, state: NewState) -> Change:
    return Change(outcome, (FieldChange("state", None, state.during),) if outcome is Outcome.CHANGED else ())
