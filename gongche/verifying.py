"""Verifying: what is stored of vehicles against what their stored positions give. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from math import isclose
from typing import Any

import numpy as np

from fleet.clock import moment_of
from fleet.digest import Digest
from fleet.violation import Violation
from gongche.hindsight import Past, pasts
from rules.checkpoint import NO_CUT_US
from rules.expenses import CLAIMS, is_of_expenses
from rules.records import Gaps, Records, Stops, Trips
from rules.rulebook import RuleBook
from store import judging, silence, verifying
from store.verifying import Car

_METRE_TOLERANCE = 1e-3
"""Sums of lengths are added up in another order when judging went on from a checkpoint."""


class Kind(StrEnum):
    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Difference:
    """``what``: trip, stop, gap, visit, signal, violation or fleet_silence (of no plate). ``stored`` and
    ``recomputed``: what differs, by name.
    """

    kind: Kind
    plate: str
    what: str
    key: Mapping[str, Any]
    stored: Mapping[str, Any] | None
    recomputed: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Verified:
    """Some vehicles: those compared, those passed over because they wait to be judged, and what differs."""

    compared: int
    positions: int
    waiting: list[str]
    differences: list[Difference]


def verified_fleet(conn: judging.Connection, percent: float) -> list[Difference]:
    """The fleet's time and silences against those that the stored facts of all vehicles give, where none waits."""
    with verifying.one_moment(conn):
        if silence.waits(conn, []) or silence.is_due(conn, percent):
            return []
        kept, made = silence.recomputed(conn, percent)
    tables = [
        {
            (0, start): {"end": moment_of(end)}
            for start, end in zip(one.start_us.tolist(), one.end_us.tolist(), strict=True)
        }
        for one in (kept, made)
    ]
    return list(_compared("fleet_silence", ("start",), {0: ""}, *tables))


Table = dict[tuple[Any, ...], dict[str, Any]]


def verified(conn: judging.Connection, cars: Sequence[Car], book: RuleBook) -> Iterator[Verified]:
    """Compares the vehicles, some at a time, each lot as of one moment."""
    for past in pasts(conn, cars):
        ids = [car.id for car in past.cars]
        waiting = verifying.waiting(conn, ids)
        plates = {car.id: car.plate for car in past.cars if car.id not in waiting}
        found = [
            difference
            for what, key, stored, recomputed in _tables(conn, past, book)
            for difference in _compared(what, key, plates, stored, recomputed)
        ]
        found += _digests(conn, plates)
        yield Verified(len(plates), len(past.matter.positions), [c.plate for c in past.cars if c.id in waiting], found)


def _tables(
    conn: judging.Connection, past: Past, book: RuleBook
) -> Iterator[tuple[str, tuple[str, ...], Table, Table]]:
    """Per table: its name, the names of its key after the vehicle, its rows as stored and as recomputed."""
    ids = past.matter.vehicle_ids
    judgement, stored = past.judged(book), verifying.facts(conn, ids.tolist())
    for what, kept, records in (
        ("trip", stored.trips, judgement.history.trips),
        ("stop", stored.stops, judgement.history.stops),
        ("gap", stored.gaps, judgement.history.gaps),
    ):
        made = [(int(ids[row]), *rest) for row, *rest in records.rows()]
        yield what, ("start",), _facts(type(records), kept), _facts(type(records), made)
    made = [
        (int(ids[row]), start, end, place.name, place.buffer_m, place.side, zone, fixes)
        for row, start, end, number, zone, fixes in judgement.history.visits.rows()
        for place in [book.places[number]]
    ]
    yield "visit", ("start", "place", "buffer_m", "side", "zone_id"), _visits(stored.visits), _visits(made)
    signals = [
        (int(ids[row]), start, end, book.signals[number].name, grown_m)
        for row, start, end, number, grown_m in judgement.history.signals.rows()
    ]
    yield "signal", ("start", "signal"), _signals(stored.signals), _signals(signals)
    standing = judging.standing(conn, ids, np.full(len(ids), NO_CUT_US, np.int64))
    yield (
        "violation",
        ("start", "rule"),
        _violations(found for s in standing for found in s.found),
        _violations(judgement.violations),
    )


def _facts(kind: type[Trips] | type[Stops] | type[Gaps] | type[Records], rows: Sequence[Sequence[Any]]) -> Table:
    names = [field.name for field in fields(kind)][3:]
    return {(row[0], row[1]): {"end": moment_of(row[2]), **dict(zip(names, row[3:], strict=True))} for row in rows}


def _visits(rows: Sequence[Sequence[Any]]) -> Table:
    return {
        (vehicle, start, place, buffer_m, side, zone): {"end": moment_of(end), "fixes": fixes}
        for vehicle, start, end, place, buffer_m, side, zone, fixes in rows
    }


def _signals(rows: Sequence[Sequence[Any]]) -> Table:
    return {
        (vehicle, start, signal): {"end": moment_of(end), "grown_m": grown_m}
        for vehicle, start, end, signal, grown_m in rows
    }


def _violations(violations: Any) -> Table:
    return {
        (v.vehicle_id, v.start, _rule(v)): {
            "end": v.end,
            "rule_version": v.rule_version,
            "severity": v.severity.value,
            "provisional": v.provisional,
            "insufficient": v.insufficient,
            "evidence": json.loads(json.dumps(v.evidence)),
        }
        for v in violations
        if isinstance(v, Violation)
    }


def _rule(violation: Violation) -> str:
    """A rule may be broken by a track and by a claim at the same moment: two violations."""
    return f"{violation.rule_id} {CLAIMS}" if is_of_expenses(violation) else violation.rule_id


def _compared(
    what: str, names: tuple[str, ...], plates: Mapping[int, str], stored: Table, recomputed: Table
) -> Iterator[Difference]:
    for key in sorted(stored.keys() | recomputed.keys()):
        vehicle, start, *more = key
        if vehicle not in plates:
            continue
        shown = dict(zip(names, [moment_of(start) if isinstance(start, int) else start, *more], strict=True))
        kept, made = stored.get(key), recomputed.get(key)
        if kept is None:
            yield Difference(Kind.MISSING, plates[vehicle], what, shown, None, made)
        elif made is None:
            yield Difference(Kind.EXTRA, plates[vehicle], what, shown, kept, None)
        elif unequal := [name for name in kept if not _same(kept[name], made[name])]:
            yield Difference(
                Kind.DIFFERENT, plates[vehicle], what, shown,
                {name: kept[name] for name in unequal}, {name: made[name] for name in unequal},
            )  # fmt: skip


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=_METRE_TOLERANCE)
    return bool(one == other)


def _digests(conn: judging.Connection, plates: Mapping[int, str]) -> Iterator[Difference]:
    changed = verifying.changed_digests(conn, list(plates))
    if not changed:
        return
    ids = np.array(list(plates), np.int32)
    for standing in judging.standing(conn, ids, np.full(len(ids), NO_CUT_US, np.int64)):
        if standing.id in changed:
            v = standing.violation
            kept, now = changed[standing.id]
            key = {"start": v.start, "rule": v.rule_id, "id": standing.id}
            yield Difference(Kind.DIGEST, plates[v.vehicle_id], "violation", key, _shown(kept), _shown(now))


def _shown(digest: Digest) -> dict[str, Any]:
    return {"positions_count": digest.count, "positions_sha256": digest.sha256}
