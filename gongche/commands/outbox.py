"""``gongche outbox``: what was sent to whom, what waits, what failed; and trying that again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from gongche import doing
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_rows
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from oversight.delivery import DeliveryState
from store import outbox as store
from store.database import Connection, connect
from store.errors import store_errors
from store.outbox import ListedDelivery
from store.scope import EVERYTHING

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Letters: sent, waiting, failed · 发件箱")
T = TypeVar("T")
STATES = ["open", "trouble", *DeliveryState]

_HEADINGS = {
    "id": "编号 id",
    "subject": "通知 letter",
    "target": "接收方 target",
    "state": "状态 state",
    "attempts": "次数 attempts",
    "put_at": "写入 put in",
    "next_at": "下次 next",
    "settled_at": "完成 ended",
    "error": "原因 error",
}


@app.callback()
def _group() -> None:
    """Letters: sent, waiting, failed · 发件箱."""


@app.command("list")
def list_deliveries(
    state: Annotated[
        str | None, typer.Option("--state", help="open, trouble (failed or unsure), or one state · 状态")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="so many · 条数")] = 50,
    form: FormatOption = Format.TABLE,
) -> None:
    """List deliveries: what failed, what waits, then the newest · 列出投递.

    Exit status 1: some of those listed failed or are unsure.
    """
    if state is not None and state not in STATES:
        raise Problem(f"--state 应为 {'、'.join(STATES)} 之一", f"--state must be one of {', '.join(STATES)}")
    settings = Settings()
    found = _done(lambda conn: store.listed(conn, scope=EVERYTHING, state=state, limit=limit))
    print_rows([_row(one, settings) for one in found], headings=_HEADINGS, form=form)
    trouble = {DeliveryState.FAILED, DeliveryState.UNSURE}
    raise typer.Exit(FOUND_PROBLEMS if any(one.state in trouble for one in found) else 0)


def _row(one: ListedDelivery, settings: Settings) -> dict[str, object]:
    waits = one.state == DeliveryState.WAITING
    return {
        "id": one.id,
        "key": one.key,
        "kind": one.kind,
        "severity": one.severity,
        "subject": one.subject_zh,
        "target": one.target,
        "state": one.state,
        "attempts": one.attempts,
        "may_be_repeat": one.again,
        "put_at": one.put_at.astimezone(settings.zone),
        "next_at": one.next_at.astimezone(settings.zone) if waits and one.next_at else None,
        "waits_for": one.waits_for,
        "settled_at": one.settled_at.astimezone(settings.zone) if one.settled_at else None,
        "error": one.error,
    }


@app.command("retry")
def retry(
    delivery_id: Annotated[int, typer.Argument(metavar="DELIVERY", help="its number · 编号")],
    by: Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")] = "",
) -> None:
    """Try a delivery anew that failed or is unsure; the latter is marked as a possible repeat · 重发."""

    async def act(conn: Connection) -> str:
        async with conn.transaction():
            told = await store.retry(conn, delivery_id, doing.doer(by).at, scope=EVERYTHING)
            if told is None:
                raise Problem(
                    f"投递 {delivery_id} 没有失败，或其通知已撤销、接收方已停用",
                    f"delivery {delivery_id} has not failed, or its letter was taken back or its target disabled",
                )
            key, target, again = told
            await doing.record(conn, "retry_letter", key, {"target": target, "may_be_repeat": again}, by)
            return target

    typer.echo(f"{delivery_id} → {_done(act)}: 待发送 waiting")


def _done(act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(Settings())
            async with await connect(dsn, autocommit=True, application="gongche outbox") as conn:
                return await act(conn)

    return asyncio.run(connected())
