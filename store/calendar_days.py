"""The centre's own calendar days, which stand above the published calendar: entries that are never rewritten.

An entry counts once somebody else has checked it; of several that were checked, the one entered last. A correction
is a new entry: until it is checked, what counted before goes on counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from fleet.history import Outcome
from store.changes import Change, FieldChange, saving
from store.sql import load

_queries = load("calendar_days")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A local day that is off or worked (None: taken back), with the document that says so, and who entered and
    checked it."""

    day: date
    is_off: bool | None
    source: str
    entered_by: str
    festival: str = ""
    checked_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDay(CalendarDay):
    """An entry as it is stored."""

    id: int
    entered_at: datetime
    checked_at: datetime | None

    def says_as(self, other: CalendarDay) -> bool:
        """Whether both say the same of the day, on the same document, by the same person; whoever checked it."""
        names = [field.name for field in fields(CalendarDay) if field.name != "checked_by"]
        return all(getattr(self, name) == getattr(other, name) for name in names)


async def calendar_days(conn: AsyncConnection[Any], first: date = date.min, last: date = date.max) -> list[StoredDay]:
    """All entries of some days, by day and in the order in which they were made."""
    return await _stored(conn, "entries", {"first": first, "last": last})


async def save_calendar_days(conn: AsyncConnection[Any], days: Sequence[CalendarDay]) -> list[Change]:
    """Enters each day whose newest entry says something else; where it says the same, ``checked_by`` checks it.

    What was checked stays so without a ``checked_by``. Whatever counts from then on marks all vehicles.
    ValueError when a day comes twice.
    """
    if len({day.day for day in days}) < len(days):
        raise ValueError("a calendar day comes twice")
    async with saving(conn, _queries["lock"]):
        newest = {stored.day: stored for stored in await _stored(conn, "newest")}
        changes = [_change(newest.get(day.day), day) for day in days]
        to_enter, to_check = [], []
        for day, change in zip(days, changes, strict=True):
            if [changed.name for changed in change.fields] == ["checked_by"] and newest[day.day].checked_by is None:
                to_check.append((newest[day.day].id, day.checked_by))
            elif change.outcome is not Outcome.SAME:
                to_enter.append(day)
        await _enter(conn, to_enter)
        await _check(conn, to_check)
        return changes


async def check_calendar_days(conn: AsyncConnection[Any], entries: Sequence[StoredDay], checked_by: str) -> None:
    """Has entries checked, all at once."""
    await _check(conn, [(entry.id, checked_by) for entry in entries])


async def waiting_days(conn: AsyncConnection[Any]) -> tuple[int, date | None]:
    """How many days wait for their second checker, and the first of them."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["waiting"])
        count, first = await cursor.fetchone() or (0, None)
        return int(count), first


def _change(stored: StoredDay | None, asked: CalendarDay) -> Change:
    if stored is None:
        return Change(Outcome.NEW)
    if stored.says_as(asked) and asked.checked_by in (None, stored.checked_by):
        return Change(Outcome.SAME)
    return Change(
        Outcome.CHANGED,
        tuple(
            FieldChange(field.name, getattr(stored, field.name), getattr(asked, field.name))
            for field in fields(CalendarDay)
            if getattr(stored, field.name) != getattr(asked, field.name)
        ),
    )


async def _stored(conn: AsyncConnection[Any], name: str, values: dict[str, Any] | None = None) -> list[StoredDay]:
    async with conn.cursor(row_factory=class_row(StoredDay)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()


async def _enter(conn: AsyncConnection[Any], days: Sequence[CalendarDay]) -> None:
    if days:
        columns = {field.name: [getattr(day, field.name) for day in days] for field in fields(CalendarDay)}
        await conn.execute(_queries["enter"], columns)


async def _check(conn: AsyncConnection[Any], checks: Sequence[tuple[int, str | None]]) -> None:
    if checks:
        await conn.execute(
            _queries["check"], {"ids": [id_ for id_, _ in checks], "checked_by": [by for _, by in checks]}
        )
