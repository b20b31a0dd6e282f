"""People who may sign in: argon2 hashes, lock-out after repeated failures, roles."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from psycopg.rows import class_row, tuple_row

from fleet.role import Role, joined
from store.database import Connection
from store.sql import load

ADMIN = "admin"
FIRST_ROLES = (Role.ADMIN, Role.HEAD)
"""Of the first user, who makes the others."""

_queries = load("users")
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may sign in. Another ``password_mark`` ends older sessions: it comes with a new password, other
    roles or another unit. ``unit_ids``: of a unit manager the own unit and those below it, else None."""

    id: int
    name: str
    roles: frozenset[Role]
    password_mark: str
    unit_id: int | None = None
    unit_ids: frozenset[int] | None = None

    @property
    def role(self) -> str:
        """All roles in one word, as the audit chain keeps them."""
        return joined(self.roles)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The right name and password, after so many wrong ones."""

    user: User
    failures: int


@dataclass(frozen=True, slots=True)
class Locked:
    """Too many failures: this name may not sign in before ``until``. ``whom``: the user who has just been locked."""

    until: datetime
    whom: User | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the administrator sees them."""

    id: int
    name: str
    roles: list[str]
    unit: str | None
    unit_code: str | None
    unit_id: int | None
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None

    @property
    def ordered_roles(self) -> list[Role]:
        """The roles in the order in which they are told."""
        return [role for role in Role if role in self.roles]


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """Somebody whom nobody else changes until the transaction ends."""

    id: int
    name: str
    roles: list[str]
    unit_id: int | None
    disabled_at: datetime | None


def new_password() -> str:
    """One that nobody guesses and that can be told over the telephone."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


async def ensure_admin(conn: Connection, roles: Iterable[Role] = FIRST_ROLES) -> str | None:
    """Makes the first user, ``admin``, where there are none; its password when it has just been made."""
    password = new_password()
    async with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count_all"])
        if await cursor.fetchone() != (0,):
            return None
        made = await _insert(conn, ADMIN, password, roles, None)
    return password if made else None


async def add_user(conn: Connection, name: str, password: str, *roles: str, unit_id: int | None = None) -> bool:
    """A new person; False when the name is taken. A unit manager needs a unit, nobody else has one."""
    async with conn.transaction():
        return await _insert(conn, name, password, roles, unit_id)


async def _insert(conn: Connection, name: str, password: str, roles: Iterable[str], unit_id: int | None) -> bool:
    row = {"name": name, "password_hash": await _hashed(password), "roles": _ordered(roles), "unit_id": unit_id}
    cursor = await conn.execute(_queries["add"], row)
    return await cursor.fetchone() is not None


async def sign_in(conn: Connection, name: str, password: str, now: datetime) -> SignedIn | Locked | None:
    """The user with this name and password; ``None`` when they are wrong; ``Locked`` after five failures.

    Run it in a transaction that gets committed: failures are counted there. An unknown name, and that of somebody
    who may sign in no more, takes as long and is locked in the same way as a known one.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["locked_until"], {"name": name, "now": now})
        if (locked := await cursor.fetchone()) is not None:
            return Locked(locked[0])
        await cursor.execute(_queries["by_name"], {"name": name})
        row = await cursor.fetchone()
        nobodys = await asyncio.to_thread(_nobodys_hash)  # asked for whoever comes, so that it tells nobody apart
        right = await asyncio.to_thread(_verify, row[3] if row else nobodys, password)
        known = _user(row) if row else None
        if known and right:
            await cursor.execute(_queries["forget_failures"], {"name": name, "now": now})
            (failures,) = await cursor.fetchone() or (0,)
            return SignedIn(known, failures)
        await cursor.execute(_queries["record_failure"], {"name": name, "now": now})
        failure = await cursor.fetchone()
    return Locked(failure[0], known) if failure and failure[0] else None


async def user(conn: Connection, user_id: int) -> User | None:
    """The user with this id, if there is one who may sign in."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["by_id"], {"id": user_id})
        row = await cursor.fetchone()
    return _user(row) if row else None


async def people(conn: Connection) -> list[Person]:
    """Everybody, by name; those who may sign in no more last."""
    async with conn.cursor(row_factory=class_row(Person)) as cursor:
        await cursor.execute(_queries["people"])
        return await cursor.fetchall()


async def hold(conn: Connection, who: int | str) -> HeldPerson | None:
    """The person of this id or name, whom nobody else changes until the transaction ends."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        if isinstance(who, str):
            await cursor.execute(_queries["id_of"], {"name": who})
            row = await cursor.fetchone()
            if row is None:
                return None
            who = int(row[0])
    async with conn.cursor(row_factory=class_row(HeldPerson)) as held:
        await held.execute(_queries["hold"], {"id": who})
        return await held.fetchone()


async def set_password(conn: Connection, person: HeldPerson, password: str) -> None:
    """Another password; a lock of the name ends."""
    await conn.execute(_queries["set_password"], {"id": person.id, "password_hash": await _hashed(password)})
    await conn.execute(_queries["unlock"], {"name": person.name})


async def set_roles(conn: Connection, person: HeldPerson, roles: Iterable[str], unit_id: int | None) -> None:
    """Other roles; the constraints of :func:`add_user`."""
    await conn.execute(_queries["set_roles"], {"id": person.id, "roles": _ordered(roles), "unit_id": unit_id})


async def set_disabled(conn: Connection, person: HeldPerson, now: datetime | None) -> None:
    """From ``now`` on this person may not sign in; with None: again."""
    await conn.execute(_queries["disable" if now else "enable"], {"id": person.id, "now": now})


async def unit_id_of(conn: Connection, code: str) -> int | None:
    """The id of the unit with this code."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["unit_by_code"], {"code": code})
        row = await cursor.fetchone()
    return int(row[0]) if row else None


async def first_unit(conn: Connection) -> int | None:
    """The id of a unit that has cars: the first by its code."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["first_unit"])
        row = await cursor.fetchone()
    return int(row[0]) if row else None


async def _hashed(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


@cache
def _nobodys_hash() -> str:
    """What the password of an unknown name is compared with. Not made before somebody signs in: it takes a quarter of a
    second, and every command reads this file."""
    return _hasher.hash(secrets.token_hex())


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _ordered(roles: Iterable[str]) -> list[str]:
    asked = set(roles)
    return [role.value for role in Role if role in asked] + sorted(asked - set(Role))


def _user(row: tuple[Any, ...]) -> User | None:
    """None for somebody who may sign in no more."""
    user_id, name, roles, password_hash, unit_id, disabled_at, unit_ids = row
    if disabled_at is not None:
        return None
    marked = f"{password_hash} {' '.join(roles)} {unit_id}"
    return User(
        user_id,
        name,
        frozenset(map(Role, roles)),
        hashlib.sha256(marked.encode()).hexdigest()[:16],
        unit_id,
        None if unit_ids is None else frozenset(unit_ids),
    )
