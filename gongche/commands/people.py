"""``gongche people``: who may sign in to the pages, and as what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from fleet.role import Role
from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import doer
from gongche.problem import Problem
from gongche.settings import Settings
from store import people, users
from store.database import Connection, connect
from store.errors import store_errors
from store.people import PersonRefusedError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Who may sign in, and as what · 人员")
T = TypeVar("T")

Name = Annotated[str, typer.Argument(metavar="NAME", help="as `gongche people list` shows it · 用户名")]
Roles = Annotated[list[Role], typer.Option("--role", help="what the person is; may be given several times · 角色")]
UnitOption = Annotated[str, typer.Option("--unit", help="a unit manager's unit, by its code · 用车单位代码")]
ByOption = Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")]

_HEADINGS = {
    "name": "用户名 name",
    "roles": "角色 roles",
    "unit": "单位 unit",
    "created_at": "开通 since",
    "disabled_at": "停用 disabled",
    "locked_until": "锁定至 locked until",
}


@app.command("list")
def list_people(form: FormatOption = Format.TABLE) -> None:
    """List everybody, those who may sign in no more last · 列出人员."""
    settings = Settings()
    rows = [
        {
            "name": one.name,
            "roles": [role.value for role in one.ordered_roles],
            "unit": one.unit if form is Format.TABLE else one.unit_code,
            "created_at": one.created_at.astimezone(settings.zone),
            "disabled_at": one.disabled_at and one.disabled_at.astimezone(settings.zone),
            "locked_until": one.locked_until and one.locked_until.astimezone(settings.zone),
        }
        for one in _done(users.people)
    ]
    print_rows(rows, headings=_HEADINGS, form=form)


@app.command("add")
def add(name: Name, role: Roles, unit: UnitOption = "", by: ByOption = "", form: FormatOption = Format.TABLE) -> None:
    """Add somebody; the password is printed this once · 增加人员."""

    async def act(conn: Connection) -> str:
        return await people.add_person(conn, doer(by), name, role, await _unit(conn, unit))

    print_record({"user": name, "password": _done(act)}, form=form)


@app.command("role")
def change_role(name: Name, role: Roles, unit: UnitOption = "", by: ByOption = "") -> None:
    """Give somebody these roles instead of those before; sessions end · 变更角色."""

    async def act(conn: Connection) -> None:
        await people.change_roles(conn, doer(by), name, role, await _unit(conn, unit))

    _done(act)
    typer.echo(f"{name}: {', '.join(role)}")


@app.command("reset-password")
def reset_password(name: Name, by: ByOption = "", form: FormatOption = Format.TABLE) -> None:
    """Give somebody a new password, printed this once; sessions and a lock end · 重置密码."""
    made = _done(lambda conn: people.reset_password(conn, doer(by), name))
    print_record({"user": name, "password": made}, form=form)


@app.command("disable")
def disable(name: Name, by: ByOption = "") -> None:
    """Let somebody sign in no more; the name stays in the audit chain · 停用账号."""
    _done(lambda conn: people.disable(conn, doer(by), name))
    typer.echo(f"{name}: 已停用 disabled")


@app.command("enable")
def enable(name: Name, by: ByOption = "") -> None:
    """Let somebody sign in again, with the same password · 恢复账号."""
    _done(lambda conn: people.enable(conn, doer(by), name))
    typer.echo(f"{name}: 可登录 may sign in")


async def _unit(conn: Connection, code: str) -> int | None:
    if not code:
        return None
    found = await users.unit_id_of(conn, code)
    if found is None:
        raise Problem(f"没有代码为 {code} 的单位", f"there is no unit with the code {code}")
    return found


def _done(act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(Settings())
            async with await connect(dsn, autocommit=True, application="gongche people") as conn:
                return await act(conn)

    try:
        return asyncio.run(connected())
    except PersonRefusedError as refused:
        raise Problem(refused.zh, refused.en) from None
