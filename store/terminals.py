"""JT/T 808 terminals as the centre knows them, and those that came without being known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from store.sql import load

_queries = load("terminals")

_TEXT_MAX = 64


@dataclass(frozen=True, slots=True)
class PresentedTerminal:
    """A terminal that came and that the centre does not know: what it says of itself."""

    tracker: str
    maker: str
    model: str
    device: str
    plate: str
    address: str
    first_at: datetime
    last_at: datetime
    times: int


async def utc_offset_min(conn: AsyncConnection[Any], tracker: str) -> int | None:
    """How far the tracker's clock is from UTC; None for a tracker that is not registered."""
    row = await (await conn.execute(_queries["profile"], {"tracker": tracker})).fetchone()
    return None if row is None else int(row[0])


async def gateway_key(conn: AsyncConnection[Any]) -> bytes:
    """What the codes are made with that terminals authenticate with."""
    row = await (await conn.execute(_queries["gateway_key"])).fetchone()
    if row is None:
        raise LookupError("gateway_key is empty")
    return bytes(row[0])


async def present(
    conn: AsyncConnection[Any], tracker: str, address: str, maker: str = "", model: str = "", device: str = "",
    plate: str = "",
) -> None:  # fmt: skip
    """Notes that an unknown terminal came."""
    said = {"maker": maker, "model": model, "device": device, "plate": plate}
    kept = {name: text.replace("\0", "")[:_TEXT_MAX] for name, text in said.items()}
    await conn.execute(_queries["present"], {"tracker": tracker, "address": address, **kept})


async def waiting(conn: AsyncConnection[Any]) -> list[PresentedTerminal]:
    """Terminals that came and are still unknown, the latest first."""
    return [PresentedTerminal(*row) for row in await (await conn.execute(_queries["waiting"])).fetchall()]


async def admit(conn: AsyncConnection[Any], tracker: str, datum: str = "wgs84", utc_offset_min: int = 480) -> bool:
    """Registers a terminal as a tracker of the centre; False when it was one already."""
    values = {"tracker": tracker, "datum": datum, "utc_offset_min": utc_offset_min}
    return await (await conn.execute(_queries["admit"], values)).fetchone() is not None
