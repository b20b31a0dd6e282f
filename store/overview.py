"""What the overview shows: where the cars are now, and the state of the system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("overview")


@dataclass(frozen=True, slots=True)
class LivePosition:
    """The newest position of a vehicle (1e-7 degrees, WGS-84); all ``None`` when it never reported."""

    vehicle_id: int
    plate: str
    use_class: str
    unit_id: int
    unit: str
    ts: datetime | None
    lon_e7: int | None
    lat_e7: int | None
    speed_kmh: float | None
    heading_deg: float | None
    flags: int | None


@dataclass(frozen=True, slots=True)
class SystemState:
    """What waits, and what could not be taken in. ``marks``: changes that are not judged yet;
    ``unassigned_positions``: those of times at which their tracker, as it turned out, was on no vehicle.

    ``silent_from``, ``silent_until``: the last silence of the fleet; ``silent_now``: it lasts to the fleet's time.
    """

    marks: int
    unreadable_today: int
    unassigned_today: int
    unassigned: int
    unassigned_positions: int
    messages_today: int
    newest_received_at: datetime | None
    judged_at: datetime | None
    silent_from: datetime | None = None
    silent_until: datetime | None = None
    silent_now: bool = False


async def live(conn: Connection, now: datetime, *, scope: Scope) -> list[LivePosition]:
    """The newest position of each vehicle that is enrolled now."""
    async with conn.cursor(row_factory=class_row(LivePosition)) as cursor:
        await cursor.execute(_queries["live"], {"now": now} | scope.values)
        return await cursor.fetchall()


async def system_state(conn: Connection, today: datetime) -> SystemState:
    """The state of the system; ``today`` is the start of the local day."""
    async with conn.cursor(row_factory=class_row(SystemState)) as cursor:
        await cursor.execute(_queries["system"], {"today": today})
        state = await cursor.fetchone()
    assert state is not None  # a select without a table always has its row
    return state
