"""``gongche trackers``: trackers and their own users at the broker."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from fleet.credential import fault_of
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, json_text, print_record, print_rows
from gongche.credentials import new_credential
from gongche.doing import doer
from gongche.doing import record as enter
from gongche.embedded.folder import write_private
from gongche.exports.mosquitto import passwords_of, rights_of
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from store import credentials
from store.credentials import Passwordless, UnknownTrackerError
from store.database import Connection, connect
from store.errors import store_errors

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Trackers and their users at the broker · 终端接入凭据"
)
T = TypeVar("T")

_PRINTED = Path("-")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="the tracker's id · 终端编号")]
ByOption = Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")]

_HEADINGS = {
    "tracker": "终端 tracker",
    "may_sign_in": "专用密码 password",
    "at": "变更 changed",
    "actor": "经办人 by",
    "refused_sign_ins": "登录被拒 sign-ins refused",
    "refused_at": "最近被拒 last refused",
}
_REFUSAL_HEADINGS = {
    "kind": "类别 kind",
    "name": "用户名/客户端 user or client",
    "times": "次数 times",
    "first_at": "首次 first",
    "last_at": "最近 last",
    "topic": "主题 topic",
    "address": "来源 from",
}


class Broker(StrEnum):
    """Brokers that the list is written for; the embedded one has it by itself."""

    MOSQUITTO = "mosquitto"


@app.command("list")
def list_trackers(form: FormatOption = Format.TABLE) -> None:
    """List trackers, whether they have passwords of their own, what the broker refused them · 列出终端."""
    zone = Settings().zone
    rows = [
        asdict(one)
        | {
            "at": one.at and one.at.astimezone(zone),
            "refused_at": one.refused_at and one.refused_at.astimezone(zone),
        }
        for one in _done(credentials.listed)
    ]
    if form is Format.TABLE:
        rows = [row | {"may_sign_in": "有 yes" if row["may_sign_in"] else "–"} for row in rows]
    print_rows(rows, headings=_HEADINGS, form=form)


@app.command("password")
def password(number: Number, by: ByOption = "", form: FormatOption = Format.TABLE) -> None:
    """Give a tracker a new password, printed this once; the one before ends · 设置密码."""
    credential, told = new_credential(number)
    _done(lambda conn: credentials.issue(conn, doer(by), credential))
    print_record({"user": number, "password": told}, form=form)


@app.command("passwords")
def passwords(
    to: Annotated[
        Path, typer.Option("--to", dir_okay=False, help="CSV file for them, told this once; - to print it · 输出文件")
    ],
    numbers: Annotated[
        Path | None, typer.Option("--of", exists=True, dir_okay=False, help="file with numbers, one a line · 编号清单")
    ] = None,
    by: ByOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Give passwords to trackers that have none, all or those of a list, into a CSV file · 批量设置密码.

    Exit status 1: some cannot have one, as their ids cannot be users' names.
    """
    asked = None if numbers is None else _numbers_in(numbers)

    def _fit(one: Passwordless) -> bool:
        """A tracker that was lost had its password revoked: it gets another one if it is asked for, and only then."""
        return fault_of(one.code) is None and (asked is not None or not one.is_revoked)

    async def act(conn: Connection) -> list[Passwordless]:
        async with conn.transaction():
            who = doer(by)
            if unknown := set(asked or []) - {one.tracker for one in await credentials.listed(conn)}:
                raise UnknownTrackerError(", ".join(sorted(unknown)))
            found = await credentials.without(conn, asked, who.at)
            fit = [one for one in found if _fit(one)]
            new = [new_credential(one.code) for one in fit]
            if new:
                await credentials.issue_all(conn, who, [credential for credential, _ in new])
                _hand_over(_as_csv(zip(fit, (told for _, told in new), strict=True)), to)
        return found

    if to.exists():
        raise Problem(f"{to} 已存在，请另指定文件", f"{to} is there already: name another file")
    found = _done(act)
    unfit = [one.code for one in found if fault_of(one.code) is not None]
    told = {
        "issued": sum(map(_fit, found)),
        "cannot_have_one": unfit,
        "revoked": [one.code for one in found if one.is_revoked and not _fit(one) and one.code not in unfit],
    }
    if to == _PRINTED:
        typer.echo(json_text(told), err=True)
    else:
        print_record(told, form=form)
    if unfit:
        raise typer.Exit(FOUND_PROBLEMS)


def _hand_over(text: str, to: Path) -> None:
    """Before the passwords count: one that counts and is known to nobody would shut a tracker out."""
    if to == _PRINTED:
        typer.echo(text, nl=False)
        sys.stdout.flush()
    else:
        write_private(to, text)


def _numbers_in(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]


def _as_csv(rows: Iterable[tuple[Passwordless, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["终端编号 tracker", "车牌 plate", "单位 unit", "密码 password"])
    writer.writerows([one.code, one.plate or "", one.unit or "", told] for one, told in rows)
    return "\ufeff" + text.getvalue()  # as spreadsheets know UTF-8


@app.command("revoke")
def revoke(number: Number, by: ByOption = "") -> None:
    """Let a tracker sign in no more; the embedded broker cuts it off · 吊销密码. Exit status 1: it had no password."""
    if not _done(lambda conn: credentials.revoke(conn, doer(by), number)):
        raise Problem(f"{number} 没有专用密码", f"{number} has no password of its own", exit_status=FOUND_PROBLEMS)
    typer.echo(f"{number}: 已吊销 revoked")


@app.command("refusals")
def refusals(form: FormatOption = Format.TABLE) -> None:
    """What the embedded broker refused, the latest first · 被拒的登录与发布.

    Sign-ins by user name, publishes by client id.
    """
    zone = Settings().zone
    rows = [
        asdict(one) | {"first_at": one.first_at.astimezone(zone), "last_at": one.last_at.astimezone(zone)}
        for one in _done(credentials.refusals)
    ]
    print_rows(rows, headings=_REFUSAL_HEADINGS, form=form)


@app.command("export")
def export(
    broker: Annotated[Broker, typer.Argument(metavar="BROKER", help="mosquitto")],
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="folder for the files · 输出文件夹")],
    passwords: Annotated[
        Path | None, typer.Option("--passwords", help="password file with its other users · 其他用户的密码文件")
    ] = None,
    rights: Annotated[
        Path | None, typer.Option("--acl", help="ACL file with the rights of these · 其他用户的权限文件")
    ] = None,
    by: ByOption = "",
) -> None:
    """Write trackers' users for a broker of your own: `passwords` and `acl` in the folder · 导出用户名单."""
    others = ["" if file is None else file.read_text(encoding="utf-8") for file in (passwords, rights)]

    async def act(conn: Connection) -> int:
        async with conn.transaction():
            found = await credentials.in_force(conn)
            texts = {"passwords": passwords_of(found, others[0]), "acl": rights_of(found, others[1])}
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, text in texts.items():
                write_private(to / name, text)
            await enter(conn, "export_tracker_users", broker.value, {"trackers": len(found)}, by)
        return len(found)

    typer.echo(f"{to}: {_done(act)} 个终端 trackers")


def _done(act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(Settings())
            async with await connect(dsn, autocommit=True, application="gongche trackers") as conn:
                return await act(conn)

    try:
        return asyncio.run(connected())
    except UnknownTrackerError as unknown:
        raise Problem(
            f"没有终端 {unknown}，请先用 gongche import vehicles 或 gongche terminals admit 登记",
            f"there is no tracker {unknown}: register it first (`gongche import vehicles`, `gongche terminals admit`)",
        ) from None
