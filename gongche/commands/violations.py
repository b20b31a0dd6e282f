"""``gongche violations``: the list, for the terminal and for programs; deciding one."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer

from api.language import Language, Speech
from fleet.clock import day_start_us, moment_of
from fleet.decision import Outcome
from fleet.plate import normal_plate
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_rows
from gongche.deciding import decided
from gongche.problem import Problem
from gongche.settings import Settings
from store import violations as store
from store.database import connect
from store.errors import store_errors
from store.scope import EVERYTHING
from store.violations import Filter, ListedViolation, Sorting, State

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
    "outcome": "决定",
    "evidence_changed": "证据有变",
}

app = typer.Typer(invoke_without_command=True, add_completion=False)


@app.callback()
def violations(
    context: typer.Context,
    rule: Annotated[str | None, typer.Option("--rule", help="as R06 · 规则")] = None,
    vehicle: Annotated[str | None, typer.Option("--vehicle", help="plate · 车牌")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day · 开始日期")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="last day · 截止日期")] = None,
    state: Annotated[State, typer.Option("--state", help="which of them · 状态")] = State.CURRENT,
    form: FormatOption = Format.TABLE,
) -> None:
    """List violations that stand, by start; decide one · 列出疑似违规，作出决定.

    Suspected, until a person decides. Days are local days; a violation belongs to the day that it starts on. Those on
    insufficient evidence are listed apart: --state insufficient.
    """
    if context.invoked_subcommand is not None:
        return
    settings = Settings()
    wanted = Filter(
        rule_id=rule,
        plate=_plate(vehicle),
        since=_start(settings, first.date()) if first else None,
        until=_start(settings, last.date() + timedelta(days=1)) if last else None,
        state=state,
    )
    rows = asyncio.run(_all(find_database(settings), wanted))
    print_rows([_row(settings, row, form) for row in rows], headings=_HEADINGS, form=form)


@app.command("decide")
def decide(
    violation_id: Annotated[int, typer.Argument(metavar="VIOLATION", help="as `gongche violations` lists · 编号")],
    outcome: Annotated[Outcome, typer.Option("--outcome", help="what it is · 认定")],
    by: Annotated[str, typer.Option("--by", help="who decides, by name · 决定人")],
    reason: Annotated[str, typer.Option("--reason", help="why · 理由")],
) -> None:
    """Decide a violation: what it is stands from then on, whatever is judged later · 作出决定.

    A provisional one, or one on insufficient evidence, cannot be confirmed (violation, procedural).
    """

    async def act(dsn: str) -> None:
        with store_errors():
            async with await connect(dsn, autocommit=True, application="gongche violations") as conn:
                await decided(conn, violation_id, outcome, by=by, reason=reason)

    settings = Settings()
    asyncio.run(act(find_database(settings)))
    typer.echo(f"{violation_id}: {Speech(Language.ZH, settings.zone).t(f'outcome.{outcome}')} {outcome.value}")


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
        "insufficient": row.insufficient,
        "outcome": row.outcome,
        "evidence_changed": ("是" if row.evidence_changed else "") if shown else row.evidence_changed,
    }
