"""``gongche demo``: the program with the demonstration district: history, judgement, pages, live cars."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fleet.role import EVERY_OFFICE_ROLE
from gongche import logs
from gongche.addresses import Addresses, find_tracker_broker
from gongche.commands import up
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.district.history import SEED, History, make_district, make_history
from gongche.district.holidays import tell_holidays
from gongche.district.live import drive_around
from gongche.district.load import load_district, load_papers, load_positions
from gongche.district.people import HEADINGS as PEOPLE_HEADINGS
from gongche.district.people import demonstration_people
from gongche.district.summary import is_loaded, summary
from gongche.district.truth import write_truth
from gongche.judge import judge_until_idle
from gongche.servers import running_servers
from gongche.settings import Settings

TRUTH_FILE = "district_truth.json"
CARS = "cars"
_DIFFERS = 1


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Load, judge, compare with what was planted, and end · 只跑一遍")
    ] = False,
    form: FormatOption = Format.TABLE,
    only: Annotated[str | None, typer.Option(hidden=True, help="cars: only drive, for a running demo")] = None,
) -> None:
    """Run with the demonstration district: 403 cars over the autumn holidays of 2026, then live.

    演示区：403 辆车，2026 年中秋、国庆前后三周的历史，然后实时行驶。
    With --once: exit status 0 when what judging found is just what was planted, 1 otherwise.
    """
    settings = Settings()
    if only == CARS:
        asyncio.run(_drive_until_told(settings))
    elif once:
        logs.configure("demo")
        with running_servers(settings) as servers:
            found = _prepare(settings, servers.addresses, again=True)
        print_record(found, form=form)
        if found["missed"] or found["extra"]:
            raise typer.Exit(_DIFFERS)
    else:

        def prepare(addresses: Addresses) -> None:
            print_record(_prepare(settings, addresses, again=False), form=form)
            asyncio.run(tell_holidays(addresses.database_dsn, settings))
            people = asyncio.run(demonstration_people(addresses.database_dsn))
            if people:
                print_rows(people, headings=PEOPLE_HEADINGS, form=form)

        up.run(settings, prepare=prepare, first_roles=EVERY_OFFICE_ROLE, also=[("demo", "--only", CARS)])


def _prepare(settings: Settings, addresses: Addresses, *, again: bool) -> dict[str, Any]:
    """Load the district and its history, judge it; what was found beside what was planted.

    ``again``: hand all positions over even if they are stored already, to show that repeats change nothing.
    """
    dsn = addresses.database_dsn
    seconds: dict[str, float] = {}
    with _step(seconds, "make"):
        history = make_history()
        write_truth(settings.data_folder / TRUTH_FILE, history.planted)
    with _step(seconds, "load"):
        asyncio.run(_load(dsn, history, again=again))
    with _step(seconds, "judge"):
        judge_until_idle(dsn, settings)
    with _step(seconds, "compare"):
        found = asyncio.run(summary(dsn, history, seconds))
    return found | {"seconds": {step: round(taken, 2) for step, taken in seconds.items()}}


async def _load(dsn: str, history: History, *, again: bool) -> None:
    await load_district(dsn, history.district)
    await load_papers(dsn, history)
    if not again and await is_loaded(dsn, history):
        return
    columns = TextColumn("定位点 positions"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(history.positions))
        await load_positions(dsn, history, lambda handed_over: progress.update(task, completed=handed_over))


@contextmanager
def _step(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = monotonic()
    yield
    seconds[name] = monotonic() - start


async def _drive_until_told(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await drive_around(find_tracker_broker(settings), make_district(SEED), secrets.randbits(32), stop)
