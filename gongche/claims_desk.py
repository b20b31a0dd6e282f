"""The finance gate at work: a sheet is checked once and frozen; the same sheet again gives the frozen result.

Used by the command and by the pages alike.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fleet.audit import Deed, Detail
from gongche.claims_check import Check, check_claims
from gongche.claims_result import Found, ResultHead, result_workbook
from gongche.claims_sheet import ClaimsSheet, FaultyCells
from gongche.problem import Problem
from gongche.settings import Settings
from gongche.sheet import Warned
from store import audit, finance, judging
from store.database import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """How a sheet is to be checked, and by whom. ``again``: a new version although it was checked before.

    ``replaces``: an earlier check whose sheet this one corrects.
    """

    by: str
    role: str
    again: bool = False
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The number of the check; whether it was made now or is the frozen one of before."""

    check_id: int
    is_new: bool
    warnings: Sequence[Warned] = ()


async def check_sheet(
    conn: Connection, dsn: str, settings: Settings, sheet: ClaimsSheet, asked: Asked, now: datetime
) -> Answer:
    """Checks and freezes a sheet; one that was checked before answers with what was frozen then.

    Problem when the check that it replaces is not there. Call it outside a transaction.
    """
    async with conn.transaction():
        await finance.lock(conn)
        if asked.replaces is not None and not await finance.is_check(conn, asked.replaces):
            raise Problem(f"没有审核号 {asked.replaces}", f"there is no check {asked.replaces}")
        before = await finance.last_check(conn, sheet.sha256, sheet.worksheet)
        if before is not None and not asked.again:
            return Answer(before, False, sheet.warnings)
        check = await asyncio.to_thread(judged, dsn, settings, sheet, now, asked.replaces)
        new = finance.NewCheck(
            name=sheet.path.name,
            worksheet=sheet.worksheet,
            content=sheet.content,
            heading_line=sheet.sheet.heading_line,
            replaces=asked.replaces,
            by=asked.by,
            at=now,
            totals=check.totals,
            digest=check.digest,
            rows=check.rows,
        )
        check_id = await finance.save_check(conn, new)
        details: dict[str, Detail | list[Detail]] = {
            "sheet": sheet.path.name,
            "rows": len(check.rows),
            "refused": sum(row.verdict.value == "refuse" for row in check.rows),
            "replaces": asked.replaces,
            "digest": check.digest.hex(),
        }
        deed = Deed(actor=asked.by, role=asked.role, act="check_claims", subject=f"check {check_id}", details=details)
        await audit.record(conn, deed, now)
    return Answer(check_id, True, sheet.warnings)


def judged(dsn: str, settings: Settings, sheet: ClaimsSheet, now: datetime, replaces: int | None) -> Check:
    """The verdicts, over a connection of its own: what computes does not hold up others."""
    with judging.connect(dsn) as conn:
        return check_claims(conn, settings, sheet, now, replaces)


async def result_of(conn: Connection, settings: Settings, check_id: int) -> tuple[str, bytes] | None:
    """A check's result as a workbook, with the name to save it by; None where there is no such check."""
    stored = await finance.check(conn, check_id)
    sheet = await finance.sheet_of(conn, check_id)
    if stored is None or sheet is None:
        return None
    name, worksheet, content, heading_line = sheet
    found = await finance.verdicts(conn, check_id)
    head = ResultHead(
        settings.district,
        name,
        f"{check_id}（第 {stored.version} 次 version {stored.version}）",
        stored.checked_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M"),
        stored.checked_by,
        stored.digest,
        stored.totals,
    )
    made = await asyncio.to_thread(_made, name, worksheet, content, heading_line, found, head)
    return f"{Path(name).stem}-审核结果-{check_id}.xlsx", made


def _made(name: str, worksheet: str, content: bytes, heading_line: int, found: Found, head: ResultHead) -> bytes:
    with as_file(name, content) as path:
        return result_workbook(path, worksheet, heading_line, found, head)


@contextmanager
def as_file(name: str, content: bytes) -> Iterator[Path]:
    """A file of that name with that content, while the block runs. What a Problem says of it names it alone."""
    with tempfile.TemporaryDirectory(prefix="gongche-claims-") as folder:
        path = Path(folder) / (Path(name).name or "claims")
        path.write_bytes(content)
        try:
            yield path
        except FaultyCells:
            raise
        except Problem as problem:
            zh, en = (text.replace(f"{folder}/", "") for text in (problem.zh, problem.en))
            raise Problem(zh, en) from problem
