"""Writing what a judge found: facts, checkpoints, violations, alerts. Synchronous, see store.judging."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import numpy as np
from psycopg.rows import dict_row

from fleet.violation import Violation
from oversight.letter import Letter
from rules.checkpoint import NO_CUT_US, Beginning, Checkpoints
from rules.reconcile import Reconciled, Review
from rules.records import History, Records
from rules.signals import Signal
from rules.visits import Place
from store.binary import encode
from store.column import Ints, Longs
from store.judging import COLUMN_TYPES, Claim, Connection, moment, moments, place_columns, signal_column
from store.outbox import StoredLetter, stored_of
from store.outbox import values_of as letter_values
from store.sql import load

_queries = load("judging")
_letters = load("outbox")

# timestamptz knows no moment before 4713 BC; what begins "at no cut" begins here.
_FIRST_US = -(2**55)


@dataclass(slots=True)
class SavedViolations:
    """What people outside of the pages hear of: violations that raised an alert with their ids, and the ids of those
    that were withdrawn."""

    alerted: list[tuple[int, Violation]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AlertedCar:
    """Whose alert it is."""

    plate: str
    unit_id: int
    unit: str
    use_class: str


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
    return encode(columns, [COLUMN_TYPES.get(field.name, "int4") for field in fields(records)])


def _copy(conn: Connection, name: str, stream: bytes) -> None:
    with conn.cursor() as cursor, cursor.copy(_queries[name]) as copy:
        copy.write(stream)


def save_checkpoints(
    conn: Connection, claimed: Claim, begin: Beginning, checkpoints: Checkpoints, signature: str
) -> None:
    """Replaces the checkpoints after each vehicle's cut by those that are worth keeping."""
    vehicles = Ints(claimed.vehicle_ids)
    conn.execute(_queries["drop_checkpoints"], {"vehicles": vehicles, "cuts": moments(begin.cut_us)})
    rows = np.flatnonzero(checkpoints.worth_keeping(begin))
    if not len(rows):
        return
    opened: dict[int, dict[str, list[Any]]] = {
        number: {"trips": [], "stops": [], "gaps": [], "visits": [], "signals": []} for number in rows.tolist()
    }
    for name in ("trips", "stops", "gaps", "visits", "signals"):
        for number, *values in getattr(checkpoints.open, name).rows():
            if number in opened:
                opened[number][name].append(values)
    conn.execute(
        _queries["insert_checkpoints"],
        {
            "vehicles": Ints(claimed.vehicle_ids[checkpoints.vehicle[rows]]),
            "cuts": moments(checkpoints.cut_us[rows]),
            "signature": signature,
            "open": json.dumps(list(opened.values())),
        },
    )
    conn.execute(_queries["thin_checkpoints"], {"vehicles": vehicles})


def save_violations(
    conn: Connection, changes: Reconciled, alert_after: datetime, alarms: Callable[[Violation], bool]
) -> SavedViolations:
    """Writes what changed and the history of it; gives what raised an alert and what was withdrawn.

    A violation newly found, or graver than it was, raises an alert when it ``alarms`` and ends after ``alert_after``:
    history that is loaded late alarms nobody. One on insufficient evidence raises it once that suffices.
    """
    saved = SavedViolations()
    for violation in changes.new:
        row = conn.execute(_queries["find_violation"], _values(violation)).fetchone()
        if row is None:
            raise RuntimeError("an insert that returns its id returned none")
        _note(conn, row[0], "found", violation)
        if _alert(conn, row[0], violation, alert_after, alarms):
            saved.alerted.append((row[0], violation))
    for change in changes.changed:
        conn.execute(_queries["change_violation"], {**_values(change.violation), "id": change.id})
        if change.name != "same":
            _note(conn, change.id, change.name, change.violation)
        if (change.now_suffices or change.graver) and _alert(conn, change.id, change.violation, alert_after, alarms):
            saved.alerted.append((change.id, change.violation))
    for old in changes.withdrawn:
        conn.execute(_queries["withdraw_violation"], {"id": old.id})
        _note(conn, old.id, "withdrawn", old.violation)
        saved.withdrawn.append(old.id)
    for review in changes.reviewed:
        _review(conn, review)
    return saved


def _alert(
    conn: Connection,
    violation_id: int,
    violation: Violation,
    alert_after: datetime,
    alarms: Callable[[Violation], bool],
) -> bool:
    """Whether one was raised: there is one at most of a violation."""
    if violation.insufficient or violation.end <= alert_after or not alarms(violation):
        return False
    return conn.execute(_queries["raise_alert"], {"id": violation_id}).rowcount > 0


def alerted_cars(conn: Connection, violation_ids: Sequence[int]) -> dict[int, AlertedCar]:
    """Whose alerts these are, by violation."""
    rows = conn.execute(_queries["alerted_cars"], {"violations": list(violation_ids)}).fetchall()
    return {row[0]: AlertedCar(*row[1:]) for row in rows}


def put_letter(conn: Connection, letter: Letter, at: datetime, takes_back: str | None = None) -> None:
    """As :func:`store.outbox.put`. ``takes_back``: the key of a letter that stands no more."""
    conn.execute(_letters["put"], letter_values(letter, at, takes_back))


def take_back(conn: Connection, keys: Sequence[str], at: datetime) -> list[StoredLetter]:
    """Letters of these keys that were put in: what has not been sent of them is not."""
    if not keys:
        return []
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_letters["take_back"], {"keys": list(keys), "at": at})
        return [stored_of(row) for row in cursor.fetchall()]


def _review(conn: Connection, review: Review) -> None:
    found = review.found_now
    values = {
        "id": review.id,
        "otherwise": review.otherwise,
        "found_now": None if found is None else json.dumps([one.as_json() for one in found]),
        "since": min(one.start for one in found) if found else None,
        "until": max(one.end for one in found) if found else None,
    }
    conn.execute(_queries["review" if found else "review_nothing"], values)


def save_digests(conn: Connection, claimed: Claim) -> None:
    """Keeps with each violation the digest of its positions (docs/evidence.md); call after :func:`save_violations`.

    A late position within a violation changes the digest and perhaps nothing else: all that reach past what
    changed are looked at.
    """
    conn.execute(
        _queries["save_digests"],
        {
            "vehicles": Ints(claimed.vehicle_ids),
            "since": moments(claimed.since_us),
        },
    )


def mark_evidence(conn: Connection, claimed: Claim) -> None:
    """Tells of decided violations whether their evidence is still what they were decided on; call after
    :func:`save_violations`."""
    vehicles = Ints(claimed.vehicle_ids)
    conn.execute(_queries["review_digests"], {"vehicles": vehicles, "since": moments(claimed.since_us)})
    conn.execute(_queries["mark_evidence"], {"vehicles": vehicles})


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
        "insufficient": violation.insufficient,
        "evidence": json.dumps(violation.evidence),
    }


def finish(conn: Connection, claimed: Claim) -> None:
    """Takes the judged marks away."""
    conn.execute(_queries["take_marks"], {"marks": Longs(claimed.mark_ids)})


def mark(conn: Connection, vehicle_ids: Sequence[int] | None, since_us: int = NO_CUT_US) -> None:
    """Marks vehicles (all when None) to be judged anew from a moment on."""
    vehicles = (
        [row[0] for row in conn.execute(_queries["all_vehicles"]).fetchall()]
        if vehicle_ids is None
        else list(vehicle_ids)
    )
    conn.execute(_queries["mark_some"], {"vehicles": vehicles, "since": moment(since_us)})
