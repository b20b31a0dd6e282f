"""``gongche campaign``: the holiday campaigns of a year, one of them, its sealing list as a workbook."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from api.campaign_view import Shown, figures_of, sealing_list, year_of_campaigns
from api.site import Site
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import record
from gongche.exports.campaign import sealing_workbook
from gongche.problem import Problem
from gongche.settings import Settings
from store import campaigns
from store.campaigns import StoredCampaign
from store.database import Connection, connect
from store.errors import store_errors
from store.scope import EVERYTHING

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Holiday campaigns · 假期专项")
T = TypeVar("T")
Key = Annotated[str, typer.Argument(metavar="KEY", help="as 2026-national-day; see `list` · 专项编号")]

_PHASES = {
    "ahead": "未启动 ahead", "before": "节前 before", "during": "节中 during", "after": "节后 after",
    "closed": "已结束 closed",
}  # fmt: skip


@app.command("list")
def list_command(
    year: Annotated[int | None, typer.Option("--year", min=2004, max=2198, help="this one unless told · 年份")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the campaigns of a year: those of the calendar, and what became of those that were opened · 一览."""
    settings = Settings()
    site = _site(settings)
    shown = year or site.today().year
    rows, unknown = _connected(settings, lambda conn: year_of_campaigns(conn, site, shown, scope=EVERYTHING))
    told = [
        {
            "key": row.campaign.key, "name": row.campaign.name_zh, "first": row.campaign.first,
            "last": row.campaign.last, "opens": row.campaign.opens, "closes": row.campaign.closes,
            "phase": _PHASES[row.phase] if form is Format.TABLE else row.phase.value,
            "turn": row.stored.turn if row.stored else None,
        }
        for row in rows
    ]  # fmt: skip
    headings = {
        "key": "编号 key", "name": "假期", "first": "首日 first", "last": "末日 last", "opens": "启动 opens",
        "closes": "小结 closes", "phase": "阶段 phase", "turn": "经过 turn",
    }  # fmt: skip
    print_rows(told, headings=headings, form=form)
    if unknown is not None:
        typer.echo(f"自 {unknown} 起的放假安排未知 / no schedule is known from {unknown} on", err=True)


@app.command("show")
def show(key: Key, form: FormatOption = Format.TABLE) -> None:
    """Show one that was opened: what became of it, and the figures of all that it told · 查看."""

    async def told(conn: Connection) -> dict[str, object]:
        stored = await _stored(conn, key)
        papers = [figures_of(paper, scope=EVERYTHING) for paper in await campaigns.papers(conn, key)]
        turns = await campaigns.entries(conn, key)
        return {
            "key": stored.key, "first": stored.first, "last": stored.last, "opened_at": stored.opened_at,
            "closed_at": stored.closed_at, "turns": [{"at": one.at, "turn": one.turn} for one in turns],
            "papers": [
                {"kind": one.paper.kind, "day": one.paper.day, "sha256": one.paper.sha256.hex(), **asdict(one.figures)}
                for one in papers
            ],
        }  # fmt: skip

    print_record(_connected(Settings(), told), form=form)


@app.command("sealing")
def sealing(
    key: Key,
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="the workbook, XLSX · 文件")],
) -> None:
    """Write the sealing list as a workbook, as the registry and the papers are now · 封存名单.

    It holds confidential cars too: hand it on accordingly.
    """
    settings = Settings()
    site = _site(settings)

    async def listed(conn: Connection) -> tuple[StoredCampaign, list[Shown]]:
        stored = await _stored(conn, key)
        papers = await campaigns.papers(conn, key)
        cars = await sealing_list(conn, site, stored, papers, scope=EVERYTHING)
        await record(conn, "export_sealing", f"campaign {key}", {"cars": len(cars)})
        return stored, cars

    stored, cars = _connected(settings, listed)
    output.write_bytes(sealing_workbook(settings.district, stored.campaign, cars))
    on_list = sum(one.obliged.obligation.is_on_list for one in cars)
    typer.echo(f"{output}: 封存 sealed {on_list}, 不封存 exempt {len(cars) - on_list}")


async def _stored(conn: Connection, key: str) -> StoredCampaign:
    found = await campaigns.campaign(conn, key)
    if found is None:
        raise Problem(
            f"没有已启动的专项 {key}，见 gongche campaign list",
            f"no campaign {key} was opened; see `gongche campaign list`",
        )
    return found


def _site(settings: Settings) -> Site:
    return Site(district=settings.district, dsn="", secret="", time_zone=settings.zone, now=lambda: datetime.now(UTC))


def _connected(settings: Settings, act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(settings)
            async with await connect(dsn, autocommit=True, application="gongche campaign") as conn:
                return await act(conn)

    return asyncio.run(connected())
