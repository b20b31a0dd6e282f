"""The result of a check as a workbook: the clerk's own columns unchanged, the verdicts beside them, totals."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from gongche.sheet import csv_records
from oversight.reasons import WORDS, Reason, Verdict

HEADINGS = ("审核结论 verdict", "原因代码 reasons", "原因 why", "处理 what to do", "reason in English")
SUMMARY = "审核汇总 summary"

_WIDTHS = (16, 22, 44, 40, 52)
_FILLS = {Verdict.PAY: "E3F1E5", Verdict.VERIFY: "FDF3E1", Verdict.REFUSE: "FBE0DD"}
_EN = {Verdict.PAY: "pay", Verdict.VERIFY: "verify", Verdict.REFUSE: "refuse"}
_THIN = Side(style="thin", color="B8C2CC")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)

Found = Mapping[int, tuple[str, Sequence[Mapping[str, Any]]]]
"""Verdict and reasons by line."""


@dataclass(frozen=True, slots=True)
class ResultHead:
    """What stands above the totals. ``digest`` in hexadecimal."""

    district: str
    sheet: str
    check: str
    checked_at: str
    checked_by: str
    digest: str
    totals: Mapping[str, Mapping[str, Any]]


def result_workbook(path: Path, worksheet: str, heading_line: int, found: Found, head: ResultHead) -> bytes:
    """The sheet in ``path`` with the verdicts, and a summary before it."""
    if worksheet:
        book = openpyxl.load_workbook(path, keep_links=False)
        sheet = book[worksheet]
    else:
        book = openpyxl.Workbook()
        sheet = book.active if isinstance(book.active, Worksheet) else book.create_sheet()
        sheet.title = "报销明细"
        _copy_csv(sheet, path)
    _write_verdicts(sheet, heading_line, found)
    _write_summary(book.create_sheet(_free_name(book.sheetnames), 0), head, found)
    book.active = 0
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def why(reasons: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str, str]:
    """Codes, and in words: why and what to do in Chinese, both in English; and where else, for repeats."""
    words = [(WORDS[Reason(one["code"])], one) for one in reasons]
    return (
        ", ".join(str(one["code"]) for one in reasons),
        "；".join(said.zh + _where(one, "zh") for said, one in words),
        "；".join(dict.fromkeys(said.do_zh for said, _ in words)),
        "; ".join(said.en + _where(one, "en") for said, one in words),
        "; ".join(dict.fromkeys(said.do_en for said, _ in words)),
    )


def _where(one: Mapping[str, Any], language: str) -> str:
    """The other rows that a repeat is about."""
    if "lines" in one:
        lines = "、".join(map(str, one["lines"])) if language == "zh" else ", ".join(map(str, one["lines"]))
        return f"（第 {lines} 行）" if language == "zh" else f" (line {lines})"
    if "sheet" in one:
        if language == "zh":
            return f"（{one['sheet']} 第 {one['line']} 行，审核号 {one['check']}）"
        return f" ({one['sheet']}, line {one['line']}, check {one['check']})"
    return ""


def _copy_csv(sheet: Worksheet, path: Path) -> None:
    """As text: what a CSV says is no formula, and no number may change its form."""
    for record in csv_records(path):
        for place, text in enumerate(record.texts, 1):
            cell = sheet.cell(record.line, place)
            cell.value = text
            cell.data_type = "s"
            cell.number_format = "@"


def _write_verdicts(sheet: Worksheet, heading_line: int, found: Found) -> None:
    first = sheet.max_column + 1
    for place, heading in enumerate(HEADINGS, first):
        cell = sheet.cell(heading_line, place, heading)
        cell.font, cell.border, cell.alignment = Font(bold=True), _BOX, Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS[place - first]
    plain, filled = _styles(sheet)
    for line, (code, reasons) in found.items():
        verdict = Verdict(code)
        codes, zh, do_zh, en, do_en = why(reasons)
        told = (f"{verdict.zh} {_EN[verdict]}", codes, zh, do_zh, f"{en}. {do_en}" if en else "")
        for place, text in enumerate(told, first):
            sheet.cell(line, place, text)._style = copy(filled[verdict] if place == first else plain)
    _to_print(sheet, heading_line)


def _styles(sheet: Worksheet) -> tuple[StyleArray, dict[Verdict, StyleArray]]:
    """The style of what is written, and of a verdict's own cell: made once, as setting parts of it is slow."""
    made = _boxed_cell(sheet)
    filled = {}
    for verdict, colour in _FILLS.items():
        cell = _boxed_cell(sheet)
        cell.fill = PatternFill("solid", start_color=colour)
        filled[verdict] = cell._style
    return made._style, filled


def _boxed_cell(sheet: Worksheet) -> Cell:
    """A cell of no place, for its style."""
    cell = Cell(sheet, row=1, column=1)
    cell.alignment, cell.border = Alignment(wrap_text=True, vertical="top"), _BOX
    return cell


def _to_print(sheet: Worksheet, heading_line: int) -> None:
    """Landscape A4, as wide as the page, headings on each, with page numbers."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{heading_line}:{heading_line}"
    sheet.oddFooter.center.text = "&P / &N"
    sheet.freeze_panes = sheet.cell(heading_line + 1, 1)


def _write_summary(sheet: Worksheet, head: ResultHead, found: Found) -> None:
    sheet["A1"] = f"{head.district}公务用车费用审核结果"
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A2"] = "Result of the finance check"
    lines: list[tuple[str, object]] = [
        ("报销表 sheet", head.sheet),
        ("审核号 check", head.check),
        ("审核时间 checked at", head.checked_at),
        ("审核人 checked by", head.checked_by),
        ("结果摘要 digest (SHA-256)", head.digest),
    ]
    for line, (name, value) in enumerate(lines, 4):
        sheet.cell(line, 1, name)
        cell = sheet.cell(line, 2)
        cell.value, cell.data_type = str(value), "s"
    line = 4 + len(lines) + 1
    line = _table(sheet, line, ("结论 verdict", "笔数 rows", "金额（元） amount, yuan"), _totals(head.totals))
    counts = Counter(one["code"] for _, reasons in found.values() for one in reasons)
    reasons = [
        (f"{WORDS[Reason(code)].zh} {WORDS[Reason(code)].en}", number, code) for code, number in counts.most_common()
    ]
    line = _table(sheet, line + 1, ("原因 reason", "笔数 rows", "代码 code"), reasons)
    sheet.cell(line + 1, 1, "审核人签字 signature：")
    sheet.cell(line + 1, 3, "日期 date：")
    for letter, width in zip("ABC", (64, 24, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)


def _totals(totals: Mapping[str, Mapping[str, Any]]) -> list[tuple[object, ...]]:
    told: list[tuple[object, ...]] = [
        (f"{verdict.zh} {_EN[verdict]}", totals[verdict.value]["rows"], float(totals[verdict.value]["amount"]))
        for verdict in Verdict
    ]
    whole = (
        "合计 total",
        sum(int(one["rows"]) for one in totals.values()),
        round(sum(float(one["amount"]) for one in totals.values()), 2),
    )
    return [*told, whole]


def _table(sheet: Worksheet, line: int, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> int:
    """Written from a line on; the line after it."""
    for place, heading in enumerate(headings, 1):
        _boxed(sheet, line, place, heading).font = Font(bold=True)
    for number, row in enumerate(rows, line + 1):
        for place, value in enumerate(row, 1):
            cell = _boxed(sheet, number, place, value)
            if isinstance(value, float):
                cell.number_format = "#,##0.00"
    return line + len(rows) + 1


def _boxed(sheet: Worksheet, line: int, place: int, value: object) -> Cell:
    cell = sheet.cell(line, place)
    assert isinstance(cell, Cell)
    cell.value, cell.border = value, _BOX
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _free_name(names: Sequence[str]) -> str:
    return next(name for name in (SUMMARY, *(f"{SUMMARY} {n}" for n in range(2, 1000))) if name not in names)
