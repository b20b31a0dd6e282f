"""A sheet of a year's whole schedule: its days off with their festivals, and its make-up workdays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from gongche.imports import cells
from gongche.imports.calendar_days import COLUMNS, OFF
from gongche.imports.cells import CellError
from gongche.imports.report import Report, results_of, sort_out
from gongche.sheet import Row, read_sheet
from rules.calendar import OwnDay
from rules.schedule import Oddity, belongs_to, festival_name, oddities
from store.calendar_days import CalendarDay, calendar_days, save_calendar_days
from store.calendar_years import enter_calendar_year

_COLUMNS = [column for column in COLUMNS if column.name in ("day", "off", "festival")]


@dataclass(frozen=True, slots=True)
class EnteredYear:
    """What came of it. With a row refused nothing is entered: a year is entered whole or not at all."""

    report: Report
    oddities: list[Oddity]

    @property
    def exit_status(self) -> int:
        return 1 if self.report.refused or self.oddities else 0

    def as_json(self) -> dict[str, Any]:
        return {**self.report.as_json(), "oddities": oddities_as_json(self.oddities)}


async def import_calendar_year(
    conn: AsyncConnection[Any], year: int, path: Path, zone: ZoneInfo, *, source: str, by: str, dry_run: bool
) -> EnteredYear:
    """Enters the sheet's days and that the year is whole, in one transaction, to be checked by somebody else.

    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, _COLUMNS)
    first_lines: dict[object, int] = {}
    good, refused = sort_out(sheet.rows, "day", lambda row: _read(row, year, zone, source, by, first_lines))
    days = [day for _, day in good]
    odd = oddities(year, [OwnDay(day.day, bool(day.is_off), day.festival) for day in days])
    rolled_back = dry_run or bool(refused)
    async with conn.transaction(force_rollback=rolled_back):
        changes = await save_calendar_days(conn, days)
        odd += await _left_out(conn, year, days)
        await enter_calendar_year(conn, year, is_complete=True, source=source, entered_by=by)
    results = results_of(good, changes, lambda day: day.day.isoformat())
    report = Report("calendar year", str(path), "line", zone, results, refused, sheet.ignored, rolled_back)
    return EnteredYear(report.in_order(), odd)


def oddities_as_json(odd: Sequence[Oddity]) -> list[dict[str, Any]]:
    return [{"day": one.day, "zh": one.zh, "en": one.en} for one in odd]


def _read(row: Row, year: int, zone: ZoneInfo, source: str, by: str, first_lines: dict[object, int]) -> CalendarDay:
    cells.nothing_beyond(row)
    day = cells.day(row, "day", zone)
    cells.not_again(row, "day", day, first_lines)
    if not belongs_to(year, day):
        raise CellError("day", row["day"], f"不属于 {year} 年的放假安排", f"no day of the schedule of {year}")
    is_off = cells.word("off", cells.needed(row, "off"), {word: off for word, off in OFF.items() if off is not None})
    return CalendarDay(day, is_off, source, by, festival_name(row["festival"]) if is_off else "")


async def _left_out(conn: AsyncConnection[Any], year: int, days: Sequence[CalendarDay]) -> list[Oddity]:
    """Days of the year that the centre entered before and the sheet does not name: they stay as they are."""
    newest = {entry.day: entry for entry in await calendar_days(conn) if belongs_to(year, entry.day)}
    named = {day.day for day in days}
    return [
        Oddity(
            f"{day} 此前已录入，而表中没有；如应撤销，请录入“撤销”",
            f"{day} was entered before and is not in the sheet; enter it “as published” to take it back",
            day,
        )
        for day, entry in newest.items()
        if day not in named and entry.is_off is not None
    ]
