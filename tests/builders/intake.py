"""Trackers fitted to vehicles, and messages as trackers send them, in a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fleet.clock import us_of
from fleet.span import Span
from ingest.message import Received
from store.database import Connection
from store.fleet import (
    NewFitting,
    NewTracker,
    NewUnit,
    NewVehicle,
    save_fittings,
    save_trackers,
    save_units,
    save_vehicles,
)

NOON = datetime(2026, 10, 2, 4, tzinfo=UTC)
"""12:00 in Shanghai, on the National Day holiday."""

RECEIVED_US = us_of(NOON) + 1_000_000


def position(ts: Any = "2026-10-02T12:00:00+08:00", lon: Any = 118.3, lat: Any = 33.9, **more: Any) -> dict[str, Any]:
    """A position as it stands in a payload."""
    return {"ts": ts, "lon": lon, "lat": lat, **more}


def message(payload: object, tracker: str = "T1", received_us: int = RECEIVED_US) -> Received:
    """A message on the tracker's topic; anything but bytes is sent as JSON."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Received(f"v1/{tracker}/position", body, received_us)


async def fit(
    conn: Connection, trackers: Mapping[str, str], during: Span | None = None, datum: str | None = "wgs84"
) -> None:
    """Registers trackers (code → plate) and fits them to vehicles of one unit, always or during a span."""
    async with conn.transaction():
        await save_units(conn, [NewUnit("U1", "局")])
        await save_vehicles(conn, [NewVehicle(plate, "U1") for plate in trackers.values()])
        await save_trackers(conn, [NewTracker(code, datum) for code in trackers])
        span = during or Span(None, None)
        await save_fittings(conn, [NewFitting(code, plate, span) for code, plate in trackers.items()])
