"""The finance gate's own: sheets, checks with their frozen rows, appeals, cards. Append-only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from oversight.claim_row import Checked
from store.database import Connection
from store.sql import load

_queries = load("finance")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheck:
    """A check to save. ``content``: the sheet as it came."""

    name: str
    worksheet: str
    content: bytes
    heading_line: int
    replaces: int | None
    by: str
    at: datetime
    totals: Mapping[str, Any]
    digest: bytes
    rows: Sequence[Checked]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheck:
    """A check as it is listed. ``counts``: no later version and no later sheet stands in its place."""

    id: int
    name: str
    version: int
    replaces: int | None
    checked_at: datetime
    checked_by: str
    totals: dict[str, dict[str, Any]]
    digest: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A row with its frozen verdict; ``answered`` is the verdict that the last answered appeal gave."""

    id: int
    line: int
    plate_given: str
    plate: str
    at: datetime
    at_precision: str
    type: str
    amount: Decimal
    place: str
    card: str
    invoice: str
    verdict: str
    reasons: list[dict[str, Any]]
    answered: str | None
    appeal_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRow:
    """A row with all that was frozen with it."""

    id: int
    check_id: int
    sheet: str
    line: int
    plate_given: str
    plate: str
    at: datetime
    at_precision: str
    type: str
    amount: Decimal
    litres: Decimal | None
    place: str
    card: str
    invoice: str
    verdict: str
    reasons: list[dict[str, Any]]
    frozen: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An appeal and, once there is one, its answer."""

    id: int
    row_id: int
    statement: str
    note: str
    appealed_by: str
    appealed_at: datetime
    verdict: str | None
    reason: str | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAppeal:
    """An appeal that waits for its answer."""

    id: int
    row_id: int
    check_id: int
    sheet: str
    line: int
    plate_given: str
    amount: Decimal
    statement: str
    appealed_by: str
    appealed_at: datetime


@dataclass(frozen=True, slots=True)
class DigestedCheck:
    """A check as it is verified. ``content``: the sheet as it came; ``sheet_sha256``: what it was then."""

    id: int
    totals: dict[str, dict[str, Any]]
    digest: bytes
    sheet_sha256: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows of a check: of a verdict, a reason's code, a part of a plate; None asks for all."""

    verdict: str | None = None
    reason: str | None = None
    plate: str | None = None
    limit: int = 200
    offset: int = 0


async def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else checks a sheet."""
    await conn.execute(_queries["lock"])


async def last_check(conn: Connection, sha256: bytes, worksheet: str) -> int | None:
    """The last check of a sheet with this content."""
    sheet = await _one(conn, "sheet", sha256=sha256, worksheet=worksheet)
    if sheet is None:
        return None
    row = await _one(conn, "last_check", sheet=sheet[0])
    return None if row is None else int(row[0])


async def save_check(conn: Connection, check: NewCheck) -> int:
    """The check's number; it is the next version of its sheet. Call it in the transaction that holds the lock."""
    sha256 = hashlib.sha256(check.content).digest()
    sheet = await _one(conn, "sheet", sha256=sha256, worksheet=check.worksheet)
    if sheet is None:
        sheet = await _one(
            conn, "add_sheet", sha256=sha256, worksheet=check.worksheet, name=check.name, content=check.content,
            heading_line=check.heading_line, at=check.at,
        )  # fmt: skip
    assert sheet is not None
    before = await _one(conn, "last_check", sheet=sheet[0])
    added = await _one(
        conn, "add_check", sheet=sheet[0], version=1 if before is None else before[1] + 1, replaces=check.replaces,
        at=check.at, by=check.by, totals=Jsonb(dict(check.totals)), digest=check.digest,
    )  # fmt: skip
    assert added is not None
    async with conn.cursor() as cursor, cursor.copy(_queries["add_rows"]) as copy:
        for row in check.rows:
            await copy.write_row(_values(int(added[0]), row))
    return int(added[0])


def _values(check_id: int, checked: Checked) -> tuple[Any, ...]:
    row, expense = checked.row, checked.row.expense
    return (
        check_id, row.line, row.plate_given, expense.plate, expense.at, expense.precision.value, expense.type.value,
        expense.amount, expense.litres, expense.fuel_kind and expense.fuel_kind.value, expense.place, expense.card,
        expense.invoice, checked.verdict.value, Jsonb([one.as_json() for one in checked.told]),
        None if checked.frozen is None else Jsonb(dict(checked.frozen)),
    )  # fmt: skip


async def is_check(conn: Connection, check_id: int) -> bool:
    """Whether there is a check of that number."""
    return await _one(conn, "exists", id=check_id) is not None


async def checks(conn: Connection, limit: int = 50) -> list[StoredCheck]:
    """The newest checks, newest first."""
    async with conn.cursor(row_factory=class_row(StoredCheck)) as cursor:
        await cursor.execute(_queries["checks"], {"limit": limit})
        return await cursor.fetchall()


async def check(conn: Connection, check_id: int) -> StoredCheck | None:
    """One check."""
    async with conn.cursor(row_factory=class_row(StoredCheck)) as cursor:
        await cursor.execute(_queries["check"], {"id": check_id})
        return await cursor.fetchone()


async def sheet_of(conn: Connection, check_id: int) -> tuple[str, str, bytes, int] | None:
    """Name, worksheet (empty of CSV), content and line of headings of a check's sheet."""
    row = await _one(conn, "sheet_of", id=check_id)
    return None if row is None else (row[0], row[1], bytes(row[2]), row[3])


async def rows(conn: Connection, check_id: int, asked: RowsAsked) -> list[StoredRow]:
    """A check's rows, refused ones first."""
    values = {"check": check_id, "verdict": asked.verdict, "reason": asked.reason, "plate": asked.plate}
    async with conn.cursor(row_factory=class_row(StoredRow)) as cursor:
        await cursor.execute(_queries["rows"], {**values, "limit": asked.limit, "offset": asked.offset})
        return await cursor.fetchall()


async def verdicts(conn: Connection, check_id: int) -> dict[int, tuple[str, list[dict[str, Any]]]]:
    """Verdict and reasons by line, as frozen."""
    return {line: (verdict, reasons) for line, verdict, reasons in await _all(conn, "verdicts", check=check_id)}


async def reason_counts(conn: Connection, check_id: int) -> dict[str, int]:
    """How many rows have each reason, most first."""
    return dict(await _all(conn, "reason_counts", check=check_id))


async def digest_rows(conn: Connection, check_id: int) -> list[list[Any]]:
    """What the check's digest is made of, by line."""
    return [list(row) for row in await _all(conn, "digest_rows", check=check_id)]


async def digested(conn: Connection) -> list[DigestedCheck]:
    """All checks with what their digests are made of besides the rows."""
    async with conn.cursor(row_factory=class_row(DigestedCheck), binary=True) as cursor:
        await cursor.execute(_queries["digested"])
        return await cursor.fetchall()


async def sums(conn: Connection, check_id: int) -> dict[str, tuple[int, Decimal]]:
    """By verdict how many rows of a check there are, and their money."""
    return {verdict: (int(number), amount) for verdict, number, amount in await _all(conn, "sums", check=check_id)}


async def row(conn: Connection, row_id: int) -> OneRow | None:
    """One row."""
    async with conn.cursor(row_factory=class_row(OneRow)) as cursor:
        await cursor.execute(_queries["row"], {"id": row_id})
        return await cursor.fetchone()


async def appeals(conn: Connection, row_id: int) -> list[Appeal]:
    """A row's appeals, oldest first."""
    async with conn.cursor(row_factory=class_row(Appeal)) as cursor:
        await cursor.execute(_queries["appeals"], {"row": row_id})
        return await cursor.fetchall()


async def open_appeals(conn: Connection) -> list[OpenAppeal]:
    """Appeals without an answer, oldest first."""
    async with conn.cursor(row_factory=class_row(OpenAppeal)) as cursor:
        await cursor.execute(_queries["open_appeals"])
        return await cursor.fetchall()


async def hold_row(conn: Connection, row_id: int) -> None:
    """Nobody else appeals that row until the transaction ends."""
    await conn.execute(_queries["hold_row"], {"id": row_id})


async def add_appeal(conn: Connection, row_id: int, statement: str, note: str, by: str, at: datetime) -> int:
    """The appeal's number."""
    added = await _one(conn, "add_appeal", row=row_id, statement=statement, note=note, by=by, at=at)
    assert added is not None
    return int(added[0])


async def appeal(conn: Connection, appeal_id: int) -> tuple[int, str, bool] | None:
    """The row of an appeal, who appealed, and whether it is answered."""
    found = await _one(conn, "appeal", id=appeal_id)
    return None if found is None else (found[1], found[2], found[3])


async def add_answer(conn: Connection, appeal_id: int, verdict: str, reason: str, by: str, at: datetime) -> int:
    """The answer's number. StoreConflictError when there is one; StoreRefusedError for who appealed."""
    added = await _one(conn, "add_answer", appeal=appeal_id, verdict=verdict, reason=reason, by=by, at=at)
    assert added is not None
    return int(added[0])


async def bind_card(conn: Connection, card: str, plate: str, since: datetime, document: str, by: str) -> bool:
    """A card is bound to a plate from a moment on (empty: to none); False when that was entered before."""
    told = {"card": card, "plate": plate, "since": since, "document": document, "entered_by": by}
    return await _one(conn, "bind", **told) is not None


async def _one(conn: Connection, query: str, **values: Any) -> tuple[Any, ...] | None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], values)
        return await cursor.fetchone()


async def _all(conn: Connection, query: str, **values: Any) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], values)
        return await cursor.fetchall()
