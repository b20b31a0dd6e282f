"""``gongche simulate``: terminals that are not there, to try the gateway with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TextIO

import typer

from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record
from gongche.gateway import find_gateway
from gongche.problem import Problem
from gongche.registering import register_trackers
from gongche.settings import Settings
from gongche.simulating import numbers
from gongche.simulating import simulate as run
from ingest.jt808.location import Location
from ingest.jt808.payload import tracker_of
from store.database import connect
from store.errors import store_errors

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Simulate terminals · 模拟终端")


@app.callback()
def _simulate() -> None:
    """Simulate terminals · 模拟终端."""


@app.command()
def jt808(
    terminals: Annotated[int, typer.Option("--terminals", min=1, help="How many · 终端数")] = 10,
    interval: Annotated[float, typer.Option("--interval", min=0.01, help="Seconds between reports · 间隔秒")] = 10.0,
    seconds: Annotated[float, typer.Option("--for", min=0.0, help="How long they report, in seconds · 时长秒")] = 60.0,
    gateway: Annotated[str | None, typer.Option("--gateway", help="HOST:PORT of the gateway · 网关地址")] = None,
    register: Annotated[
        bool, typer.Option("--register", help="Register them with demonstration vehicles first · 先登记演示车辆")
    ] = False,
    answered_to: Annotated[
        Path | None, typer.Option("--answered", help="Write what was answered: number, time, lon, lat · 已应答明细")
    ] = None,
    patience: Annotated[
        float, typer.Option("--patience", min=0.0, help="Longest wait for the last answers, in seconds · 最长等待秒")
    ] = 60.0,
    form: FormatOption = Format.TABLE,
) -> None:
    """JT/T 808 terminals of 2013 and 2019, half and half, with blind areas whose locations come in batches.

    Ends when every location is answered. Exit status 1: some were not, or terminals were refused.
    """
    settings = Settings()
    host, port = _split(gateway) if gateway else find_gateway(settings)
    if register:
        asyncio.run(_register(find_database(settings), terminals))
    with ExitStack() as files:
        tell = None
        if answered_to is not None:
            tell = _writer(files.enter_context(answered_to.open("w", encoding="utf-8", buffering=1)))
        outcome = asyncio.run(run(host, port, terminals, interval, seconds, patience_s=patience, answered=tell))
    print_record(asdict(outcome), form=form)
    raise typer.Exit(1 if outcome.left or outcome.refused else 0)


def _writer(out: TextIO) -> Callable[[str, Location], None]:
    def tell(number: str, location: Location) -> None:
        out.write(f"{tracker_of(number)},{location.time_bcd},{location.lon_e6},{location.lat_e6}\n")

    return tell


def _split(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise Problem(f"--gateway 应为 主机:端口，不是 {text}", f"--gateway is HOST:PORT, not {text}")
    return host, int(port)


async def _register(dsn: str, count: int) -> None:
    with store_errors():
        async with await connect(dsn, autocommit=True, application="gongche simulate") as conn:
            await register_trackers(conn, numbers(count))
