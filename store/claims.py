"""What a judge reads of expenses. Synchronous, see store.judging."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fleet.expense import Expense, ExpenseType, FuelKind, Precision, Tank
from fleet.position import Positions
from rules.checkpoint import Beginning
from rules.records import History
from rules.signals import Signal
from rules.spans import LATEST_US
from rules.visits import Place
from store.binary import array_of
from store.column import Ints, Moments
from store.judging import Claim, Connection, earlier, moment, moments
from store.sql import load

_queries = load("expenses")


def claimed_for(conn: Connection, vehicle_ids: NDArray[np.int32], since_us: NDArray[np.int64]) -> set[int]:
    """Which of the vehicles have a claim from their moment on, one that counts no more included."""
    rows = conn.execute(_queries["claimed_for"], _since(vehicle_ids, since_us)).fetchall()
    return {row[0] for row in rows}


def counting(
    conn: Connection, vehicle_ids: NDArray[np.int32], since_us: NDArray[np.int64]
) -> list[tuple[int, Expense]]:
    """The claims that count from each vehicle's moment on, with the vehicle's row."""
    rows = conn.execute(_queries["counting"], _since(vehicle_ids, since_us)).fetchall()
    return [
        (
            int(np.searchsorted(vehicle_ids, vehicle)),
            Expense(id_, plate, at, Precision(precision), ExpenseType(type_), amount, litres, _kind(kind), *rest),
        )
        for vehicle, id_, plate, at, precision, type_, amount, litres, kind, *rest in rows
    ]


def tanks(conn: Connection, vehicle_ids: NDArray[np.int32]) -> list[Tank]:
    """One a vehicle."""
    rows: list[tuple[int, str | None, Decimal | None, Decimal | None, Decimal | None]]
    rows = conn.execute(_queries["tanks"], {"vehicles": vehicle_ids.tolist()}).fetchall()
    known = {vehicle: Tank(_kind(kind), *rest) for vehicle, kind, *rest in rows}
    return [known[vehicle] for vehicle in vehicle_ids.tolist()]


def facts_since(
    conn: Connection, claim: Claim, since_us: NDArray[np.int64], places: Sequence[Place], signals: Sequence[Signal]
) -> History:
    """All facts that reach past each vehicle's moment, as they are stored now."""
    never = np.full(len(claim), LATEST_US, np.int64)
    return earlier(conn, claim, Beginning(never, History.empty()), since_us, places, signals)


def positions_around(conn: Connection, around: Sequence[tuple[int, int, int]]) -> Positions:
    """Positions of (vehicle id, from, to) in the order of judging; what lies around two claims comes twice."""
    if not around:
        return Positions.empty()
    vehicles, since_us, until_us = zip(*around, strict=True)
    parameters = {
        "vehicles": list(vehicles),
        "since": [moment(us) for us in since_us],
        "until": [moment(us) for us in until_us],
    }
    told = conn.execute(_queries["positions_around"], parameters, binary=True).fetchall()
    if not told:
        return Positions.empty()
    found, *columns = zip(*told, strict=True)
    ts_us, lon_e7, lat_e7, flags = (
        [array_of(one, kind) for one in column]
        for column, kind in zip(columns, ("timestamptz", "int4", "int4", "int4"), strict=True)
    )
    ids = np.repeat(np.array(found, np.int32), [len(one) for one in ts_us])
    joined = (np.concatenate(parts) for parts in (ts_us, lon_e7, lat_e7))
    return Positions.of(ids, *joined, flags=np.concatenate(flags)).in_order()


def _since(vehicle_ids: NDArray[np.int32], since_us: NDArray[np.int64]) -> dict[str, Ints | Moments]:
    return {"vehicles": Ints(vehicle_ids), "since": moments(since_us)}


def _kind(text: str | None) -> FuelKind | None:
    return None if text is None else FuelKind(text)
