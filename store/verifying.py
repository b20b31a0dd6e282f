"""What is stored, read to be compared with what the positions give. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.clock import us_of
from fleet.digest import Digest
from rules.checkpoint import NO_CUT_US
from store.errors import store_errors
from store.judging import Claim, Connection, units_of
from store.sql import load

_queries = load("verifying")


@dataclass(frozen=True, slots=True)
class Car:
    id: int
    plate: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Stored facts as rows: vehicle id, start and end in µs, then the columns of each table."""

    trips: list[tuple[Any, ...]]
    stops: list[tuple[Any, ...]]
    gaps: list[tuple[Any, ...]]
    visits: list[tuple[Any, ...]]
    signals: list[tuple[Any, ...]]


def cars(conn: Connection, plates: Sequence[str] | None = None) -> list[Car]:
    """The vehicles with these plates, or all; ids ascending."""
    with store_errors():
        return [Car(*row) for row in conn.execute(_queries["vehicles"], {"plates": plates}).fetchall()]


@contextmanager
def one_moment(conn: Connection) -> Iterator[None]:
    """Whatever is read inside is as of one moment, and nothing can be written."""
    with store_errors(), conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        yield


def whole_past(conn: Connection, some: Sequence[Car]) -> Claim:
    """The vehicles as if all were to be judged from the first position on; nothing is locked."""
    vehicle_ids = np.array([car.id for car in some], np.int32)
    return Claim(
        vehicle_ids,
        units_of(conn, vehicle_ids),
        np.full(len(some), NO_CUT_US, np.int64),
        np.empty(0, np.int64),
    )


def waiting(conn: Connection, vehicle_ids: Sequence[int]) -> set[int]:
    """Which of the vehicles wait to be judged: what is stored of them is about to change."""
    return {row[0] for row in conn.execute(_queries["waiting"], {"vehicles": list(vehicle_ids)}).fetchall()}


def facts(conn: Connection, vehicle_ids: Sequence[int]) -> Stored:
    """All facts stored of the vehicles."""

    def rows(name: str) -> list[tuple[Any, ...]]:
        found = conn.execute(_queries[name], {"vehicles": list(vehicle_ids)}, binary=True).fetchall()
        return [(vehicle, us_of(start), us_of(end), *rest) for vehicle, start, end, *rest in found]

    return Stored(rows("trips"), rows("stops"), rows("gaps"), rows("visits"), rows("signals"))


def changed_digests(conn: Connection, vehicle_ids: Sequence[int]) -> dict[int, tuple[Digest, Digest]]:
    """Violations that stand whose digest the stored positions do not give: id → (the one kept, the one now)."""
    rows = conn.execute(_queries["digests"], {"vehicles": list(vehicle_ids)}).fetchall()
    return {row[0]: (Digest.of(*row[1:3]), Digest.of(*row[3:5])) for row in rows}
