"""``gongche terminals``: JT/T 808 terminals that came unknown, and frames in words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer

from fleet.name import plain_name
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import record as enter
from gongche.frame_words import told_of
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from ingest.message import DATUMS
from store import terminals
from store.database import Connection, connect
from store.errors import store_errors

app = typer.Typer(add_completion=False, no_args_is_help=True, help="JT/T 808 terminals · 部标终端")

T = TypeVar("T")

_FACTOR_LEAST, _FACTOR_MOST = 0.001, 100


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
    datum: Annotated[str, typer.Option("--datum", help="Of what it reports: wgs84, gcj02, bd09 · 坐标系")] = "",
    utc_offset_min: Annotated[
        int | None,
        typer.Option("--utc-offset-min", min=-720, max=840, help="Its clock's minutes from UTC · 时差（分钟）"),
    ] = None,
) -> None:
    """Register a terminal as a tracker of the centre; `import fittings` fits it to a car · 登记终端.

    What is not said is as its model says (`terminals models`). Exit status 1: it was registered already.
    """
    tracker, its_datum = _tracker(number), _datum(datum)

    async def act(conn: Connection) -> bool:
        async with conn.transaction():
            is_new = await terminals.admit(conn, tracker, its_datum, utc_offset_min)
            if is_new:
                await enter(conn, "admit_terminal", tracker, {"datum": its_datum, "utc_offset_min": utc_offset_min})
        return is_new

    if not _ask(act):
        raise Problem(f"{tracker} 已登记", f"{tracker} is registered already", exit_status=FOUND_PROBLEMS)


@app.command()
def models(form: FormatOption = Format.TABLE) -> None:
    """What trackers of each model have in common: datum, clock, unit of speed · 各型号参数."""
    headings = {
        "model": "型号 model",
        "datum": "坐标系 datum",
        "utc_offset_min": "时差 utc_offset_min",
        "speed_factor": "速度系数 speed_factor",
        "has_profile": "已设定 has_profile",
        "trackers": "终端数 trackers",
    }
    print_rows([asdict(one) for one in _ask(terminals.models)], headings=headings, form=form)


@app.command()
def model(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="As `terminals waiting` shows it · 型号")],
    datum: Annotated[str, typer.Option("--datum", help="Of what they report: wgs84, gcj02, bd09 · 坐标系")] = "",
    utc_offset_min: Annotated[
        int | None, typer.Option("--utc-offset-min", min=-720, max=840, help="Their clock's minutes from UTC · 时差")
    ] = None,
    speed_factor: Annotated[
        float | None,
        typer.Option("--speed-factor", help="Makes their speeds km/h: 3.6 for m/s, 1.852 for knots · 速度系数"),
    ] = None,
    tracker: Annotated[list[str] | None, typer.Option("--tracker", help="Is of this model · 属于该型号的终端")] = None,
) -> None:
    """Say what trackers of a model have in common, and which are of it; holds of what comes from now on · 设定型号参数.

    What was said of a tracker itself goes before. A terminal's clock is another from its next connection on.
    Exit status 1: some of the trackers are not registered.
    """
    named, its_datum, of_it = plain_name(name), _datum(datum), tracker or []
    _check_factor(speed_factor)
    said: dict[str, Any] = {"datum": its_datum, "utc_offset_min": utc_offset_min, "speed_factor": speed_factor}
    told = {key: value for key, value in said.items() if value is not None}
    if not named or not (told or of_it):
        raise Problem(
            "请写明型号，以及至少一项：--datum、--utc-offset-min、--speed-factor、--tracker",
            "name the model, and at least one of --datum, --utc-offset-min, --speed-factor, --tracker",
        )

    async def act(conn: Connection) -> list[str]:
        async with conn.transaction():
            if told:
                await terminals.save_model(conn, named, its_datum, utc_offset_min, speed_factor)
            unknown = await terminals.set_model(conn, named, of_it)
            known = [number for number in of_it if number not in unknown]
            if told or known:
                await enter(conn, "set_tracker_model", named, told | ({"trackers": known} if known else {}))
        return unknown

    if unknown := _ask(act):
        numbers = ", ".join(unknown)
        raise Problem(
            f"未登记，请先用 gongche terminals admit 或 gongche import trackers 登记：{numbers}",
            f"not registered; first `gongche terminals admit` or `gongche import trackers`: {numbers}",
            exit_status=FOUND_PROBLEMS,
        )


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


def _tracker(number: str) -> str:
    tracker = number.lstrip("0") or "0"
    if not tracker.isdecimal():
        raise Problem(f"终端编号应为数字：{number}", f"a terminal's number is made of digits: {number}")
    return tracker


def _datum(said: str) -> str | None:
    """None where nothing is said."""
    if said not in ("", *DATUMS):
        raise Problem(f"坐标系应为 wgs84、gcj02 或 bd09：{said}", f"a datum is wgs84, gcj02 or bd09: {said}")
    return said or None


def _check_factor(said: float | None) -> None:
    if said is not None and not _FACTOR_LEAST <= said <= _FACTOR_MOST:  # NaN is in no range
        raise Problem(
            f"速度系数应在 {_FACTOR_LEAST} 到 {_FACTOR_MOST} 之间（米/秒为 3.6，节为 1.852）：{said}",
            f"a speed factor is between {_FACTOR_LEAST} and {_FACTOR_MOST} (3.6 for m/s, 1.852 for knots): {said}",
        )


def _ask(question: Callable[[Connection], Awaitable[T]]) -> T:
    async def asked() -> Any:
        with store_errors():
            async with await connect(
                find_database(Settings()), autocommit=True, application="gongche terminals"
            ) as conn:
                return await question(conn)

    answer: T = asyncio.run(asked())
    return answer
