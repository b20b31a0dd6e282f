"""Which car a card 油卡/ETC 卡 is for: entries, each from a moment on. A card without a plate is bound to none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fleet.history import Outcome
from gongche.imports import cells
from gongche.imports.expenses import code
from gongche.imports.report import Report, Result, sort_out
from gongche.sheet import Column, Row, read_sheet
from store import finance
from store.database import Connection

COLUMNS = (
    Column("card", "卡号", ("油卡号", "加油卡号", "ETC卡号"), required=True, text=True),
    Column("plate", "车牌号", ("车牌", "车牌号码", "号牌号码"), required=True),
    Column("since", "启用日期", ("绑定日期", "自", "起始日期"), required=True),
    Column("document", "依据", ("文件", "备注")),
)


@dataclass(frozen=True, slots=True)
class Binding:
    """A card, and the plate that it is for from a moment on; empty: none."""

    card: str
    plate: str
    since: datetime
    document: str


async def import_cards(
    conn: Connection, path: Path, zone: ZoneInfo, *, by: str, dry_run: bool, worksheet: str | None = None
) -> Report:
    """Adds the bindings that are new, in one transaction, which a dry run rolls back. Problem for a bad sheet."""
    sheet = read_sheet(path, COLUMNS, worksheet)
    good, refused = sort_out(sheet.rows, "card", lambda row: _read(row, zone))
    results: list[Result] = []
    async with conn.transaction(force_rollback=dry_run):
        for line, one in good:
            is_new = await finance.bind_card(conn, one.card, one.plate, one.since, one.document, by)
            results.append(Result(line, one.card, Outcome.NEW if is_new else Outcome.SAME))
    return Report("cards", str(path), "line", zone, results, refused, sheet.ignored, dry_run, {}, sheet.warnings)


def _read(row: Row, zone: ZoneInfo) -> Binding:
    cells.needed(row, "card")
    since = cells.moment_of_text("since", cells.needed(row, "since"), zone)
    plate = cells.plate(row) if row["plate"] else ""
    return Binding(code(row, "card"), plate, since, cells.name(row, "document"))
