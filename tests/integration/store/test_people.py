"""People and what is done about them: checked, done, and in the audit chain, all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime

import psycopg
import pytest

from fleet.role import Role
from store import people, users
from store.audit import entries
from store.database import Connection, connect
from store.people import By, PersonRefusedError
from store.users import SignedIn

NOW = datetime(2026, 10, 9, 0, 30, tzinfo=UTC)
BY = By("cli:root", "operator", NOW)


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as opened:
        await opened.execute("insert into units (code, name) values ('A', '教育局')")
        yield opened


async def refused(act: Awaitable[object]) -> str:
    with pytest.raises(PersonRefusedError) as error:
        await act
    return error.value.en


async def acts(conn: Connection) -> list[tuple[str, str, str]]:
    return [(entry.deed.actor, entry.deed.act, entry.deed.subject) async for entry in entries(conn)]


async def test_somebody_new_signs_in_and_is_in_the_chain(conn: Connection) -> None:
    password = await people.add_person(conn, BY, "王芳 （财政）", [Role.FINANCE])
    known = await users.sign_in(conn, "王芳（财政）", password, NOW)
    assert isinstance(known, SignedIn)
    assert (known.user.roles, known.user.unit_ids) == ({Role.FINANCE}, None)
    assert await acts(conn) == [("cli:root", "add_person", "王芳（财政）")]


async def test_a_name_is_one_person_however_it_is_written(conn: Connection) -> None:
    await people.add_person(conn, BY, "Li Si", [Role.STAFF])
    for name in ("lisi", "ＬＩ　ＳＩ", "Li  Si"):
        assert "there is a Li Si already" in await refused(people.add_person(conn, BY, name, [Role.HEAD]))
    for name in ("", "cli:root", "x" * 41):
        assert "a name has" in await refused(people.add_person(conn, BY, name, [Role.HEAD]))
    assert len(await acts(conn)) == 1, "what was refused is no entry"


async def test_a_unit_manager_has_a_unit_and_sees_those_below(conn: Connection) -> None:
    await conn.execute(
        "insert into units (code, name, parent_id) values ('B', '一小', 1), ('C', '附小', 2), ('D', '水利局', null)"
    )
    password = await people.add_person(conn, BY, "赵六", [Role.UNIT_MANAGER], 1)
    known = await users.sign_in(conn, "赵六", password, NOW)
    assert isinstance(known, SignedIn)
    assert known.user.unit_ids == {1, 2, 3}
    assert "needs a unit" in await refused(people.add_person(conn, BY, "钱七", [Role.UNIT_MANAGER]))
    assert "no other role" in await refused(people.add_person(conn, BY, "钱七", [Role.UNIT_MANAGER, Role.HEAD], 1))


@pytest.mark.parametrize(
    "wrong", ["'{}', null", "'{driver}', null", "'{unit_manager}', null", "'{staff}', 1", "'{unit_manager,staff}', 1"]
)
async def test_the_database_refuses_the_same(conn: Connection, wrong: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await conn.execute(
            f"insert into users (name, password_hash, roles, unit_id) values ('x', '', {wrong})".encode()
        )


async def test_there_is_always_an_administrator_who_may_sign_in(conn: Connection) -> None:
    await people.add_person(conn, BY, "一", [Role.ADMIN])
    assert "must be a system administrator" in await refused(people.disable(conn, BY, "一"))
    assert "must be a system administrator" in await refused(people.change_roles(conn, BY, "一", [Role.HEAD], None))
    await people.add_person(conn, BY, "二", [Role.ADMIN])
    await people.disable(conn, BY, "一")
    await people.disable(conn, BY, "一")
    assert "must be" in await refused(people.disable(conn, BY, "二"))
    assert [act for _, act, _ in await acts(conn)] == ["add_person", "add_person", "disable_person"]


async def test_nobody_gives_themselves_a_role_but_may_give_one_up(conn: Connection) -> None:
    await people.add_person(conn, BY, "一", [Role.ADMIN, Role.HEAD])
    (one,) = await users.people(conn)
    self = By("一", "head+admin", NOW, one.id)
    assert "gives themselves" in await refused(people.change_roles(conn, self, one.id, [Role.STAFF, Role.ADMIN], None))
    await people.change_roles(conn, self, one.id, [Role.ADMIN], None)
    assert "disables themselves" in await refused(people.disable(conn, self, one.id))
    assert (await users.people(conn))[0].roles == ["admin"]


async def test_a_new_password_ends_a_lock_and_old_sessions(conn: Connection) -> None:
    first = await people.add_person(conn, BY, "王芳", [Role.STAFF])
    known = await users.sign_in(conn, "王芳", first, NOW)
    assert isinstance(known, SignedIn)
    for _ in range(5):
        await users.sign_in(conn, "王芳", "wrong", NOW)
    second = await people.reset_password(conn, BY, "王芳")
    again = await users.sign_in(conn, "王芳", second, NOW)
    assert isinstance(again, SignedIn)
    assert again.user.password_mark != known.user.password_mark
    assert await users.sign_in(conn, "王芳", first, NOW) is None
