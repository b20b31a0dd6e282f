"""Expenses 费用: saved by their keys, append-only. A correction is a new version of a claim, which then counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.expense import ExpenseType, FuelKind, Precision
from fleet.history import Outcome
from store.changes import Change, compare, saving
from store.sql import load

_queries = load("expenses")


@dataclass(frozen=True, slots=True)
class NewExpense:
    """A claim to save, by its key. The same again is the same; another content under a known key corrects it."""

    key: str
    plate: str
    at: datetime
    precision: Precision
    type: ExpenseType
    amount: Decimal
    litres: Decimal | None = None
    fuel_kind: FuelKind | None = None
    place: str = ""
    card: str = ""
    invoice: str = ""
    void: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim with where it stands: the plate as it was written, the sheet and the row in it."""

    expense: NewExpense
    plate_given: str
    source: str
    source_row: int


async def save_expenses(conn: AsyncConnection[Any], entries: Sequence[Entry]) -> list[Change]:
    """Adds what is new or differs; each such claim marks its vehicle, if the register knows its plate.

    ``ValueError`` when a key comes twice.
    """
    async with saving(conn, _queries["lock"]):
        rows = await _rows(conn, "stored", {"keys": [entry.expense.key for entry in entries]})
        versions = {row[0]: row[1] for row in rows}
        stored = {row[0]: _stored(row) for row in rows}
        changed = compare(stored, [entry.expense for entry in entries], lambda expense: expense.key)
        added = [
            {
                **{field.name: getattr(entry.expense, field.name) for field in fields(NewExpense)},
                "at_precision": entry.expense.precision,
                "version": versions.get(entry.expense.key, 0) + 1,
                "plate_given": entry.plate_given,
                "source": entry.source,
                "source_row": entry.source_row,
            }
            for entry, change in zip(entries, changed.changes, strict=True)
            if change.outcome is not Outcome.SAME
        ]
        async with conn.cursor() as cursor:
            await cursor.executemany(_queries["add"], added)
        return changed.changes


async def unknown_plates(conn: AsyncConnection[Any], plates: Sequence[str]) -> set[str]:
    """Which of the plates the register does not know."""
    return set(plates) - {row[0] for row in await _rows(conn, "known_plates", {"plates": list(plates)})}


def _stored(row: tuple[Any, ...]) -> NewExpense:
    key, _, plate, _, at, precision, type_, amount, litres, fuel_kind, *rest = row
    kind = None if fuel_kind is None else FuelKind(fuel_kind)
    return NewExpense(key, plate, at, Precision(precision), ExpenseType(type_), amount, litres, kind, *rest)


async def _rows(conn: AsyncConnection[Any], query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], params)
        return await cursor.fetchall()
