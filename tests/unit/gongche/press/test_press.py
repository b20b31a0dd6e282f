"""Each block in each format, as a reader finds it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn

from gongche.press import Format, render
from gongche.press.fonts import fonts_in
from oversight.document import (
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Particulars,
    Picture,
    Table,
    digest_of,
    freeze,
)
from tests.builders.reports import SVG, document, spot_check

WRITTEN = (Format.PDF, Format.DOCX, Format.HTML)
UGLY = ('#read("/etc/passwd")', "*bold* _thin_ $x^2$ `code`", "<script>alert(1)</script>", "= heading", "@ref <label>",
        "=HYPERLINK(\"http://x\")", "\\u{41} \\ // /* -- ~", "{{ x }} {% y %} ${z}", "& &amp; ]]> \"'")  # fmt: skip


def pdf_pages(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def docx_text(data: bytes) -> str:
    """Body and footers, in their order."""
    word = docx.Document(io.BytesIO(data))
    section = word.sections[0]
    roots = (word.element.body, section.footer._element, section.even_page_footer._element)
    said = {qn("w:t"): None, qn("w:br"): "\n", qn("w:tab"): "\t"}
    return "".join(
        (said[element.tag] or element.text or "") if element.tag in said else "\n"
        for root in roots
        for element in root.iter(*said, qn("w:p"))
    )


def html_text(data: bytes) -> str:
    from html import unescape

    body = data.decode().partition("<body>")[2]
    return unescape(re.sub(r"<[^>]*>", " ", body.replace("<br>", "\n")))


def xlsx_text(data: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def text_of(data: bytes, format: Format) -> str:
    """All of a file's text, without the white space that setting it in lines adds."""
    readers: dict[Format, Any] = {
        Format.PDF: lambda: "".join(pdf_pages(data)),
        Format.DOCX: lambda: docx_text(data),
        Format.HTML: lambda: html_text(data),
        Format.XLSX: lambda: xlsx_text(data),
    }
    return squeezed(readers[format]())


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\ufffe\u0002]+", "", text)


def texts_in(whole: Document) -> list[str]:
    """What a reader must find of it: running text, captions, cells that are text."""
    found = [whole.title, whole.issuer, *whole.notes, *(text for text in (whole.number, whole.addressee) if text)]
    for block in whole.blocks:
        match block:
            case Heading() | Paragraph():
                found.append(block.text)
            case Table():
                found += [block.caption, *(column.title for column in block.columns)]
                found += [cell for row in (*block.rows, *([block.totals] if block.totals else [])) for cell in row
                          if isinstance(cell, str)]  # fmt: skip
            case Particulars():
                found += [text for row in block.rows for text in row if isinstance(text, str)]
            case Picture():
                found.append(block.caption)
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("format", list(Format))
def test_all_that_a_document_says_is_found_in_the_file(format: Format, language: Any) -> None:
    whole = spot_check(language)

    found = text_of(render(whole, format), format)

    assert [text for text in texts_in(whole) if squeezed(text) not in found] == []


@pytest.mark.parametrize("format", list(Format))
def test_the_same_document_gives_the_same_bytes(format: Format) -> None:
    assert render(spot_check(), format) == render(spot_check(), format)


@pytest.mark.parametrize("format", list(Format))
def test_the_digest_of_the_frozen_document_is_printed(format: Format) -> None:
    whole = spot_check(cars=1)
    digest = digest_of(freeze(whole))
    data = render(whole, format)

    if format is Format.PDF:
        assert all(digest in page for page in pdf_pages(data)), "as it is copied"
    elif format is Format.DOCX:
        section = docx.Document(io.BytesIO(data)).sections[0]
        assert all(digest in footer.paragraphs[0].text for footer in (section.footer, section.even_page_footer))
    elif format is Format.XLSX:
        assert all(digest in sheet.oddFooter.left.text for sheet in openpyxl.load_workbook(io.BytesIO(data)))
    else:
        assert f'content: "文件摘要 SHA-256 {digest}"' in data.decode()


def test_pages_of_a_pdf_are_numbered_and_a_tables_header_stands_on_each() -> None:
    pages = pdf_pages(render(spot_check(pictures=()), Format.PDF))

    assert len(pages) > 2
    assert [f"—{number}—" in squeezed(page) for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert sum("序号" in page for page in pages) == sum("苏N·1" in page or "苏N·3" in page for page in pages)


@pytest.mark.parametrize("format", list(Format))
def test_what_people_wrote_is_never_markup_code_or_formula(format: Format) -> None:
    columns = (Column(title=UGLY[0]), Column(title="#"))
    whole = Document(
        language="zh",
        title=UGLY[0],
        issuer=UGLY[1],
        number=UGLY[2],
        addressee=UGLY[3],
        issued_on=spot_check().issued_on,
        notes=UGLY,
        blocks=(
            *(Paragraph(text=text) for text in UGLY),
            *(Heading(text=text) for text in UGLY),
            Table(name=UGLY[5], caption=UGLY[1], columns=columns, rows=tuple((text, 1) for text in UGLY)),
            Particulars(rows=tuple((text, text) for text in UGLY)),
            Picture(svg=SVG, caption=UGLY[2], description=UGLY[8]),
        ),
    )

    data = render(whole, format)

    found = text_of(data, format)
    assert [text for text in texts_in(whole) if squeezed(text) not in found] == []
    if format is Format.HTML:
        assert "<script" not in data.decode()
    if format is Format.XLSX:
        book = openpyxl.load_workbook(io.BytesIO(data))
        assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_a_page_break_begins_a_page() -> None:
    blocks = (Paragraph(text="甲"), PageBreak(), Paragraph(text="乙"))

    first, second = pdf_pages(render(document(*blocks), Format.PDF))
    word = docx.Document(io.BytesIO(render(document(*blocks), Format.DOCX)))

    assert "甲" in first
    assert "乙" in second
    assert [line.text for line in word.paragraphs if line.paragraph_format.page_break_before] == ["乙"]


@pytest.mark.parametrize("format", WRITTEN)
def test_the_date_stands_in_the_form_of_the_language(format: Format) -> None:
    assert "2025年11月24日" in text_of(render(document(), format), format)
    assert "24November2025" in text_of(render(document(language="en"), format), format)


def test_a_docx_repeats_a_tables_header_and_breaks_no_row() -> None:
    word = docx.Document(io.BytesIO(render(spot_check(), Format.DOCX)))

    rows = list(word.tables[0]._tbl.iter(qn("w:tr")))
    assert len(rows) == 43
    assert [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows] == [True] + [False] * 42
    assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)


def test_a_docx_tears_no_line_apart_before_a_digest() -> None:
    long = document(Paragraph(text=f"抽签文件摘要为 {'9f' * 32}。"), Paragraph(text="本周抽查 41 辆。"))
    lines = {line.text[:2]: line.alignment for line in docx.Document(io.BytesIO(render(long, Format.DOCX))).paragraphs}

    assert lines["抽签"] == WD_ALIGN_PARAGRAPH.LEFT
    assert lines["本周"] == WD_ALIGN_PARAGRAPH.JUSTIFY


def test_a_docx_names_the_fonts_of_offices_first() -> None:
    data = render(spot_check(), Format.DOCX)

    styles = docx.Document(io.BytesIO(data)).styles
    named = {name: styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in ("Normal", "Title", "Heading 1")}
    assert named == {"Normal": "仿宋_GB2312", "Title": "方正小标宋简体", "Heading 1": "黑体"}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert 'w:name="仿宋_GB2312"><w:altName w:val="仿宋,FangSong"' in archive.read("word/fontTable.xml").decode()


def test_numbers_of_a_workbook_can_be_calculated_with() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render(spot_check(), Format.XLSX)))

    assert book.sheetnames == ["正文", "逐车情况"]
    sheet = book["逐车情况"]
    assert [cell.value for cell in sheet[2]] == ["序号", "号牌", "用车单位", "里程（公里）", "出车次数", "抽查情况"]
    assert [cell.value for cell in sheet[4]] == [2, "苏N·10613", "区财政局", 37.3, 5, "—"]
    assert sheet["D4"].number_format == "0.0"
    assert sheet["B44"].value == "合计"


def test_every_letter_of_a_pdf_has_a_glyph() -> None:
    text = "".join(texts_in(spot_check())) + "𬭳䶮㑇"
    covered = fonts_in().covered

    assert {letter for letter in text if ord(letter) not in covered and not letter.isspace()} == set()


def test_a_letter_that_no_font_has_stands_as_its_code_point() -> None:
    found = text_of(render(document(Paragraph(text="张\U0002a6d7\x07")), Format.PDF), Format.PDF)

    assert "张[U+2A6D7][U+0007]" in found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_letter_of_a_pdf_stands_out_of_the_type_area(language: Any) -> None:
    digest = "0123456789abcdef" * 4
    columns = tuple(Column(title=title) for title in ("甲", "乙", "丙"))
    table = Table(name="表", caption=digest, columns=columns, rows=((digest, f"摘要{digest}", 1),))
    blocks = (*spot_check(language).blocks, Paragraph(text=f"种子{digest}{digest}"), table)

    pages = pypdfium2.PdfDocument(render(document(*blocks, language=language), Format.PDF))

    left, right = 28 / 25.4 * 72, (210 - 26) / 25.4 * 72
    for page in pages:
        letters = page.get_textpage()
        boxes = [letters.get_charbox(at) for at in range(letters.count_chars())]
        wide = [box for box in boxes if box[3] - box[1] > 0.1]  # no spaces
        assert min(box[0] for box in wide) > left - 2
        assert max(box[2] for box in wide) < right + 2
    copied = "".join(letters for page in pages for letters in page.get_textpage().get_text_range().split("\r\n"))
    assert digest + digest in copied
