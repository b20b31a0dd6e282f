"""What a judge reads and writes. Synchronous: a judge is a process that computes between two transactions.

A judging is one transaction: claim vehicles, read their marks, then what is known of them, write what was found
and take exactly those marks away. Whatever arrives meanwhile leaves a mark of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import dict_row

from fleet.clock import moment_of
from fleet.order import Order, Waiver, WaiverKind
from fleet.position import Flag, Positions
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import StateKind, VehicleState
from fleet.violation import Severity, Violation
from geofence.zone import Zone
from rules.calendar import WorkCalendar
from rules.checkpoint import NO_CUT_US, Beginning
from rules.papers import Papers
from rules.reconcile import Standing
from rules.records import Gaps, History, R, Signals, Stops, Trips, Visits
from rules.signals import Signal
from rules.units import Units
from rules.visits import Place
from store.binary import array_of, column_of
from store.calendar_years import calendar_of
from store.column import Ints, Moments
from store.errors import store_errors
from store.sql import load
from store.zones import zone_of

_queries = load("judging")

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """Vehicles claimed for judging, ids ascending, their units over time, and since when something changed for each."""

    vehicle_ids: NDArray[np.int32]
    units: Units
    since_us: NDArray[np.int64]
    mark_ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.vehicle_ids)


def connect(dsn: str) -> Connection:
    """A judge's connection, its session in UTC, its staging tables made. Raises StoreUnavailableError."""
    with store_errors():
        connection = psycopg.connect(dsn, application_name="gongche-judge", connect_timeout=10, autocommit=True)
        connection.execute("set time zone 'UTC'")
        connection.execute("set jit = off")
        connection.execute(_queries["staging"])
        return connection


def claim(
    conn: Connection, limit: int, aside: Sequence[int] = (), *, recent_us: int = NO_CUT_US, live: bool = True
) -> Claim | None:
    """Locks up to ``limit`` waiting vehicles until the transaction ends; None when none waits or all are taken.

    ``aside``: vehicles to leave. ``live``: those for which something changed since ``recent_us``, and nothing before;
    otherwise the others.
    """
    wanted = {"limit": limit, "aside": list(aside), "recent": moment(recent_us), "live": live}
    claimed = [row[0] for row in conn.execute(_queries["claim"], wanted).fetchall()]
    if not claimed:
        return None
    sent = conn.execute(_queries["marks_of"], {"vehicles": Ints(np.array(claimed))}, binary=True).fetchone()
    if sent is None or sent[0] is None:
        return None
    vehicle_ids, since_us, mark_ids = map(array_of, sent, ("int4", "timestamptz", "int8"))
    return Claim(vehicle_ids, units_of(conn, vehicle_ids), np.maximum(since_us, NO_CUT_US), mark_ids)


def units_of(conn: Connection, vehicle_ids: NDArray[np.int32]) -> Units:
    """The units of vehicles (ids ascending) over time, by row."""
    sent = conn.execute(_queries["units_of"], {"vehicles": Ints(vehicle_ids)}, binary=True).fetchone()
    first = np.zeros(len(vehicle_ids), np.int32)
    if sent is None or sent[0] is None:
        return Units.always(first)
    vehicle, unit_id, since_us = map(array_of, sent, ("int4", "int4", "timestamptz"))
    row, began = np.searchsorted(vehicle_ids, vehicle), since_us <= NO_CUT_US
    first[row[began]] = unit_id[began]
    changed = (column[~began].tolist() for column in (row, since_us, unit_id))
    return Units.of(first, zip(*changed, strict=True))


def beginning(conn: Connection, claimed: Claim, signature: str) -> Beginning:
    """The last checkpoint of each vehicle before what changed for it."""
    sent = conn.execute(
        _queries["begin_at"],
        {
            "vehicles": Ints(claimed.vehicle_ids),
            "since": moments(claimed.since_us),
            "signature": signature,
        },
        binary=True,
    ).fetchone()
    cut_us = np.full(len(claimed), NO_CUT_US, np.int64)
    if sent is None or sent[0] is None:
        return Beginning(cut_us, History.empty())
    rows = np.searchsorted(claimed.vehicle_ids, array_of(sent[0], "int4"))
    cut_us[rows] = array_of(sent[1], "timestamptz")
    opened: dict[str, list[list[Any]]] = {"trips": [], "stops": [], "gaps": [], "visits": [], "signals": []}
    for row, spans in zip(rows.tolist(), sent[2], strict=True):
        for name, records in spans.items():
            opened[name] += [[row, *values] for values in records]
    return Beginning(
        cut_us,
        History(
            Trips.of_rows(opened["trips"]),
            Stops.of_rows(opened["stops"]),
            Gaps.of_rows(opened["gaps"]),
            Visits.of_rows(opened["visits"]),
            Signals.of_rows(opened["signals"]),
        ),
    )


def positions(conn: Connection, vehicle_ids: NDArray[np.int32], cut_us: NDArray[np.int64]) -> Positions:
    """The positions from each vehicle's cut on, in the order of judging; odometers of those without a fix only."""
    parameters = {"vehicles": Ints(vehicle_ids), "cuts": moments(cut_us)}
    rows = conn.execute(_queries["positions_after"], parameters, binary=True).fetchall()
    if not rows:
        return Positions.empty()
    kinds = ("timestamptz", "int4", "int4", "float4", "int4")
    vehicle_of, count, *columns, odometers = zip(*rows, strict=True)
    vehicle = np.repeat(np.array(vehicle_of, np.int32), count)
    ts_us, lon_e7, lat_e7, speed_kmh, flags = map(column_of, columns, kinds)
    odometer_km = np.full(len(ts_us), np.nan)
    if without_fix := [sent for sent in odometers if sent is not None]:
        odometer_km[(flags & Flag.NO_FIX) != 0] = column_of(without_fix, "float8")
    found = Positions.of(vehicle, ts_us, lon_e7, lat_e7, speed_kmh=speed_kmh, flags=flags, odometer_km=odometer_km)
    in_order = bool(((vehicle[1:] > vehicle[:-1]) | ((vehicle[1:] == vehicle[:-1]) & (ts_us[1:] >= ts_us[:-1]))).all())
    return found if in_order else found.in_order()


def earlier(
    conn: Connection,
    claimed: Claim,
    begin: Beginning,
    horizon_us: NDArray[np.int64],
    places: Sequence[Place],
    signals: Sequence[Signal],
) -> History:
    """What was found before each vehicle's cut and reaches past its horizon, without what is open at the cut."""
    going_on = begin.cut_us != NO_CUT_US
    if not going_on.any():
        return History.empty()
    rows = np.flatnonzero(going_on)
    parameters = {
        "vehicles": Ints(claimed.vehicle_ids[rows]),
        "horizons": moments(horizon_us[rows]),
        "cuts": moments(begin.cut_us[rows]),
        **place_columns(places),
        **signal_column(signals),
    }

    def fetched(kind: type[R], name: str, opened: R) -> R:
        """In one row, each column an array: nothing is done record by record."""
        sent = conn.execute(_queries[name], parameters, binary=True).fetchone()
        if sent is None or sent[0] is None:
            return kind.empty()
        columns = map(array_of, sent, (COLUMN_TYPES.get(f.name, "int4") for f in fields(kind)))
        found = kind(*columns)
        found = found.numbered(np.searchsorted(claimed.vehicle_ids, found.vehicle).astype(np.int32))
        return found.take(~found.also_in(opened))

    return History(
        fetched(Trips, "earlier_trips", begin.open.trips),
        fetched(Stops, "earlier_stops", begin.open.stops),
        fetched(Gaps, "earlier_gaps", begin.open.gaps),
        fetched(Visits, "earlier_visits", begin.open.visits),
        fetched(Signals, "earlier_signals", begin.open.signals),
    )


def papers(conn: Connection, claimed: Claim, horizon_us: NDArray[np.int64]) -> Papers:
    """Orders, waivers and what the registry says that reaches past each vehicle's horizon."""
    parameters = {"vehicles": Ints(claimed.vehicle_ids), "horizons": moments(horizon_us)}
    row_of = {vehicle: row for row, vehicle in enumerate(claimed.vehicle_ids.tolist())}
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_queries["orders_after"], parameters)
        orders = [
            (row_of[row["vehicle_id"]], Order(during=Span(row.pop("start_at"), row.pop("end_at")), reason="", **row))
            for row in cursor.fetchall()
        ]
    waivers = [
        (row_of[vehicle], Waiver(waiver_id, vehicle, WaiverKind(kind), Span(start, end), reason))
        for vehicle, waiver_id, kind, start, end, reason in (
            conn.execute(_queries["waivers_after"], parameters).fetchall()
        )
    ]
    fittings = [
        (row_of[vehicle], Span(start, end))
        for vehicle, start, end in conn.execute(_queries["fittings_of"], parameters).fetchall()
    ]
    enrolments = [
        (row_of[vehicle], Span(start, end))
        for vehicle, start, end in conn.execute(_queries["enrolments_after"], parameters).fetchall()
    ]
    states = [
        (row_of[vehicle], VehicleState(state_id, vehicle, StateKind(state), Span(start, end), document))
        for vehicle, state_id, state, start, end, document in (
            conn.execute(_queries["states_after"], parameters).fetchall()
        )
    ]
    classes = {
        row_of[vehicle]: UseClass(use_class)
        for vehicle, use_class in conn.execute(_queries["use_classes_of"], parameters).fetchall()
    }
    return Papers(orders, waivers, enrolments, states, classes, fittings)


def standing(conn: Connection, vehicle_ids: NDArray[np.int32], horizon_us: NDArray[np.int64]) -> list[Standing]:
    """Violations that stand and end in or after their vehicle's horizon."""
    parameters = {"vehicles": Ints(vehicle_ids), "horizons": moments(horizon_us)}
    return [
        Standing(
            id_,
            Violation(vehicle, rule, version, start, end, Severity(severity), provisional, evidence, insufficient),
            was_found is not None,
            was_found is not False,
            None if found_now is None else tuple(Violation.of_json(vehicle, rule, one) for one in found_now),
        )
        for (
            id_, vehicle, rule, version, start, end, severity, provisional, evidence, insufficient, was_found, found_now
        ) in conn.execute(_queries["violations_after"], parameters).fetchall()
    ]  # fmt: skip


def judged_with(conn: Connection) -> str | None:
    """The signature that the stored judgements were made with; None before the first judging."""
    row = conn.execute(_queries["judged_with"]).fetchone()
    return None if row is None else str(row[0])


def judge_with(conn: Connection, signature: str) -> None:
    """Notes the signature; where it is a new one, marks every vehicle from its first position on.

    Call in a transaction; of several judges that start at once one does it.
    """
    conn.execute(_queries["lock_judged_with"])
    if judged_with(conn) == signature:
        return
    conn.execute(_queries["judge_with"], {"signature": signature})
    conn.execute(_queries["mark_all"])


def book_stamp(conn: Connection) -> str:
    """Changes whenever a zone does, or what counts of the centre's own calendar."""
    row = conn.execute(_queries["book_stamp"]).fetchone()
    return "" if row is None else str(row[0])


def zones(conn: Connection) -> list[Zone]:
    """All zones."""
    return [zone_of(row) for row in conn.execute(load("zones")["zones"]).fetchall()]


def work_calendar(conn: Connection, zone: ZoneInfo) -> WorkCalendar:
    """The calendar of now: what counts of the centre's own, above the published one."""
    return calendar_of(conn.execute(load("calendar_years")["counted"]).fetchall(), zone)


def waiting(conn: Connection, last_mark: int | None = None) -> int:
    """How many vehicles wait to be judged, those that another judge holds included; by marks up to the one given."""
    row = conn.execute(_queries["waiting"], {"last": last_mark}).fetchone()
    return 0 if row is None else int(row[0])


def last_mark(conn: Connection) -> int:
    """The newest mark; 0 when none waits."""
    row = conn.execute(_queries["last_mark"]).fetchone()
    return 0 if row is None else int(row[0])


def vehicle_ids(conn: Connection) -> dict[str, int]:
    """Every vehicle's id by its plate."""
    return dict(conn.execute(_queries["plates"]).fetchall())


def listen(conn: Connection) -> None:
    """From now on :func:`wait_for_marks` hears of marks, those made between two calls included."""
    conn.execute("listen marks")


def wait_for_marks(conn: Connection, seconds: float) -> bool:
    """Waits for marks to be made, so long at most; whether any were."""
    with store_errors():
        return any(True for _ in conn.notifies(timeout=seconds, stop_after=1))


def place_columns(places: Sequence[Place]) -> dict[str, list[Any]]:
    """The places as parallel arrays; their order is their number."""
    return {
        "places": [place.name for place in places],
        "buffers": [place.buffer_m for place in places],
        "sides": [place.side for place in places],
    }


def signal_column(signals: Sequence[Signal]) -> dict[str, list[str]]:
    """The signals' names; their order is their number."""
    return {"signals": [signal.name for signal in signals]}


COLUMN_TYPES = {
    "start_us": "timestamptz",
    "end_us": "timestamptz",
    "distance_m": "float8",
    "inferred_s": "float8",
    "max_speed_kmh": "float4",
}
"""PostgreSQL's types of the columns of facts that are no int4."""


def moments(us: NDArray[np.int64]) -> Moments:
    """Moments as a parameter, NO_CUT_US and what lies before as before all moments."""
    return Moments(us, NO_CUT_US)


def moment(us: int) -> str:
    """A moment as PostgreSQL reads it; NO_CUT_US and what lies before is before all moments."""
    return "-infinity" if us <= NO_CUT_US else moment_of(us).isoformat()
