"""Units, vehicles and trackers, and the histories that join them: fittings and enrolments.

Things are saved by their natural keys (unit code, plate, tracker code), many at once. Saving the same twice
changes nothing. A saver is a transaction of its own, or a part of the caller's ``async with conn.transaction()``.
Savers take a table lock against each other, not against readers, and raise ``LookupError`` when a key that they
refer to is not stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.expense import FuelKind
from fleet.history import Conflicts, Entry, Outcome, Plan, plan_history
from fleet.refitting import Correction, plan_correction
from fleet.span import Span
from fleet.vehicle import Unit, UseClass, Vehicle
from fleet.vehicle_unit import VehicleUnit
from store.changes import Change, FieldChange, compare, range_of, saving, span_of
from store.refitting import Moved, refitting, supersede
from store.sql import load
from store.vehicle_units import Stored, plan_units, write_units

_queries = load("fleet")

_OF_TRACKER = {"datum": None, "utc_offset_min": None, "model": "", "maker": "", "note": ""}


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to save. ``parent_code`` None keeps the parent that is stored (a new unit gets none)."""

    code: str
    name: str
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class NewVehicle:
    """A vehicle to save, by its normal plate. None keeps what is stored (new: ``general``, no model, unknown).

    ``unit_from``: since when it belongs to the unit, the beginning of a local day. A new vehicle's unit is so from the
    beginning of time.
    """

    plate: str
    unit_code: str
    use_class: UseClass | None = None
    model: str | None = None
    fuel_kind: FuelKind | None = None
    tank_l: Decimal | None = None
    second_tank_l: Decimal | None = None
    norm_l_per_100km: Decimal | None = None
    unit_from: datetime | None = None

    @property
    def unit(self) -> VehicleUnit:
        """Its unit, and since when it is so, where that is said."""
        return VehicleUnit(self.unit_code, self.unit_from)


@dataclass(frozen=True, slots=True)
class NewTracker:
    """A tracker to save; ``datum`` of what it reports: wgs84, gcj02 or bd09; how far its clock is from UTC, in minutes.

    None keeps what is stored (new: as its model says, no texts).
    """

    code: str
    datum: str | None = None
    utc_offset_min: int | None = None
    model: str | None = None
    maker: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class NewFitting:
    """A tracker is on a vehicle ``during`` a span; it ends what was open on either at its start.

    ``plate`` None, in a correction only: it was on no vehicle.
    """

    tracker_code: str
    plate: str | None
    during: Span


@dataclass(frozen=True, slots=True)
class Refitted:
    """What came of fittings, parallel to them, and of the positions of their trackers."""

    outcomes: list[Outcome]
    moved: Moved


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """A vehicle is in the system ``during`` a span."""

    plate: str
    during: Span


async def units(conn: AsyncConnection[Any]) -> list[Unit]:
    """All units, parents in no particular order."""
    return [Unit(*row) for row in await _rows(conn, "units")]


async def vehicles(conn: AsyncConnection[Any]) -> list[Vehicle]:
    """All vehicles, by id."""
    return [
        Vehicle(id_, plate, unit_id, UseClass(use_class), model)
        for id_, plate, unit_id, use_class, model in await _rows(conn, "vehicles")
    ]


async def tracker_ids(conn: AsyncConnection[Any]) -> dict[str, int]:
    """The ids of all trackers by their codes."""
    return dict(await _rows(conn, "tracker_ids"))


async def save_units(conn: AsyncConnection[Any], units: Sequence[NewUnit]) -> list[Change]:
    """Saves units by code; a parent may be stored already or be among them."""
    async with saving(conn, _queries["lock_units"]):
        stored = {row[0]: NewUnit(*row) for row in await _rows(conn, "stored_units")}
        _must_know("unit", stored.keys() | {u.code for u in units}, (u.parent_code for u in units))
        changed = compare(stored, units, lambda unit: unit.code, keep=("parent_code",))
        await _many(conn, "save_unit", [{"code": u.code, "name": u.name} for u in changed.to_write])
        await _many(
            conn,
            "set_parent",
            [{"code": u.code, "parent_code": u.parent_code} for u in changed.to_write if u.parent_code],
        )
        return changed.changes


async def save_vehicles(
    conn: AsyncConnection[Any],
    vehicles: Sequence[NewVehicle],
    *,
    today: datetime | None = None,
    correcting_because: str | None = None,
) -> list[Change]:
    """Saves vehicles by plate. A change of unit counts from ``unit_from``, where that is not said from ``today``, and
    has the vehicle judged again from there.

    ``correcting_because``: why what is stored of their units was wrong; what is said with a day supersedes it. Raises
    UnitChangeError, having written nothing, for a change that cannot follow on what is known.
    """
    async with saving(conn, _queries["lock_vehicles"]):
        codes = {row[0] for row in await _rows(conn, "stored_units")}
        _must_know("unit", codes, (v.unit_code for v in vehicles))
        rows = await _rows(conn, "stored_vehicles", {"plates": [v.plate for v in vehicles]})
        stored = {
            plate: NewVehicle(plate, unit_code, UseClass(use_class), model, kind and FuelKind(kind), *tank)
            for plate, unit_code, use_class, model, kind, *tank in rows
        }
        fresh = {"use_class": UseClass.GENERAL, "model": ""}
        keep = (*fresh, "fuel_kind", "tank_l", "second_tank_l", "norm_l_per_100km")
        plain = [replace(vehicle, unit_from=None) for vehicle in vehicles]
        changed = compare(stored, plain, lambda vehicle: vehicle.plate, keep=keep, fresh=fresh)
        asked = [(vehicle.plate, vehicle.unit) for vehicle in vehicles]
        plan = await plan_units(conn, asked, today, correcting=correcting_because is not None)
        for error in plan.errors.values():
            raise error
        await _many(conn, "save_vehicle", [asdict(vehicle) for vehicle in changed.to_write])
        await write_units(conn, plan.changed, correcting_because)
        return [
            _and_unit(change, *plan.changed[vehicle.plate]) if vehicle.plate in plan.changed else change
            for vehicle, change in zip(vehicles, changed.changes, strict=True)
        ]


def _and_unit(change: Change, before: Stored, history: Sequence[VehicleUnit]) -> Change:
    """The change of a vehicle whose history of units changes, with the day that its unit is so since."""
    since = FieldChange("unit_from", before.history[-1].since, history[-1].since)
    at = next((n for n, one in enumerate(change.fields) if one.name == "unit_code"), -1) + 1
    return Change(Outcome.CHANGED, (*change.fields[:at], since, *change.fields[at:]))


async def save_trackers(conn: AsyncConnection[Any], trackers: Sequence[NewTracker]) -> list[Change]:
    """Saves trackers by code."""
    async with saving(conn, _queries["lock_trackers"]):
        rows = await _rows(conn, "stored_trackers", {"codes": [t.code for t in trackers]})
        stored = {row[0]: NewTracker(*row) for row in rows}
        changed = compare(stored, trackers, lambda tracker: tracker.code, keep=_OF_TRACKER, fresh=_OF_TRACKER)
        await _many(conn, "save_tracker", [asdict(tracker) for tracker in changed.to_write])
        return changed.changes


async def plan_fittings(conn: AsyncConnection[Any], fittings: Sequence[NewFitting]) -> Plan:
    """What ``save_fittings`` would write; trackers and vehicles need not be stored yet."""
    return plan_history(await _stored_fittings(conn, fittings), [_fitting_entry(fitting) for fitting in fittings])


async def plan_fitting_corrections(conn: AsyncConnection[Any], fittings: Sequence[NewFitting]) -> Correction:
    """What ``correct_fittings`` would write."""
    return plan_correction(await _stored_fittings(conn, fittings), [_fitting_entry(fitting) for fitting in fittings])


async def save_fittings(conn: AsyncConnection[Any], fittings: Sequence[NewFitting]) -> Refitted:
    """Adds fittings to the history; raises ``Conflicts``, having written nothing, when one overlaps it.

    Positions that were stored by what stood before move to the vehicles that they belong to, or to none.
    """
    await _must_know_fitted(conn, fittings)
    async with _changing_fittings(conn, fittings) as moved:
        plan = await plan_fittings(conn, fittings)
        outcomes = _outcomes(plan)
        await _many(conn, "end_fitting", [{"id": id_, "end": end} for id_, end in plan.endings.items()])
        added = [(fittings[i].tracker_code, fittings[i].plate, during) for i, during in plan.additions.items()]
        await _add_fittings(conn, added)
    return Refitted(outcomes, moved)


async def correct_fittings(conn: AsyncConnection[Any], fittings: Sequence[NewFitting], because: str) -> Refitted:
    """What the fittings say of their spans is true; what stood in them is superseded with the reason.

    Outside of them what stood stands. Raises ``Conflicts``, having written nothing, when two overlap each other.
    """
    await _must_know_fitted(conn, fittings)
    async with _changing_fittings(conn, fittings) as moved:
        correction = await plan_fitting_corrections(conn, fittings)
        outcomes = _outcomes(correction)
        if correction.superseded:
            await supersede(conn, sorted(correction.superseded), because)
        parts = [(dict(entry.parts), entry.during) for entry in correction.additions]
        await _add_fittings(conn, [(of["tracker"], of["vehicle"], during) for of, during in parts])
    return Refitted(outcomes, moved)


@asynccontextmanager
async def _changing_fittings(conn: AsyncConnection[Any], fittings: Sequence[NewFitting]) -> AsyncIterator[Moved]:
    plates = [fitting.plate for fitting in fittings if fitting.plate is not None]
    async with (
        saving(conn, _queries["lock_fittings"]),
        refitting(conn, [fitting.tracker_code for fitting in fittings], plates) as moved,
    ):
        yield moved


async def _stored_fittings(conn: AsyncConnection[Any], fittings: Sequence[NewFitting]) -> list[tuple[int, Entry]]:
    names = {"trackers": [f.tracker_code for f in fittings], "plates": [f.plate for f in fittings if f.plate]}
    async with saving(conn, _queries["lock_fittings"]):
        return [
            (id_, _fitting_entry(NewFitting(tracker, plate, span_of(during))))
            for id_, tracker, plate, during in await _rows(conn, "stored_fittings", names)
        ]


async def _add_fittings(conn: AsyncConnection[Any], added: Sequence[tuple[str, str | None, Span]]) -> None:
    rows = [{"tracker": tracker, "plate": plate, "during": range_of(during)} for tracker, plate, during in added]
    await _many(conn, "add_fitting", rows)


async def _must_know_fitted(conn: AsyncConnection[Any], fittings: Sequence[NewFitting]) -> None:
    codes = [fitting.tracker_code for fitting in fittings]
    _must_know("tracker", {row[0] for row in await _rows(conn, "stored_trackers", {"codes": codes})}, codes)
    await _must_know_plates(conn, (fitting.plate for fitting in fittings if fitting.plate is not None))


async def plan_enrolments(conn: AsyncConnection[Any], enrolments: Sequence[NewEnrolment]) -> Plan:
    """What ``save_enrolments`` would write; vehicles need not be stored yet."""
    async with saving(conn, _queries["lock_enrolments"]):
        rows = await _rows(conn, "stored_enrolments", {"plates": [e.plate for e in enrolments]})
        stored = [(id_, _enrolment_entry(NewEnrolment(plate, span_of(during)))) for id_, plate, during in rows]
        return plan_history(stored, [_enrolment_entry(enrolment) for enrolment in enrolments])


async def save_enrolments(conn: AsyncConnection[Any], enrolments: Sequence[NewEnrolment]) -> list[Outcome]:
    """Adds enrolments to the history; raises ``Conflicts``, having written nothing, when one overlaps it."""
    await _must_know_plates(conn, (e.plate for e in enrolments))
    async with saving(conn, _queries["lock_enrolments"]):
        plan = await plan_enrolments(conn, enrolments)
        outcomes = _outcomes(plan)
        await _many(conn, "end_enrolment", [{"id": id_, "end": end} for id_, end in plan.endings.items()])
        await _many(
            conn,
            "add_enrolment",
            [{"plate": enrolments[i].plate, "during": range_of(during)} for i, during in plan.additions.items()],
        )
    return outcomes


def _fitting_entry(fitting: NewFitting) -> Entry:
    on = () if fitting.plate is None else (("vehicle", fitting.plate),)
    return Entry((("tracker", fitting.tracker_code), *on), fitting.during)


def _enrolment_entry(enrolment: NewEnrolment) -> Entry:
    return Entry((("vehicle", enrolment.plate),), enrolment.during)


def _outcomes(plan: Plan | Correction) -> list[Outcome]:
    if plan.conflicts:
        raise Conflicts(plan.conflicts)
    return [outcome for outcome in plan.outcomes if isinstance(outcome, Outcome)]


async def _must_know_plates(conn: AsyncConnection[Any], plates: Iterable[str]) -> None:
    asked = list(plates)
    rows = await _rows(conn, "stored_vehicles", {"plates": asked})
    _must_know("vehicle", {row[0] for row in rows}, asked)


def _must_know(what: str, known: Iterable[str], asked: Iterable[str | None]) -> None:
    unknown = {name for name in asked if name is not None} - set(known)
    if unknown:
        raise LookupError(f"no such {what}: {', '.join(sorted(unknown))}")


async def _rows(conn: AsyncConnection[Any], query: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], params)
        return await cursor.fetchall()


async def _many(conn: AsyncConnection[Any], query: str, rows: Sequence[dict[str, Any]]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(_queries[query], rows)
