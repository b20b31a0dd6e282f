"""Writing what a judge found: facts, checkpoints, violations, alerts. Synchronous, see store.judging."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np

from fleet.violation import Violation
from rules.checkpoint import NO_CUT_US, Beginning, Checkpoints
from rules.reconcile import Reconciled
from rules.records import History, Records
from rules.signals import Signal
from rules.visits import Place
from store.binary import encode
from store.judging import Claim, Connection, moment, place_columns, signal_column
from store.sql import load

_queries = load("judging")

# timestamptz knows no moment before 4713 BC; what begins "at no cut" begins here.
_FIRST_US = -(2**55)

_TYPES = {
    "vehicle": "int4",
    "start_us": "timestamptz",
    "end_us": "timestamptz",
    "distance_m": "float8",
    "inferred_s": "float8",
    "max_speed_kmh": "float4",
}


def save_history(
    conn: Connection,
    claimed: Claim,
    begin: Beginning,
    history: History,
    places: Sequence[Place],
    signals: Sequence[Signal],
) -> None:
    """Makes the stored facts from each vehicle's cut on those of ``history``; writes only what differs."""
    numbers = {"visits": place_columns(places), "signals": signal_column(signals)}
    cuts = np.maximum(begin.cut_us, _FIRST_US)
    _copy(conn, "copy_cuts", encode([claimed.vehicle_ids, cuts], ["int4", "timestamptz"]))
    for name, records in (
        ("trips", history.trips),
        ("stops", history.stops),
        ("gaps", history.gaps),
        ("visits", history.visits),
        ("signals", history.signals),
    ):
        if len(records):
            _copy(conn, f"copy_{name}", _stream(claimed, records))
        conn.execute(_queries[f"drop_{name}"], numbers.get(name))
        if len(records):
            conn.execute(_queries[f"keep_{name}"], numbers.get(name))


def _stream(claimed: Claim, records: Records) -> bytes:
    columns = [getattr(records, field.name) for field in fields(records)]
    columns[0] = claimed.vehicle_ids[records.vehicle]
    return encode(columns, [_TYPES.get(field.name, "int4") for field in fields(records)])


def _copy(conn: Connection, name: str, stream: bytes) -> None:
    with conn.cursor() as cursor, cursor.copy(_queries[name]) as copy:
        copy.write(stream)


def save_checkpoints(
    conn: Connection, claimed: Claim, begin: Beginning, checkpoints: Checkpoints, signature: str
) -> None:
    """Replaces the checkpoints after each vehicle's cut."""
    vehicles = claimed.vehicle_ids.tolist()
    cuts = [moment(us) for us in begin.cut_us.tolist()]
    conn.execute(_queries["drop_checkpoints"], {"vehicles": vehicles, "cuts": cuts})
    opened: list[dict[str, list[Any]]] = [
        {"trips": [], "stops": [], "gaps": [], "visits": [], "signals": []} for _ in range(len(checkpoints.cut_us))
    ]
    for name in ("trips", "stops", "gaps", "visits", "signals"):
        for number, *values in getattr(checkpoints.open, name).rows():
            opened[number][name].append(values)
    rows = [
        (int(claimed.vehicle_ids[row]), moment(cut), signature, json.dumps(spans))
        for row, cut, spans in zip(checkpoints.vehicle.tolist(), checkpoints.cut_us.tolist(), opened, strict=True)
    ]
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(_queries["insert_checkpoint"], rows)
        conn.execute(_queries["thin_checkpoints"], {"vehicles": vehicles})


def save_violations(
    conn: Connection, changes: Reconciled, alert_after: datetime, alarms: Callable[[Violation], bool]
) -> int:
    """Writes what changed and the history of it; gives how many alerts were raised.

    A violation newly found, or graver than it was, raises an alert when it ``alarms`` and ends after ``alert_after``:
    history that is loaded late alarms nobody.
    """
    alerts = 0
    for violation in changes.new:
        row = conn.execute(_queries["find_violation"], _values(violation)).fetchone()
        if row is None:
            raise RuntimeError("an insert that returns its id returned none")
        _note(conn, row[0], "found", violation)
        if violation.end > alert_after and alarms(violation):
            alerts += conn.execute(_queries["raise_alert"], {"id": row[0]}).rowcount
    for change in changes.changed:
        conn.execute(_queries["change_violation"], {**_values(change.violation), "id": change.id})
        if change.name != "same":
            _note(conn, change.id, change.name, change.violation)
        if change.graver and change.violation.end > alert_after and alarms(change.violation):
            alerts += conn.execute(_queries["raise_alert"], {"id": change.id}).rowcount
    for old in changes.withdrawn:
        conn.execute(_queries["withdraw_violation"], {"id": old.id})
        _note(conn, old.id, "withdrawn", old.violation)
    return alerts


def save_digests(conn: Connection, claimed: Claim) -> None:
    """Keeps with each violation the digest of its positions (docs/evidence.md); call after :func:`save_violations`.

    A late position within a violation changes the digest and perhaps nothing else: all that reach past what
    changed are looked at.
    """
    conn.execute(
        _queries["save_digests"],
        {
            "vehicles": claimed.vehicle_ids.tolist(),
            "since": [moment(us) for us in claimed.since_us.tolist()],
        },
    )


def _note(conn: Connection, violation_id: int, change: str, violation: Violation) -> None:
    values = {"id": violation_id, "change": change, "start": violation.start, "end": violation.end}
    if change == "extended" and conn.execute(_queries["note_extension"], values).rowcount:
        return
    conn.execute(_queries["note_change"], values)


def _values(violation: Violation) -> dict[str, Any]:
    return {
        "vehicle_id": violation.vehicle_id,
        "rule_id": violation.rule_id,
        "rule_version": violation.rule_version,
        "start": violation.start,
        "end": violation.end,
        "severity": violation.severity.value,
        "provisional": violation.provisional,
        "evidence": json.dumps(violation.evidence),
    }


def finish(conn: Connection, claimed: Claim) -> None:
    """Takes the judged marks away."""
    conn.execute(_queries["take_marks"], {"marks": claimed.mark_ids})


def mark(conn: Connection, vehicle_ids: Sequence[int] | None, since_us: int = NO_CUT_US) -> None:
    """Marks vehicles (all when None) to be judged anew from a moment on."""
    vehicles = (
        [row[0] for row in conn.execute(_queries["all_vehicles"]).fetchall()]
        if vehicle_ids is None
        else list(vehicle_ids)
    )
    conn.execute(_queries["mark_some"], {"vehicles": vehicles, "since": moment(since_us)})
