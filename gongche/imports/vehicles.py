"""A sheet of vehicles: plate, unit, and optionally the tracker that is fitted and since when the car is enrolled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.clock import day_start_us, local_day, moment_of, us_of
from fleet.history import Conflict, Outcome
from fleet.vehicle import UseClass
from fleet.vehicle_unit import UnitChangeError
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
from store.vehicle_units import plan_units

COLUMNS = (
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码", "车辆号牌", "号牌"), required=True),
    Column("unit", "用车单位", ("单位", "所属单位", "使用单位", "单位名称"), required=True),
    Column("unit_code", "单位编码", ("单位代码",), text=True),
    Column("unit_from", "单位起始日期", ("调入日期", "划转日期", "单位变更日期")),
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
    conn: AsyncConnection[Any],
    path: Path,
    zone: ZoneInfo,
    *,
    dry_run: bool,
    now: datetime,
    worksheet: str | None = None,
    correcting_because: str | None = None,
) -> Report:
    """Reads the sheet and saves its good rows in one transaction, which a dry run rolls back.

    A row goes in whole or not at all. A change of unit that names no day counts from the local day of ``now``.
    ``correcting_because``: why what is stored of the vehicles' units was wrong; what rows with a day say supersedes it.
    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    units_from = _UnitsFrom(moment_of(day_start_us(local_day(us_of(now), zone), zone)), zone, correcting_because)
    async with conn.transaction(force_rollback=dry_run):
        book = UnitBook(await units(conn))
        first_lines: dict[object, int] = {}
        good, refused = sort_out(sheet.rows, "plate", lambda row: _read(row, book, units_from, first_lines))
        rows, in_conflict = await _without_conflicts(conn, [vehicle_row for _, vehicle_row in good], units_from)
        unit_changes = await save_units(conn, book.wanted(row.vehicle.unit_code for row in rows))
        results, moved = await _save(conn, rows, units_from)
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


@dataclass(frozen=True, slots=True)
class _UnitsFrom:
    """What holds of all rows: the midnight that today began with, the zone, and whether units are corrected."""

    today: datetime
    zone: ZoneInfo
    because: str | None


def _read(row: Row, book: UnitBook, units_from: _UnitsFrom, first_lines: dict[object, int]) -> VehicleRow:
    zone = units_from.zone
    cells.nothing_beyond(row)
    plate = cells.plate(row)
    cells.not_again(row, "plate", plate, first_lines)
    cells.needed(row, "unit")
    use_class = cells.choice(row, "use_class", USE_CLASSES)
    tracker, fitting = _tracker(row, plate, zone)
    enrolment = _enrolment(row, plate, zone)
    unit_from = _unit_from(row, units_from)
    fuel: dict[str, Any] = {"fuel_kind": cells.choice(row, "fuel_kind", FUEL_KINDS)}
    fuel |= {name: quantity(row, name, 2, "升") for name in ("tank_l", "second_tank_l", "norm_l_per_100km")}
    # Last: a refused row makes no unit.
    unit_code = book.take(cells.name(row, "unit"), cells.name(row, "unit_code"), cells.name(row, "parent"))
    vehicle = NewVehicle(plate, unit_code, use_class, row["model"] or None, unit_from=unit_from, **fuel)
    return VehicleRow(row, vehicle, tracker, fitting, enrolment)


def _unit_from(row: Row, units_from: _UnitsFrom) -> datetime | None:
    if not row["unit_from"]:
        return None
    since = moment_of(day_start_us(cells.day(row, "unit_from", units_from.zone), units_from.zone))
    if since > units_from.today:
        raise CellError(
            "unit_from",
            row["unit_from"],
            "日期未到。单位变更请在生效当日或之后导入",
            "a day to come. Import a change of unit on its day or later",
        )
    return since


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
    conn: AsyncConnection[Any], rows: list[VehicleRow], units_from: _UnitsFrom
) -> tuple[list[VehicleRow], list[Refusal]]:
    """Drops rows that would rewrite the history, until none is left that does."""
    refused: list[Refusal] = []
    zone, correcting = units_from.zone, units_from.because is not None
    while True:
        fitted = [(row, row.fitting) for row in rows if row.fitting]
        enrolled = [(row, row.enrolment) for row in rows if row.enrolment]
        fittings = await plan_fittings(conn, [fitting for _, fitting in fitted])
        enrolments = await plan_enrolments(conn, [enrolment for _, enrolment in enrolled])
        asked = [(row.vehicle.plate, row.vehicle.unit) for row in rows]
        plan = await plan_units(conn, asked, units_from.today, correcting=correcting)
        errors = {enrolled[i][0].line: _enrolment_error(c, zone) for i, c in enrolments.conflicts.items()}
        errors |= {fitted[i][0].line: fitting_error(c, zone) for i, c in fittings.conflicts.items()}
        errors |= {rows[i].line: _unit_error(error, units_from) for i, error in plan.errors.items()}
        if not errors:
            return rows, refused
        refused += [
            Refusal.of(row.line, row.vehicle.plate, errors[row.line], row.row.cell(errors[row.line].column))
            for row in rows
            if row.line in errors
        ]
        rows = [row for row in rows if row.line not in errors]


def _unit_error(error: UnitChangeError, units_from: _UnitsFrom) -> CellError:
    """Why a change of unit cannot stand, with what is known and what to do."""
    last, asked = error.last, error.asked
    if asked.since is None:
        return CellError(
            "unit_from",
            "",
            f"更正单位（{last.unit_code} → {asked.unit_code}）要填写自哪一天起",
            f"a correction of the unit ({last.unit_code} → {asked.unit_code}) needs the day since when it is so",
        )
    stands, wants = (text_of(one.since, units_from.zone) or "…" for one in (last, asked))
    return CellError(
        "unit_from",
        wants,
        f"已知该车自 {stands} 起属 {last.unit_code}，与自 {wants} 起属 {asked.unit_code} 不符。新的变更应晚于"
        f" {stands}；原记录有误的，用 gongche import vehicles --correct 更正",
        f"the car is known to be with {last.unit_code} since {stands}, which does not go with {asked.unit_code} since "
        f"{wants}. A change comes after {stands}; what was wrong is corrected by gongche import vehicles --correct",
    )


def _enrolment_error(conflict: Conflict, zone: ZoneInfo) -> CellError:
    stands, wants = text_of(conflict.standing.during, zone), text_of(conflict.asked.during, zone)
    return CellError(
        "enrolled_from",
        wants or "",
        f"纳管（{wants}）与已有记录（{stands}）重叠。请改正日期",
        f"the enrolment ({wants}) overlaps the one that stands ({stands}). Correct the date",
    )


async def _save(
    conn: AsyncConnection[Any], rows: Sequence[VehicleRow], units_from: _UnitsFrom
) -> tuple[list[Result], Moved]:
    changes: dict[int, list[Change]] = {row.line: [] for row in rows}

    def note(lines: Sequence[int], done: Sequence[Change]) -> None:
        for line, change in zip(lines, done, strict=True):
            changes[line].append(change)

    vehicles, because = [row.vehicle for row in rows], units_from.because
    note(
        [row.line for row in rows],
        await save_vehicles(conn, vehicles, today=units_from.today, correcting_because=because),
    )
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
