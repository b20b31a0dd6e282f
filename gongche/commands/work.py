"""``gongche work`` does what is scheduled; ``gongche jobs`` shows what was done, what waits and what failed."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import asdict
from typing import Annotated

import typer

from gongche import logs
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_rows
from gongche.problem import FOUND_PROBLEMS
from gongche.settings import Settings
from gongche.working import run_work
from store.database import connect
from store.errors import store_errors
from store.jobs import JobRun, runs

_HEADINGS = {
    "job": "任务 job", "key": "周期 key", "due_at": "应于 due", "done_at": "完成于 done",
    "failures": "失败次数 failures", "error": "原因 error",
}  # fmt: skip


def work() -> None:
    """Do what is scheduled, until told to stop · 定时任务.

    May run many times at once: each occurrence of a job has its effect once. SIGTERM and Ctrl-C finish what is in hand.
    """
    logs.configure("work")
    settings = Settings()
    asyncio.run(_until_told(find_database(settings), settings))


async def _until_told(dsn: str, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await run_work(dsn, settings, stop)


def list_jobs(
    limit: Annotated[int, typer.Option("--limit", min=1, help="so many · 条数")] = 50,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show scheduled jobs: those that wait or fail first, then the newest · 定时任务一览.

    Exit status 1: one that is due has failed and waits to be tried again.
    """
    settings = Settings()
    found = asyncio.run(_runs(find_database(settings), limit))
    rows = [asdict(run) for run in found]
    if form is Format.TABLE:
        local = [
            {name: run[name].astimezone(settings.zone) if run[name] else None for name in ("due_at", "done_at")}
            for run in rows
        ]
        rows = [run | moments for run, moments in zip(rows, local, strict=True)]
    print_rows(rows, headings=_HEADINGS, form=form)
    raise typer.Exit(FOUND_PROBLEMS if any(run.failures and not run.done_at for run in found) else 0)


async def _runs(dsn: str, limit: int) -> list[JobRun]:
    with store_errors():
        async with await connect(dsn, autocommit=True, application="gongche jobs") as conn:
            return await runs(conn, limit)
