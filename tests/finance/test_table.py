"""Every row of the table, through the real database and the real command."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from typer.testing import CliRunner

from gongche.commands.finance import app
from tests.finance import district
from tests.finance.table import CASES, DOCUMENT, EARLIER, HEADINGS, Case, page


def write_sheet(path: Path, cases: Sequence[Case]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *(case.cells for case in cases)])
    return path


def finance(*words: str) -> Any:
    """The command's JSON."""
    result = CliRunner().invoke(app, [*words, "--format", "json"], catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout)


@pytest.fixture
def told(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command says of the whole table, after the sheet before it."""
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("set time zone 'UTC'")
        district.make(conn, database)
    before = finance("check", str(write_sheet(tmp_path / "八月.csv", EARLIER)))
    assert [row["verdict"] for row in before["rows"]] == [case.verdict.value for case in EARLIER]
    sheet = write_sheet(tmp_path / "九月.csv", CASES)
    result: dict[str, Any] = finance("check", str(sheet), "-o", str(tmp_path / "结果.xlsx"))
    return result


def test_each_row_gets_the_verdict_of_a_careful_clerk(told: dict[str, Any], tmp_path: Path) -> None:
    assert len(CASES) >= 40
    found = [(row["verdict"], sorted(reason["code"] for reason in row["reasons"])) for row in told["rows"]]
    wanted = [(case.verdict.value, sorted(reason.value for reason in case.reasons)) for case in CASES]
    wrong = [
        f"{case.what}: {is_} instead of {should}"
        for case, is_, should in zip(CASES, found, wanted, strict=True)
        if is_ != should
    ]
    assert "\n".join(wrong) == ""
    sheet = openpyxl.load_workbook(tmp_path / "结果.xlsx")["报销明细"]
    written = list(sheet.iter_rows(values_only=True))
    assert tuple(written[0][: len(HEADINGS)]) == HEADINGS
    assert [tuple(cell or "" for cell in row[: len(HEADINGS)]) for row in written[1:]] == [c.cells for c in CASES]
    assert [str(row[len(HEADINGS)]).split()[-1] for row in written[1:]] == [case.verdict.value for case in CASES]


def test_the_page_shows_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page(), "run `python -m tests.finance`"
