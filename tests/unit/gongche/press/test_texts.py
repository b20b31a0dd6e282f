"""Whatever people write comes out of each format as they wrote it; what can't be printed is told by its code point."""

from __future__ import annotations

import html
import io
import re
import unicodedata

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gongche.press import Format, render
from gongche.press.fonts import fonts_in
from gongche.press.wording import cell_align, cell_text, date_text, shown
from oversight.document import Align, Cell, Column, Paragraph, Particulars, Table
from tests.builders.reports import ISSUED_ON, document
from tests.unit.gongche.press.test_press import pdf_pages, squeezed

# Marks that stand over letters are drawn, but told in another order by what reads the PDF.
LETTERS = st.characters(exclude_categories=("Cs", "Mn", "Mc", "Me"))
TEXTS = st.lists(st.text(LETTERS, min_size=1, max_size=30), min_size=1, max_size=6)
HANZI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=30)
OFTEN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SELDOM = settings(OFTEN, max_examples=15)


@SELDOM
@given(st.lists(st.one_of(HANZI, st.text(LETTERS, min_size=1, max_size=30)), min_size=1, max_size=6))
@example(['#read("/etc/passwd")', "$ x $ #panic() */ //", "\\u{4e00}", "@a <b> `c`", "- 1\n+ 2\n= 3", "ﬁ ﬂ 〨 ⼀"])
def test_every_text_is_found_in_the_pdf(texts: list[str]) -> None:
    covered = fonts_in().covered

    found = "".join(pdf_pages(render(document(*(Paragraph(text=f"甲{text}乙") for text in texts)), Format.PDF)))

    told = unicodedata.normalize("NFKC", squeezed(found))
    for text in texts:
        assert unicodedata.normalize("NFKC", squeezed(f"甲{shown(text, covered)}乙")) in told


@OFTEN
@given(TEXTS)
@example(["=1+1", "+1", "-1", "@x", "'x", "_x0041_", "{=A1}", "a\tb", " "])
def test_every_text_is_found_in_the_workbook_as_text(texts: list[str]) -> None:
    rows = tuple((text,) for text in texts)
    table = Table(name="表", caption="", columns=(Column(title="一"),), rows=rows)

    book = openpyxl.load_workbook(io.BytesIO(render(document(table), Format.XLSX)))

    cells = [row[0] for row in book["表"].iter_rows(min_row=2)]
    assert [str(cell.value).replace("_x005F_", "_") for cell in cells] == [shown(text) for text in texts]
    assert {cell.data_type for cell in cells} == {"s"}


@OFTEN
@given(TEXTS)
@example(["]]>", "&lt;", "\x0b\x0c\ufffe", "a\r\nb\rc"])
def test_every_text_is_found_in_the_docx(texts: list[str]) -> None:
    blocks = [Particulars(rows=tuple((text, text) for text in texts)), *(Paragraph(text=text) for text in texts)]

    word = docx.Document(io.BytesIO(render(document(*blocks), Format.DOCX)))

    lines = [line.text for line in word.paragraphs]
    assert [text for text in texts if shown(text) not in lines] == []
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == [[shown(text)] * 2 for text in texts]


@OFTEN
@given(TEXTS)
@example(["<script>alert(1)</script>", "</style><img src=x onerror=x>", "&amp;"])
def test_every_text_is_found_in_the_page(texts: list[str]) -> None:
    page = render(document(*(Paragraph(text=text) for text in texts)), Format.HTML).decode()

    told = [html.unescape(text).replace("<br>", "\n") for text in re.findall(r"<p>(.*?)</p>", page)]
    assert told == [shown(text) for text in texts]
    assert not re.search(r"<(script|img|iframe|link)", page)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("苏N·12345 〔2025〕", "苏N·12345 〔2025〕"),
        ("a\tb\u00a0c\u3000d", "a b c\u3000d"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("\x00\x1b", "[U+0000][U+001B]"),
        ("invoice\u202egpj.exe", "invoice[U+202E]gpj.exe"),
        ("零\u200b宽", "零[U+200B]宽"),
        ("\ue000", "[U+E000]"),
    ],
)
def test_what_cannot_be_seen_is_told(text: str, told: str) -> None:
    assert shown(text) == told


@pytest.mark.parametrize(
    ("cell", "decimals", "told"),
    [
        (None, None, "—"),
        ("", None, "—"),
        (float("nan"), 1, "—"),
        (0, None, "0"),
        (12.0, None, "12"),
        (12.5, None, "12.5"),
        (2.675, 2, "2.68"),
        (-2.675, 2, "-2.68"),
        (1e-7, None, "0.0000001"),
        (1e16, 0, "10000000000000000"),
        (1e30, 0, "1000000000000000000000000000000"),
        (1234567, 2, "1234567.00"),
    ],
)
def test_numbers_are_rounded_as_spreadsheets_do(cell: Cell, decimals: int | None, told: str) -> None:
    assert cell_text(cell, decimals) == told


def test_numbers_stand_at_the_end_unless_their_column_is_centred() -> None:
    assert cell_align(1, Column(title="")) is Align.END
    assert cell_align(1, Column(title="", align=Align.CENTRE)) is Align.CENTRE
    assert cell_align("1", Column(title="")) is Align.START


def test_dates_stand_as_offices_write_them() -> None:
    assert date_text(ISSUED_ON, "zh") == "2025年11月24日"
    assert date_text(ISSUED_ON, "en") == "24 November 2025"


def test_long_numbers_keep_their_digits_in_a_workbook() -> None:
    table = Table(name="表", caption="", columns=(Column(title="一"),), rows=((1234567890123456789,), (123456,)))

    sheet = openpyxl.load_workbook(io.BytesIO(render(document(table), Format.XLSX)))["表"]

    assert [sheet["A2"].value, sheet["A3"].value] == ["1234567890123456789", 123456]


def test_names_of_sheets_are_what_spreadsheets_take_each_once() -> None:
    def table(name: str) -> Table:
        return Table(name=name, caption="", columns=(Column(title="一"),), rows=((1,),))

    book = openpyxl.load_workbook(
        io.BytesIO(render(document(table("a/b:c"), table("A/B:C"), table("长" * 40), table("")), Format.XLSX))
    )

    assert book.sheetnames == ["正文", "a_b_c", "A_B_C 2", "长" * 31, "表"]


def test_a_cell_longer_than_a_page_is_printed_whole() -> None:
    text = "".join(f"第{number}句。" for number in range(900))
    table = Table(name="表", caption="", columns=(Column(title="一"),), rows=((text,),))

    pages = pdf_pages(render(document(table), Format.PDF))

    assert len(pages) > 2
    body = "".join(re.sub(r"文件摘要SHA-256\w{64}|—\d+—", "", squeezed(page)).removeprefix("一") for page in pages)
    assert [number for number in range(900) if f"第{number}句。" not in body] == []
