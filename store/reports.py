"""Reports 报告 that were issued: frozen texts, versions, numbers. All of it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, tuple_row

from oversight.report import DocumentNumber, Period, ReportKind
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A report without its texts. ``digests``: of its texts, in the order of ``languages``, in hex."""

    id: int
    kind: str
    period: str
    version: int
    replaces: int | None
    replaced_by: int | None
    prefix: str
    year: int
    number: int
    issued_at: datetime
    issued_by: str
    role: str
    made_by: str
    case_id: int | None
    plates: list[str]
    languages: list[str]
    digests: list[str]

    @property
    def document_number(self) -> DocumentNumber:
        return DocumentNumber(self.prefix, self.year, self.number)

    @property
    def about(self) -> Period:
        return Period(ReportKind(self.kind), self.period)

    @property
    def digest_of(self) -> dict[str, str]:
        """By language."""
        return dict(zip(self.languages, self.digests, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What is issued. ``texts``: by language the frozen document and its SHA-256; ``replaces``: the version before."""

    about: Period
    version: int
    replaces: int | None
    number: DocumentNumber
    issued_at: datetime
    issued_by: str
    role: str
    made_by: str
    texts: Mapping[str, tuple[bytes, bytes]]
    plates: Sequence[str] = ()
    unit_ids: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class FrozenText:
    """A text as it is kept, for verifying. ``content`` and ``digest`` are None where a report has none."""

    report_id: int
    year: int
    number: int
    kind: str
    period: str
    version: int
    language: str | None
    content: bytes | None
    digest: bytes | None


async def lock(conn: Connection) -> None:
    """Nobody else issues until the transaction ends."""
    await conn.execute(_queries["lock"])


async def next_number(conn: Connection, year: int) -> int:
    """The next number of a year. Lock before."""
    return int((await _one(conn, "next_number", {"year": year}) or (1,))[0])


async def last(conn: Connection, about: Period) -> tuple[int, int] | None:
    """Id and version of the newest version, whoever may see it; None where it was never issued."""
    row = await _one(conn, "last", {"kind": about.kind.value, "period": about.key})
    return None if row is None else (int(row[0]), int(row[1]))


async def add(conn: Connection, new: NewReport) -> int:
    """Enters a report; its id. Lock before. Raises what the driver does for a number or a version that does not
    follow."""
    values = {
        "kind": new.about.kind.value,
        "period": new.about.key,
        "version": new.version,
        "replaces": new.replaces,
        "prefix": new.number.prefix,
        "year": new.number.year,
        "number": new.number.number,
        "issued_at": new.issued_at,
        "issued_by": new.issued_by,
        "role": new.role,
        "made_by": new.made_by,
        "case_id": new.about.case_id if new.about.kind is ReportKind.CASE_FILE else None,
        "plates": list(new.plates),
    }
    row = await _one(conn, "add", values)
    if row is None:
        raise RuntimeError("an insert that returns its id returned none")
    report_id = int(row[0])
    for language, (content, digest) in new.texts.items():
        text = {"report_id": report_id, "language": language, "content": content, "digest": digest}
        await conn.execute(_queries["add_text"], text)
    await conn.execute(_queries["add_units"], {"report_id": report_id, "named": sorted(set(new.unit_ids))})
    return report_id


async def listed(
    conn: Connection,
    *,
    scope: Scope,
    kind: ReportKind | None = None,
    period: str | None = None,
    standing: bool = False,
    limit: int = 200,
) -> list[StoredReport]:
    """Reports, newest first; ``standing``: without those that a later version replaces."""
    asked = {"id": None, "kind": kind and kind.value, "period": period, "standing": standing, "limit": limit}
    return await _listed(conn, asked | scope.values)


async def one(conn: Connection, report_id: int, *, scope: Scope) -> StoredReport | None:
    """The report with this id, if the scope shows it."""
    asked = {"id": report_id, "kind": None, "period": None, "standing": False, "limit": 1}
    return next(iter(await _listed(conn, asked | scope.values)), None)


async def text(conn: Connection, report_id: int, language: str) -> tuple[bytes, bytes] | None:
    """A report's frozen text in a language, with its SHA-256. Ask :func:`one` before whether it may be seen."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(_queries["text"], {"id": report_id, "language": language})
        row = await cursor.fetchone()
    return None if row is None else (bytes(row[0]), bytes(row[1]))


async def all_texts(conn: Connection) -> AsyncIterator[FrozenText]:
    """Every text, by number; read one after the other. Call it in a transaction."""
    async with conn.cursor("report_texts", row_factory=class_row(FrozenText)) as cursor:
        cursor.itersize = 20
        await cursor.execute(_queries["all_texts"])
        async for row in cursor:
            yield row


async def _listed(conn: Connection, values: dict[str, Any]) -> list[StoredReport]:
    async with conn.cursor(row_factory=class_row(StoredReport)) as cursor:
        await cursor.execute(_queries["listed"], values)
        return await cursor.fetchall()


async def _one(conn: Connection, name: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchone()
