"""Zones: each row is one version of a zone; versions of one name follow in time and never overlap.

A version that was entered wrongly is superseded by its correction: its row stays, and counts no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.clock import us_of
from fleet.history import Conflicts, Entry, Outcome, Plan, plan_corrections, plan_history
from fleet.span import Span
from geofence.zone import Boundary, Zone, ZoneKind, boundary_from_wkb, boundary_to_wkb
from store.changes import range_of, saving, span_of
from store.sql import load

_queries = load("zones")

ALWAYS = Span(None, None)


@dataclass(frozen=True, slots=True)
class NewZone:
    """A version of a zone to save. ``boundary`` is WGS-84; ``datum_given`` is what it was converted from.

    ``valid`` says when this version holds; from the beginning when its start is None, which only the first
    version of a zone can be. A home zone needs ``unit_code``.
    """

    name: str
    kind: ZoneKind
    boundary: Boundary
    datum_given: str
    unit_code: str | None = None
    valid: Span = ALWAYS
    source: str = ""


@dataclass(frozen=True, slots=True)
class ToldZone:
    """A version of a zone as it goes out. ``unit`` is a name, or a code where two units share that name."""

    name: str
    kind: ZoneKind
    boundary: Boundary
    unit: str | None
    valid: Span
    source: str


async def zones(conn: AsyncConnection[Any]) -> list[Zone]:
    """All versions of all zones that count, by id."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["zones"])
        return [zone_of(row) for row in await cursor.fetchall()]


async def zones_by_id(conn: AsyncConnection[Any], ids: Sequence[int]) -> list[Zone]:
    """The versions with these ids, superseded ones too: what an earlier judgement looked at."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["zones_by_id"], {"ids": list(ids)})
        return [zone_of(row) for row in await cursor.fetchall()]


async def zones_told(conn: AsyncConnection[Any]) -> list[ToldZone]:
    """All versions that count, with what is told of them, by name and time."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["zones_told"])
        return [
            ToldZone(name, ZoneKind(kind), boundary_from_wkb(wkb), unit, span_of(valid), source)
            for name, kind, wkb, unit, valid, source in await cursor.fetchall()
        ]


async def plan_zones(conn: AsyncConnection[Any], zones: Sequence[NewZone], *, correcting: bool = False) -> Plan:
    """What ``save_zones`` would write.

    A zone as it stands is the same; another boundary, kind or unit under a known name is a new version that
    begins inside the open one and ends it. Where it does not say when it begins, it is a conflict; when
    ``correcting``, a version that begins with a stored one supersedes it.
    """
    async with saving(conn, _queries["lock"]), conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["stored"], {"names": [zone.name for zone in zones]})
        stored = [
            (id_, _entry(name, span_of(valid), boundary_from_wkb(wkb), kind, unit_code))
            for id_, name, valid, wkb, kind, unit_code in await cursor.fetchall()
        ]
    asked = [_entry(zone.name, zone.valid, zone.boundary, zone.kind, zone.unit_code) for zone in zones]
    plan = plan_corrections if correcting else plan_history
    return plan(stored, [_as_it_stands(stored, entry) for entry in asked])


async def save_zones(
    conn: AsyncConnection[Any], zones: Sequence[NewZone], *, correcting_because: str | None = None
) -> list[Outcome]:
    """Saves versions of zones; raises ``Conflicts``, having written nothing, when one overlaps another.

    ``correcting_because``: why what is stored was wrong; a version that begins with a stored one then supersedes
    it, and comes out as changed. Vehicles that a change can concern are marked to be judged, from the change on.
    ``LookupError`` for an unknown unit.
    """
    await _must_know_units(conn, {zone.unit_code for zone in zones if zone.unit_code is not None})
    async with saving(conn, _queries["lock"]), conn.cursor() as cursor:
        plan = await plan_zones(conn, zones, correcting=correcting_because is not None)
        if plan.conflicts:
            raise Conflicts(plan.conflicts)
        if plan.superseded:
            await cursor.execute(_queries["supersede"], {"ids": list(plan.superseded), "because": correcting_because})
        await cursor.executemany(_queries["end"], [{"id": id_, "end": end} for id_, end in plan.endings.items()])
        await cursor.executemany(
            _queries["add"], [_row(replace(zones[i], valid=valid)) for i, valid in plan.additions.items()]
        )
    return [outcome for outcome in plan.outcomes if isinstance(outcome, Outcome)]


def _entry(name: str, valid: Span, boundary: Boundary, kind: str, unit_code: str | None) -> Entry:
    # Normalised, so that the same polygon drawn from another corner is the same.
    wkb = boundary_to_wkb(shapely.normalize(boundary))
    return Entry((("zone", name),), valid, (wkb, str(kind), unit_code))


def _as_it_stands(stored: Sequence[tuple[int, Entry]], asked: Entry) -> Entry:
    """An open claim that says what a stored version says, from within its time, claims just that one."""
    if asked.during.end is not None:
        return asked
    for _, version in stored:
        if (version.parts, version.content) == (asked.parts, asked.content) and _within(asked.during, version.during):
            return replace(asked, during=version.during)
    return asked


def _within(asked: Span, version: Span) -> bool:
    if asked.start is None:
        return version.end is None
    return (version.start is None or version.start <= asked.start) and (
        version.end is None or asked.start < version.end
    )


def _row(zone: NewZone) -> dict[str, Any]:
    return {
        "name": zone.name,
        "kind": zone.kind,
        "unit_code": zone.unit_code,
        "valid": range_of(zone.valid),
        "datum_given": zone.datum_given,
        "boundary_wkb": boundary_to_wkb(zone.boundary),
        "source": zone.source,
    }


def zone_of(row: tuple[Any, ...]) -> Zone:
    id_, name, kind, unit_id, valid, datum_given, wkb = row
    span = span_of(valid)
    return Zone(
        id_,
        name,
        ZoneKind(kind),
        unit_id,
        boundary_from_wkb(wkb),
        None if span.start is None else us_of(span.start),
        None if span.end is None else us_of(span.end),
        datum_given,
    )


async def _must_know_units(conn: AsyncConnection[Any], codes: set[str]) -> None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["known_units"], {"codes": list(codes)})
        unknown = codes - {row[0] for row in await cursor.fetchall()}
    if unknown:
        raise LookupError(f"no such unit: {', '.join(sorted(unknown))}")
