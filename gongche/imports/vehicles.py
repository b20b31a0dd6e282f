"""A sheet of vehicles: plate, unit, and optionally the tracker that is fitted and since when the car is enrolled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.history import Conflict, Outcome
from fleet.vehicle import UseClass
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.fittings import FITTED_FROM, FITTED_TO, fitting_error, moved_told
from gongche.imports.fuel import FUEL_KINDS, quantity
from gongche.imports.report import Refusal, Report, Result, sort_out, text_of
from gongche.imports.trackers import DATUMS, TRACKER, code_of
from gongche.imports.units import UnitBook
from gongche.sheet import Column, Row, read_sheet
from store.changes import Change, FieldChange
from store.fleet import (
    NewEnrolment,
    NewFitting,
    NewTracker,
    NewVehicle,
    plan_enrolments,
    plan_fittings,
    save_enrolments,
    save_fittings,
    save_trackers,
    save_units,
    save_vehicles,
    units,
)
from store.refitting import Moved

COLUMNS = (
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码", "车辆号牌", "号牌"), required=True),
    Column("unit", "用车单位", ("单位", "所属单位", "使用单位", "单位名称"), required=True),
    Column("unit_code", "单位编码", ("单位代码",), text=True),
    Column("parent", "上级单位", ("主管单位", "主管部门")),
    Column("use_class", "类别", ("车辆类别", "使用类别", "车辆用途")),
    Column("model", "型号", ("车型", "品牌型号", "厂牌型号")),
    replace(TRACKER, required=False),
    Column("tracker_datum", "终端坐标系"),
    FITTED_FROM,
    FITTED_TO,
    Column("fuel_kind", "油品", ("燃料种类", "燃油种类", "油号")),
    Column("tank_l", "油箱容积", ("油箱容量",)),
    Column("second_tank_l", "副油箱容积", ("副油箱容量", "副油箱")),
    Column("norm_l_per_100km", "百公里油耗定额", ("油耗定额", "百公里油耗")),
    Column("enrolled_from", "纳管日期", ("纳管时间", "入网日期")),
    Column("enrolled_to", "退出日期", ("退出纳管日期", "退网日期")),
)

USE_CLASSES = {
    "一般": UseClass.GENERAL,
    "一般公务用车": UseClass.GENERAL,
    "执法执勤": UseClass.LAW_ENFORCEMENT,
    "执法执勤用车": UseClass.LAW_ENFORCEMENT,
    "机要通信": UseClass.CONFIDENTIAL_MAIL,
    "机要通信用车": UseClass.CONFIDENTIAL_MAIL,
    "应急保障": UseClass.EMERGENCY,
    "应急保障用车": UseClass.EMERGENCY,
    "特种专业技术": UseClass.SPECIAL,
    "特种专业技术用车": UseClass.SPECIAL,
    **{use_class.value: use_class for use_class in UseClass},
}


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """One good row: everything that it says."""

    row: Row
    vehicle: NewVehicle
    tracker: NewTracker | None
    fitting: NewFitting | None
    enrolment: NewEnrolment | None

    @property
    def line(self) -> int:
        return self.row.line


async def import_vehicles(
    conn: AsyncConnection[Any], path: Path, zone: ZoneInfo, *, dry_run: bool, worksheet: str | None = None
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    A row goes in whole or not at all. Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    async with conn.transaction(force_rollback=dry_run):
        book = UnitBook(await units(conn))
        first_lines: dict[object, int] = {}
        good, refused = sort_out(sheet.rows, "plate", lambda row: _read(row, book, zone, first_lines))
        rows, in_conflict = await _without_conflicts(conn, [vehicle_row for _, vehicle_row in good], zone)
        unit_changes = await save_units(conn, book.wanted(row.vehicle.unit_code for row in rows))
        results, moved = await _save(conn, rows)
    return Report(
        "vehicles",
        str(path),
        "line",
        zone,
        results,
        [*refused, *in_conflict],
        sheet.ignored,
        dry_run,
        {"units": {o.value: sum(c.outcome is o for c in unit_changes) for o in Outcome}, **moved_told(moved)},
        sheet.warnings,
    ).in_order()


def _read(row: Row, book: UnitBook, zone: ZoneInfo, first_lines: dict[object, int]) -> VehicleRow:
    cells.nothing_beyond(row)
    plate = cells.plate(row)
    cells.not_again(row, "plate", plate, first_lines)
    cells.needed(row, "unit")
    use_class = cells.choice(row, "use_class", USE_CLASSES)
    tracker, fitting = _tracker(row, plate, zone)
    enrolment = _enrolment(row, plate, zone)
    fuel: dict[str, Any] = {"fuel_kind": cells.choice(row, "fuel_kind", FUEL_KINDS)}
    fuel |= {name: quantity(row, name, 2, "升") for name in ("tank_l", "second_tank_l", "norm_l_per_100km")}
    # Last: a refused row makes no unit.
    unit_code = book.take(cells.name(row, "unit"), cells.name(row, "unit_code"), cells.name(row, "parent"))
    vehicle = NewVehicle(plate, unit_code, use_class, row["model"] or None, **fuel)
    return VehicleRow(row, vehicle, tracker, fitting, enrolment)


def _tracker(row: Row, plate: str, zone: ZoneInfo) -> tuple[NewTracker | None, NewFitting | None]:
    code = code_of(row)
    datum = cells.choice(row, "tracker_datum", DATUMS)
    during = cells.span(row, "fitted_from", "fitted_to", zone)
    if not code:
        for column in ("fitted_from", "fitted_to", "tracker_datum"):
            if row[column]:
                raise CellError(column, row[column], "没有填写终端号", "there is no tracker in this row")
        return None, None
    if during.start is None:
        raise CellError(
            "fitted_from",
            "",
            "有终端号就要填写安装日期：安装之前的定位不属于这辆车",
            "a tracker needs the day it was fitted: earlier positions are not this car's",
        )
    return NewTracker(code, datum), NewFitting(code, plate, during)


def _enrolment(row: Row, plate: str, zone: ZoneInfo) -> NewEnrolment | None:
    during = cells.span(row, "enrolled_from", "enrolled_to", zone)
    if during.start is not None:
        return NewEnrolment(plate, during)
    if during.end is not None:
        raise CellError(
            "enrolled_from", "", "有退出日期就要填写纳管日期", "the day that the enrolment began is missing"
        )
    return None


async def _without_conflicts(
    conn: AsyncConnection[Any], rows: list[VehicleRow], zone: ZoneInfo
) -> tuple[list[VehicleRow], list[Refusal]]:
    """Drops rows that would rewrite the history, until none is left that does."""
    refused: list[Refusal] = []
    while True:
        fitted = [(row, row.fitting) for row in rows if row.fitting]
        enrolled = [(row, row.enrolment) for row in rows if row.enrolment]
        fittings = await plan_fittings(conn, [fitting for _, fitting in fitted])
        enrolments = await plan_enrolments(conn, [enrolment for _, enrolment in enrolled])
        errors = {enrolled[i][0].line: _enrolment_error(c, zone) for i, c in enrolments.conflicts.items()}
        errors |= {fitted[i][0].line: fitting_error(c, zone) for i, c in fittings.conflicts.items()}
        if not errors:
            return rows, refused
        refused += [
            Refusal.of(row.line, row.vehicle.plate, errors[row.line], row.row.cell(errors[row.line].column))
            for row in rows
            if row.line in errors
        ]
        rows = [row for row in rows if row.line not in errors]


def _enrolment_error(conflict: Conflict, zone: ZoneInfo) -> CellError:
    stands, wants = text_of(conflict.standing.during, zone), text_of(conflict.asked.during, zone)
    return CellError(
        "enrolled_from",
        wants or "",
        f"纳管（{wants}）与已有记录（{stands}）重叠。请改正日期",
        f"the enrolment ({wants}) overlaps the one that stands ({stands}). Correct the date",
    )


async def _save(conn: AsyncConnection[Any], rows: Sequence[VehicleRow]) -> tuple[list[Result], Moved]:
    changes: dict[int, list[Change]] = {row.line: [] for row in rows}

    def note(lines: Sequence[int], done: Sequence[Change]) -> None:
        for line, change in zip(lines, done, strict=True):
            changes[line].append(change)

    note([row.line for row in rows], await save_vehicles(conn, [row.vehicle for row in rows]))
    # A tracker that moves within the file comes twice and is saved once, the last datum counting.
    trackers = {row.tracker.code: row for row in rows if row.tracker}
    note(
        [row.line for row in trackers.values()],
        await save_trackers(conn, [row.tracker for row in trackers.values() if row.tracker]),
    )
    fitted = [(row.line, row.fitting) for row in rows if row.fitting]
    refitted = await save_fittings(conn, [fitting for _, fitting in fitted])
    note(
        [line for line, _ in fitted],
        [
            _joined(
                outcome,
                FieldChange("tracker", None, fitting.tracker_code),
                FieldChange("fitting", None, fitting.during),
            )
            for outcome, (_, fitting) in zip(refitted.outcomes, fitted, strict=True)
        ],
    )
    enrolled = [(row.line, row.enrolment) for row in rows if row.enrolment]
    outcomes = await save_enrolments(conn, [enrolment for _, enrolment in enrolled])
    note(
        [line for line, _ in enrolled],
        [
            _joined(outcome, FieldChange("enrolment", None, enrolment.during))
            for outcome, (_, enrolment) in zip(outcomes, enrolled, strict=True)
        ],
    )
    return [_result(row, changes[row.line]) for row in rows], refitted.moved


def _joined(outcome: Outcome, *fields: FieldChange) -> Change:
    """What joined a history, as a change of the vehicle's row."""
    return Change(outcome) if outcome is Outcome.SAME else Change(Outcome.CHANGED, fields)


def _result(row: VehicleRow, changes: Sequence[Change]) -> Result:
    vehicle, *others = changes
    if vehicle.outcome is Outcome.NEW:
        return Result(row.line, row.vehicle.plate, Outcome.NEW)
    fields = tuple(field for change in changes for field in change.fields)
    moved = any(change.outcome is not Outcome.SAME for change in (vehicle, *others))
    return Result(row.line, row.vehicle.plate, Outcome.CHANGED if moved else Outcome.SAME, fields)
