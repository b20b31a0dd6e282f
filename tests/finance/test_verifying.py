"""``gongche verify`` and frozen checks: as they were frozen they are clean, and whatever is altered is found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from gongche.commands.finance import app
from gongche.verifying_checks import VerifiedChecks, verified_checks
from store.database import connect
from tests.builders.district import Connection, add_unit
from tests.builders.workbooks import workbook
from tests.finance.district import add_car
from tests.finance.table import HEADINGS


@pytest.fixture
def conn(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Connection]:
    """Two checks are frozen, of three rows together; then whatever holds rows fast is off."""
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as conn:
        add_car(conn, add_unit(conn), "苏N10001", enrolled="2026-01-01")
        for name, rows in (("一.xlsx", [claim(3000), claim(20.5)]), ("二.xlsx", [claim(7, "苏N99999")])):
            CliRunner().invoke(app, ["check", str(workbook(tmp_path / name, HEADINGS, *rows))], catch_exceptions=False)
        for table in ("claims_sheets", "finance_checks", "finance_rows", "audit_entries"):
            conn.execute(f"alter table {table} disable trigger all".encode())
        yield conn


def claim(amount: object, plate: str = "苏N10001") -> list[object]:
    return [plate, "2026-09-22", "保险", amount, "", "", "", "", ""]


def verified(database: str) -> VerifiedChecks:
    async def looked() -> VerifiedChecks:
        async with await connect(database, autocommit=True) as conn:
            return await verified_checks(conn)

    return asyncio.run(looked())


@pytest.mark.usefixtures("conn")
def test_what_was_frozen_is_clean(database: str) -> None:
    assert verified(database) == VerifiedChecks(2, [])


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("update finance_rows set verdict = 'pay' where verdict = 'refuse'", {(2, "digest"), (2, "totals")}),
        ("update finance_rows set plate = '苏N10002' where check_id = 1", {(1, "digest")}),
        ("update finance_rows set reasons = '[]' where check_id = 2", {(2, "digest")}),
        ("update finance_rows set frozen = null where check_id = 1", {(1, "digest")}),
        ("update finance_rows set amount = amount + 1 where line = 2 and check_id = 1", {(1, "totals")}),
        ("delete from finance_rows where check_id = 2", {(2, "digest"), (2, "totals")}),
        ("update finance_checks set digest = sha256('') where id = 1", {(1, "digest"), (1, "chain")}),
        ("update claims_sheets set content = '\\x00' where id = 1", {(1, "digest"), (1, "sheet")}),
        ("delete from audit_entries where subject = 'check 2'", {(2, "chain")}),
        ("delete from finance_rows where check_id = 2; delete from finance_checks where id = 2", {(2, "database")}),
    ],
)
def test_tampering_is_found(conn: Connection, database: str, tampering: str, found: set[tuple[int, str]]) -> None:
    for statement in tampering.split(";"):
        conn.execute(statement.encode())
    words = {"digest", "totals", "chain", "sheet", "database"}
    told = {
        (fault.check_id, max(words, key=lambda word: _place(fault.en, word))) for fault in verified(database).faults
    }
    assert told == found


def _place(text: str, word: str) -> int:
    """Where a word stands in a fault, so that the last one names it."""
    return text.rfind(word)
