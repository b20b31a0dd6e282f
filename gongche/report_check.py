"""Issued reports as a whole: every text against its digest, the audit chain and the numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import ValidationError

from fleet.audit import Deed
from oversight.document import digest_of, thaw
from store import audit, reports
from store.database import Connection
from store.reports import FrozenText

_ALL_ENTRIES = 100_000

Fault = tuple[str, str, str]
"""Which report, and what is wrong with it in Chinese and English."""


@dataclass(frozen=True, slots=True)
class CheckedReports:
    """How many texts were compared, and what is wrong."""

    texts: int
    faults: list[Fault]


async def checked_reports(conn: Connection) -> CheckedReports:
    """Looks at all texts."""
    count, faults = 0, []
    last: tuple[int, int] = (0, 0)
    async with conn.transaction():
        async for text in reports.all_texts(conn):
            name = f"{text.kind} {text.period} v{text.version}"
            if (text.year, text.number) != last and text.number != (last[1] + 1 if text.year == last[0] else 1):
                faults.append((name, "发文字号不连续", "its number does not follow the one before"))
            last = (text.year, text.number)
            count += text.content is not None
            faults += [(name, zh, en) async for zh, en in _faults(conn, text)]
    return CheckedReports(count, faults)


async def _faults(conn: Connection, text: FrozenText) -> AsyncIterator[tuple[str, str]]:
    if text.content is None or text.digest is None:
        yield "没有内容", "it has no text"
        return
    if digest_of(text.content) != text.digest.hex():
        yield "内容与摘要不符", "its text does not give its digest"
    try:
        thaw(text.content)
    except ValidationError:
        yield "内容无法读出", "its text cannot be read"
    deed = await _issuing(conn, text)
    if deed is None:
        yield "审计链中没有签发记录", "the audit chain does not tell of its issue"
    elif deed.details.get(f"digest_{text.language}") != text.digest.hex():
        yield "摘要不是审计链中的摘要", "the digest is not the one in the audit chain"


async def _issuing(conn: Connection, text: FrozenText) -> Deed | None:
    entries = await audit.about(conn, f"report {text.kind} {text.period}", limit=_ALL_ENTRIES)
    deeds = (entry.deed for entry in entries)
    return next(
        (deed for deed in deeds if deed.act == "issue_report" and deed.details.get("report") == text.report_id), None
    )
