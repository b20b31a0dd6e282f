"""Reconciling: what judging again means for the violations that stand.

What a person has decided stands as it was decided: what is found at its time now is told beside it (:class:`Review`),
and makes no second violation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fleet.violation import Severity, Violation


@dataclass(frozen=True, slots=True)
class Standing:
    """A violation as it is stored. ``decided``: a person has decided it; then ``found_now`` is what was found last at
    its time, None where that is the very same, and ``was_found`` whether it was found when it was decided."""

    id: int
    violation: Violation
    decided: bool = False
    was_found: bool = True
    found_now: tuple[Violation, ...] | None = None

    @property
    def found(self) -> tuple[Violation, ...]:
        """What judging found last."""
        return (self.violation,) if self.found_now is None else self.found_now

    @property
    def since(self) -> datetime:
        """The earliest start of it, as decided or as found."""
        return min(one.start for one in (self.violation, *self.found))


@dataclass(frozen=True, slots=True)
class Change:
    """A stored violation and how it is seen now. ``name``: same, extended, shrunk or moved (its start).

    ``now_suffices``: its evidence was insufficient and is not any more. ``graver``: what was for information no longer
    is.
    """

    id: int
    name: str
    violation: Violation
    now_suffices: bool = False
    graver: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """What is found now at the time of a decided violation, None where it is the very same; ``otherwise``: whether it
    differs in what matters (:func:`_matters`) from what was found when it was decided."""

    id: int
    found_now: tuple[Violation, ...] | None
    otherwise: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    new: list[Violation]
    changed: list[Change]
    withdrawn: list[Standing]
    reviewed: list[Review] = field(default_factory=list)

    def and_also(self, other: Reconciled) -> Reconciled:
        """Both, of violations that have nothing to do with each other."""
        return Reconciled(
            self.new + other.new,
            self.changed + other.changed,
            self.withdrawn + other.withdrawn,
            self.reviewed + other.reviewed,
        )


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
            or any(_meet(violation, old) for old in stood.get((violation.vehicle_id, violation.rule_id), []))
        )

    return [violation for violation in found if touched(violation)]


def reconciled(standing: Iterable[Standing], found: Iterable[Violation]) -> Reconciled:
    """Pairs what stands with what is found, within one vehicle and rule: by equal start, then by overlap in time.

    A violation whose start moves, as late positions come in, stays the same violation. Pairs that are equal in
    every respect are left out. What meets a decided one is of its time: it is told by a review, and is no other's.
    """
    stood: dict[tuple[int, str], list[Standing]] = defaultdict(list)
    decided: dict[tuple[int, str], list[Standing]] = defaultdict(list)
    for one in standing:
        (decided if one.decided else stood)[one.violation.vehicle_id, one.violation.rule_id].append(one)
    now: dict[tuple[int, str], list[Violation]] = defaultdict(list)
    for violation in found:
        now[violation.vehicle_id, violation.rule_id].append(violation)
    reviewed: list[Review] = []
    for key, ones in decided.items():
        reviewed += [review for one in ones if (review := _review(one, now.get(key, []))) is not None]
        now[key] = [v for v in now.get(key, []) if not any(_meet(v, one.violation) for one in ones)]
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
                now_suffices=old.violation.insufficient and not violation.insufficient,
                graver=old.violation.severity is Severity.INFO is not violation.severity,
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
        sorted(reviewed, key=lambda review: review.id),
    )


def _review(decided: Standing, found: Sequence[Violation]) -> Review | None:
    """None when what is found at its time is what was found last."""
    met = tuple(sorted((v for v in found if _meet(v, decided.violation)), key=lambda v: v.start))
    found_now = None if met == (decided.violation,) else met
    if found_now == decided.found_now:
        return None
    as_decided = (decided.violation,) if decided.was_found else ()
    return Review(decided.id, found_now, [_matters(v) for v in met] != [_matters(v) for v in as_decided])


def _matters(violation: Violation) -> tuple[object, ...]:
    """When it held, and how well that is known. A paper near by that excuses nothing does not matter."""
    spans = violation.evidence.get("spans")
    return violation.start, violation.end, spans, violation.provisional, violation.insufficient


def _meet(one: Violation, other: Violation) -> bool:
    return one.start < other.end and other.start < one.end


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
