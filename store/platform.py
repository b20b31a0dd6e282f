"""The fleet's silences, read for people: they are the platform's fault, and to be seen to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from store.sql import load

_queries = load("silence")

Moments = tuple[datetime, datetime]


async def silences(conn: AsyncConnection[Any], since: datetime, until: datetime) -> list[Moments]:
    """Those that meet a span, the earliest first."""
    rows = await conn.execute(_queries["silences_between"], {"since": since, "until": until})
    return [(row[0], row[1]) for row in await rows.fetchall()]


async def lasting_silence(conn: AsyncConnection[Any]) -> Moments | None:
    """The one that lasts to the fleet's time."""
    row = await (await conn.execute(_queries["lasting"])).fetchone()
    return None if row is None else (row[0], row[1])
