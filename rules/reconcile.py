"""Reconciling: what judging again means for the violations that stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.violation import Severity, Violation


@dataclass(frozen=True, slots=True)
class Standing:
    """A violation as it is stored."""

    id: int
    violation: Violation


@dataclass(frozen=True, slots=True)
class Change:
    """A stored violation and how it is seen now. ``name``: same, extended, shrunk or moved (its start).

    ``graver``: what was for information no longer is.
    """

    id: int
    name: str
    violation: Violation
    graver: bool = False


@dataclass(frozen=True, slots=True)
class Reconciled:
    new: list[Violation]
    changed: list[Change]
    withdrawn: list[Standing]


def affected(
    found: Iterable[Violation], standing: Iterable[Standing], horizon: Callable[[int], datetime | None]
) -> list[Violation]:
    """Of what is found, that which the change can have touched: it ends in or after its vehicle's horizon
    (None: everything does), or overlaps a violation that stands and does."""
    stood: dict[tuple[int, str], list[Violation]] = defaultdict(list)
    for one in standing:
        stood[one.violation.vehicle_id, one.violation.rule_id].append(one.violation)

    def touched(violation: Violation) -> bool:
        since = horizon(violation.vehicle_id)
        return (
            since is None
            or violation.end >= since
            or any(
                violation.start < old.end and old.start < violation.end
                for old in stood.get((violation.vehicle_id, violation.rule_id), [])
            )
        )

    return [violation for violation in found if touched(violation)]


def reconciled(standing: Iterable[Standing], found: Iterable[Violation]) -> Reconciled:
    """Pairs what stands with what is found, within one vehicle and rule: by equal start, then by overlap in time.

    A violation whose start moves, as late positions come in, stays the same violation. Pairs that are equal in
    every respect are left out.
    """
    stood: dict[tuple[int, str], list[Standing]] = defaultdict(list)
    for one in standing:
        stood[one.violation.vehicle_id, one.violation.rule_id].append(one)
    now: dict[tuple[int, str], list[Violation]] = defaultdict(list)
    for violation in found:
        now[violation.vehicle_id, violation.rule_id].append(violation)
    new: list[Violation] = []
    changed: list[Change] = []
    withdrawn: list[Standing] = []
    for key in stood.keys() | now.keys():
        pairs, gone, fresh = _paired(stood.get(key, []), now.get(key, []))
        changed += [
            Change(
                old.id,
                _change(old.violation, violation),
                violation,
                old.violation.severity is Severity.INFO is not violation.severity,
            )
            for old, violation in pairs
            if old.violation != violation
        ]
        withdrawn += gone
        new += fresh
    return Reconciled(
        sorted(new, key=lambda v: (v.start, v.vehicle_id, v.rule_id)),
        sorted(changed, key=lambda change: change.id),
        sorted(withdrawn, key=lambda one: one.id),
    )


def _paired(
    stood: Sequence[Standing], now: Sequence[Violation]
) -> tuple[list[tuple[Standing, Violation]], list[Standing], list[Violation]]:
    by_start = {violation.start: violation for violation in now}
    pairs = [(old, by_start.pop(old.violation.start)) for old in stood if old.violation.start in by_start]
    kept = {old.id for old, _ in pairs}
    rest = sorted((old for old in stood if old.id not in kept), key=lambda old: old.violation.start)
    fresh = sorted(by_start.values(), key=lambda violation: violation.start)
    gone = []
    for old in rest:
        match = next((v for v in fresh if v.start < old.violation.end and old.violation.start < v.end), None)
        if match is None:
            gone.append(old)
        else:
            fresh.remove(match)
            pairs.append((old, match))
    return pairs, gone, fresh


def _change(old: Violation, new: Violation) -> str:
    if new.start != old.start:
        return "moved"
    if new.end > old.end:
        return "extended"
    return "shrunk" if new.end < old.end else "same"
