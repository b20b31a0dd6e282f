"""A claims sheet as a clerk sends it: rows for the finance gate, or every cell that has to be mended first."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from fleet.expense import Expense, ExpenseType
from fleet.plate import normal_plate, plates_in
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.expenses import COLUMNS, TYPES, VOID, claimed_at, code
from gongche.imports.fuel import FUEL_KINDS
from gongche.imports.report import Refusal
from gongche.problem import Problem
from gongche.sheet import Row, Sheet, Warned, read_sheet
from oversight.claim_row import ClaimRow
from oversight.reasons import Reason

ID_OFFSET = 10**12
"""Ids of a sheet's expenses: no stored one reaches as far."""

_T = TypeVar("_T")
_TOTAL = re.compile(r"(合|总|小|共)\s*计.*|total.*", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_WITH_UNIT = re.compile(
    r"(?P<number>[+-]?[\d,]+(\.\d+)?)(?P<unit>元整?|块|圆|人民币|rmb|cny|yuan|升|公升|l|ltr|litres?|kg|公斤)",
    re.IGNORECASE,
)
_MOST = 10_000_000
_FILLED = ("number", "plate", "date", "at", "type", "amount", "litres", "place", "card", "invoice")


@dataclass(frozen=True, slots=True)
class ClaimsSheet:
    """A sheet that can be checked. ``left_out`` are the lines that claim nothing: totals, signatures, voided rows."""

    path: Path
    content: bytes
    sheet: Sheet
    rows: Sequence[ClaimRow]
    left_out: Sequence[int]

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.content).digest()

    @property
    def worksheet(self) -> str:
        return self.sheet.worksheet or ""

    @property
    def warnings(self) -> Sequence[Warned]:
        return self.sheet.warnings


class FaultyCells(Problem):
    """Cells that no verdict can be given on before they are mended: nothing of the sheet was checked."""

    def __init__(self, name: str, faults: Sequence[Refusal]) -> None:
        super().__init__(
            f"{name} 有 {len(faults)} 个单元格需要先改正，整张表尚未审核。请按下列说明修改后重新送审",
            f"{name}: {len(faults)} cells have to be mended first; nothing of it was checked. "
            f"Change them as told below and send it again",
        )
        self.faults = faults


def read_claims(path: Path, zone: ZoneInfo, worksheet: str | None = None) -> ClaimsSheet:
    """The sheet's rows. Problem when it cannot be read or holds none; FaultyCells when cells have to be mended."""
    sheet = read_sheet(path, COLUMNS, worksheet)
    if not {"date", "at"} & sheet.headings.keys():
        raise Problem(
            f"{path.name} 第 {sheet.heading_line} 行缺少列：日期/date 或 时间/at。支出的日期决定该车当时是否纳管",
            f"{path.name}, line {sheet.heading_line}: no column 日期/date or 时间/at. "
            f"The expense's date decides whether the car was enrolled then",
        )
    rows: list[ClaimRow] = []
    left_out: list[int] = []
    faults: list[Refusal] = []
    for row in sheet.rows:
        if _claims_nothing(row):
            left_out.append(row.line)
            continue
        made, wrong = read_claim(row, zone)
        faults += [Refusal.of(row.line, row["plate"], error, row.cell(error.column)) for error in wrong]
        rows += [] if made is None else [made]
    if faults:
        raise FaultyCells(path.name, faults)
    if not rows:
        raise Problem(
            f"{path.name} 表头下没有任何报销行。请在表头（第 {sheet.heading_line} 行）下逐行填写",
            f"{path.name} claims nothing below its headings on line {sheet.heading_line}. Enter one claim a row",
        )
    return ClaimsSheet(path, path.read_bytes(), sheet, rows, left_out)


def read_claim(row: Row, zone: ZoneInfo) -> tuple[ClaimRow | None, list[CellError]]:
    """The claim of a row, or all that has to be mended in it."""
    wrong: list[CellError] = [CellError(name, row[name], *fault) for name, fault in row.faults.items()]
    wrong += [_merged(row, name) for name in row.merged if name in _FILLED]
    spoilt = {error.column for error in wrong}

    def value(column: str, read: Callable[[], _T], instead: _T) -> _T:
        if column in spoilt:
            return instead
        try:
            return read()
        except CellError as error:
            wrong.append(error)
            return instead

    value("", lambda: cells.nothing_beyond(row), None)
    told_at = value("at" if row["at"] else "date", lambda: claimed_at(row, zone), None)
    amount = value("amount", lambda: _amount(row, "amount", 2), Decimal())
    litres = value("litres", lambda: _litres(row), None)
    fuel_kind = value("fuel_kind", lambda: cells.choice(row, "fuel_kind", FUEL_KINDS), None)
    card = value("card", lambda: code(row, "card"), "")
    invoice = value("invoice", lambda: code(row, "invoice"), "")
    if told_at is not None and not 1900 <= told_at[0].year <= 2199:
        column = "at" if row["at"] else "date"
        wrong.append(CellError(column, row[column], "年份应在 1900 至 2199 之间", "its year must lie in 1900 to 2199"))
    if wrong or told_at is None:
        return None, wrong
    plate, plate_faults = _plate(row["plate"])
    type_, type_faults = _type(row["type"])
    expense = Expense(
        ID_OFFSET + row.line, plate, *told_at, type_, amount, litres, fuel_kind, cells.name(row, "place"),
        card, re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", invoice)).upper(),
    )  # fmt: skip
    return ClaimRow(row.line, row["plate"], expense, (*plate_faults, *type_faults)), []


def _claims_nothing(row: Row) -> bool:
    """A line of totals, of signatures, or one that was made void."""
    void = unicodedata.normalize("NFKC", row["void"]).casefold()
    if void and {word.casefold(): meant for word, meant in VOID.items()}.get(void):
        return True
    plate = unicodedata.normalize("NFKC", row["plate"]).strip()
    dated = row["date"] or row["at"]
    if not dated and any(_TOTAL.fullmatch(unicodedata.normalize("NFKC", text).strip()) for text in row.cells.values()):
        return True
    claims = any(row[name] for name in ("type", "invoice", "card", "place", "litres", "fuel_kind"))
    if plate or dated or claims:
        # Signatures stand in whatever column: 经办人：张三. Nothing of money, time or kind beside them.
        return re.search(r"[::]", plate) is not None and not (dated or claims or row["amount"])
    return True


def _merged(row: Row, column: str) -> CellError:
    return CellError(
        column,
        row[column],
        "合并单元格：一个值管了几行，无法分清各行。请取消合并，每行各填一个值",
        "a merged cell: one value stands for several rows. Take the merge apart and fill in every row",
    )


def _plate(text: str) -> tuple[str, tuple[Reason, ...]]:
    """The plate in its one form, or empty and why. Nothing is guessed."""
    if not text:
        return "", (Reason.NO_PLATE,)
    try:
        return normal_plate(text), ()
    except ValueError:
        pass
    try:
        several = len(plates_in(text)) > 1
    except ValueError:
        several = False
    return "", (Reason.SEVERAL_PLATES if several else Reason.NOT_A_PLATE,)


def _type(text: str) -> tuple[ExpenseType, tuple[Reason, ...]]:
    try:
        return cells.word("type", text, TYPES), ()
    except CellError:
        return ExpenseType.OTHER, (Reason.UNKNOWN_TYPE,)


def _litres(row: Row) -> Decimal | None:
    if not row["litres"]:
        return None
    litres = _amount(row, "litres", 3)
    if litres <= 0:
        raise CellError(
            "litres", row["litres"], "应大于 0；没有升数请留空", "must be more than 0; leave it empty if none"
        )
    return litres


def _amount(row: Row, column: str, places: int) -> Decimal:
    """A number, in whatever width and with separators of thousands. CellError says what to write instead."""
    given = cells.needed(row, column)
    text = re.sub(r"[\s¥￥]", "", unicodedata.normalize("NFKC", given))
    if _NUMBER.fullmatch(text):
        number = Decimal(text.replace(",", ""))
        if number == round(number, places) and abs(number) < _MOST:
            return number
    if unit := _WITH_UNIT.fullmatch(text):
        plain = unit["number"].replace(",", "")
        raise CellError(
            column,
            given,
            f"数字里带了单位“{unit['unit']}”，表格软件会把它当作文字。请只写 {plain}",
            f"the number carries its unit {unit['unit']!r}, which makes a text of it. Write {plain} alone",
        )
    raise CellError(
        column,
        given,
        f"应为数字，至多 {places} 位小数，如 45.5",
        f"must be a number with at most {places} decimals, such as 45.5",
    )


def heading_of(sheet: Sheet, column: str) -> str:
    """A column as the clerk's own heading calls it."""
    return sheet.headings.get(column, column)
