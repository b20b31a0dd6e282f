"""Duty rosters 值班表: each gives its duties as waivers; another reading replaces what changed, and only that.

Nothing is overwritten: a duty that is named no more is withdrawn and stays readable, what is new comes beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.history import Outcome
from fleet.span import Span
from store.changes import range_of, saving, span_of
from store.orders import must_know_plates
from store.scope import EVERYTHING, Scope
from store.sql import load

_queries = load("rosters")
_lock = load("orders")["lock_waivers"]


@dataclass(frozen=True, slots=True)
class Roster:
    """A reading of a roster: its name, which another reading has too, and the document that was read."""

    name: str
    source: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Duty:
    """A vehicle on duty for a span."""

    plate: str
    during: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """``outcomes`` is parallel to the duties: changed ones replace what stood with another reason.

    ``withdrawn``: how many stood that are named no more; ``kept``: the same, left standing because that was asked.
    """

    outcomes: list[Outcome]
    withdrawn: int
    kept: int


async def duties_of(conn: AsyncConnection[Any], name: str, *, scope: Scope) -> list[Duty]:
    """The duties of a roster that stand, of the vehicles within the scope, by start."""
    return [duty for _, duty in await _standing(conn, name, scope)]


async def save_roster(
    conn: AsyncConnection[Any],
    roster: Roster,
    duties: Sequence[Duty],
    *,
    keep_unnamed: bool = False,
    scope: Scope = EVERYTHING,
) -> Saved:
    """Makes the duties of a roster those given; each that changes marks its vehicle to be judged.

    ``keep_unnamed`` leaves standing what is named no more. Duties of vehicles beyond ``scope`` stand: who may not see
    them cannot have meant to withdraw them. ``LookupError`` for an unknown plate, ``ValueError`` when
    a vehicle and span come twice.
    """
    asked = {(duty.plate, duty.during): duty for duty in duties}
    if len(asked) < len(duties):
        raise ValueError("a vehicle and span come twice")
    async with saving(conn, _lock):
        await must_know_plates(conn, (duty.plate for duty in duties))
        stored = {(duty.plate, duty.during): (id_, duty) for id_, duty in await _standing(conn, roster.name, scope)}
        unnamed = [id_ for key, (id_, _) in stored.items() if key not in asked]
        replaced = [id_ for key, (id_, duty) in stored.items() if key in asked and asked[key] != duty]
        outcomes = [_outcome(stored.get((duty.plate, duty.during)), duty) for duty in duties]
        gone = replaced if keep_unnamed else [*unnamed, *replaced]
        added = [duty for duty, outcome in zip(duties, outcomes, strict=True) if outcome is not Outcome.SAME]
        if gone or added:
            await _write(conn, roster, gone, added)
    return Saved(outcomes, 0 if keep_unnamed else len(unnamed), len(unnamed) if keep_unnamed else 0)


def _outcome(stored: tuple[int, Duty] | None, asked: Duty) -> Outcome:
    if stored is None:
        return Outcome.NEW
    return Outcome.SAME if stored[1] == asked else Outcome.CHANGED


async def _write(conn: AsyncConnection[Any], roster: Roster, gone: list[int], added: Sequence[Duty]) -> None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            _queries["add_roster"], {"name": roster.name, "source": roster.source, "sha256": roster.sha256}
        )
        row = await cursor.fetchone()
        assert row is not None
        if gone:
            await cursor.execute(_queries["withdraw_duties"], {"roster_id": row[0], "ids": gone})
        rows = [
            {"plate": duty.plate, "during": range_of(duty.during), "reason": duty.reason, "roster_id": row[0]}
            for duty in added
        ]
        await cursor.executemany(_queries["add_duty"], rows)


async def _standing(conn: AsyncConnection[Any], name: str, scope: Scope) -> list[tuple[int, Duty]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["duties_of"], {"name": name} | scope.values)
        return [(id_, Duty(plate, span_of(during), reason)) for id_, plate, during, reason in await cursor.fetchall()]
