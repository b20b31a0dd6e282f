"""Targets 接收方 of letters: each change checked, done and entered in the audit chain in one transaction.

An address holds secrets. It is read by whoever sends (:func:`door`) and shown masked everywhere else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg.rows import dict_row, tuple_row

from fleet.audit import Deed, Detail
from fleet.name import plain_name
from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import LetterKind
from oversight.target import LetterLanguage, QuietBreak, QuietHours, Target, fault_of, masked
from store import audit
from store.database import Connection
from store.people import By
from store.sql import load

_queries = load("targets")


class TargetRefusedError(ValueError):
    """Why something cannot be done about a target, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class StoredTarget:
    """A target as people may see it. ``unit_id``: of the unit that ``unit_ids`` begin at."""

    target: Target
    masked_address: str
    unit_id: int | None = None
    unit_code: str | None = None
    unit: str | None = None

    @property
    def ordered_roles(self) -> list[Role]:
        return [role for role in Role if role in self.target.roles]

    @property
    def ordered_kinds(self) -> list[LetterKind]:
        return [kind for kind in LetterKind if kind in self.target.kinds]


@dataclass(frozen=True, slots=True)
class Door:
    """Where a target is, and what signs for it. Neither is ever printed."""

    address: str = field(repr=False)
    signing_key: str = field(repr=False)


async def targets(conn: Connection) -> list[StoredTarget]:
    """All targets by name, disabled ones last."""
    return await _targets(conn, None)


async def target(conn: Connection, target_id: int) -> StoredTarget | None:
    """The target with this number."""
    return next(iter(await _targets(conn, target_id)), None)


async def named(conn: Connection, name: str) -> StoredTarget:
    """The target of this name. Raises TargetRefusedError."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["id_of"], {"name": plain_name(name)})
        row = await cursor.fetchone()
    found = None if row is None else await target(conn, int(row[0]))
    if found is None:
        raise TargetRefusedError(f"没有接收方：{name}", f"there is no target {name}")
    return found


async def door(conn: Connection, target_id: int) -> Door:
    """Where the target is; for whoever sends."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["door"], {"id": target_id})
        row = await cursor.fetchone()
    if row is None:
        raise ValueError(f"there is no target {target_id}")
    return Door(*row)


async def add(conn: Connection, by: By, wanted: StoredTarget, address: str) -> str:
    """A new target; of a webhook the key that signs, told this once, else ''. Raises TargetRefusedError."""
    key = secrets.token_urlsafe(32) if wanted.target.is_webhook else ""
    async with conn.transaction():
        await conn.execute(_queries["lock_targets"])
        wanted = await _checked(conn, wanted)
        await conn.execute(_queries["add"], _values(wanted) | {"address": address, "signing_key": key})
        shown = replace(wanted, masked_address=masked(address))
        await _record(conn, by, "add_target", wanted.target.name, _told(shown))
    return key


async def change(
    conn: Connection, by: By, wanted: StoredTarget, *, address: str | None = None, new_key: bool = False
) -> str:
    """A target as it is from now on, found by its number. A new address, a new key only where asked for; the new key is
    told this once. Raises TargetRefusedError."""
    async with conn.transaction():
        await conn.execute(_queries["lock_targets"])
        before = await target(conn, wanted.target.id)
        if before is None:
            raise TargetRefusedError(f"没有接收方：{wanted.target.name}", f"there is no target {wanted.target.name}")
        wanted = await _checked(conn, wanted)
        key = _key_of(wanted.target, before.target, new_key)
        values = _values(wanted) | {"id": wanted.target.id, "address": address, "signing_key": key}
        await conn.execute(_queries["change"], values)
        await conn.execute(_queries["look_again"], {"id": wanted.target.id, "at": by.at})
        after = replace(wanted, masked_address=masked(address) if address else before.masked_address)
        told = _differing(_told(before), _told(after))
        told |= {"new_address": True} if address else {}
        told |= {"new_key": True} if key else {}
        if told:
            await _record(conn, by, "change_target", before.target.name, told)
    return key or ""


async def enable(conn: Connection, by: By, target_id: int, *, enabled: bool) -> None:
    """Whether letters go to it from now on; what waits for one that is disabled is not sent."""
    async with conn.transaction():
        await conn.execute(_queries["lock_targets"])
        found = await target(conn, target_id)
        if found is None:
            raise TargetRefusedError(f"没有编号为 {target_id} 的接收方", f"there is no target {target_id}")
        if found.target.enabled is enabled:
            return
        await conn.execute(_queries["enable"], {"id": target_id, "enabled": enabled})
        if not enabled:
            await conn.execute(_queries["drop_waiting"], {"id": target_id, "at": by.at})
        await _record(conn, by, "enable_target" if enabled else "disable_target", found.target.name, {})


async def record_test(conn: Connection, by: By, name: str, outcome: str) -> None:
    """Enters that somebody sent a trial letter."""
    await _record(conn, by, "test_target", name, {"outcome": outcome})


def _key_of(wanted: Target, before: Target, new_key: bool) -> str | None:
    """The key to store: a new one for what is a webhook only now or where asked for, none for what is one no more."""
    if not wanted.is_webhook:
        return ""
    return secrets.token_urlsafe(32) if new_key or not before.is_webhook else None


async def _checked(conn: Connection, wanted: StoredTarget) -> StoredTarget:
    name = plain_name(wanted.target.name)
    units = None if wanted.unit_id is None else frozenset({wanted.unit_id})
    wanted = replace(wanted, target=replace(wanted.target, name=name, unit_ids=units))
    if fault := fault_of(wanted.target):
        raise TargetRefusedError(*fault)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["id_of"], {"name": name})
        row = await cursor.fetchone()
    if row is not None and row[0] != wanted.target.id:
        raise TargetRefusedError(f"已有接收方“{name}”", f"there is a target {name} already")
    return wanted


async def _targets(conn: Connection, target_id: int | None) -> list[StoredTarget]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_queries["targets"], {"id": target_id})
        return [_target(row) for row in await cursor.fetchall()]


def _target(row: dict[str, Any]) -> StoredTarget:
    quiet = None if row["quiet_from"] is None else QuietHours(row["quiet_from"], row["quiet_until"])
    found = Target(
        id=row["id"],
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"]),
        unit_ids=None if row["unit_ids"] is None else frozenset(row["unit_ids"]),
        kinds=frozenset(LetterKind(kind) for kind in row["kinds"]),
        least_severity=Severity(row["least_severity"]),
        is_for_confidential=row["is_for_confidential"],
        language=LetterLanguage(row["language"]),
        quiet=quiet,
        breaks_quiet=QuietBreak(row["breaks_quiet"]),
        is_webhook=row["is_webhook"],
        again_when_unsure=row["again_when_unsure"],
        enabled=row["enabled"],
    )
    return StoredTarget(found, masked(row["address"]), row["unit_id"], row["unit_code"], row["unit"])


def _values(wanted: StoredTarget) -> dict[str, Any]:
    one = wanted.target
    return {
        "name": one.name,
        "roles": [role.value for role in wanted.ordered_roles],
        "unit_id": wanted.unit_id,
        "kinds": [kind.value for kind in wanted.ordered_kinds],
        "least_severity": one.least_severity.value,
        "is_for_confidential": one.is_for_confidential,
        "language": one.language.value,
        "quiet_from": one.quiet.begin if one.quiet else None,
        "quiet_until": one.quiet.until if one.quiet else None,
        "breaks_quiet": one.breaks_quiet.value,
        "again_when_unsure": one.again_when_unsure,
    }


def _told(stored: StoredTarget) -> dict[str, Detail | list[Detail]]:
    """As the audit chain holds it: no secret."""
    values = _values(stored)
    quiet = f"{values.pop('quiet_from'):%H:%M}-{values.pop('quiet_until'):%H:%M}" if stored.target.quiet else None
    values.pop("quiet_from", None)
    values.pop("quiet_until", None)
    return values | {"quiet": quiet, "address": stored.masked_address}


def _differing(
    before: dict[str, Detail | list[Detail]], after: dict[str, Detail | list[Detail]]
) -> dict[str, Detail | list[Detail]]:
    changed = {name: value for name, value in after.items() if before[name] != value}
    return changed | {f"{name}_before": before[name] for name in changed}


async def _record(conn: Connection, by: By, act: str, subject: str, details: dict[str, Detail | list[Detail]]) -> None:
    await audit.record(conn, Deed(actor=by.actor, role=by.role, act=act, subject=subject, details=details), by.at)
