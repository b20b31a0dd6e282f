"""Sheets as offices send them: CSV of any usual encoding, headings in Chinese or English, rows with line numbers."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gongche.problem import Problem

_HEADING_AMONG = 10
_SPREADSHEETS = ((b"PK\x03\x04", "XLSX"), (b"\xd0\xcf\x11\xe0", "XLS"))


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the program, its Chinese heading, and other headings that it is known by."""

    name: str
    zh: str
    also: tuple[str, ...] = ()
    required: bool = False

    @property
    def headings(self) -> set[str]:
        return {_plain(heading) for heading in (self.name, self.zh, *self.also)}

    def __str__(self) -> str:
        return f"{self.zh}/{self.name}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``line`` is where it begins in the file, from 1; ``cells`` hold trimmed text by column name.

    A column that the sheet does not have is empty. ``beyond`` are cells to the right of the last heading.
    """

    line: int
    cells: dict[str, str]
    beyond: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows that are not blank, and the headings that say nothing to the program."""

    rows: list[Row]
    ignored: tuple[str, ...]


def read_text(path: Path) -> str:
    """A file's text: UTF-8 with or without a mark, UTF-16 with one, else GB18030. Problem when it is none of them."""
    data = path.read_bytes()
    for start, kind in _SPREADSHEETS:
        if data.startswith(start):
            raise Problem(
                f"{path} 是 {kind} 文件。请在表格软件中另存为“CSV UTF-8”再导入",
                f"{path} is an {kind} file. Save it as “CSV UTF-8” in the spreadsheet program and import that",
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


def read_sheet(path: Path, columns: Sequence[Column]) -> Sheet:
    """Rows of a CSV file below the line of headings, which may stand below a title.

    Problem when it is no CSV, or when a required column is missing or a column stands there twice.
    """
    records = list(_records(path, read_text(path)))
    at, found = _headings(path, records, columns)
    width = len(records[at][1])
    rows = [
        Row(
            line,
            {name: cells[i].strip() for i, name in found.items() if i < len(cells)},
            tuple(cell for cell in cells[width:] if cell.strip()),
        )
        for line, cells in records[at + 1 :]
    ]
    ignored = tuple(cell.strip() for i, cell in enumerate(records[at][1]) if i not in found and cell.strip())
    return Sheet(rows, ignored)


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, each with the line that it begins on: a quoted cell may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Problem(
            f"{path} 从第 {begins} 行起不是有效的 CSV（{error}）。请检查引号是否成对",
            f"{path} is no CSV from line {begins} on ({error}). Look for a quotation mark without its pair",
        ) from None


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if re.search(r"[,;\t]", line)), "")
    return max(",\t;", key=first.count)


def _headings(
    path: Path, records: Sequence[tuple[int, list[str]]], columns: Sequence[Column]
) -> tuple[int, dict[int, str]]:
    """Which record holds the headings, and the column's name by its place in the record."""
    wanted = ", ".join(str(column) for column in columns if column.required)
    if not records:
        raise Problem(f"{path} 是空的。必需的列：{wanted}", f"{path} is empty. Columns that it needs: {wanted}")
    names = {heading: column.name for column in columns for heading in column.headings}
    candidates = [
        {i: names[_plain(cell)] for i, cell in enumerate(cells) if _plain(cell) in names}
        for _, cells in records[:_HEADING_AMONG]
    ]
    at = max(range(len(candidates)), key=lambda i: (len(set(candidates[i].values())), -i))
    found = candidates[at]
    line = records[at][0]
    missing = [str(column) for column in columns if column.required and column.name not in found.values()]
    if missing:
        raise Problem(
            f"{path} 第 {line} 行缺少列：{'、'.join(missing)}。必需的列：{wanted}",
            f"{path}, line {line}: no column {', '.join(missing)}. Columns that it needs: {wanted}",
        )
    twice = sorted({name for name in found.values() if list(found.values()).count(name) > 1})
    if twice:
        raise Problem(
            f"{path} 第 {line} 行有重复的列：{'、'.join(twice)}",
            f"{path}, line {line}: twice the column {', '.join(twice)}",
        )
    return at, found


def _plain(heading: str) -> str:
    """A heading without case, width, spaces, stars and remarks in brackets: 车牌号（必填）* is 车牌号."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"\([^)]*\)|[\s*_]", "", text)
