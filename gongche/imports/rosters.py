"""A duty roster 值班表: which cars are on duty on which days and shifts. Its duties are waivers.

Phone numbers are read past: they are personal data that nothing here needs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.history import Outcome
from fleet.name import plain_name
from fleet.plate import plates_in
from fleet.shift import DAY_SHIFT, NIGHT_SHIFT, WHOLE_DAY, Shift, shift_of
from fleet.span import Span
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.report import Report, Result, sort_out
from gongche.problem import Problem
from gongche.sheet import Column, Row, Sheet, Warned, read_sheet
from store.fleet import vehicles
from store.rosters import Duty, Roster, Saved, save_roster

COLUMNS = (
    Column("day", "日期", ("值班日期", "from", "开始日期", "起始日期"), required=True),
    Column("to", "结束日期", ("截止日期", "终止日期")),
    Column("plate", "车牌号", ("车牌", "值班车辆", "值班车", "车辆", "车号")),
    Column("shift", "班次", ("值班班次", "时段", "值班时间", "值班时段")),
    Column("day_shift", "白班", ("日班", "白班车辆")),
    Column("night_shift", "夜班", ("晚班", "夜班车辆")),
    Column("person", "值班人员", ("值班人", "人员", "姓名")),
    Column("phone", "联系电话", ("电话", "手机", "手机号", "联系方式")),
)
_PLATES = ("plate", "day_shift", "night_shift")
_MOST_DAYS = 366
_PHONES = Warned("", "phone", "", "联系电话属于个人信息，不入库", "phone numbers are personal data and are not stored")


@dataclass(frozen=True, slots=True)
class DutyRow:
    """What a row says: cars and spans, and who is on duty."""

    line: int
    spans: tuple[tuple[str, Span], ...]
    person: str


async def import_rosters(
    conn: AsyncConnection[Any],
    path: Path,
    zone: ZoneInfo,
    *,
    dry_run: bool,
    worksheet: str | None = None,
    name: str | None = None,
) -> Report:
    """Reads the roster and makes its duties those of the sheet, in one transaction, which a dry run rolls back.

    ``name`` is the roster's, the file's where it is not said: another reading of that name replaces what changed.
    While rows are refused nothing is withdrawn: what they would have said is not known. Problem when the sheet
    cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    shifts = _shifts_of_columns(path, sheet)
    async with conn.transaction(force_rollback=dry_run):
        plates = {vehicle.plate for vehicle in await vehicles(conn)}
        good, refused = sort_out(sheet.rows, "day", lambda row: _read(row, plates, shifts, zone))
        rows = [row for _, row in good]
        duties = duties_of_rows(rows)
        saved = await save_roster(conn, _document(path, name), duties, keep_unnamed=bool(refused))
    outcome_of = {(duty.plate, duty.during): one for duty, one in zip(duties, saved.outcomes, strict=True)}
    results = [Result(row.line, _days(row), _outcome([outcome_of[span] for span in row.spans])) for row in rows]
    return Report(
        "rosters",
        str(path),
        "line",
        zone,
        results,
        refused,
        sheet.ignored,
        dry_run,
        {"duties": counts_of(saved)},
        (*sheet.warnings, *_warnings(sheet, saved)),
    ).in_order()


def _document(path: Path, name: str | None) -> Roster:
    return Roster(plain_name(name or path.stem), path.name, hashlib.sha256(path.read_bytes()).digest())


def duties_of_rows(rows: Sequence[DutyRow]) -> list[Duty]:
    """One duty for a car and span, whoever else is on duty with it and in which order the rows come."""
    people: dict[tuple[str, Span], set[str]] = {}
    for row in rows:
        for span in row.spans:
            people.setdefault(span, set()).update([row.person] if row.person else [])
    return [
        Duty(plate, during, "值班" + (f"：{'、'.join(sorted(names))}" if names else ""))
        for (plate, during), names in people.items()
    ]


def counts_of(saved: Saved) -> dict[str, int]:
    """How many duties were new, changed, same, withdrawn."""
    return {o.value: sum(one is o for one in saved.outcomes) for o in Outcome} | {"withdrawn": saved.withdrawn}


def _shifts_of_columns(path: Path, sheet: Sheet) -> dict[str, Shift]:
    """The shifts of columns that hold plates; a heading may say its hours: 白班（07:30–19:30）."""
    if not any(name in sheet.headings for name in _PLATES):
        raise Problem(
            f"{path} 没有车牌号列（车牌号/plate，或 白班、夜班）",
            f"{path} has no column of plates (车牌号/plate, or 白班/day_shift, 夜班/night_shift)",
        )
    shifts = {}
    for name, usual in (("day_shift", DAY_SHIFT), ("night_shift", NIGHT_SHIFT)):
        heading = sheet.headings.get(name, "")
        try:
            shifts[name] = shift_of(heading) if re.search(r"\d", heading) else usual
        except ValueError:
            raise Problem(
                f"{path} 的列“{heading}”看不出时间，应如 白班（08:00-20:00）",
                f"{path}: the hours of the column {heading!r} cannot be read; write 白班（08:00-20:00）",
            ) from None
    return shifts


def _read(row: Row, plates: set[str], shifts: Mapping[str, Shift], zone: ZoneInfo) -> DutyRow:
    cells.nothing_beyond(row)
    first = cells.day(row, "day", zone)
    last = cells.day(row, "to", zone) if row["to"] else first
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise CellError(
            "to",
            row["to"],
            f"应在开始日期（{row['day']}）之后，且不超过一年",
            f"must follow the first day ({row['day']}) within a year",
        )
    named = {**shifts, "plate": _shift(row)}
    spans = [
        (plate, named[column].on(day, zone))
        for column in _PLATES
        for plate in _known_plates(row, column, plates)
        for day in _each(first, last)
    ]
    if not spans:
        raise CellError("plate", "", "没有车牌号", "no plate")
    return DutyRow(row.line, tuple(dict.fromkeys(spans)), cells.name(row, "person"))


def _shift(row: Row) -> Shift:
    if not row["shift"]:
        return WHOLE_DAY
    try:
        return shift_of(row["shift"])
    except ValueError:
        raise CellError(
            "shift",
            row["shift"],
            "不是班次：应为 白班、夜班、全天，或如 17:30-次日08:30",
            "not a shift: write 白班 day, 夜班 night, 全天 all day, or hours such as 17:30-08:30",
        ) from None


def _known_plates(row: Row, column: str, plates: set[str]) -> list[str]:
    """The plates in a cell; CellError names the one that is none, or of no vehicle."""
    if not row[column]:
        return []
    try:
        found = plates_in(row[column])
    except ValueError as error:
        raise CellError(
            column,
            str(error.args[0]),
            "不是车牌号。一格内多个车牌用、或空格分开",
            "not a plate. Several in one cell are parted by 、 or spaces",
        ) from None
    for plate in found:
        if plate not in plates:
            raise CellError(
                column,
                plate,
                "没有这辆车。请先导入车辆，或改正车牌号",
                "no such vehicle. Import vehicles first, or correct the plate",
            )
    return found


def _each(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _outcome(outcomes: Sequence[Outcome]) -> Outcome:
    return next((one for one in (Outcome.NEW, Outcome.CHANGED) if one in outcomes), Outcome.SAME)


def _days(row: DutyRow) -> str:
    starts = sorted(span.start.date().isoformat() for _, span in row.spans if span.start)
    days = starts[0] if starts[0] == starts[-1] else f"{starts[0]} – {starts[-1]}"
    return f"{days} {'、'.join(dict.fromkeys(plate for plate, _ in row.spans))}"


def _warnings(sheet: Sheet, saved: Saved) -> Iterator[Warned]:
    if any(row["phone"] for row in sheet.rows):
        yield _PHONES
    if saved.kept:
        yield Warned(
            "",
            "plate",
            "",
            f"有行被拒收，原有的 {saved.kept} 个值班未出现在本表中，但没有撤销。请改正后重新导入",
            f"rows were refused, so {saved.kept} duties that this sheet does not name were left standing. "
            f"Correct the rows and import again",
        )
