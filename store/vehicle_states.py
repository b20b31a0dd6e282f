"""Vehicle states 停用/报废: the history of when a vehicle may not drive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.history import Conflicts, Entry, Outcome, Plan, plan_history
from fleet.span import Span
from fleet.vehicle_state import StateKind
from store.changes import range_of, saving, span_of
from store.sql import load

_queries = load("vehicle_states")


@dataclass(frozen=True, slots=True)
class NewState:
    """A vehicle is laid up or scrapped ``during`` a span, by a document."""

    plate: str
    state: StateKind
    during: Span
    document: str
    entered_by: str = ""


async def states(conn: AsyncConnection[Any]) -> list[NewState]:
    """All of them, by plate and start."""
    return [
        NewState(plate, StateKind(state), span_of(during), document, entered_by)
        for _, plate, state, during, document, entered_by in await _rows(conn, "states", {})
    ]


async def plan_states(conn: AsyncConnection[Any], states: Sequence[NewState]) -> Plan:
    """What :func:`save_states` would write. Another document makes no other state."""
    async with saving(conn, _queries["lock_states"]):
        stored = [
            (id_, _entry(NewState(plate, StateKind(state), span_of(during), "")))
            for id_, plate, state, during in await _rows(conn, "stored_states", {"plates": [s.plate for s in states]})
        ]
        return plan_history(stored, [_entry(state) for state in states])


async def save_states(conn: AsyncConnection[Any], states: Sequence[NewState]) -> list[Outcome]:
    """Adds states to the history; each that is new or ends marks its vehicle to be judged.

    Raises ``Conflicts``, having written nothing, when one overlaps what stands; ``LookupError`` for an unknown plate.
    """
    plates = [state.plate for state in states]
    unknown = set(plates) - {row[0] for row in await _rows(conn, "known_plates", {"plates": plates})}
    if unknown:
        raise LookupError(f"no such vehicle: {', '.join(sorted(unknown))}")
    async with saving(conn, _queries["lock_states"]), conn.cursor() as cursor:
        plan = await plan_states(conn, states)
        if plan.conflicts:
            raise Conflicts(plan.conflicts)
        await cursor.executemany(_queries["end_state"], [{"id": id_, "end": end} for id_, end in plan.endings.items()])
        await cursor.executemany(
            _queries["add_state"],
            [
                {
                    "plate": states[i].plate,
                    "state": states[i].state,
                    "during": range_of(during),
                    "document": states[i].document,
                    "entered_by": states[i].entered_by,
                }
                for i, during in plan.additions.items()
            ],
        )
    return [outcome for outcome in plan.outcomes if isinstance(outcome, Outcome)]


def _entry(state: NewState) -> Entry:
    return Entry((("vehicle", state.plate),), state.during, state.state)


async def _rows(conn: AsyncConnection[Any], query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], params)
        return await cursor.fetchall()
