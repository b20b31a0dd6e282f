"""The second look at the calendar: what of it waits, what counts, and having it checked by another person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.person import is_same_person
from gongche.problem import Problem
from rules.calendar import HolidaySpan, OwnDay
from rules.schedule import Oddity, belongs_to, oddities
from store.calendar_days import StoredDay, calendar_days, check_calendar_days
from store.calendar_years import CalendarYear, calendar_years, check_calendar_year, work_calendar

Standing = Literal["counts", "waiting", "superseded"]


@dataclass(frozen=True, slots=True)
class YearShown:
    """A year as it is known: ``state`` is known, waiting (entered whole, not checked) or unknown."""

    year: int
    state: Literal["known", "waiting", "unknown"]
    holidays: list[HolidaySpan]
    days: list[tuple[StoredDay, Standing]]
    declared: list[tuple[CalendarYear, Standing]]


async def year_shown(conn: AsyncConnection[Any], year: int, zone: ZoneInfo) -> YearShown:
    """All that was entered of the year, and what is known of it."""
    calendar = await work_calendar(conn, zone)
    days, declared = await _entries_of(conn, year)
    standing = standings(declared)
    waits = any(of == "waiting" and entry.is_complete for entry, of in standing)
    known = calendar.knows_year(year)
    return YearShown(
        year,
        "known" if known else "waiting" if waits else "unknown",
        calendar.holiday_spans(date(year, 1, 1), date(year, 12, 31)),
        [row for day in sorted({entry.day for entry in days}) for row in standings([e for e in days if e.day == day])],
        standing,
    )


def standings(entries: Sequence[Any]) -> list[tuple[Any, Standing]]:
    """Each entry of one day (or year), in the order in which they were made: the newest that is checked counts, a
    newer one waits, all others are superseded."""
    checked = [entry.id for entry in entries if entry.checked_by is not None]
    counting, newest = (checked or [None])[-1], (entries[-1].id if entries else None)

    def of(entry: Any) -> Standing:
        if entry.id == counting:
            return "counts"
        return "waiting" if entry.id == newest else "superseded"

    return [(entry, of(entry)) for entry in entries]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked, and what looks odd in the schedule that counts now."""

    days: list[StoredDay]
    year: CalendarYear | None
    oddities: list[Oddity]


async def checked_year(conn: AsyncConnection[Any], year: int, by: str, zone: ZoneInfo) -> Checked:
    """Has all that waits of a year checked by ``by``: its days, then that it is whole. Problem when nothing waits, or
    when ``by`` entered some of it."""
    async with conn.transaction():
        days, declared = await _entries_of(conn, year)
        waiting = _waiting(days)
        year_waiting = next((entry for entry, of in standings(declared) if of == "waiting"), None)
        await _check(conn, waiting, year_waiting, by, str(year))
        calendar = await work_calendar(conn, zone)
        now = {entry.day: entry for entry, of in (await year_shown(conn, year, zone)).days if of == "counts"}
    own = [OwnDay(d.day, d.is_off, d.festival) for d in now.values() if d.is_off is not None]
    return Checked(waiting, year_waiting, oddities(year, own) if calendar.knows_year(year) and year_waiting else [])


async def checked_day(conn: AsyncConnection[Any], day: date, by: str) -> Checked:
    """Has what waits of one day checked. Problem as above."""
    async with conn.transaction():
        waiting = _waiting(await calendar_days(conn, day, day))
        await _check(conn, waiting, None, by, day.isoformat())
    return Checked(waiting, None, [])


async def _check(
    conn: AsyncConnection[Any], days: Sequence[StoredDay], year: CalendarYear | None, by: str, what: str
) -> None:
    if not days and year is None:
        raise Problem(f"{what} 没有待复核的日历", f"nothing of {what} waits to be checked")
    entered_by = [day.entered_by for day in days] + ([year.entered_by] if year else [])
    mine = [name for name in entered_by if is_same_person(name, by)]
    if mine:
        raise Problem(
            f"{what} 有 {len(mine)} 条由 {by} 录入，须由另一人复核",
            f"{by} entered {len(mine)} of what waits of {what}: another person has to check it",
        )
    await check_calendar_days(conn, days, by)
    if year is not None:
        await check_calendar_year(conn, year, by)


def _waiting(days: Sequence[StoredDay]) -> list[StoredDay]:
    newest = {entry.day: entry for entry in days}
    return [entry for entry in newest.values() if entry.checked_by is None]


async def _entries_of(conn: AsyncConnection[Any], year: int) -> tuple[list[StoredDay], list[CalendarYear]]:
    days = await calendar_days(conn, date(year - 1, 12, 1), date(year, 12, 31))
    return [entry for entry in days if belongs_to(year, entry.day)], await calendar_years(conn, year)
