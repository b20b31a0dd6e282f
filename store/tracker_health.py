"""How trackers are (oversight.tracker_health): counted with what came of them, and read for people and programs.

What is stored of positions is counted by ``store.positions``, in the statement that stores them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from fleet.clock import moment_of
from fleet.message import Rejection
from oversight.tracker_health import TrackerHealth
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("tracker_health")

_UNREGISTERED_MAX = 500


@dataclass(frozen=True, slots=True)
class TrackerDay:
    """What came of a tracker on one local day; of the car and the fitting nothing is told."""

    day: date
    health: TrackerHealth


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, in numbers; when the last position came (None: never), and whether the platform is to blame."""

    vehicles: int
    messages: int
    letters: int
    letters_in_trouble: int
    newest_received_at: datetime | None
    fleet_silent: bool


async def count_rejections(conn: AsyncConnection[Any], rejections: Sequence[Rejection]) -> None:
    """Adds them; they are in the order of tracker, day and reason, each once."""
    if rejections:
        columns = {
            "trackers": [one.tracker for one in rejections],
            "days": [one.day for one in rejections],
            "reasons": [one.reason for one in rejections],
            "counts": [one.count for one in rejections],
            "last_at": [moment_of(one.last_us) for one in rejections],
        }
        await conn.execute(_queries["count_rejections"], columns)


async def take_back_rejections(conn: AsyncConnection[Any], counts: Mapping[tuple[str, date, str], int]) -> None:
    """Of (tracker, day, reason) so many count no more: they were read after all."""
    keys = sorted(counts)
    if keys:
        columns = {
            "trackers": [tracker for tracker, _, _ in keys],
            "days": [day for _, day, _ in keys],
            "reasons": [reason for _, _, reason in keys],
            "counts": [counts[key] for key in keys],
        }
        await conn.execute(_queries["take_back_rejections"], columns)


async def trackers(
    conn: Connection, *, scope: Scope, now: datetime, since: date, tracker: str | None = None
) -> list[TrackerHealth]:
    """The trackers of the cars within the scope, or that one alone, with what came of each since a local day.

    Who sees all units sees those too that are on no car, and those that nobody registered.
    """
    values = {"now": now, "since": since, "tracker": tracker, "limit": _UNREGISTERED_MAX} | scope.values
    async with conn.cursor(row_factory=class_row(TrackerHealth)) as cursor:
        await cursor.execute(_queries["registered"], values)
        found = await cursor.fetchall()
        if scope.unit_ids is None:
            await cursor.execute(_queries["unregistered"], values)
            found += await cursor.fetchall()
    return found


async def days(conn: Connection, health: TrackerHealth, since: date) -> list[TrackerDay]:
    """What came of a tracker since a local day, the last day first; days on which nothing came are left out."""
    values = {"id": health.id, "tracker": health.tracker, "since": since}
    by_day: dict[date, dict[str, Any]] = {}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_queries["days"], values)
        for row in await cursor.fetchall():
            by_day[row.pop("day")] = row
        await cursor.execute(_queries["rejected_days"], values)
        for row in await cursor.fetchall():
            known = by_day.setdefault(row.pop("day"), row)
            known |= {"rejected": row["rejected"], "heard_at": max(known["heard_at"], row["heard_at"])}
    return [
        TrackerDay(day, TrackerHealth(tracker=health.tracker, id=health.id, **by_day[day]))
        for day in sorted(by_day, reverse=True)
    ]


async def ingested(conn: Connection) -> dict[str, int]:
    """What became of everything that ever came in: by ``stored``, ``repeated`` or the code of a reason."""
    return dict(await (await conn.execute(_queries["ingest"])).fetchall())


async def waiting(conn: Connection) -> Waiting:
    """What waits now."""
    async with conn.cursor(row_factory=class_row(Waiting)) as cursor:
        await cursor.execute(_queries["waiting"])
        told = await cursor.fetchone()
    assert told is not None  # a select without a table always has its row
    return told
