"""``gongche terminals``: JT/T 808 terminals that came unknown, and frames in words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer

from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import record as enter
from gongche.frame_words import told_of
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from store import terminals
from store.database import Connection, connect
from store.errors import store_errors

app = typer.Typer(add_completion=False, no_args_is_help=True, help="JT/T 808 terminals · 部标终端")

T = TypeVar("T")


@app.command()
def waiting(form: FormatOption = Format.TABLE) -> None:
    """Terminals that came to the gateway and are not registered, the latest first · 未登记终端."""
    headings = {
        "tracker": "终端 tracker",
        "maker": "厂商 maker",
        "model": "型号 model",
        "device": "设备 device",
        "plate": "车牌 plate",
        "address": "地址 address",
        "first_at": "首次 first",
        "last_at": "最近 last",
        "times": "次数 times",
    }
    print_rows([asdict(one) for one in _ask(terminals.waiting)], headings=headings, form=form)


@app.command()
def admit(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As `terminals waiting` shows it · 终端编号")],
    datum: Annotated[str, typer.Option("--datum", help="Of what it reports: wgs84, gcj02, bd09 · 坐标系")] = "wgs84",
    utc_offset_min: Annotated[
        int, typer.Option("--utc-offset-min", min=-720, max=840, help="Its clock's minutes from UTC · 时差（分钟）")
    ] = 480,
) -> None:
    """Register a terminal as a tracker of the centre; `import fittings` fits it to a car · 登记终端.

    Exit status 1: it was registered already.
    """
    tracker = number.lstrip("0") or "0"
    if not tracker.isdecimal() or datum not in ("wgs84", "gcj02", "bd09"):
        raise Problem(
            f"终端编号应为数字，坐标系应为 wgs84、gcj02 或 bd09：{number} {datum}",
            f"a terminal's number is made of digits, its datum is wgs84, gcj02 or bd09: {number} {datum}",
        )

    async def act(conn: Connection) -> bool:
        async with conn.transaction():
            is_new = await terminals.admit(conn, tracker, datum, utc_offset_min)
            if is_new:
                await enter(conn, "admit_terminal", tracker, {"datum": datum, "utc_offset_min": utc_offset_min})
        return is_new

    if not _ask(act):
        raise Problem(f"{tracker} 已登记", f"{tracker} is registered already", exit_status=FOUND_PROBLEMS)


@app.command()
def decode(
    octets: Annotated[str, typer.Argument(metavar="HEX", help="One frame or several, in hex · 十六进制报文")],
    form: FormatOption = Format.TABLE,
) -> None:
    """What JT/T 808 frames say, in words · 解析报文. Exit status 1: some bytes are no frame."""
    try:
        told = told_of(bytes.fromhex(octets))
    except ValueError as error:
        raise Problem("不是十六进制", f"not hex: {error}") from error
    for record in told:
        print_record(record, form=form)
    raise typer.Exit(1 if any("refused" in record for record in told) else 0)


def _ask(question: Callable[[Connection], Awaitable[T]]) -> T:
    async def asked() -> Any:
        with store_errors():
            async with await connect(
                find_database(Settings()), autocommit=True, application="gongche terminals"
            ) as conn:
                return await question(conn)

    answer: T = asyncio.run(asked())
    return answer
