"""What is done about people: each act checked, done and entered in the audit chain in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fleet import password, role
from fleet.audit import Deed, Detail
from fleet.name import plain_name
from fleet.person import is_same_person
from fleet.role import Role
from store import audit, users
from store.database import Connection
from store.sql import load
from store.users import HeldPerson

MOST_CHARACTERS = 40
_queries = load("users")


class PersonRefusedError(ValueError):
    """Why something cannot be done about a person, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, as the audit chain names them, and when. ``user_id``: None at the command line."""

    actor: str
    role: str
    at: datetime
    user_id: int | None = None


async def add_person(
    conn: Connection, by: By, name: str, roles: Iterable[str], unit_id: int | None = None, *, given: str | None = None
) -> str:
    """A new person; the password, made here unless ``given``. Raises PersonRefusedError."""
    name, asked = plain_name(name), set(roles)
    async with conn.transaction():
        await conn.execute(_queries["lock_people"])
        _check_name(name, [one.name for one in await users.people(conn)])
        _refuse(role.fault_of(asked, has_unit=unit_id is not None))
        made = users.new_password() if given is None else given
        _refuse(password.fault_of(made, name))
        await users.add_user(conn, name, made, *asked, unit_id=unit_id)
        await _record(conn, by, "add_person", name, {**_told(asked, unit_id)})
    return made


async def reset_password(conn: Connection, by: By, who: int | str, *, given: str | None = None) -> str:
    """Another password for somebody, who is told it; their sessions end. Raises PersonRefusedError."""
    async with conn.transaction():
        person = await _held(conn, who)
        made = users.new_password() if given is None else given
        _refuse(password.fault_of(made, person.name))
        await users.set_password(conn, person, made)
        await _record(conn, by, "reset_password", person.name)
    return made


async def change_password(conn: Connection, by: By, new: str) -> None:
    """The own password; that the old one was given is the caller's to see to. Raises PersonRefusedError."""
    assert by.user_id is not None
    async with conn.transaction():
        person = await _held(conn, by.user_id)
        _refuse(password.fault_of(new, person.name))
        await users.set_password(conn, person, new)
        await _record(conn, by, "change_password", person.name)


async def change_roles(conn: Connection, by: By, who: int | str, roles: Iterable[str], unit_id: int | None) -> None:
    """Other roles for somebody, whose sessions end. Raises PersonRefusedError."""
    asked = set(roles)
    async with conn.transaction():
        person = await _held(conn, who)
        _refuse(role.fault_of(asked, has_unit=unit_id is not None))
        if by.user_id == person.id and asked - set(person.roles):
            raise PersonRefusedError(
                "不能给自己增加角色，请由另一位系统管理员操作",
                "nobody gives themselves a role: another administrator has to",
            )
        if asked == set(person.roles) and unit_id == person.unit_id:
            return
        await users.set_roles(conn, person, asked, unit_id)
        await _must_leave_an_administrator(conn)
        before = {f"{name}_before": value for name, value in _told(person.roles, person.unit_id).items()}
        await _record(conn, by, "change_roles", person.name, {**_told(asked, unit_id), **before})


async def disable(conn: Connection, by: By, who: int | str) -> None:
    """Somebody may sign in no more and their sessions end; the name stays. Raises PersonRefusedError."""
    async with conn.transaction():
        person = await _held(conn, who)
        if by.user_id == person.id:
            raise PersonRefusedError("不能停用自己的账号", "nobody disables themselves")
        if person.disabled_at is None:
            await users.set_disabled(conn, person, by.at)
            await _must_leave_an_administrator(conn)
            await _record(conn, by, "disable_person", person.name)


async def enable(conn: Connection, by: By, who: int | str) -> None:
    """Somebody may sign in again. Raises PersonRefusedError."""
    async with conn.transaction():
        person = await _held(conn, who)
        if person.disabled_at is not None:
            await users.set_disabled(conn, person, None)
            await _record(conn, by, "enable_person", person.name)


async def _held(conn: Connection, who: int | str) -> HeldPerson:
    await conn.execute(_queries["lock_people"])
    person = await users.hold(conn, plain_name(who) if isinstance(who, str) else who)
    if person is None:
        raise PersonRefusedError(f"没有此人：{who}", f"there is nobody called {who}")
    return person


async def _must_leave_an_administrator(conn: Connection) -> None:
    if not any(one.disabled_at is None and Role.ADMIN in one.roles for one in await users.people(conn)):
        raise PersonRefusedError(
            "至少要留一位可登录的系统管理员", "there must be a system administrator left who may sign in"
        )


def _check_name(name: str, taken: Iterable[str]) -> None:
    if not 1 <= len(name) <= MOST_CHARACTERS or not name.isprintable() or ":" in name:
        raise PersonRefusedError(
            f"用户名应为 1 至 {MOST_CHARACTERS} 个字符，不含冒号",
            f"a name has 1 to {MOST_CHARACTERS} characters and no colon",
        )
    for other in taken:
        if is_same_person(name, other):
            raise PersonRefusedError(
                f"已有用户 {other}；同名的人请加单位区分，如 王芳（财政）",
                f"there is a {other} already; tell people of one name apart, as 王芳（财政）",
            )


def _refuse(fault: tuple[str, str] | None) -> None:
    if fault is not None:
        raise PersonRefusedError(*fault)


def _told(roles: Iterable[str], unit_id: int | None) -> dict[str, Detail | list[Detail]]:
    held = set(roles)
    told: dict[str, Detail | list[Detail]] = {"roles": [one.value for one in Role if one in held]}
    return told if unit_id is None else {**told, "unit_id": unit_id}


async def _record(
    conn: Connection, by: By, act: str, name: str, details: dict[str, Detail | list[Detail]] | None = None
) -> None:
    await audit.record(conn, Deed(actor=by.actor, role=by.role, act=act, subject=name, details=details or {}), by.at)
