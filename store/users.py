"""People who may sign in: argon2 hashes, lock-out after repeated failures."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from psycopg.rows import tuple_row

from store.database import Connection
from store.sql import load

ADMIN = "admin"

_queries = load("users")
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex())


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may sign in. A new password gives a new ``password_mark``, which ends older sessions."""

    id: int
    name: str
    role: str
    password_mark: str


@dataclass(frozen=True, slots=True)
class Locked:
    """Too many failures: this name may not sign in before ``until``."""

    until: datetime


async def ensure_admin(conn: Connection) -> str | None:
    """Makes the first user, ``admin``, where there are none; its password when it has just been made."""
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    async with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["count_all"])
        if await cursor.fetchone() != (0,):
            return None
        await _insert(conn, ADMIN, password, "admin")
    return password


async def add_user(conn: Connection, name: str, password: str, role: str) -> bool:
    """A new person; False when the name is taken."""
    async with conn.transaction():
        return await _insert(conn, name, password, role)


async def _insert(conn: Connection, name: str, password: str, role: str) -> bool:
    password_hash = await asyncio.to_thread(_hasher.hash, password)
    row = {"name": name, "password_hash": password_hash, "role": role}
    cursor = await conn.execute(_queries["add"], row)
    return await cursor.fetchone() is not None


async def sign_in(conn: Connection, name: str, password: str, now: datetime) -> User | Locked | None:
    """The user with this name and password; ``None`` when they are wrong; ``Locked`` after five failures.

    Run it in a transaction that gets committed: failures are counted there. An unknown name takes as long,
    and is locked in the same way, as a known one.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["locked_until"], {"name": name, "now": now})
        if (locked := await cursor.fetchone()) is not None:
            return Locked(locked[0])
        await cursor.execute(_queries["by_name"], {"name": name})
        row = await cursor.fetchone()
        right = await asyncio.to_thread(_verify, row[3] if row else _NOBODY, password)
        if row and right:
            await cursor.execute(_queries["forget_failures"], {"name": name, "now": now})
            return _user(row)
        await cursor.execute(_queries["record_failure"], {"name": name, "now": now})
        failure = await cursor.fetchone()
    return Locked(failure[0]) if failure and failure[0] else None


async def user(conn: Connection, user_id: int) -> User | None:
    """The user with this id, if there still is one."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["by_id"], {"id": user_id})
        row = await cursor.fetchone()
    return _user(row) if row else None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _user(row: tuple[Any, ...]) -> User:
    user_id, name, role, password_hash = row
    return User(user_id, name, role, hashlib.sha256(password_hash.encode()).hexdigest()[:16])
