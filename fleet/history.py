"""Histories (fittings, enrolments, versions of a zone): entries that exclude one another in time.

A history is never overwritten. What is added later may end an entry that was still open; it never moves an
entry's start, and an entry that has ended stays as it is. An entry that was wrong from the start is superseded by
its correction where that is said; it stays readable and counts no more.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from fleet.span import Span

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class Outcome(StrEnum):
    """What saving a thing does to the store."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``during`` a span, ``content`` holds of each of ``parts``.

    A part is in one entry at a time: a fitting's parts are its tracker and its vehicle, a zone's is its name.
    """

    parts: tuple[tuple[str, str], ...]
    during: Span
    content: Hashable = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """``asked`` cannot stand beside ``standing`` without rewriting the history."""

    standing: Entry
    asked: Entry


class Conflicts(Exception):  # noqa: N818 - they are findings, told to the person who sent the entries
    """Entries that cannot be saved, by their index in what was to be saved. Nothing was written."""

    def __init__(self, by_index: dict[int, Conflict]) -> None:
        super().__init__(f"{len(by_index)} entries are in conflict with the history: {by_index}")
        self.by_index = by_index


@dataclass(slots=True)
class Plan:
    """What to write, and what comes of each asked entry. Conflicts are left out of the writing."""

    outcomes: list[Outcome | Conflict] = field(default_factory=list)
    """parallel to what was asked"""
    endings: dict[int, datetime] = field(default_factory=dict)
    """new end by the id of a stored entry"""
    additions: dict[int, Span] = field(default_factory=dict)
    """span to insert by the index of an asked entry"""
    superseded: set[int] = field(default_factory=set)
    """ids of stored entries that count no more"""

    @property
    def conflicts(self) -> dict[int, Conflict]:
        return {i: outcome for i, outcome in enumerate(self.outcomes) if isinstance(outcome, Conflict)}


@dataclass(slots=True)
class _Slot:
    entry: Entry
    id: int | None = None
    index: int | None = None


def plan_history(stored: Iterable[tuple[int, Entry]], asked: Sequence[Entry]) -> Plan:
    """How ``asked`` joins what is ``stored``; taken in order of their starts, whatever order they come in.

    Asking for what stands (same content from the same start) changes nothing, or ends it when it was open and
    an end is asked. An entry that begins inside open entries with other content ends them at its start.
    Everything else that overlaps is a conflict.
    """
    by_part: dict[tuple[str, str], list[_Slot]] = {}
    for id_, entry in stored:
        _file(by_part, _Slot(entry, id=id_))
    outcomes: dict[int, Outcome | Conflict] = {}
    plan = Plan()
    for index in sorted(range(len(asked)), key=lambda i: _start(asked[i].during)):
        outcomes[index] = _join(plan, by_part, asked[index], index)
    plan.outcomes = [outcomes[i] for i in range(len(asked))]
    return plan


def plan_corrections(stored: Iterable[tuple[int, Entry]], asked: Sequence[Entry]) -> Plan:
    """As :func:`plan_history`, but an asked entry that begins with a stored one of the same parts corrects it.

    It takes the place of that one, to its end where it does not say another; there is one correction of an entry.
    What says neither start nor end is about an entry that has none. What would overlap any other entry is a
    conflict, as ever.
    """
    standing = dict(stored)
    settled = list(asked)
    corrected: dict[int, int] = {}
    for index, entry in enumerate(asked):
        id_ = next((id_ for id_, old in standing.items() if _is_corrected(old, entry)), None)
        if id_ is not None:
            old = standing.pop(id_)
            settled[index] = replace(entry, during=Span(entry.during.start, entry.during.end or old.during.end))
            corrected[index] = id_
    plan = plan_history(standing.items(), settled)
    for index, id_ in corrected.items():
        if index not in plan.conflicts:
            plan.superseded.add(id_)
            plan.outcomes[index] = Outcome.CHANGED
    return plan


def _is_corrected(old: Entry, asked: Entry) -> bool:
    if old.parts != asked.parts or old.during.start != asked.during.start:
        return False
    if asked.during == Span(None, None) != old.during:
        return False
    another_end = asked.during.end is not None and asked.during.end != old.during.end
    return old.content != asked.content or (another_end and old.during.end is not None)


def _join(plan: Plan, by_part: dict[tuple[str, str], list[_Slot]], asked: Entry, index: int) -> Outcome | Conflict:
    near = {id(slot): slot for part in asked.parts for slot in by_part.get(part, [])}
    overlapping = [slot for slot in near.values() if _overlap(slot.entry.during, asked.during)]
    overlapping.sort(key=lambda slot: _start(slot.entry.during))
    for slot in overlapping:
        if _same_claim(slot.entry, asked):
            return _restate(plan, slot, asked)
    for slot in overlapping:
        ends_here = (
            slot.entry.during.end is None
            and _start(slot.entry.during) < _start(asked.during)
            and not _same_content(slot.entry, asked)
        )
        if not ends_here:
            return Conflict(slot.entry, asked)
    for slot in overlapping:
        assert asked.during.start is not None  # it is after the start of another
        _end(plan, slot, asked.during.start)
    plan.additions[index] = asked.during
    _file(by_part, _Slot(asked, index=index))
    return Outcome.NEW


def _restate(plan: Plan, slot: _Slot, asked: Entry) -> Outcome | Conflict:
    """``asked`` has the content and the start of an entry: only its end may say something new."""
    end = asked.during.end
    if end is None or end == slot.entry.during.end:
        return Outcome.SAME
    if slot.entry.during.end is not None:
        return Conflict(slot.entry, asked)
    _end(plan, slot, end)
    return Outcome.CHANGED


def _end(plan: Plan, slot: _Slot, end: datetime) -> None:
    during = Span(slot.entry.during.start, end)
    slot.entry = replace(slot.entry, during=during)
    if slot.id is not None:
        plan.endings[slot.id] = end
    if slot.index is not None:
        plan.additions[slot.index] = during


def _file(by_part: dict[tuple[str, str], list[_Slot]], slot: _Slot) -> None:
    for part in slot.entry.parts:
        by_part.setdefault(part, []).append(slot)


def _same_content(one: Entry, other: Entry) -> bool:
    return one.parts == other.parts and one.content == other.content


def _same_claim(one: Entry, other: Entry) -> bool:
    return _same_content(one, other) and one.during.start == other.during.start


def _overlap(one: Span, other: Span) -> bool:
    return _start(one) < (other.end or _END) and _start(other) < (one.end or _END)


def _start(span: Span) -> datetime:
    return span.start or _BEGINNING
