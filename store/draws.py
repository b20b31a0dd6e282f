"""The weekly draw 抽签: seeds, frames, who was chosen, and the sheets 抽查记录 that are signed. All of it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from fleet.vehicle import UseClass
from fleet.week import Week
from oversight.draw import chosen_names
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("draws")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommitment:
    """A week's seed and the key of its pseudonyms, both secret until the draw, the key after it, too."""

    week: date
    attempt: int
    seed: bytes
    key: bytes
    committed_at: datetime
    committed_by: str
    reason: str | None

    @property
    def seed_sha256(self) -> str:
        return hashlib.sha256(self.seed).hexdigest()

    @property
    def key_sha256(self) -> str:
        return hashlib.sha256(self.key).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledCar:
    """A car for a frame. ``last_drawn`` and ``waits_since`` are Mondays."""

    vehicle_id: int
    plate: str
    use_class: str
    unit_code: str
    unit_name: str
    last_drawn: date | None
    waits_since: date

    @property
    def is_confidential(self) -> bool:
        return self.use_class == UseClass.CONFIDENTIAL_MAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraw:
    """A draw as it was published. ``reason``: why it took the place of the one before, if it did."""

    id: int
    week: date
    attempt: int
    frozen_at: datetime
    drawn_by: str
    digest: bytes
    published: str
    committed_at: datetime
    committed_by: str
    reason: str | None

    @property
    def told(self) -> dict[str, Any]:
        """What is published, read."""
        told: dict[str, Any] = json.loads(self.published)
        return told


@dataclass(frozen=True, slots=True)
class NamedCar:
    """The car behind a name of the frame; ``why`` it is chosen, if it is."""

    name: str
    plate: str
    use_class: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A chosen car's sheet; what was found is None until it is signed."""

    vehicle_id: int
    plate: str
    use_class: str
    unit_id: int
    unit: str
    why: str
    finding: str | None
    note: str | None
    facts: dict[str, Any] | None
    signed_by: str | None
    signed_at: datetime | None
    case_id: int | None
    """the case that a doubtful one led to"""


@dataclass(frozen=True, slots=True)
class SheetOfCase:
    """The sheet that a case came from."""

    week: date
    vehicle_id: int

    @property
    def week_name(self) -> str:
        """As addresses have it: 2026-W41."""
        return str(Week(self.week))


@dataclass(frozen=True, slots=True)
class UnitCoverage:
    """A unit's enrolled cars, how many of them were in a draw, their sheets and the signed ones of them."""

    id: int
    unit: str
    cars: int
    drawn: int
    sheets: int
    signed: int


@dataclass(frozen=True, slots=True)
class NeverDrawn:
    """A car that no draw has chosen."""

    id: int
    plate: str
    unit: str


async def lock(conn: Connection) -> None:
    """Nobody else commits or draws until the transaction ends."""
    await conn.execute(_queries["lock"])


async def commitments(conn: Connection, week: Week) -> list[StoredCommitment]:
    """Of a week, by attempt."""
    return await _rows(conn, "commitments", StoredCommitment, {"week": week.monday})


async def commit(conn: Connection, made: StoredCommitment) -> None:
    """Enters a commitment. Lock before. Raises what the driver does where that attempt is there."""
    values = {
        "week": made.week,
        "attempt": made.attempt,
        "seed": made.seed,
        "key": made.key,
        "at": made.committed_at,
        "by": made.committed_by,
        "reason": made.reason,
    }
    await conn.execute(_queries["commit"], values)


async def enrolled(conn: Connection, week: Week, at: datetime, zone: str) -> list[EnrolledCar]:
    """The cars enrolled at a moment, whoever may see them: the draw is about all."""
    return await _rows(conn, "enrolled", EnrolledCar, {"week": week.monday, "at": at, "zone": zone})


async def save(
    conn: Connection,
    commitment: StoredCommitment,
    *,
    at: datetime,
    by: str,
    told: Mapping[str, Any],
    names: Mapping[str, int],
) -> int:
    """Enters a draw as it is published, with the vehicle behind each name of its frame; the draw's id."""
    chosen = chosen_names(told)
    values = {
        "week": commitment.week,
        "attempt": commitment.attempt,
        "at": at,
        "by": by,
        "digest": bytes.fromhex(told["digest"]),
        "published": json.dumps(told, ensure_ascii=False),
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["save"], values)
        (draw,) = await cursor.fetchone() or (0,)
        frame = {"draw": draw, "vehicles": list(names.values()), "names": list(names)}
        await cursor.execute(_queries["save_cars"], frame)
        sheets = {"draw": draw, "names": [name for name, _ in chosen], "whys": [why.value for _, why in chosen]}
        await cursor.execute(_queries["save_sheets"], sheets)
    return int(draw)


async def draws(conn: Connection, week: Week | None = None) -> list[StoredDraw]:
    """Those of a week by attempt, of which the last stands; or all."""
    return await _rows(conn, "draws", StoredDraw, {"week": week and week.monday})


async def standing(conn: Connection, week: Week) -> StoredDraw | None:
    """The draw of a week that stands."""
    found = await draws(conn, week)
    return found[-1] if found else None


async def names(conn: Connection, draw_id: int) -> list[NamedCar]:
    """The cars behind a frame's names, confidential ones too: not for pages."""
    return await _rows(conn, "names", NamedCar, {"draw": draw_id})


async def weeks(conn: Connection, limit: int = 60) -> list[Week]:
    """The newest weeks with a draw, newest first."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["weeks"], {"limit": limit})
        return [Week(monday) for (monday,) in await cursor.fetchall()]


async def sheets(conn: Connection, draw_id: int, *, scope: Scope) -> list[Sheet]:
    """A draw's sheets by unit and plate."""
    return await _rows(conn, "sheets", Sheet, {"draw": draw_id, "vehicle": None} | scope.values)


async def sheet(conn: Connection, draw_id: int, vehicle_id: int, *, scope: Scope) -> Sheet | None:
    """One of them."""
    found = await _rows(conn, "sheets", Sheet, {"draw": draw_id, "vehicle": vehicle_id} | scope.values)
    return found[0] if found else None


async def sign(
    conn: Connection,
    draw_id: int,
    vehicle_id: int,
    *,
    finding: str,
    note: str,
    facts: Mapping[str, Any],
    by: str,
    at: datetime,
) -> bool:
    """Signs a sheet with what was found; False when it is signed already."""
    values = {
        "draw": draw_id,
        "vehicle": vehicle_id,
        "finding": finding,
        "note": note,
        "facts": Jsonb(dict(facts)),
        "by": by,
        "at": at,
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["sign"], values)
        return await cursor.fetchone() is not None


async def add_case(conn: Connection, draw_id: int, vehicle_id: int, case_id: int, *, by: str, at: datetime) -> bool:
    """Notes the case that a sheet led to; False when it has one."""
    values = {"draw": draw_id, "vehicle": vehicle_id, "case": case_id, "by": by, "at": at}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["add_case"], values)
        return await cursor.fetchone() is not None


async def sheet_of_case(conn: Connection, case_id: int) -> SheetOfCase | None:
    """The sheet that a case came from, the newest of several."""
    return next(iter(await _rows(conn, "sheet_of_case", SheetOfCase, {"case": case_id})), None)


async def has_enrolled(conn: Connection, at: datetime) -> bool:
    """Whether any car is enrolled at a moment."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["has_enrolled"], {"at": at})
        return await cursor.fetchone() is not None


async def coverage(
    conn: Connection, since: Week, until: Week, *, at: datetime, scope: Scope
) -> tuple[Sequence[UnitCoverage], Sequence[NeverDrawn]]:
    """By unit what the draws of the weeks from one to before another have reached of the cars enrolled at a moment,
    and the cars that none has."""
    values = {"since": since.monday, "until": until.monday, "at": at} | scope.values
    return await _rows(conn, "coverage", UnitCoverage, values), await _rows(conn, "never_drawn", NeverDrawn, values)


async def _rows(conn: Connection, name: str, row_type: type[Row], values: dict[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(row_type)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()
