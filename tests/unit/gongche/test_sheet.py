"""Sheets as offices send them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongche.problem import Problem
from gongche.sheet import Column, Sheet, read_sheet, read_text

COLUMNS = (
    Column("plate", "车牌号", ("车牌",), required=True),
    Column("unit", "用车单位", required=True),
    Column("model", "型号"),
)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return tmp_path / "vehicles.csv"


def read(path: Path, content: str | bytes) -> Sheet:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_sheet(path, COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_usual_encoding_is_read(sheet: Path, encoding: str) -> None:
    (row,) = read(sheet, "车牌号,用车单位\n苏N12345,水利局\n".encode(encoding)).rows
    assert row.cells == {"plate": "苏N12345", "unit": "水利局"}


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(sheet: Path, delimiter: str, newline: str) -> None:
    content = newline.join([f"车牌号{delimiter}用车单位", "", f"苏N12345{delimiter}水利局"])
    (row,) = read(sheet, content).rows
    assert (row.line, row["plate"], row["unit"]) == (3, "苏N12345", "水利局")


def test_headings_are_known_in_any_language_order_case_and_width(sheet: Path) -> None:
    found = read(sheet, " ＵＮＩＴ ,备注, 车牌（必填）*,MODEL\n水利局,旧,苏N12345,帕萨特\n")
    assert found.rows[0].cells == {"unit": "水利局", "plate": "苏N12345", "model": "帕萨特"}
    assert found.ignored == ("备注",)


def test_a_title_may_stand_above_the_headings(sheet: Path) -> None:
    (row,) = read(sheet, "宿豫区公务用车台账,,\n制表：车管中心,,\n车牌号,用车单位,型号\n苏N12345,水利局,\n").rows
    assert (row.line, row["plate"], row["model"]) == (4, "苏N12345", "")


def test_blank_lines_are_passed_over_and_lines_still_counted(sheet: Path) -> None:
    rows = read(sheet, "\n\n车牌号,用车单位\n\n苏N12345,水利局\n , \n,\n苏N12346,水利局\n\n").rows
    assert [(row.line, row["plate"]) for row in rows] == [(5, "苏N12345"), (8, "苏N12346")]


def test_a_quoted_cell_may_hold_line_breaks_commas_and_quotation_marks(sheet: Path) -> None:
    content = '车牌号,用车单位,型号\n苏N12345,"水利局\n（本级）","A,""B"""\n苏N12346,水利局,\n'
    rows = read(sheet, content).rows
    assert [(row.line, row["unit"], row["model"]) for row in rows] == [
        (2, "水利局\n（本级）", 'A,"B"'),
        (4, "水利局", ""),
    ]


def test_a_short_row_has_empty_cells_and_a_long_one_is_told(sheet: Path) -> None:
    short, long = read(sheet, "车牌号,用车单位,型号\n苏N12345\n苏N12346,水利局,A,B,\n").rows
    assert (short["unit"], short["model"], short.beyond) == ("", "", ())
    assert long.beyond == ("B",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n , \n", "is empty"),
        ("车牌号,型号\n苏N12345,A\n".encode(), "no column 用车单位/unit"),
        ("苏N12345,水利局\n".encode(), "line 1: no column 车牌号/plate, 用车单位/unit"),
        ("车牌号,plate,用车单位\n".encode(), "twice the column plate"),
        ('车牌号,用车单位\n苏N1,"水利局\n苏N2,城管局\n'.encode(), "no CSV from line 2 on"),
        (b"PK\x03\x04...", "damaged or no XLSX"),
        (b"<html><table><tr><td>plate</td></tr></table></html>", "is a web page"),
        (b"\xd0\xcf\x11\xe0...", "CSV UTF-8"),
        (b"\x00\x01\x02\xff\xfe", "is no text"),
        (b"\xff\xff\xff", "is no text"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_told_as_a_whole(sheet: Path, content: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said) as told:
        read(sheet, content)
    assert told.value.exit_status == 2
    assert str(sheet) in told.value.zh


def test_a_sheet_without_rows_is_a_sheet(sheet: Path) -> None:
    assert read(sheet, "车牌号,用车单位\n").rows == []


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_told(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(data)
    try:
        assert "\0" not in read_text(path)
    except Problem as problem:
        assert problem.exit_status == 2  # noqa: PT017 - both ways out are right


cell_texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=8)


@given(st.lists(st.tuples(cell_texts, cell_texts, cell_texts), max_size=8))
def test_what_a_spreadsheet_program_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv"
    quoted = ['"' + '","'.join(text.replace('"', '""') for text in row) + '"' for row in cells]
    rows = read(path, "\r\n".join(["plate,unit,model", *quoted])).rows
    assert [(r["plate"], r["unit"], r["model"]) for r in rows] == [
        tuple(text.strip() for text in row) for row in cells if any(text.strip() for text in row)
    ]
