"""Freezing, correcting, mending: a sheet's way through the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from typer.testing import CliRunner

from gongche.commands.finance import app
from gongche.problem import Problem
from tests.builders.district import Connection, add_unit, move_vehicle
from tests.builders.workbooks import workbook
from tests.finance.district import add_car
from tests.finance.table import HEADINGS


@pytest.fixture
def conn(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("set time zone 'UTC'")
        add_car(conn, add_unit(conn), "苏N10001", enrolled="2026-01-01")
        yield conn


def finance(*words: object, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(app, [*map(str, words), "--format", "json"], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def insurance(
    plate: str = "苏N10001", amount: object = 3000, at: object = "2026-09-22", invoice: str = ""
) -> list[Any]:
    return [plate, at, "保险", amount, "", "", "", "", invoice]


def test_the_same_sheet_later_gives_the_frozen_result(conn: Connection, tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "九月.xlsx", HEADINGS, insurance())
    first = finance("check", sheet)
    conn.execute("delete from enrolments")
    later = finance("check", sheet)
    assert (later["check"], later["digest"], later["rows"]) == (first["check"], first["digest"], first["rows"])
    assert (first["frozen_before"], later["frozen_before"]) == (False, True)
    anew = finance("check", sheet, "--again", exit_code=1)
    assert (anew["version"], anew["rows"][0]["verdict"]) == (2, "refuse")
    assert [one["version"] for one in finance("list")] == [2, 1]


def test_a_claim_rests_on_the_unit_that_the_car_had_then(conn: Connection, tmp_path: Path) -> None:
    ((car, old),) = conn.execute("select id, unit_id from vehicles").fetchall()
    new = add_unit(conn, "区城管局")
    move_vehicle(conn, car, new, "2026-09-23 00:00+08")
    rows = insurance(), insurance(at="2026-09-23", amount=3001)
    finance("check", workbook(tmp_path / "九月.xlsx", HEADINGS, *rows))
    found = conn.execute("select frozen -> 'car' ->> 'unit' from finance_rows order by line").fetchall()
    assert [int(unit) for (unit,) in found] == [old, new]


def test_checks_are_in_the_audit_chain_and_cannot_be_rewritten(conn: Connection, tmp_path: Path) -> None:
    finance("check", workbook(tmp_path / "九月.xlsx", HEADINGS, insurance()), "--by", "王会计")
    assert conn.execute("select actor, act, subject from audit_entries").fetchall() == [
        ("王会计", "check_claims", "check 1")
    ]
    with pytest.raises(psycopg.DatabaseError):
        conn.execute("update finance_rows set verdict = 'pay'")


def test_a_dry_run_keeps_nothing(conn: Connection, tmp_path: Path) -> None:
    told = finance("check", workbook(tmp_path / "九月.xlsx", HEADINGS, insurance()), "--dry-run")
    assert told["rows"][0]["verdict"] == "pay"
    assert conn.execute("select count(*) from finance_checks").fetchone() == (0,)
    assert conn.execute("select count(*) from audit_entries").fetchone() == (0,)


@pytest.mark.usefixtures("conn")
def test_a_sheet_that_corrects_another_repeats_nothing(tmp_path: Path) -> None:
    finance("check", workbook(tmp_path / "a.xlsx", HEADINGS, insurance(invoice="1")))
    mended = workbook(tmp_path / "b.xlsx", HEADINGS, insurance(invoice="1"), insurance(amount=1, invoice="2"))
    assert finance("check", mended, "--dry-run", exit_code=1)["rows"][0]["reasons"][0]["code"] == (
        "invoice_in_earlier_sheet"
    )
    corrected = finance("check", mended, "--replaces", 1)
    assert [row["verdict"] for row in corrected["rows"]] == ["pay", "pay"]


@pytest.mark.usefixtures("conn")
def test_the_result_keeps_the_clerks_columns_and_adds_totals(tmp_path: Path) -> None:
    sheet = workbook(
        tmp_path / "九月.xlsx", ["九月报销"], [*HEADINGS, "备注"], [*insurance(), "=1+1"], ["合计", "", "", 3000]
    )
    finance("check", sheet, "-o", tmp_path / "结果.xlsx")
    book = openpyxl.load_workbook(tmp_path / "结果.xlsx")
    assert book.sheetnames == ["审核汇总 summary", "台账"]
    rows = list(book["台账"].iter_rows(values_only=True))
    assert rows[2][: len(HEADINGS) + 1] == (
        "苏N10001",
        "2026-09-22",
        "保险",
        3000,
        None,
        None,
        None,
        None,
        None,
        "=1+1",
    )
    assert rows[2][len(HEADINGS) + 1] == "可支出 pay"
    assert rows[3][len(HEADINGS) + 1] is None, "a line of totals claims nothing"


@pytest.mark.parametrize(
    ("row", "cell", "words"),
    [
        (insurance(amount="300元"), "台账!D2", "Write 300 alone"),
        ([*insurance()[:4], "40升"], "台账!E2", "Write 40 alone"),
        (insurance(amount="叁佰"), "台账!D2", "must be a number"),
        (insurance(at="10/3/2026"), "台账!B2", "2026-10-01"),
        (insurance(at="10月3日"), "台账!B2", "2026-10-01"),
        (insurance(amount=""), "台账!D2", "must not be empty"),
        (insurance(amount="=1/0"), "台账!D2", "formula"),
    ],
)
def test_cells_that_have_to_be_mended_are_told_with_their_place(
    conn: Connection, tmp_path: Path, row: list[Any], cell: str, words: str
) -> None:
    told = finance("check", workbook(tmp_path / "九月.xlsx", HEADINGS, row, insurance()), exit_code=2)
    assert [one["cell"] for one in told["cells"]] == [cell]
    assert words in told["cells"][0]["reason"]["en"]
    assert conn.execute("select count(*) from finance_checks").fetchone() == (0,)


@pytest.mark.usefixtures("conn")
def test_merged_cells_have_to_be_taken_apart(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("D2:D3")

    sheet = workbook(tmp_path / "九月.xlsx", HEADINGS, insurance(), insurance(amount=""), more=merge)
    told = finance("check", sheet, exit_code=2)
    assert [(one["cell"], one["reason"]["zh"][:5]) for one in told["cells"]] == [("台账!D3", "合并单元格")]


@pytest.mark.parametrize(
    ("amount", "at"),
    [("３，０００", "２０２６年９月２２日"), ("¥3,000.00", "2026/9/22"), (3000, "2026.09.22"), (" 3000 ", 46287)],
)
def test_harmless_forms_are_read_as_they_are_meant(
    conn: Connection, tmp_path: Path, amount: object, at: object
) -> None:
    told = finance("check", workbook(tmp_path / "九月.xlsx", HEADINGS, insurance(amount=amount, at=at)))
    assert told["rows"][0]["amount"] == "3000.00"
    row = conn.execute("select at::text, at_precision from finance_rows").fetchone()
    assert row == ("2026-09-21 16:00:00+00", "day")


@pytest.mark.usefixtures("conn")
@pytest.mark.parametrize(
    ("headings", "rows", "words"),
    [
        (HEADINGS, [], "claims nothing"),
        (HEADINGS, [["合计", "", "", 0]], "claims nothing"),
        (("车牌号", "类型", "金额"), [["苏N10001", "保险", 3]], "no column 日期"),
        (("车牌号", "时间", "类型"), [["苏N10001", "2026-09-22", "保险"]], "金额"),
    ],
)
def test_what_is_wrong_with_a_whole_sheet_is_told(
    tmp_path: Path, headings: tuple[str, ...], rows: list[list[Any]], words: str
) -> None:
    with pytest.raises(Problem, match=words):
        finance("check", workbook(tmp_path / "九月.xlsx", headings, *rows))
