"""Workbooks (XLSX) as offices send them: every worksheet as records of text.

Dates become text as people write it, so that one reader of cells serves workbooks and CSV. What a spreadsheet
program has spoilt (a long number, a formula never computed) is a fault of its cell: told, never guessed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import openpyxl
from defusedxml.ElementTree import iterparse
from openpyxl.styles.numbers import STRIP_RE
from openpyxl.utils.cell import range_boundaries

from gongche.problem import Problem
from gongche.prolog import declares_a_type
from gongche.record import Fault, Record

MOST_BYTES = 100_000_000
"""Unpacked. A year's orders of a thousand cars are some ten million."""
MOST_ROWS = 100_000
MOST_COLUMNS = 256
_LAST_LINE = 1_048_576
_MOST_MERGED = 1_000_000
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKED = re.compile(rb"<(?:\w+:)?(?:f[\s/>]|mergeCell\s)")

_DIGITS_LOST = Fault(
    "数字超过 15 位，末几位已被表格软件改成 0。请把该列设为文本格式后重新填写",
    "a number of more than 15 digits: the spreadsheet program has lost the last ones. "
    "Format the column as text and enter it again",
)
_NOT_COMPUTED = Fault(
    "公式没有计算结果。请在表格软件中打开文件并保存，或粘贴为数值",
    "a formula without its result. Open the file in the spreadsheet program and save it, or paste the value",
)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet's records that are not blank."""

    name: str
    hidden: bool
    records: list[Record]


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a worksheet says besides values: cells under a merged one, and formulas never computed."""

    merged: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """the line that the value of a cell (line, place) stands on"""
    not_computed: Mapping[int, set[int]] = field(default_factory=dict)
    """places by line"""


def is_workbook(data: bytes) -> bool:
    """Whether a file that starts like this is one, or something else that a spreadsheet program saves."""
    return data.startswith((_ZIP, _OLE))


def read_worksheets(path: Path, name: str | None = None) -> list[Worksheet]:
    """All worksheets of a workbook, or the one of that name. Problem when it cannot be read or is too large."""
    data = path.read_bytes()
    if data.startswith(_OLE):
        raise _old_or_locked(path, data)
    with _opened(path, data) as book:
        if book.epoch.year == 1904:
            raise Problem(
                f"{path} 使用 1904 年日期系统，日期会差四年。请在“选项—高级”中取消该项后重新保存",
                f"{path} counts days from 1904, which moves dates by four years. "
                f"Turn the “1904 date system” off in its options and save it again",
            )
        names = [sheet.title for sheet in book.worksheets]
        if name is not None and name.strip() not in [known.strip() for known in names]:
            raise Problem(
                f"{path} 中没有工作表“{name}”，只有：{'、'.join(names)}",
                f"{path} has no worksheet {name!r}, only {', '.join(names)}",
            )
        return [
            Worksheet(sheet.title, sheet.sheet_state != "visible", _records(path, book, sheet))
            for sheet in book.worksheets
            if name is None or sheet.title.strip() == name.strip()
        ]


def _old_or_locked(path: Path, data: bytes) -> Problem:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Problem(
            f"{path} 设有打开密码。请在表格软件中去掉密码，另存后再导入",
            f"{path} is protected by a password. Take it off in the spreadsheet program, save, and import that",
        )
    return Problem(
        f"{path} 是旧版 XLS 文件。请在表格软件中另存为 XLSX（或“CSV UTF-8”）再导入",
        f"{path} is an old XLS file. Save it as XLSX (or “CSV UTF-8”) in the spreadsheet program and import that",
    )


@contextmanager
def _opened(path: Path, data: bytes) -> Iterator[Any]:
    """The workbook; whatever is wrong with the file inside becomes a Problem."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_size(path, archive)
            if "[Content_Types].xml" not in archive.namelist() or "xl/workbook.bin" in archive.namelist():
                raise Problem(
                    f"{path} 不是 XLSX 文件。请在表格软件中另存为 XLSX 再导入",
                    f"{path} is no XLSX file. Save it as XLSX in the spreadsheet program and import that",
                )
            _check_entities(path, archive)
        with catch_warnings():
            simplefilter("ignore")  # of styles and extensions that are not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except Problem:
        raise
    except Exception as error:  # a damaged file fails anywhere: as a zip, as XML, as a number, as a missing part
        raise Problem(
            f"{path} 已损坏，或不是 XLSX 文件（{type(error).__name__}）。请在表格软件中打开并另存为 XLSX",
            f"{path} is damaged or no XLSX file ({type(error).__name__}). "
            f"Open it in the spreadsheet program and save it as XLSX",
        ) from error


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    # The declared size is a limit in itself: reading a part stops there.
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MOST_BYTES:
        raise Problem(
            f"{path} 解压后有 {unpacked // 1_000_000} MB，超过 {MOST_BYTES // 1_000_000} MB。请拆分后再导入",
            f"{path} unpacks to {unpacked // 1_000_000} MB, over {MOST_BYTES // 1_000_000} MB. Split it",
        )


def _check_entities(path: Path, archive: zipfile.ZipFile) -> None:
    """No part may declare a document type: that is where entities are declared, and XLSX has none."""
    for name in archive.namelist():
        if name.endswith((".xml", ".rels")) and declares_a_type(archive.open(name)):
            raise Problem(
                f"{path} 含有文档类型声明（{name}），为安全起见不读取。请在表格软件中打开并另存为 XLSX",
                f"{path} declares a document type ({name}) and is not read, for safety. "
                f"Open it in the spreadsheet program and save it as XLSX",
            )


def _records(path: Path, book: Any, sheet: Any) -> list[Record]:
    sheet.reset_dimensions()  # what the file says of them need not be true
    marks = _marks(path, book, sheet)
    records: list[Record] = []
    for line, cells in enumerate(sheet.iter_rows(max_row=_LAST_LINE), 1):
        record = _record(line, cells, marks.not_computed.get(line, ()))
        if not record.is_blank:
            records.append(record)
        if len(records) > MOST_ROWS:
            raise Problem(
                f"{path} 的工作表“{sheet.title}”超过 {MOST_ROWS} 行。请拆分后再导入",
                f"the worksheet {sheet.title!r} of {path} has over {MOST_ROWS} rows. Split it",
            )
    return _with_merged(records, marks)


def _record(line: int, cells: Sequence[Any], not_computed: Iterable[int]) -> Record:
    texts: list[str] = []
    numbers, faults = set(), dict.fromkeys(not_computed, _NOT_COMPUTED)
    for place, cell in enumerate(cells[:MOST_COLUMNS]):
        if cell.value is None:
            continue
        texts += [""] * (place - len(texts))
        texts.append(cell.value if type(cell.value) is str else _text(cell.value, cell.number_format))
        if (fault := _fault(cell.value, cell.data_type)) is not None:
            faults[place] = fault
        if not isinstance(cell.value, str):
            numbers.add(place)
    return Record(line, texts, frozenset(numbers), faults)


def _text(value: object, number_format: str) -> str:
    """What a cell shows, as people write it."""
    match value:
        case datetime():
            text = (value + timedelta(milliseconds=500)).replace(microsecond=0).isoformat(" ")
            return text if _shows_time(number_format) else text.removesuffix(" 00:00:00")
        case timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case bool():
            return str(value).upper()
        case int() | float():
            # 15 digits are what a spreadsheet program has and shows.
            text = format(Decimal(f"{value:.15g}"), "f")
            return text.zfill(len(number_format)) if re.fullmatch("0+", number_format) else text
        case _:
            return str(value)


def _fault(value: object, data_type: str) -> Fault | None:
    """Why what a cell holds cannot be used, if so."""
    if data_type == "e":
        return Fault(
            f"单元格是错误值 {value}，请改正公式或填写数值", f"the cell holds the error {value}; mend or replace it"
        )
    if isinstance(value, int | float) and abs(value) >= 1e15:
        return _DIGITS_LOST
    return None


@lru_cache(maxsize=256)
def _shows_time(number_format: str) -> bool:
    """Midnight that is shown as 2026-10-01 00:00 is a moment; shown as 2026-10-01 it is a day."""
    return re.search("[hs]", STRIP_RE.sub("", number_format.split(";", maxsplit=1)[0]), re.IGNORECASE) is not None


def _marks(path: Path, book: Any, sheet: Any) -> _Marks:
    """Read apart: openpyxl tells neither of them when it reads row by row."""
    content = book._archive.read(sheet._worksheet_path)
    if not _MARKED.search(content):
        return _Marks()
    merged: dict[tuple[int, int], int] = {}
    not_computed: dict[int, set[int]] = {}
    covered = 0
    for _, element in iterparse(io.BytesIO(content), forbid_dtd=True):
        tag = element.tag.rpartition("}")[2]
        if tag == "mergeCell":
            first, top, _, bottom = range_boundaries(element.get("ref"))
            covered += bottom - top
            if covered > _MOST_MERGED:
                raise Problem(f"{path} 的合并单元格过多", f"{path} has too many merged cells")
            merged |= {(line, first - 1): top for line in range(top + 1, bottom + 1)}
        elif tag == "c":
            parts = {part.tag.rpartition("}")[2]: part.text for part in element}
            # A formula that gives an empty text has been computed and says so: t="str".
            if "f" in parts and not parts.get("v") and "is" not in parts and element.get("t") != "str":
                column, line, _, _ = range_boundaries(element.get("r"))
                not_computed.setdefault(line, set()).add(column - 1)
        elif tag == "row":
            element.clear()
    return _Marks(merged, not_computed)


def _with_merged(records: list[Record], marks: _Marks) -> list[Record]:
    """A value that is merged over several lines holds of each that has cells of its own."""
    if not marks.merged:
        return records
    by_line = {record.line: record for record in records}
    beneath: dict[int, list[tuple[int, int]]] = {}
    for (line, place), top in marks.merged.items():
        if line in by_line and top in by_line:
            beneath.setdefault(line, []).append((place, top))
    return [_filled(record, beneath.get(record.line, []), by_line) for record in records]


def _filled(record: Record, beneath: Sequence[tuple[int, int]], by_line: Mapping[int, Record]) -> Record:
    texts, numbers, faults = list(record.texts), set(record.numbers), dict(record.faults)
    for place, top in beneath:
        above = by_line[top]
        if place >= len(above.texts):
            continue
        texts += [""] * (place + 1 - len(texts))
        texts[place] = above.texts[place]
        numbers |= {place} & above.numbers
        faults |= {place: above.faults[place]} if place in above.faults else {}
    merged = frozenset(place for place, _ in beneath)
    return replace(record, texts=texts, numbers=frozenset(numbers), faults=faults, merged=merged)
