"""``gongche violations``: the list, for the terminal and for programs."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer

from fleet.clock import day_start_us, moment_of
from fleet.plate import normal_plate
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_rows
from gongche.problem import Problem
from gongche.settings import Settings
from store import violations as store
from store.database import connect
from store.errors import store_errors
from store.scope import EVERYTHING
from store.violations import Filter, ListedViolation, Sorting

_HEADINGS = {
    "id": "编号",
    "rule": "规则",
    "plate": "车牌",
    "unit": "用车单位",
    "start": "开始",
    "end": "结束",
    "total_s": "累计秒",
    "severity": "程度",
    "provisional": "暂定",
}


def violations(
    rule: Annotated[str | None, typer.Option("--rule", help="as R06 · 规则")] = None,
    vehicle: Annotated[str | None, typer.Option("--vehicle", help="plate · 车牌")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day · 开始日期")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="last day · 截止日期")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List violations that stand, by start · 列出疑似违规.

    Suspected: nobody has decided them. Days are local days; a violation belongs to the day that it starts on.
    """
    settings = Settings()
    wanted = Filter(
        rule_id=rule,
        plate=_plate(vehicle),
        since=_start(settings, first.date()) if first else None,
        until=_start(settings, last.date() + timedelta(days=1)) if last else None,
    )
    rows = asyncio.run(_all(find_database(settings), wanted))
    print_rows([_row(settings, row, form) for row in rows], headings=_HEADINGS, form=form)


async def _all(dsn: str, wanted: Filter) -> list[ListedViolation]:
    """A page at a time, so that a long list is read without a long transaction."""
    rows: list[ListedViolation] = []
    with store_errors():
        async with await connect(dsn) as conn:
            after = None
            while True:
                page = await store.page(conn, wanted, scope=EVERYTHING, sorting=Sorting.OLDEST, after=after, limit=1000)
                rows += [row for row in page.rows if wanted.plate in (None, row.plate)]
                if page.next_key is None:
                    return rows
                after = page.next_key


def _plate(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return normal_plate(text)
    except ValueError as error:
        raise Problem(f"--vehicle 应为车牌号：{text}", f"--vehicle is not a plate: {text}") from error


def _start(settings: Settings, day: date) -> datetime:
    return moment_of(day_start_us(day, settings.zone))


def _row(settings: Settings, row: ListedViolation, form: Format) -> dict[str, Any]:
    start, end = row.start_at.astimezone(settings.zone), row.end_at.astimezone(settings.zone)
    shown = form is Format.TABLE
    return {
        "id": row.id,
        "rule": row.rule_id,
        "plate": row.plate,
        "unit": row.unit,
        "start": start,
        "end": end,
        "total_s": round(row.total_s, 1),
        "severity": row.severity,
        "provisional": ("是" if row.provisional else "") if shown else row.provisional,
    }
