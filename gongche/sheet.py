"""Sheets as offices send them, CSV or XLSX: headings in Chinese or English, rows that know where they stand."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gongche.problem import Problem
from gongche.record import Fault, Record
from gongche.workbook import Worksheet, is_workbook, read_worksheets

_HEADING_AMONG = 10
_CERTAIN_DIGITS = 6
_BECAME_A_DATE = Fault(
    "被表格软件改成了日期。请把该列设为文本格式后重新填写",
    "the spreadsheet program has made a date of it. Format the column as text and enter it again",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the program, its Chinese heading, and other headings that it is known by.

    ``text``: what it holds is written in digits and is no number (an order's number, a tracker's code), so that a
    spreadsheet program which takes it for one may have spoilt it.
    """

    name: str
    zh: str
    also: tuple[str, ...] = ()
    required: bool = False
    text: bool = False

    @property
    def headings(self) -> set[str]:
        return {_plain(heading) for heading in (self.name, self.zh, *self.also)}

    def __str__(self) -> str:
        return f"{self.zh}/{self.name}"


class Place(NamedTuple):
    """Where rows stand in a workbook: the worksheet, and the letter of each column by its name."""

    worksheet: str
    letters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``line`` is where it begins in the file, from 1; ``cells`` hold trimmed text by column name.

    A column that the sheet does not have is empty. ``beyond`` are cells to the right of the last heading.
    """

    line: int
    cells: dict[str, str]
    beyond: tuple[str, ...] = ()
    place: Place | None = None
    faults: Mapping[str, Fault] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    """columns whose value stands in a cell of an earlier row, merged with this row's"""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def cell(self, column: str) -> str:
        """Where the cell is, as a spreadsheet program names it: ``台账!C5``; empty in CSV."""
        if self.place is None:
            return ""
        return f"{self.place.worksheet}!{self.place.letters.get(column, '')}{self.line}"


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that went in and may not be what was meant: the first cell of that sort, and why."""

    cell: str
    column: str
    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows that are not blank, the headings that say nothing to the program, and what looks spoilt.

    ``headings`` are those of the columns that it knows, by name, as they are written; they stand on ``heading_line``
    of ``worksheet`` (None in CSV).
    """

    rows: list[Row]
    ignored: tuple[str, ...]
    warnings: tuple[Warned, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    heading_line: int = 1
    worksheet: str | None = None


def read_text(path: Path) -> str:
    """A file's text: UTF-8 with or without a mark, UTF-16 with one, else GB18030. Problem when it is none of them."""
    data = path.read_bytes()
    if is_workbook(data):
        raise Problem(
            f"{path} 是表格软件的文件，这里需要文本文件",
            f"{path} is a file of a spreadsheet program; a text file is wanted here",
        )
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Problem(
        f"{path} 不是文本文件（支持 UTF-8、UTF-16、GB18030 编码）",
        f"{path} is no text (UTF-8, UTF-16 and GB18030 are understood)",
    )


def read_sheet(path: Path, columns: Sequence[Column], worksheet: str | None = None) -> Sheet:
    """Rows of a CSV or XLSX file below the line of headings, which may stand below a title.

    ``worksheet`` names one of a workbook's; else the only visible one with these columns is taken. Problem when the
    file cannot be read, or when a required column is missing or a column stands there twice.
    """
    with path.open("rb") as file:
        workbook = is_workbook(file.read(8))
    if workbook:
        return _sheet_of_workbook(path, columns, worksheet)
    if worksheet is not None:
        raise Problem(
            f"{path} 不是 XLSX 文件，没有工作表，请去掉 --sheet",
            f"{path} is no XLSX and has no worksheets; drop --sheet",
        )
    text = read_text(path)
    if text.lstrip()[:200].lower().startswith(("<html", "<!doctype html", "<table", "<?xml")):
        raise Problem(
            f"{path} 是网页或 XML，只是扩展名像表格。请在表格软件中打开，另存为 XLSX 再导入",
            f"{path} is a web page or XML that only calls itself a sheet. Open it in the spreadsheet program, "
            f"save it as XLSX and import that",
        )
    return _sheet(str(path), list(_records(path, text)), columns)


def _sheet_of_workbook(path: Path, columns: Sequence[Column], wanted: str | None) -> Sheet:
    worksheets = [sheet for sheet in read_worksheets(path, wanted) if wanted is not None or not sheet.hidden]
    filled = [sheet for sheet in worksheets if sheet.records] or worksheets[:1]
    suited = [sheet for sheet in filled if len(filled) == 1 or _suits(sheet, columns)]
    if len(suited) == 1:
        (sheet,) = suited
        return _sheet(f"{path}（{sheet.name}）", sheet.records, columns, sheet.name)
    names = "、".join(sheet.name for sheet in suited or filled)
    wanted_columns = ", ".join(str(column) for column in columns if column.required)
    if suited:
        raise Problem(
            f"{path} 中有多个工作表符合：{names}。请用 --sheet 指定一个",
            f"{path} has several worksheets that may be meant: {names}. Say which with --sheet",
        )
    raise Problem(
        f"{path} 的工作表（{names}）都没有必需的列：{wanted_columns}",
        f"no worksheet of {path} ({names}) has the columns that are needed: {wanted_columns}",
    )


def _suits(sheet: Worksheet, columns: Sequence[Column]) -> bool:
    try:
        _headings(sheet.name, sheet.records, columns)
    except Problem:
        return False
    return True


def _sheet(where: str, records: Sequence[Record], columns: Sequence[Column], worksheet: str | None = None) -> Sheet:
    at, found = _headings(where, records, columns)
    headings = records[at].texts
    place = None if worksheet is None else Place(worksheet, {name: letter(i) for i, name in found.items()})
    textual = {column.name for column in columns if column.text}
    below = records[at + 1 :]
    rows = [_row(record, found, len(headings), place, textual) for record in below]
    ignored = [cell.strip() for i, cell in enumerate(headings) if i not in found and cell.strip()]
    if place is not None:
        ignored += _without_heading(headings, below)
    warnings = () if place is None else tuple(_numbers_for_text(columns, found, place, below))
    told = [row for row in rows if row.faults or any(row.cells.values()) or row.beyond]
    written = {name: headings[i].strip() for i, name in found.items()}
    return Sheet(told, tuple(ignored), warnings, written, records[at].line, worksheet)


def _row(record: Record, found: Mapping[int, str], width: int, place: Place | None, textual: set[str]) -> Row:
    texts = record.texts
    faults = {name: record.faults[i] for i, name in found.items() if i in record.faults}
    for i, name in found.items():
        if name in textual and i in record.numbers and re.search("[-:]", texts[i]) and name not in faults:
            faults[name] = _BECAME_A_DATE
    # In a workbook every value stands under its heading; in CSV a comma too many has moved the rest.
    beyond = () if place else tuple(cell for cell in texts[width:] if cell.strip())
    cells = {name: texts[i].strip() for i, name in found.items() if i < len(texts)}
    merged = tuple(name for i, name in found.items() if i in record.merged)
    return Row(record.line, cells, beyond, place, faults, merged)


def _without_heading(headings: Sequence[str], records: Sequence[Record]) -> list[str]:
    """Columns of a workbook that hold something below no heading."""
    named = {i for i, heading in enumerate(headings) if heading.strip()}
    filled = {i for record in records for i, text in enumerate(record.texts) if text.strip()}
    return [letter(i) for i in sorted(filled - named)]


def _numbers_for_text(
    columns: Sequence[Column], found: Mapping[int, str], place: Place, records: Sequence[Record]
) -> Iterator[Warned]:
    """Columns of text with numbers in them that may have lost their leading zeros: short, or of several lengths."""
    column_of = {column.name: column for column in columns}
    for i, name in found.items():
        numbers = [record for record in records if i in record.numbers and i not in record.faults]
        lengths = {len(record.texts[i]) for record in numbers}
        if not column_of[name].text or not numbers or (len(lengths) == 1 and min(lengths) >= _CERTAIN_DIGITS):
            continue
        first = numbers[0]
        yield Warned(
            f"{place.worksheet}!{place.letters[name]}{first.line}",
            name,
            first.texts[i],
            f"{column_of[name].zh}有 {len(numbers)} 个单元格是数字而不是文本，前导零可能已丢失。请核对，或设为文本格式",
            f"{len(numbers)} cells of this column are numbers, not text: leading zeros may be lost. "
            f"Check them, or format the column as text",
        )


def letter(place: int) -> str:
    """A column's letter by its place, from 0."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def csv_records(path: Path) -> list[Record]:
    """All lines of a CSV file that are not blank. Problem when it is none."""
    return list(_records(path, read_text(path)))


def _records(path: Path, text: str) -> Iterator[Record]:
    """Records that are not blank, each with the line that it begins on: a quoted cell may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Record(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Problem(
            f"{path} 从第 {begins} 行起不是有效的 CSV（{error}）。请检查引号是否成对",
            f"{path} is no CSV from line {begins} on ({error}). Look for a quotation mark without its pair",
        ) from None


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if re.search(r"[,;\t]", line)), "")
    return max(",\t;", key=first.count)


def _headings(where: str, records: Sequence[Record], columns: Sequence[Column]) -> tuple[int, dict[int, str]]:
    """Which record holds the headings, and the column's name by its place in the record."""
    wanted = ", ".join(str(column) for column in columns if column.required)
    if not records:
        raise Problem(f"{where} 是空的。必需的列：{wanted}", f"{where} is empty. Columns that it needs: {wanted}")
    names = {heading: column.name for column in columns for heading in column.headings}
    candidates = [
        {i: names[_plain(cell)] for i, cell in enumerate(record.texts) if _plain(cell) in names}
        for record in records[:_HEADING_AMONG]
    ]
    at = max(range(len(candidates)), key=lambda i: (len(set(candidates[i].values())), -i))
    found = candidates[at]
    line = records[at].line
    missing = [str(column) for column in columns if column.required and column.name not in found.values()]
    if missing:
        raise Problem(
            f"{where} 第 {line} 行缺少列：{'、'.join(missing)}。必需的列：{wanted}",
            f"{where}, line {line}: no column {', '.join(missing)}. Columns that it needs: {wanted}",
        )
    twice = sorted({name for name in found.values() if list(found.values()).count(name) > 1})
    if twice:
        raise Problem(
            f"{where} 第 {line} 行有重复的列：{'、'.join(twice)}",
            f"{where}, line {line}: twice the column {', '.join(twice)}",
        )
    return at, found


def _plain(heading: str) -> str:
    """A heading without case, width, spaces, stars and remarks in brackets: 车牌号（必填）* is 车牌号."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"\([^)]*\)|[\s*_]", "", text)
