"""A claims sheet 费用报销: what was claimed for cars. A plate that the register does not know is kept and told."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from fleet.clock import us_of
from fleet.expense import ExpenseType, Precision
from fleet.history import Outcome
from gongche.imports import cells
from gongche.imports.cells import CellError
from gongche.imports.fuel import FUEL_KINDS, needed_quantity, quantity
from gongche.imports.report import Report, results_of, sort_out
from gongche.sheet import Column, Row, read_sheet
from store.expenses import Entry, NewExpense, save_expenses, unknown_plates

COLUMNS = (
    Column("number", "编号", ("流水号", "交易流水号", "报销编号", "单据编号"), text=True),
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码"), required=True),
    Column("date", "日期", ("消费日期", "加油日期", "交易日期", "通行日期", "发生日期")),
    Column("at", "时间", ("日期时间", "消费时间", "加油时间", "交易时间", "通行时间", "发生时间")),
    Column("type", "类型", ("费用类型", "费用类别", "项目"), required=True),
    Column("amount", "金额", ("金额元", "报销金额", "实付金额"), required=True),
    Column("litres", "升数", ("加油量", "加油升数")),
    Column("fuel_kind", "油品", ("油号", "油品名称", "燃油种类")),
    Column("place", "地点", ("加油站", "收费站", "站点", "地点名称", "油站名称")),
    Column("card", "卡号", ("油卡号", "加油卡号", "ETC卡号"), text=True),
    Column("invoice", "发票号", ("发票号码", "票据号"), text=True),
    Column("void", "作废"),
)
TYPES = {
    **dict.fromkeys(("加油", "燃油", "油费", "燃油费", "加油费"), ExpenseType.FUEL),
    **dict.fromkeys(("通行费", "通行", "过路费", "过桥费", "过路过桥费", "高速费", "ETC"), ExpenseType.TOLL),
    **dict.fromkeys(("维修", "维修费", "保养", "保养费", "维修保养"), ExpenseType.REPAIR),
    **dict.fromkeys(("洗车", "洗车费"), ExpenseType.WASH),
    **dict.fromkeys(("停车", "停车费"), ExpenseType.PARKING),
    **dict.fromkeys(("保险", "保险费"), ExpenseType.INSURANCE),
    **dict.fromkeys(("年检", "年检费", "检测费", "审车"), ExpenseType.INSPECTION),
    **dict.fromkeys(("拖车", "拖车费", "施救", "施救费"), ExpenseType.TOWING),
    **dict.fromkeys(("罚款", "交通罚款", "违章罚款", "违章"), ExpenseType.FINE),
    **dict.fromkeys(("其他", "其他费用"), ExpenseType.OTHER),
    **{type_.value: type_ for type_ in ExpenseType},
}
VOID = {"是": True, "否": False, "作废": True, "yes": True, "no": False, "true": True, "false": False}
_CLOCK = re.compile(r"\d{1,2}(?::|时|点)[\d:时点分秒]*")


@dataclass(slots=True)
class ExpenseReader:
    """What a row is read against: the file's name, the numbers met so far, how often the same row came."""

    source: str
    zone: ZoneInfo
    first_lines: dict[object, int] = field(default_factory=dict)
    repeats: Counter[str] = field(default_factory=Counter)

    def read(self, row: Row) -> Entry:
        """The claim of a row; CellError says what is wrong with it."""
        cells.nothing_beyond(row)
        at, precision = claimed_at(row, self.zone)
        expense = NewExpense(
            "",
            cells.plate(row),
            at,
            precision,
            cells.word("type", cells.needed(row, "type"), TYPES),
            needed_quantity(row, "amount", 2, "元"),
            quantity(row, "litres", 3, "升"),
            cells.choice(row, "fuel_kind", FUEL_KINDS),
            cells.name(row, "place"),
            code(row, "card"),
            code(row, "invoice"),
        )
        key = self._key(row, expense)
        expense = replace(expense, key=key, void=bool(cells.choice(row, "void", VOID)))
        return Entry(expense, row["plate"], self.source, row.line)

    def _key(self, row: Row, expense: NewExpense) -> str:
        """By its number, or else by all that it says and how often the sheet said so before."""
        number = code(row, "number")
        if number:
            cells.not_again(row, "number", number, self.first_lines)
            return f"number:{number}"
        told = [us_of(part) if isinstance(part, datetime) else _plain(part) for part in astuple(expense)]
        digest = hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()
        self.repeats[digest] += 1
        return f"row:{digest}:{self.repeats[digest]}"


async def import_expenses(
    conn: AsyncConnection[Any], path: Path, zone: ZoneInfo, *, dry_run: bool, worksheet: str | None = None
) -> Report:
    """Reads the sheet and adds its good rows in one transaction, which a dry run rolls back.

    Problem when the sheet cannot be read.
    """
    sheet = read_sheet(path, COLUMNS, worksheet)
    reader = ExpenseReader(path.name, zone)
    async with conn.transaction(force_rollback=dry_run):
        good, refused = sort_out(sheet.rows, "plate", reader.read)
        entries = [entry for _, entry in good]
        changes = await save_expenses(conn, entries)
        unknown = await unknown_plates(conn, [entry.expense.plate for entry in entries])
    results = results_of(good, changes, lambda entry: entry.expense.plate)
    of_unknown = {o.value: sum(r.outcome is o and r.name in unknown for r in results) for o in Outcome}
    also = {"未登记车牌 unknown plates": of_unknown}
    return Report(
        "expenses", str(path), "line", zone, results, refused, sheet.ignored, dry_run, also, sheet.warnings
    ).in_order()


def claimed_at(row: Row, zone: ZoneInfo) -> tuple[datetime, Precision]:
    """When it was, and how well that is known. Midnight to the second is what sheets make of a day alone."""
    column, text = ("at", row["at"]) if row["at"] else ("date", cells.needed(row, "date"))
    if column == "at" and row["date"] and _CLOCK.fullmatch(unicodedata.normalize("NFKC", text).strip()):
        text = f"{row['date'].split()[0]} {text}"
    at = cells.moment_of_text(column, text, zone)
    is_day = at.astimezone(zone).time() == time()
    return at, Precision.DAY if is_day else Precision.MINUTE


def code(row: Row, column: str) -> str:
    """A number of a card or an invoice, which is a text: a spreadsheet program may have made 1.2E+15 of it."""
    code = cells.name(row, column)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", code):
        raise CellError(
            column,
            code,
            "号码被表格软件改成了科学计数法，末几位已丢失。请把该列设为文本格式后重新填写",
            "the spreadsheet program turned this number into powers of ten and lost digits; "
            "format the column as text and enter it again",
        )
    return code


def _plain(part: object) -> object:
    """However many zeros a number is written with."""
    return f"{part.normalize():f}" if isinstance(part, Decimal) else part
