"""XLSX, by openpyxl: the text on a first sheet, each table on one of its own. No text in it is ever a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from gongche.press.archive import settled
from gongche.press.wording import cell_align, cell_text, date_text, shown, words
from oversight.document import (
    Align,
    Block,
    Cell,
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

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Begins what spreadsheets read as a letter told by its number, as ``_x0041_``: its own first letter is told so."""
_MOST_NAME = 31
_MOST_LETTERS = 32_767
_MOST_DIGITS = 15
_TEXT_WIDTHS = (24, 76)
_TABLE_WIDTH = 110
_THIN = Side(style="thin", color="808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_SHADE = PatternFill("solid", start_color="EEEEEE")
_SIDES = {Align.START: "left", Align.CENTRE: "center", Align.END: "right"}


def xlsx_of(document: Document) -> bytes:
    """The document as a workbook. Numbers are numbers as they are in the document, shown to the column's decimals."""
    book = openpyxl.Workbook()
    front = book.active
    assert isinstance(front, Worksheet)
    names = _Names()
    said = words(document)
    front.title = names.free(said["report"])
    _write_front(front, document)
    for block in document.blocks:
        if isinstance(block, Table):
            _write_table(book.create_sheet(names.free(block.name or said["table"])), block)
    digest = f"&8{said['digest']} {digest_of(freeze(document))}"
    for sheet in book.worksheets:
        _to_print(sheet, digest)
    about = book.properties
    about.title, about.creator = shown(document.title), shown(document.issuer)
    about.created = datetime.combine(document.issued_on, time())
    made = io.BytesIO()
    book.save(made)
    return settled(made.getvalue(), document.issued_on)


class _Names:
    """Names of sheets: what Excel takes, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, wish: str) -> str:
        name = _NOT_IN_NAMES.sub("_", shown(wish).replace("\n", " ")).strip("' ")[:_MOST_NAME] or "_"
        tries, found = 1, name
        while found.lower() in self._taken:
            tries += 1
            found = f"{name[: _MOST_NAME - len(str(tries)) - 1]} {tries}"
        self._taken.add(found.lower())
        return found


def _write_front(sheet: Worksheet, document: Document) -> None:
    """Everything but the tables and pictures, in the order in which it is read; of those, where they are."""
    said = words(document)
    for place, width in enumerate(_TEXT_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    front = _Front(sheet)
    front.line(document.title, Font(bold=True, size=16))
    for text in (document.number, document.addressee):
        if text is not None:
            front.line(text)
    for block in document.blocks:
        front.block(block)
    front.skip()
    front.line(document.issuer)
    front.line(date_text(document.issued_on, document.language))
    for number, note in enumerate(document.notes, 1):
        front.line(f"{said['note']}{number}{said['colon']}{note}", Font(size=9))
    front.line(f"{said['digest']} {digest_of(freeze(document))}", Font(size=8, color="606060"))


class _Front:
    """Lines over the width of two columns, and particulars in them."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._at = 1

    def skip(self) -> None:
        self._at += 1

    def line(self, text: str, font: Font | None = None) -> None:
        for part in _parts(shown(text)):
            cell = self._text(1, part)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if font is not None:
                cell.font = font
            self._sheet.merge_cells(start_row=self._at, end_row=self._at, start_column=1, end_column=2)
            ems = sum(1 if letter.isascii() else 2 for letter in part)
            lines = part.count("\n") + 1 + ems // (sum(_TEXT_WIDTHS) - 6)
            points = (font.size if font is not None and font.size else 11) * 1.4
            self._sheet.row_dimensions[self._at].height = min(409.0, lines * points)
            self._at += 1

    def block(self, block: Block) -> None:
        match block:
            case Heading():
                self.skip()
                self.line(block.text, Font(bold=True, size=12 if block.level == 1 else 11))
            case Paragraph():
                self.line(block.text)
            case Table():
                self.line(block.caption or block.name)
            case Particulars():
                for name, value in block.rows:
                    self._text(1, shown(name)).font = Font(bold=True)
                    cell = self._value(2, value)
                    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
                    self._sheet.cell(self._at, 1).border = cell.border = _BOX
                    self._at += 1
            case Picture():
                self.line(block.caption or block.description)
            case PageBreak():
                self.skip()

    def _text(self, place: int, text: str) -> SheetCell:
        return _put(self._sheet, self._at, place, text)

    def _value(self, place: int, value: Cell) -> SheetCell:
        return _put_value(self._sheet, self._at, place, value, None)


def _write_table(sheet: Worksheet, table: Table) -> None:
    share = sum(column.width for column in table.columns)
    line = 1
    if table.caption:
        _put(sheet, line, 1, shown(table.caption)).font = Font(bold=True, size=12)
        line += 1
    for place, column in enumerate(table.columns, 1):
        cell = _put(sheet, line, place, shown(column.title))
        cell.font, cell.border = Font(bold=True), _BOX
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(place)].width = max(6.0, _TABLE_WIDTH * column.width / share)
    heading = line
    for row in table.rows:
        line += 1
        _write_row(sheet, line, row, table.columns)
    if table.totals is not None:
        line += 1
        for cell in _write_row(sheet, line, table.totals, table.columns, unknown=""):
            cell.font, cell.fill = Font(bold=True), _SHADE
    sheet.freeze_panes = sheet.cell(heading + 1, 1)
    sheet.print_title_rows = f"{heading}:{heading}"


def _write_row(
    sheet: Worksheet, line: int, row: Iterable[Cell], columns: Sequence[Column], unknown: str | None = None
) -> list[SheetCell]:
    cells = []
    for place, (value, column) in enumerate(zip(row, columns, strict=True), 1):
        if value is None and unknown is not None:
            cell = _put(sheet, line, place, unknown)
        else:
            cell = _put_value(sheet, line, place, value, column.decimals)
        cell.border = _BOX
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal=_SIDES[cell_align(value, column)])
        cells.append(cell)
    return cells


def _put_value(sheet: Worksheet, line: int, place: int, value: Cell, decimals: int | None) -> SheetCell:
    """A number as a number, unless it has more digits than a spreadsheet keeps."""
    text = cell_text(value, decimals)
    if not isinstance(value, int | float) or cell_text(None) == text:
        return _put(sheet, line, place, _within(shown(text)))
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        return _put(sheet, line, place, text)
    cell: Any = sheet.cell(line, place, value)
    if decimals is not None:
        cell.number_format = "0" if decimals == 0 else f"0.{'0' * decimals}"
    found: SheetCell = cell
    return found


def _put(sheet: Worksheet, line: int, place: int, text: str) -> SheetCell:
    """As text, also where it begins like a formula, and marked so that it stays text when someone edits it."""
    cell: Any = sheet.cell(line, place)
    if text:
        cell.value = _CODED.sub("_x005F_", text)
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = text[0] in "=+-@'"
    found: SheetCell = cell
    return found


def _parts(text: str) -> list[str]:
    """As many cells as a long text needs."""
    return [text[at : at + _MOST_LETTERS] for at in range(0, len(text), _MOST_LETTERS)] or [""]


def _within(text: str) -> str:
    """What one cell holds; what is left out is told."""
    if len(text) <= _MOST_LETTERS:
        return text
    return f"{text[: _MOST_LETTERS - 40]} …[+{len(text) - _MOST_LETTERS + 40}]"


def _to_print(sheet: Worksheet, digest: str) -> None:
    """A4, as wide as the page, digest and page number below."""
    sheet.page_setup.orientation = "landscape" if sheet.max_column > 6 else "portrait"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.left.text = digest
    sheet.oddFooter.right.text = "&P / &N"
