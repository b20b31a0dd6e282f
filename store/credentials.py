"""Trackers' users at the broker: entries of which the last one counts; and what the broker refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from fleet.audit import Deed, Detail
from fleet.credential import Credential
from store import audit
from store.database import Connection
from store.people import By
from store.scope import Scope
from store.sql import load

_queries = load("credentials")

FURTHER_NAMES = "*"
"""The name that refusals are counted under once there are a thousand others."""

_NAME_MAX = 64
_TOPIC_MAX = 200


class UnknownTrackerError(LookupError):
    """The centre has no tracker of this id."""


@dataclass(frozen=True, slots=True)
class ListedTracker:
    """A tracker and its credential. ``at``, ``actor``: of the last entry, None where there never was one."""

    tracker: str
    at: datetime | None
    actor: str | None
    may_sign_in: bool
    refused_sign_ins: int
    refused_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passwordless:
    """A tracker without a password, and the car that it is on. ``is_revoked``: it had one."""

    code: str
    plate: str | None
    unit: str | None
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often the broker refused somebody; ``topic`` and ``address`` are of the last time.

    ``kind`` is ``sign_in``, then the name is that of a user, or ``publish``, then it is a client id.
    """

    kind: str
    name: str
    times: int
    first_at: datetime
    last_at: datetime
    topic: str
    address: str


@dataclass(frozen=True, slots=True)
class SeenRefusal:
    """A refusal for pages; ``is_tracker``: its name is that of a registered tracker, which a client id only claims."""

    refusal: Refusal
    is_tracker: bool


async def issue(conn: Connection, by: By, credential: Credential) -> bool:
    """A tracker's new password, which ends the one before; False if there was none. Raises UnknownTrackerError."""
    async with conn.transaction():
        had_one = await _enter(conn, by, credential.tracker, credential.bcrypt, credential.pbkdf2_sha512)
        await _record(conn, by, "issue_tracker_password", credential.tracker, replaces=had_one)
    return had_one


async def without(conn: Connection, asked: Sequence[str] | None, now: datetime) -> list[Passwordless]:
    """Trackers that have no password, all or of those asked for, locked for the transaction."""
    values = {"asked": None if asked is None else list(asked), "now": now}
    async with conn.cursor(row_factory=class_row(Passwordless)) as cursor:
        await conn.execute(_queries["lock_trackers"], values)
        return await (await cursor.execute(_queries["without"], values)).fetchall()


async def issue_all(conn: Connection, by: By, new: Sequence[Credential]) -> None:
    """Passwords for trackers that have none, in the caller's transaction; one entry in the chain."""
    columns = {
        "trackers": [one.tracker for one in new],
        "bcrypts": [one.bcrypt for one in new],
        "pbkdf2s": [one.pbkdf2_sha512 for one in new],
    }
    await conn.execute(_queries["enter_all"], columns | {"at": by.at, "actor": by.actor})
    details: dict[str, Detail | list[Detail]] = {"trackers": [one.tracker for one in new]}
    deed = Deed(actor=by.actor, role=by.role, act="issue_tracker_passwords", subject="trackers", details=details)
    await audit.record(conn, deed, by.at)


async def revoke(conn: Connection, by: By, tracker: str) -> bool:
    """A tracker may sign in no more; False, and nothing entered, if it could not. Raises UnknownTrackerError."""
    async with conn.transaction():
        tracker_id = await _locked(conn, tracker)
        if not await _is_held(conn, tracker_id):
            return False
        await _enter(conn, by, tracker, None, None)
        await _record(conn, by, "revoke_tracker_password", tracker)
    return True


async def in_force(conn: Connection) -> list[Credential]:
    """Who may sign in now, by tracker."""
    return [Credential(*row) for row in await (await conn.execute(_queries["in_force"])).fetchall()]


async def entries(conn: Connection) -> int:
    """How many entries there are. Nothing is ever taken away: another number, another list, and the reverse."""
    row = await (await conn.execute(_queries["entries"])).fetchone()
    assert row is not None
    return int(row[0])


async def listed(conn: Connection) -> list[ListedTracker]:
    """All trackers, with or without a password of their own."""
    rows = await (await conn.execute(_queries["listed"])).fetchall()
    return [
        ListedTracker(code, at, actor, bool(may), int(refused), refused_at)
        for code, at, actor, may, refused, refused_at in rows
    ]


async def count_refusals(conn: Connection, new: Sequence[Refusal]) -> None:
    """Adds what the broker refused meanwhile; ``times`` counts, ``last_at`` is when."""
    async with conn.transaction():
        for one in new:
            values = {
                "kind": one.kind,
                "name": one.name.replace("\0", "")[:_NAME_MAX],
                "times": one.times,
                "at": one.last_at,
                "topic": one.topic.replace("\0", "")[:_TOPIC_MAX],
                "address": one.address,
            }
            await conn.execute(_queries["count_refusals"], values)


async def refusals(conn: Connection) -> list[Refusal]:
    """What the broker refused so far, the latest first."""
    return [Refusal(*row) for row in await (await conn.execute(_queries["refusals"])).fetchall()]


async def seen_refusals(conn: Connection, scope: Scope, since: datetime, limit: int) -> list[SeenRefusal]:
    """What the broker refused since, the latest first; nothing for whoever sees some units only."""
    values = {"since": since, "limit": limit} | scope.values
    rows = await (await conn.execute(_queries["seen_refusals"], values)).fetchall()
    return [SeenRefusal(Refusal(*told), is_tracker) for *told, is_tracker in rows]


async def refused_sign_ins(conn: Connection, name: str) -> Refusal | None:
    """The sign-ins in this name that the broker refused so far; None: there were none."""
    row = await (await conn.execute(_queries["refused_sign_ins"], {"name": name})).fetchone()
    return None if row is None else Refusal(*row)


async def refusals_by_kind(conn: Connection) -> dict[str, int]:
    """How often the broker refused somebody so far; a kind that never was is left out."""
    return dict(await (await conn.execute(_queries["refusals_by_kind"])).fetchall())


async def _enter(conn: Connection, by: By, tracker: str, bcrypt: str | None, pbkdf2_sha512: str | None) -> bool:
    tracker_id = await _locked(conn, tracker)
    had_one = await _is_held(conn, tracker_id)
    values = {"tracker_id": tracker_id, "bcrypt": bcrypt, "pbkdf2_sha512": pbkdf2_sha512}
    await conn.execute(_queries["enter"], values | {"at": by.at, "actor": by.actor})
    return had_one


async def _locked(conn: Connection, tracker: str) -> int:
    row = await (await conn.execute(_queries["lock_tracker"], {"tracker": tracker})).fetchone()
    if row is None:
        raise UnknownTrackerError(tracker)
    return int(row[0])


async def _is_held(conn: Connection, tracker_id: int) -> bool:
    row = await (await conn.execute(_queries["held"], {"tracker_id": tracker_id})).fetchone()
    return row is not None and bool(row[0])


async def _record(conn: Connection, by: By, act: str, tracker: str, **details: bool) -> None:
    await audit.record(conn, Deed(actor=by.actor, role=by.role, act=act, subject=tracker, details=details), by.at)
