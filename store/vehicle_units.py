"""Units of vehicles over time (decision 40).

``vehicles.unit_id``, the unit of today, is the last of them: whoever saves a vehicle with another unit writes both in
one transaction, and the database refuses it where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.span import Span
from fleet.vehicle_unit import UnitChangeError, VehicleUnit, corrected, followed
from store.changes import range_of, span_of
from store.sql import load

_queries = load("fleet")


@dataclass(frozen=True, slots=True)
class Stored:
    """A vehicle's history, and the row of each of its parts."""

    history: tuple[VehicleUnit, ...]
    rows: tuple[tuple[int, Span], ...]


async def stored_units(conn: AsyncConnection[Any], plates: Sequence[str]) -> dict[str, Stored]:
    """The histories of vehicles by plate."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["stored_vehicle_units"], {"plates": list(plates)})
        found: dict[str, list[tuple[int, str, Span]]] = {}
        for id_, plate, code, during in await cursor.fetchall():
            found.setdefault(plate, []).append((id_, code, span_of(during)))
    return {
        plate: Stored(
            tuple(VehicleUnit(code, during.start) for _, code, during in some),
            tuple((id_, during) for id_, _, during in some),
        )
        for plate, some in found.items()
    }


@dataclass(slots=True)
class UnitPlan:
    """The history that each vehicle's becomes, by plate, where it changes; and what cannot stand, by its index."""

    changed: dict[str, tuple[Stored, tuple[VehicleUnit, ...]]] = field(default_factory=dict)
    errors: dict[int, UnitChangeError] = field(default_factory=dict)


async def plan_units(
    conn: AsyncConnection[Any],
    asked: Sequence[tuple[str, VehicleUnit]],
    today: datetime | None,
    *,
    correcting: bool = False,
) -> UnitPlan:
    """What saying of vehicles, by plate, which unit they are of makes of their histories; new ones are passed over.

    A change that does not say since when is so since ``today``. ``correcting``: what does say it is true, whatever the
    history says from then on; what does not changes nothing.
    """
    stored, plan = await stored_units(conn, [plate for plate, _ in asked]), UnitPlan()
    for index, (plate, unit) in enumerate(asked):
        before = stored.get(plate)
        if before is None:
            continue
        try:
            history = _after(before.history, unit, today, correcting)
        except UnitChangeError as error:
            plan.errors[index] = error
            continue
        if history != before.history:
            plan.changed[plate] = (before, history)
    return plan


def _after(
    before: Sequence[VehicleUnit], unit: VehicleUnit, today: datetime | None, correcting: bool
) -> tuple[VehicleUnit, ...]:
    if correcting:
        return followed(before, unit) if unit.since is None else corrected(before, unit)
    changes = unit.since is None and unit.unit_code != before[-1].unit_code
    return followed(before, replace(unit, since=today) if changes else unit)


async def write_units(
    conn: AsyncConnection[Any],
    changed: Mapping[str, tuple[Stored, Sequence[VehicleUnit]]],
    because: str | None = None,
) -> None:
    """What vehicles' histories, by plate, become. What stands no more is superseded ``because``."""
    wrong: list[int] = []
    endings: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for plate, (before, history) in changed.items():
        ends = [*(later.since for later in history[1:]), None]
        spans = {one: Span(one.since, end) for one, end in zip(history, ends, strict=True)}
        for one, (id_, during) in zip(before.history, before.rows, strict=True):
            if one not in spans:
                wrong.append(id_)
            elif spans[one] != during:
                endings.append({"id": id_, "end": spans[one].end})
        new = [one for one in history if one not in before.history]
        added += [{"plate": plate, "unit_code": one.unit_code, "during": range_of(spans[one])} for one in new]
    if wrong:
        await conn.execute(_queries["supersede_vehicle_units"], {"ids": wrong, "because": because})
    async with conn.cursor() as cursor:
        await cursor.executemany(_queries["end_vehicle_unit"], endings)
        await cursor.executemany(_queries["add_vehicle_unit"], added)
