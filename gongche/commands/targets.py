"""``gongche targets``: where letters go to outside of the pages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeVar

import typer

from fleet.role import Role
from fleet.violation import Severity
from gongche.addresses import find_database
from gongche.carrier import is_webhook, written_for_apprise
from gongche.commands.output import Format, FormatOption, print_record, print_rows
from gongche.doing import doer
from gongche.problem import FOUND_PROBLEMS, Problem
from gongche.settings import Settings
from gongche.target_form import quiet_of, try_target
from oversight.delivery import Outcome
from oversight.letter import LetterKind
from oversight.target import LetterLanguage, QuietBreak, Target
from store import targets as store
from store import users
from store.database import Connection, connect
from store.errors import store_errors
from store.targets import StoredTarget, TargetRefusedError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Where letters go to · 通知接收方")
T = TypeVar("T")

Name = Annotated[str, typer.Argument(metavar="NAME", help="as `gongche targets list` shows it · 名称")]
ByOption = Annotated[str, typer.Option("--by", help="who does it; your login name unless told · 经办人")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="who reads there; may be given several times · 角色")]
UnitOption = Annotated[
    str | None,
    typer.Option("--unit", help="only about this unit and those below it, by its code; `all` · 单位代码"),
]
Kinds = Annotated[
    list[LetterKind] | None, typer.Option("--kind", help="which letters; all unless told; several times · 通知种类")
]
Least = Annotated[Severity | None, typer.Option("--least", help="no milder ones · 最低级别")]
Confidential = Annotated[
    bool | None,
    typer.Option("--confidential/--no-confidential", help="confidential mail's cars too · 机要通信车辆"),
]
LanguageOption = Annotated[LetterLanguage | None, typer.Option("--language", help="zh, en or both · 语言")]
Quiet = Annotated[str | None, typer.Option("--quiet", help="local hours, such as 22:00-07:00; `none` · 免打扰")]
Breaks = Annotated[QuietBreak | None, typer.Option("--breaks-quiet", help="what comes although it is quiet · 可打扰的")]
Again = Annotated[
    bool | None,
    typer.Option("--again-when-unsure/--not-again", help="send again what may have arrived, marked · 不确定时重发"),
]

_HEADINGS = {
    "name": "名称 name",
    "address": "地址 address",
    "roles": "角色 roles",
    "unit": "单位 unit",
    "kinds": "种类 kinds",
    "least_severity": "最低级别 least",
    "quiet": "免打扰 quiet",
    "language": "语言 language",
    "enabled": "启用 enabled",
}


@app.command("list")
def list_targets(form: FormatOption = Format.TABLE) -> None:
    """List targets, disabled ones last; addresses are masked · 列出接收方."""
    print_rows([_row(one) for one in _done(store.targets)], headings=_HEADINGS, form=form)


def _row(one: StoredTarget) -> dict[str, object]:
    target = one.target
    return {
        "name": target.name,
        "address": one.masked_address,
        "is_webhook": target.is_webhook,
        "roles": [role.value for role in one.ordered_roles],
        "unit": one.unit_code,
        "kinds": [kind.value for kind in one.ordered_kinds],
        "least_severity": target.least_severity.value,
        "is_for_confidential": target.is_for_confidential,
        "language": target.language.value,
        "quiet": f"{target.quiet.begin:%H:%M}-{target.quiet.until:%H:%M}" if target.quiet else None,
        "breaks_quiet": target.breaks_quiet.value,
        "again_when_unsure": target.again_when_unsure,
        "enabled": target.enabled,
    }


@app.command("add")
def add(
    name: Name,
    role: Roles = None,
    unit: UnitOption = None,
    kind: Kinds = None,
    least: Least = None,
    confidential: Confidential = None,
    language: LanguageOption = None,
    quiet: Quiet = None,
    breaks_quiet: Breaks = None,
    again: Again = None,
    by: ByOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Add a target; its address is asked for, or read from standard input · 增加接收方.

    A webhook's key, which its letters are signed with, is printed this once.
    """
    address = _asked_address()
    new = StoredTarget(Target(id=0, name=name, roles=frozenset(), is_webhook=is_webhook(address)), "")

    async def act(conn: Connection) -> str:
        wanted = await _wanted(conn, new, role, unit, kind, least, confidential, language, quiet, breaks_quiet, again)
        return await store.add(conn, doer(by), wanted, address)

    key = _done(act)
    print_record({"target": name} | ({"signing_key": key} if key else {}), form=form)


@app.command("change")
def change(
    name: Name,
    role: Roles = None,
    unit: UnitOption = None,
    kind: Kinds = None,
    least: Least = None,
    confidential: Confidential = None,
    language: LanguageOption = None,
    quiet: Quiet = None,
    breaks_quiet: Breaks = None,
    again: Again = None,
    new_address: Annotated[bool, typer.Option("--new-address", help="ask for another address · 更换地址")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="make a webhook another key · 更换密钥")] = False,
    by: ByOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Change what is told of a target; the rest stays · 修改接收方."""
    address = _asked_address() if new_address else None

    async def act(conn: Connection) -> str:
        before = await store.named(conn, name)
        if address is not None:
            before = replace(before, target=replace(before.target, is_webhook=is_webhook(address)))
        wanted = await _wanted(
            conn, before, role, unit, kind, least, confidential, language, quiet, breaks_quiet, again
        )
        return await store.change(conn, doer(by), wanted, address=address, new_key=new_key)

    key = _done(act)
    print_record({"target": name} | ({"signing_key": key} if key else {}), form=form)


@app.command("disable")
def disable(name: Name, by: ByOption = "") -> None:
    """Send nothing to a target any more, what waits for it included · 停用接收方."""
    _enable(name, by, enabled=False)
    typer.echo(f"{name}: 已停用 disabled")


@app.command("enable")
def enable(name: Name, by: ByOption = "") -> None:
    """Send to a target again, from the next letter on · 恢复接收方."""
    _enable(name, by, enabled=True)
    typer.echo(f"{name}: 已启用 enabled")


@app.command("test")
def send_trial(name: Name, by: ByOption = "") -> None:
    """Send a trial letter now; exit status 1 where it did not arrive or may not have · 发测试通知."""
    settings = Settings()

    async def act(conn: Connection) -> tuple[str, str]:
        found = await store.named(conn, name)
        door = await store.door(conn, found.target.id)
        carried = await asyncio.to_thread(try_target, found.target, door, settings.public_url, doer(by))
        await store.record_test(conn, doer(by), found.target.name, carried.outcome.value)
        return carried.outcome.value, carried.error

    outcome, error = _done(act)
    typer.echo(f"{name}: {outcome} {error}".rstrip())
    raise typer.Exit(0 if outcome == Outcome.SENT else FOUND_PROBLEMS)


def _enable(name: str, by: str, *, enabled: bool) -> None:
    async def act(conn: Connection) -> None:
        found = await store.named(conn, name)
        await store.enable(conn, doer(by), found.target.id, enabled=enabled)

    _done(act)


async def _wanted(
    conn: Connection,
    before: StoredTarget,
    role: list[Role] | None,
    unit: str | None,
    kind: list[LetterKind] | None,
    least: Severity | None,
    confidential: bool | None,
    language: LetterLanguage | None,
    quiet: str | None,
    breaks_quiet: QuietBreak | None,
    again: bool | None,
) -> StoredTarget:
    target = before.target
    changed = replace(
        target,
        roles=frozenset(role) if role else target.roles,
        kinds=frozenset(kind) if kind else target.kinds,
        least_severity=least or target.least_severity,
        is_for_confidential=target.is_for_confidential if confidential is None else confidential,
        language=language or target.language,
        quiet=target.quiet if quiet is None else quiet_of(quiet),
        breaks_quiet=breaks_quiet or target.breaks_quiet,
        again_when_unsure=target.again_when_unsure if again is None else again,
    )
    unit_id = before.unit_id if unit is None else await _unit(conn, unit)
    return replace(before, target=changed, unit_id=unit_id)


async def _unit(conn: Connection, code: str) -> int | None:
    if code == "all":
        return None
    found = await users.unit_id_of(conn, code)
    if found is None:
        raise Problem(f"没有代码为 {code} 的单位", f"there is no unit with the code {code}")
    return found


def _asked_address() -> str:
    """Not an option: the list of processes and the shell's history would keep it."""
    if sys.stdin.isatty():
        said: str = typer.prompt("地址（不回显） address (not shown)", hide_input=True)
    else:
        said = sys.stdin.readline()
    return written_for_apprise(said)


def _done(act: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        with store_errors():
            dsn = find_database(Settings())
            async with await connect(dsn, autocommit=True, application="gongche targets") as conn:
                return await act(conn)

    try:
        return asyncio.run(connected())
    except TargetRefusedError as refused:
        raise Problem(refused.zh, refused.en) from None
