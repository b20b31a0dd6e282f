"""``gongche purchases``: the register with its totals, and one request with its meetings (docs/purchases.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from api.language import Language, Speech
from api.purchase_register import register_workbook
from fleet.clock import day_start_us, moment_of
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.problem import Problem
from gongche.settings import Settings
from oversight.purchases import totals_of
from store import purchases as store
from store.database import Connection, connect
from store.errors import store_errors
from store.purchases import PurchaseRow, StoredMeeting, waits_for
from store.scope import EVERYTHING

Found = TypeVar("Found")

_HEADINGS = {
    "id": "编号",
    "unit": "用车单位",
    "car": "用途与车型",
    "price_yuan": "申请（元）",
    "stands_at": "进展",
    "approved_yuan": "批准（元）",
    "requested_at": "申请时间",
}

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def purchases() -> None:
    """Requests to buy cars: list them with totals, show one · 购置."""


@app.command("list")
def list_purchases(
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2198, help="requests of this local year · 年份")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="write the register as XLSX · 登记册文件")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List requests, newest first, with the register's totals · 购置登记册."""
    settings = Settings()
    say = Speech(Language.ZH, settings.zone)
    since, until = (
        None if year is None else moment_of(day_start_us(date(one, 1, 1), settings.zone))
        for one in (year or 0, (year or 0) + 1)
    )

    async def read(conn: Connection) -> tuple[list[PurchaseRow], dict[int, list[StoredMeeting]]]:
        rows = await store.listed(conn, scope=EVERYTHING, since=since, until=until)
        return rows, await store.meetings(conn, [row.id for row in rows])

    rows, called = asyncio.run(_with_database(settings, read))
    totals = totals_of([row.counted for row in rows])
    if output is not None:
        _write(output, register_workbook(rows, totals, say))
    if form is Format.JSON:
        told = [_told(row, called.get(row.id, []), settings) for row in rows]
        print_record({"totals": asdict(totals), "purchases": told}, form=form)
        return
    print_rows([_line(row, called.get(row.id, []), say) for row in rows], headings=_HEADINGS, form=form)
    if form is Format.TABLE:
        counts = " · ".join(
            f"{say.t(f'purchases.{name}')} {getattr(totals, name)}"
            for name in ("requests", "approved", "refused", "waiting", "withdrawn")
        )
        sums = " · ".join(
            f"{say.t(f'purchases.{name}')} {getattr(totals, name):,.2f}"
            for name in ("requested_yuan", "approved_yuan", "saved_yuan")
        )
        typer.echo(f"{counts}\n{sums}")


@app.command("show")
def show(
    purchase: Annotated[int, typer.Argument(metavar="REQUEST", help="its number · 申请编号")],
    form: FormatOption = Format.TABLE,
) -> None:
    """One request with its joint meetings and their members' votes · 购置申请详情."""
    settings = Settings()

    async def read(conn: Connection) -> tuple[PurchaseRow | None, list[StoredMeeting]]:
        row = await store.one(conn, purchase, scope=EVERYTHING)
        return row, (await store.meetings(conn, [purchase])).get(purchase, [])

    row, called = asyncio.run(_with_database(settings, read))
    if row is None:
        raise Problem(f"没有编号为 {purchase} 的购置申请", f"there is no purchase request {purchase}")
    record = _told(row, called, settings)
    if form is Format.JSON:
        record["meetings"] = [_meeting(one) for one in called]
    else:
        say = Speech(Language.ZH, settings.zone)
        record |= {f"{say.t('purchases.meeting')} {one.number} {one.held_on}": _votes(one, say) for one in called}
    print_record(record, form=form)


def _told(row: PurchaseRow, called: list[StoredMeeting], settings: Settings) -> dict[str, Any]:
    return {
        "id": row.id,
        "unit": row.unit,
        "use_class": row.use_class,
        "body": row.body,
        "model": row.model,
        "energy": row.energy,
        "displacement_l": row.displacement_l,
        "price_yuan": row.price_yuan,
        "replaces": row.replaces,
        "reason": row.reason,
        "requested_at": row.requested_at.astimezone(settings.zone),
        "requested_by": row.requested_by,
        "waits_for": waits_for(row, called[-1] if called else None),
        "outcome": row.outcome,
        "approved_yuan": None if row.counted.decision is None else row.approved_yuan,
        "end_reason": row.end_reason,
        "ended_at": row.ended_at.astimezone(settings.zone) if row.ended_at else None,
        "ended_by": row.ended_by,
    }


def _line(row: PurchaseRow, called: list[StoredMeeting], say: Speech) -> dict[str, Any]:
    step = waits_for(row, called[-1] if called else None)
    words = [say.t(f"use.{row.use_class}"), say.t(f"carbody.{row.body}"), say.t(f"energy.{row.energy}"), row.model]
    return {
        "id": row.id,
        "unit": row.unit,
        "car": " ".join(word for word in words if word),
        "price_yuan": f"{row.price_yuan:.2f}",
        "stands_at": say.t(f"purchasestep.{step}" if step else f"purchasestate.{row.outcome}"),
        "approved_yuan": "" if row.counted.decision is None else f"{row.approved_yuan:.2f}",
        "requested_at": say.dated(row.requested_at),
    }


def _meeting(one: StoredMeeting) -> dict[str, Any]:
    members = [
        {"member": m.member, "vote": m.vote, "reason": m.reason, "entered_by": m.entered_by} for m in one.members
    ]
    return {"number": one.number, "held_on": one.held_on, "called_by": one.called_by, "members": members}


def _votes(one: StoredMeeting, say: Speech) -> str:
    return "；".join(
        f"{m.member} {say.t(f'vote.{m.vote}')}（{m.reason}）" if m.vote else f"{m.member} {say.t('purchases.no_vote')}"
        for m in one.members
    )


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        raise Problem(
            f"无法写入 {output}（{error.strerror}）", f"{output} cannot be written ({error.strerror})"
        ) from error


async def _with_database(settings: Settings, work: Callable[[Connection], Awaitable[Found]]) -> Found:
    with store_errors():
        async with await connect(find_database(settings), autocommit=True, application="gongche purchases") as conn:
            return await work(conn)
