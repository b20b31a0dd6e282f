"""JT/T 808 terminals as the centre knows them, and those that came without being known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from fleet.name import plain_name
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


@dataclass(frozen=True, slots=True)
class TrackerModel:
    """What trackers of a model have in common; ``has_profile`` False: nothing was said of it, so these are defaults.

    ``speed_factor``: what a speed is multiplied with to be km/h.
    """

    model: str
    datum: str
    utc_offset_min: int
    speed_factor: float
    has_profile: bool
    trackers: int


async def utc_offsets_min(conn: AsyncConnection[Any], trackers: Sequence[str]) -> dict[str, int]:
    """How far the trackers' clocks are from UTC, by tracker; those that are not registered are left out."""
    return dict(await (await conn.execute(_queries["clocks"], {"trackers": list(trackers)})).fetchall())


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
    said = {"maker": maker, "model": plain_name(model), "device": device, "plate": plate}
    kept = {name: _kept(text) for name, text in said.items()}
    await conn.execute(_queries["present"], {"tracker": tracker, "address": address, **kept})


async def waiting(conn: AsyncConnection[Any]) -> list[PresentedTerminal]:
    """Terminals that came and are still unknown, the latest first."""
    return [PresentedTerminal(*row) for row in await (await conn.execute(_queries["waiting"])).fetchall()]


async def admit(
    conn: AsyncConnection[Any], tracker: str, datum: str | None = None, utc_offset_min: int | None = None
) -> bool:
    """Registers a terminal as a tracker of the centre, of the model that it told; False when it was one already.

    None: as its model says.
    """
    values = {"tracker": tracker, "datum": datum, "utc_offset_min": utc_offset_min}
    return await (await conn.execute(_queries["admit"], values)).fetchone() is not None


async def told_model(conn: AsyncConnection[Any], tracker: str, model: str) -> None:
    """Notes the model that a tracker of the centre told, if none is known yet."""
    if kept := _kept(plain_name(model)):
        await conn.execute(_queries["told_model"], {"tracker": tracker, "model": kept})


async def models(conn: AsyncConnection[Any]) -> list[TrackerModel]:
    """The models with a profile, and those that trackers are of; by name."""
    return [TrackerModel(*row) for row in await (await conn.execute(_queries["models"])).fetchall()]


async def save_model(
    conn: AsyncConnection[Any],
    model: str,
    datum: str | None = None,
    utc_offset_min: int | None = None,
    speed_factor: float | None = None,
) -> None:
    """Sets what trackers of a model have in common. None keeps it (new: wgs84, China's time, km/h)."""
    values = {"model": model, "datum": datum, "utc_offset_min": utc_offset_min, "speed_factor": speed_factor}
    await conn.execute(_queries["save_model"], values)


async def set_model(conn: AsyncConnection[Any], model: str, trackers: Sequence[str]) -> list[str]:
    """These trackers are of a model; the numbers that the centre does not know."""
    rows = await (await conn.execute(_queries["set_model"], {"model": model, "trackers": list(trackers)})).fetchall()
    return sorted(set(trackers) - {code for (code,) in rows})


def _kept(text: str) -> str:
    return text.replace("\0", "")[:_TEXT_MAX]
