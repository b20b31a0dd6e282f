"""The centre's own calendar days, which stand above the published calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from store.changes import Change, compare, saving
from store.sql import load

_queries = load("calendar_days")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A local day that is off or worked, with the document that says so, and who entered and checked it."""

    day: date
    is_off: bool
    source: str
    entered_by: str
    festival: str = ""
    checked_by: str | None = None


async def calendar_days(conn: AsyncConnection[Any]) -> list[CalendarDay]:
    """All of the centre's own days, in order."""
    async with conn.cursor(row_factory=class_row(CalendarDay)) as cursor:
        await cursor.execute(_queries["calendar_days"])
        return await cursor.fetchall()


async def save_calendar_days(conn: AsyncConnection[Any], days: Sequence[CalendarDay]) -> list[Change]:
    """Saves days by their date; each that is new or differs marks all vehicles to be judged from then on.

    ``checked_by`` None keeps who checked it, as long as the day says the same as before.
    """
    async with saving(conn, _queries["lock"]):
        stored = {day.day: day for day in await calendar_days(conn)}
        asked = [_as_checked(stored.get(day.day), day) for day in days]
        changed = compare(stored, asked, lambda day: day.day)
        async with conn.cursor() as cursor:
            await cursor.executemany(
                _queries["save"],
                [
                    {
                        "day": d.day,
                        "is_off": d.is_off,
                        "festival": d.festival,
                        "source": d.source,
                        "entered_by": d.entered_by,
                        "checked_by": d.checked_by,
                    }
                    for d in changed.to_write
                ],
            )
        return changed.changes


def _as_checked(stored: CalendarDay | None, asked: CalendarDay) -> CalendarDay:
    """A day that says just what was checked before stays checked; anything else has to be checked anew."""
    if stored is not None and asked.checked_by is None and replace(stored, checked_by=None) == asked:
        return stored
    return asked
