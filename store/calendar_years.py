"""Years whose whole schedule the centre has entered before the published calendar knows it: entries, as days are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from rules.calendar import OwnDay, WorkCalendar
from store.changes import saving
from store.sql import load

_queries = load("calendar_years")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """An entry: that the days of the year are entered whole (or, after all, are not), on which document."""

    id: int
    year: int
    is_complete: bool
    source: str
    entered_by: str
    checked_by: str | None
    entered_at: datetime
    checked_at: datetime | None


async def calendar_years(conn: AsyncConnection[Any], year: int) -> list[CalendarYear]:
    """All entries of a year, in the order in which they were made."""
    async with conn.cursor(row_factory=class_row(CalendarYear)) as cursor:
        await cursor.execute(_queries["entries"], {"year": year})
        return await cursor.fetchall()


async def enter_calendar_year(
    conn: AsyncConnection[Any], year: int, *, is_complete: bool, source: str, entered_by: str
) -> bool:
    """Enters it unless the newest entry says the same; whether it did."""
    asked = {"year": year, "is_complete": is_complete, "source": source, "entered_by": entered_by}
    async with saving(conn, _queries["lock"]):
        stored = await calendar_years(conn, year)
        if stored and all(getattr(stored[-1], name) == value for name, value in asked.items()):
            return False
        await conn.execute(_queries["enter"], asked)
        return True


async def check_calendar_year(conn: AsyncConnection[Any], entry: CalendarYear, checked_by: str) -> None:
    """Has an entry checked. Check its days before: from then on the other days of the year are ordinary ones."""
    await conn.execute(_queries["check"], {"id": entry.id, "checked_by": checked_by})


async def work_calendar(conn: AsyncConnection[Any], zone: ZoneInfo) -> WorkCalendar:
    """The calendar of now: what counts of the centre's own, above the published one."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["counted"])
        return calendar_of(await cursor.fetchall(), zone)


def calendar_of(rows: list[tuple[Any, ...]], zone: ZoneInfo) -> WorkCalendar:
    """The calendar of the rows of the query `counted`."""
    years = rows[0][0] if rows else []
    days = [OwnDay(*row) for _, *row in rows if row[0] is not None]
    return WorkCalendar(days, entered_years=years, zone=zone)
