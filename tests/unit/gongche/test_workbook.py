"""Workbooks as offices send them: what their cells mean, and what a spreadsheet program has spoilt."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongche import workbook as limits
from gongche.imports import cells
from gongche.imports.report import sort_out
from gongche.problem import Problem
from gongche.sheet import Column, Sheet, read_sheet
from tests.builders.workbooks import rewritten, workbook

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHEET1 = "xl/worksheets/sheet1.xml"
COLUMNS = (
    Column("number", "单号", required=True, text=True),
    Column("plate", "车牌号"),
    Column("start", "开始"),
    Column("end", "结束"),
)
HEADINGS = ("单号", "车牌号", "开始", "结束")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.xlsx"


def local(*parts: int) -> datetime:
    """As a cell keeps it: it knows no time zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def read(path: Path, worksheet: str | None = None) -> Sheet:
    return read_sheet(path, COLUMNS, worksheet)


def refusals(sheet: Sheet) -> list[tuple[str, str]]:
    """Cell and English reason of rows that are refused before anything looks at them."""
    return [(refusal.cell, refusal.en) for refusal in sort_out(sheet.rows, "number", lambda row: row)[1]]


def formatted(cell: str, number_format: str) -> Any:
    def set_format(sheet: Any) -> None:
        sheet[cell].number_format = number_format

    return set_format


# What cells mean ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "is_at"),
    [
        (local(2026, 10, 1, 8, 30), "yyyy-mm-dd hh:mm", "2026-10-01T08:30"),
        (local(2026, 10, 1, 8, 30), 'YYYY"年"M"月"D"日"', "2026-10-01T08:30"),  # the time is there, though not shown
        (local(2026, 10, 1), "YYYY/M/D", "2026-10-02T00:00"),  # a day alone: as an end it is included
        (local(2026, 10, 1), "yyyy/m/d h:mm", "2026-10-01T00:00"),  # midnight, said so
        (46296.3541666667, "General", "2026-10-01T08:30"),
        (46296, "General", "2026-10-02T00:00"),
        ("46296.3541666667", "@", "2026-10-01T08:30"),
        ("2026/10/1 8:30", "@", "2026-10-01T08:30"),
        ("２０２６年１０月１日　０８：３０", "@", "2026-10-01T08:30"),
    ],
)
def test_a_date_is_read_however_it_is_kept(path: Path, value: Any, number_format: str, is_at: str) -> None:
    (row,) = read(workbook(path, HEADINGS, ("A1", "", "", value), more=formatted("D2", number_format))).rows
    assert cells.moment(row, "end", SHANGHAI, ending=True) == datetime.fromisoformat(is_at).replace(tzinfo=SHANGHAI)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.datetimes(local(2000, 1, 1), local(2099, 12, 31)), min_size=1, max_size=30))
def test_every_second_survives_as_a_date_and_as_a_number(
    tmp_path_factory: pytest.TempPathFactory, moments: list[datetime]
) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    path = tmp_path_factory.getbasetemp() / "moments.xlsx"
    days = [(moment - local(1899, 12, 30)) / timedelta(days=1) for moment in moments]
    written = workbook(path, HEADINGS, *(("A1", "", *both) for both in zip(moments, days, strict=True)))
    for row, moment in zip(read(written).rows, moments, strict=True):
        expected = moment.replace(tzinfo=SHANGHAI)
        assert cells.moment(row, "start", SHANGHAI) == cells.moment(row, "end", SHANGHAI) == expected


def test_numbers_times_and_truths_are_text_as_they_are_shown(path: Path) -> None:
    written = workbook(
        path, HEADINGS, ("A1", 118.30000000000001, time(8, 30), timedelta(hours=24)), ("A2", 0.00001, True, 3.0)
    )
    one, two = read(written).rows
    assert (one["plate"], one["start"], one["end"]) == ("118.3", "08:30:00", "24:00:00")
    assert (two["plate"], two["start"], two["end"]) == ("0.00001", "TRUE", "3")


def test_a_title_blank_rows_and_a_column_of_row_numbers_are_passed_over(path: Path) -> None:
    rows = [("2026年派车单",), (), ("序号", *HEADINGS), (), (1, "A1", "苏N12345"), (2,), (3, "A3", "苏N12346")]
    found = read(workbook(path, *rows))
    assert [(row.line, row["number"], row.cell("plate")) for row in found.rows] == [
        (5, "A1", "台账!C5"),
        (7, "A3", "台账!C7"),
    ]
    assert found.ignored == ("序号",)


def test_a_value_merged_over_lines_holds_of_each_and_a_merged_title_is_one(path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A1:D2")
        sheet.merge_cells("B4:B6")
        sheet.merge_cells("C3:C4")

    rows = [("标题",), (), ("单号", "车牌号", "开始"), ("A1", "苏N12345"), ("A2",), (), ("A4", "苏N12346")]
    found = read(workbook(path, *rows, more=merge))
    assert [(row["number"], row["plate"]) for row in found.rows] == [
        ("A1", "苏N12345"),
        ("A2", "苏N12345"),
        ("A4", "苏N12346"),
    ]


def test_headings_over_two_lines_are_those_of_the_lower_one(path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("C1:D1")

    found = read(workbook(path, ("单号", "", "用车时间"), ("", "车牌号", "开始", "结束"), ("A1", "苏N1"), more=merge))
    assert [(row["number"], row["plate"]) for row in found.rows] == [("A1", "苏N1")]


def test_a_column_without_heading_is_told_and_moves_nothing(path: Path) -> None:
    found = read(workbook(path, HEADINGS, ("A1", "苏N12345", "", "", "", "备注")))
    assert (found.rows[0].beyond, found.ignored) == ((), ("F",))


# What a spreadsheet program has spoilt ----------------------------------------------------------------------------


def test_numbers_that_may_have_lost_zeros_are_warned_of_once_a_column(path: Path) -> None:
    (warned,) = read(workbook(path, HEADINGS, ("00122", ""), (123, ""), (9, ""))).warnings
    assert (warned.cell, warned.value, warned.column) == ("台账!A3", "123", "number")
    assert "2 cells" in warned.en
    assert read(workbook(path, HEADINGS, (20261001, ""), (20261002, 7))).warnings == ()


def test_a_number_shown_with_zeros_keeps_them(path: Path) -> None:
    (row,) = read(workbook(path, HEADINGS, (123, ""), more=formatted("A2", "00000"))).rows
    assert row["number"] == "00123"


def test_what_cannot_be_known_any_more_is_refused_with_its_cell(path: Path) -> None:
    def spoil(sheet: Any) -> None:
        sheet["B5"].data_type = "e"

    found = read(
        workbook(
            path,
            HEADINGS,
            (202610010000000123, "苏N12345"),
            (local(2026, 10, 1), "苏N12345"),
            ("A3", "=B2"),
            ("A4", "#N/A"),
            ("A5", "苏N12345"),
            more=spoil,
        )
    )
    told = refusals(found)
    assert [cell for cell, _ in told] == ["台账!A2", "台账!A3", "台账!B4", "台账!B5"]
    for (_, reason), words in zip(
        told, ["more than 15 digits", "made a date", "without its result", "#N/A"], strict=True
    ):
        assert words in reason


def test_of_a_formula_the_saved_result_counts_also_when_it_is_empty(path: Path) -> None:
    written = workbook(path, HEADINGS, ("A1", "=B9", "", '=IF(A2="","",A2)'))
    rewritten(written, SHEET1, lambda xml: re.sub(rb"<f>B9</f><v ?/>|<f>B9</f><v></v>", b"<f>B9</f><v>12</v>", xml))
    rewritten(written, SHEET1, lambda xml: xml.replace(b'<c r="D2">', b'<c r="D2" t="str">'))
    found = read(written)
    assert refusals(found) == []
    assert (found.rows[0]["plate"], found.rows[0]["end"]) == ("12", "")


# Several worksheets -------------------------------------------------------------------------------------------------


def with_sheets(path: Path, **sheets: tuple[str, ...]) -> Path:
    def add(first: Any) -> None:
        for title, headings in sheets.items():
            added = first.parent.create_sheet(title.removeprefix("hidden_"))
            added.append(headings)
            added.append(("A9", "苏N00009"))
            added.sheet_state = "hidden" if title.startswith("hidden_") else "visible"

    return workbook(path, HEADINGS, ("A1", "苏N12345"), more=add)


def test_the_only_visible_worksheet_with_the_columns_is_taken(path: Path) -> None:
    with_sheets(path, 说明=("填写说明", "见下"), hidden_旧=HEADINGS)
    assert [row["number"] for row in read(path).rows] == ["A1"]
    assert [row["number"] for row in read(path, "旧").rows] == ["A9"]


def test_of_several_worksheets_one_must_be_named(path: Path) -> None:
    with_sheets(path, 十月=HEADINGS)
    with pytest.raises(Problem, match="台账、十月"):
        read(path)
    assert [row.cell("plate") for row in read(path, "十月").rows] == ["十月!B2"]
    with pytest.raises(Problem, match="no worksheet '九月', only 台账, 十月"):
        read(path, "九月")


def test_a_workbook_without_the_columns_says_which_are_needed(path: Path) -> None:
    with pytest.raises(Problem, match="no column 单号/number"):
        read(workbook(path, ("车牌号", "开始")))
    with pytest.raises(Problem, match="is empty"):
        read(workbook(path))


def test_csv_has_no_worksheets(path: Path) -> None:
    path.write_text("单号\nA1\n", encoding="utf-8")
    with pytest.raises(Problem, match="drop --sheet"):
        read(path, "台账")


# Files that are none, or mean harm ------------------------------------------------------------------------------------

BILLION_LAUGHS = (
    b"""<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
)


@pytest.mark.parametrize("part", [SHEET1, "xl/workbook.xml", "xl/styles.xml", "_rels/.rels"])
def test_xml_with_entities_is_refused_in_every_part(path: Path, part: str) -> None:
    workbook(path, HEADINGS, ("A1", "苏N12345"))

    def poison(xml: bytes) -> bytes:
        at = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
        return xml[:at] + BILLION_LAUGHS + xml[at:]

    with pytest.raises(Problem, match="declares a document type"):
        read(rewritten(path, part, poison))


def test_a_file_that_unpacks_to_too_much_is_refused_unread(path: Path) -> None:
    workbook(path, HEADINGS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(limits.MOST_BYTES))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(Problem, match="over 100 MB"):
        read(path)


def test_a_worksheet_with_too_many_rows_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ROWS", 3)
    assert len(read(workbook(path, HEADINGS, ("A1",), ("A2",))).rows) == 2
    with pytest.raises(Problem, match="over 3 rows"):
        read(workbook(path, HEADINGS, ("A1",), ("A2",), ("A3",)))


def test_a_row_far_below_does_not_count_those_between(path: Path) -> None:
    workbook(path, HEADINGS, ("A1", "苏N12345"))
    rewritten(path, SHEET1, lambda xml: xml.replace(b'r="2"', b'r="999999"').replace(b'2"', b'999999"'))
    assert [row.line for row in read(path).rows] == [999999]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), "an old XLS file"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"PK\x03\x04" + bytes(100), "damaged or no XLSX"),
    ],
)
def test_what_is_no_xlsx_says_what_to_do(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(Problem, match=said):
        read(path)


@pytest.mark.parametrize("part", ["mimetype", "xl/workbook.bin"])
def test_other_spreadsheet_files_are_told_apart(path: Path, part: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "")
    with pytest.raises(Problem, match="is no XLSX file"):
        read(path)


def test_a_book_that_counts_from_1904_is_refused(path: Path) -> None:
    workbook(path, HEADINGS, ("A1",))
    rewritten(path, "xl/workbook.xml", lambda xml: re.sub(rb"<workbookPr(?=[ />])", b'<workbookPr date1904="1"', xml))
    with pytest.raises(Problem, match="1904"):
        read(path)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_short_is_told(path: Path, cut: float) -> None:
    data = workbook(path, HEADINGS, ("A1",)).read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(Problem, match="damaged"):
        read(path)
