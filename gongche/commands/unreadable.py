"""``gongche unreadable``: what could not be read, and reading it again."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from gongche import logs
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import record
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.rereading import FutureError, Reread, refuse_future, reread
from gongche.settings import Settings
from ingest.reasons import Reason, words
from store import messages
from store.database import connect
from store.errors import store_errors
from store.messages import Chosen, Unread

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="What could not be read, read again · 无法读取的消息"
)

_HEADINGS = {
    "reason": "原因 reason",
    "messages": "条数 messages",
    "whole": "可重读 can be reread",
    "first_at": "最早 first",
    "last_at": "最近 last",
}


@app.command("list")
def list_unreadable(form: FormatOption = Format.TABLE) -> None:
    """What waits unread, by reason, the most first · 列出无法读取的消息. Exit status 1: there is some."""
    settings = Settings()
    found = asyncio.run(_unread(settings))
    rows = [
        asdict(one)
        | {
            "reason": one.reason if form is Format.JSON else f"{one.reason} {words(one.reason)}",
            "first_at": one.first_at.astimezone(settings.zone),
            "last_at": one.last_at.astimezone(settings.zone),
        }
        for one in found
    ]
    print_rows(rows, headings=_HEADINGS, form=form)
    raise typer.Exit(FOUND_PROBLEMS if found else 0)


@app.command("reread")
def reread_unreadable(
    reason: Annotated[
        Reason | None, typer.Option("--reason", help="only those of this reason · 只重读此原因的")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="received from this local time on · 自何时收到")] = None,
    until: Annotated[datetime | None, typer.Option(help="received before this local time · 至何时之前收到")] = None,
    behind_min: Annotated[
        int,
        typer.Option(
            "--clock-behind-min",
            min=0,
            max=60 * 24 * 366,
            help="our clock was so many minutes behind when they came · 当时本机时钟慢的分钟数",
        ),
    ] = 0,
    by: Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Read again what is kept whole, and take in what can be read now; the rest stays · 重读并入库.

    Exit status 1: some still cannot be read.
    """
    logs.configure("unreadable")
    if behind_min and not (reason is Reason.CLOCK_AHEAD and since and until):
        raise Problem(
            "--clock-behind-min 须与 --reason clock_ahead、--since、--until 同用：写明本机时钟何时是慢的",
            "--clock-behind-min needs --reason clock_ahead, --since and --until: say when our clock was behind",
        )
    settings = Settings()
    chosen = Chosen(reason, _moment(since, settings), _moment(until, settings))
    try:
        done = asyncio.run(_reread(settings, chosen, timedelta(minutes=behind_min), by))
    except FutureError as error:
        at = f"{error.at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
        raise Problem(
            f"按慢 {behind_min} 分钟计算，收到时间会晚于现在（{at}），请核对 --clock-behind-min",
            f"with a clock {behind_min} min behind they would have come later than now ({at}): "
            "look at --clock-behind-min",
        ) from error
    told = {"messages": done.messages, "read": done.read, "outcomes": dict(done.outcomes), "still": dict(done.still)}
    print_record(told, form=form)
    if done.still:
        raise typer.Exit(FOUND_PROBLEMS)


def _moment(told: datetime | None, settings: Settings) -> datetime | None:
    return told if told is None or told.tzinfo else told.replace(tzinfo=settings.zone)


async def _unread(settings: Settings) -> list[Unread]:
    with store_errors():
        async with await connect(find_database(settings), application="gongche unreadable") as conn:
            return await messages.unread(conn)


async def _reread(settings: Settings, chosen: Chosen, behind: timedelta, by: str) -> Reread:
    told = {
        name: value if isinstance(value, str) else value.astimezone(UTC).isoformat()
        for name, value in asdict(chosen).items()
        if value
    }
    with store_errors():
        async with await connect(find_database(settings), autocommit=True, application="gongche unreadable") as conn:
            now = datetime.now(UTC)
            await refuse_future(conn, chosen, now, behind)
            # Before the first of many transactions, as of an import of positions.
            await record(
                conn,
                "reread_messages",
                chosen.reason or "*",
                told | {"clock_behind_s": behind // timedelta(seconds=1)},
                by,
            )
            return await reread(
                conn, chosen, now, payload_bytes_max=settings.ingest_payload_bytes, behind=behind, zone=settings.zone
            )
