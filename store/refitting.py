"""Positions follow their tracker: what was stored for a vehicle by fittings that are others now becomes another's.

What comes in is given to vehicles by the fittings of that moment. Two locks keep that from crossing a change of
them: whoever stores by fittings holds :func:`assign_apart` from before it reads them; a change runs within
:func:`refitting`, which lets none of them be under way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.refitting import Fitted, Move, moves
from store.changes import span_of
from store.messages import count_outcomes
from store.sql import load

_queries = load("refitting")


@dataclass(slots=True)
class Moved:
    """Positions that changed hands: how many, how many of them belong to no vehicle now, and how many proved to be
    repeats of what their vehicle had already."""

    positions: int = 0
    unassigned: int = 0
    repeated: int = 0


async def assign_apart(conn: AsyncConnection[Any]) -> None:
    """Until the transaction ends no fitting changes; call before reading fittings to store positions by."""
    await conn.execute(_queries["assign_apart"])


@asynccontextmanager
async def refitting(conn: AsyncConnection[Any], codes: Sequence[str], plates: Sequence[str]) -> AsyncIterator[Moved]:
    """Within it fittings of these trackers, and of any that were on these vehicles, may be changed; at its end the
    positions concerned have moved, in the same transaction, and their vehicles are marked to be judged.

    Call in a transaction. What moved stands in what it gives, once it has ended.
    """
    await conn.execute(_queries["refit_alone"])
    asked = {"codes": list(codes), "plates": list(plates)}
    trackers = [row[0] for row in await _rows(conn, "trackers_concerned", asked)]
    before = await _fitted(conn, trackers)
    moved = Moved()
    yield moved
    await _move(conn, moves(before, await _fitted(conn, trackers)), moved)


async def supersede(conn: AsyncConnection[Any], ids: Sequence[int], because: str) -> None:
    """Fittings that were wrong count no more, with the reason."""
    await conn.execute(_queries["supersede"], {"ids": list(ids), "because": because})


async def _fitted(conn: AsyncConnection[Any], trackers: Sequence[int]) -> list[Fitted]:
    rows = await _rows(conn, "fitted", {"trackers": list(trackers)})
    return [Fitted(tracker_id, vehicle_id, span_of(during)) for tracker_id, vehicle_id, during in rows]


async def _move(conn: AsyncConnection[Any], asked: Sequence[Move], moved: Moved) -> None:
    if not asked:
        return
    await conn.execute(_queries["make_moving"])
    await _take(conn, asked)
    ((moved.positions, moved.unassigned),) = await _rows(conn, "moving")
    if moved.positions:
        ((put,),) = await _rows(conn, "put_to_vehicles")
        ((aside,),) = await _rows(conn, "put_aside")
        moved.repeated = moved.positions - put - aside
        await conn.execute(_queries["mark_moved"])
        await conn.execute(_queries["forget_latest"])
        await conn.execute(_queries["find_latest"])
        if moved.repeated:
            await count_outcomes(conn, {"repeated": moved.repeated})
    await conn.execute(_queries["empty_moving"])


async def _take(conn: AsyncConnection[Any], asked: Sequence[Move]) -> None:
    leaving = [move for move in asked if move.from_vehicle is not None]
    if leaving:
        await conn.execute(_queries["decompress_what_it_takes"])
    for move in leaving:
        values = {
            "tracker": move.tracker_id,
            "from_vehicle": move.from_vehicle,
            "to_vehicle": move.to_vehicle,
            "since": _since(move),
            "until": _until(move),
        }
        await conn.execute(_queries["take_from_vehicle"], values, prepare=False)  # planned with these values
    coming = [move for move in asked if move.from_vehicle is None]
    if coming:
        await conn.execute(
            _queries["take_unassigned"],
            {
                "trackers": [move.tracker_id for move in coming],
                "to_vehicles": [move.to_vehicle for move in coming],
                "since": [_since(move) for move in coming],
                "until": [_until(move) for move in coming],
            },
        )


def _since(move: Move) -> str:
    return "-infinity" if move.during.start is None else move.during.start.isoformat()


def _until(move: Move) -> str:
    return "infinity" if move.during.end is None else move.during.end.isoformat()


async def _rows(conn: AsyncConnection[Any], query: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], params)
        return await cursor.fetchall()
