"""``gongche devices``: how the trackers are, for the operator."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_rows
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from oversight.tracker_health import SHARES_DAYS, Examined, TrackerHealth, Trouble, examined
from store import tracker_health
from store.database import connect
from store.errors import store_errors
from store.scope import EVERYTHING

app = typer.Typer(no_args_is_help=True, add_completion=False, help="How trackers are, and what to do · 设备健康")

_HEADINGS = {
    "tracker": "终端 tracker",
    "plate": "车牌 plate",
    "unit": "单位 unit",
    "troubles": "问题 troubles",
    "advice": "下一步 advice",
    "heard_at": "最近收到 heard",
    "positions": "定位点 positions",
    "fix_share": "有效 fixes",
    "clock_offset_s": "时钟偏差秒 clock s",
    "late_share": "迟到 late",
    "repeat_share": "重复 repeats",
    "rejected": "拒收 rejected",
}


@app.callback()
def _group() -> None:
    """How trackers are, and what to do · 设备健康."""


@app.command("list")
def list_devices(
    trouble: Annotated[
        Trouble | None, typer.Option("--trouble", help="only those with this trouble · 只列有此问题的")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="those without a trouble too · 包括正常的")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """List trackers with a trouble, the worst first: what is wrong, what to do · 列出有问题的终端.

    Counts are of the last seven local days. Exit status 1: some of those listed have a trouble.
    """
    if trouble and everything:
        raise Problem("--trouble 与 --all 不能同时使用", "--trouble and --all exclude each other")
    settings = Settings()
    found = [
        one
        for one in asyncio.run(_examined(settings, datetime.now(UTC)))
        if (trouble in one.troubles if trouble else everything or one.troubles)
    ]
    print_rows([_row(one, settings, form) for one in found], headings=_HEADINGS, form=form)
    raise typer.Exit(FOUND_PROBLEMS if any(one.troubles for one in found) else 0)


async def _examined(settings: Settings, now: datetime) -> list[Examined]:
    since = now.astimezone(settings.zone).date() - timedelta(days=SHARES_DAYS - 1)
    with store_errors():
        async with await connect(find_database(settings), application="gongche devices") as conn:
            return examined(await tracker_health.trackers(conn, scope=EVERYTHING, now=now, since=since), now)


def _row(one: Examined, settings: Settings, form: Format) -> dict[str, object]:
    health = one.health
    return {
        "tracker": health.tracker,
        "plate": health.plate,
        "unit": health.unit,
        "troubles": list(one.troubles),
        "advice": one.advice,
        "heard_at": health.heard_at and health.heard_at.astimezone(settings.zone),
        "positions": health.positions,
        "fix_share": _share(health.fix_share, form),
        "clock_offset_s": health.clock_offset_s,
        "late_share": _share(health.late_share, form),
        "repeat_share": _share(health.repeat_share, form),
        "rejected": _rejected(health) if form is Format.TABLE else dict(health.rejected),
    }


def _share(value: float | None, form: Format) -> object:
    return value if value is None or form is Format.JSON else f"{value:.0%}"


def _rejected(health: TrackerHealth) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(health.rejected.items()))
