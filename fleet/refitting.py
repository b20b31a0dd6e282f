"""What a change of fittings means: which spans of a tracker go from one vehicle to another; and corrections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise

from fleet.history import Conflict, Entry, Outcome
from fleet.span import Span

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A tracker was on a vehicle during a span."""

    tracker_id: int
    vehicle_id: int
    during: Span


@dataclass(frozen=True, slots=True)
class Move:
    """What a tracker reported in a span was one vehicle's and is another's; None stands for no vehicle."""

    tracker_id: int
    from_vehicle: int | None
    to_vehicle: int | None
    during: Span


def moves(before: Iterable[Fitted], after: Iterable[Fitted]) -> list[Move]:
    """The longest spans, by tracker and time, that two histories give to different vehicles.

    Within each history no tracker is on two vehicles at once.
    """
    old, new = _by_tracker(before), _by_tracker(after)
    found: list[Move] = []
    for tracker_id in sorted(old.keys() | new.keys()):
        was_on, is_on = old[tracker_id], new[tracker_id]
        bounds = {_BEGINNING, _END}
        for fitted in (*was_on, *is_on):
            bounds |= {_start(fitted.during), _end(fitted.during)}
        ordered = sorted(bounds)
        for start, end in pairwise(ordered):
            was, now = _vehicle_at(was_on, start), _vehicle_at(is_on, start)
            if was != now:
                _append(found, Move(tracker_id, was, now, _span(start, end)))
    return found


@dataclass(slots=True)
class Correction:
    """What a correction writes; ``outcomes`` are parallel to what was asked, conflicts are left out of the writing."""

    outcomes: list[Outcome | Conflict] = field(default_factory=list)
    superseded: set[int] = field(default_factory=set)
    """ids of stored entries that were wrong, in whole or in part"""
    additions: list[Entry] = field(default_factory=list)
    """what stands in their place: what was asked, and what is left of them"""

    @property
    def conflicts(self) -> dict[int, Conflict]:
        return {i: outcome for i, outcome in enumerate(self.outcomes) if isinstance(outcome, Conflict)}


def plan_correction(stored: Iterable[tuple[int, Entry]], asked: Sequence[Entry]) -> Correction:
    """What ``asked`` says of a span is true of it; outside of it, what stood stands.

    An entry with one part alone says that it was with no other: a tracker on no vehicle. One without an end lasts until
    the next entry, asked or stored, has one of its parts with another, or as long as the stored one whose start it
    moves. Asked entries that overlap each other are conflicts, the later one with the earlier.
    """
    standing = dict(stored)
    told = [_ended(entry, [*standing.values(), *asked]) for entry in asked]
    correction = Correction([Outcome.SAME] * len(told))
    taken: list[Entry] = []
    said: list[tuple[int, Entry]] = []
    for index in sorted(range(len(told)), key=lambda i: _start(told[i].during)):
        entry = told[index]
        earlier = next((other for other in taken if _excludes(other, entry)), None)
        if earlier is not None:
            correction.outcomes[index] = Conflict(earlier, entry)
            continue
        taken.append(entry)
        hit = {id_ for id_, old in standing.items() if _excludes(old, entry)}
        if not hit and len(entry.parts) == 1:
            continue
        if any(_says_already(standing[id_], entry) for id_ in hit):
            said += [(id_, entry) for id_ in hit]
            continue
        correction.superseded |= hit
        correction.outcomes[index] = Outcome.CHANGED if hit else Outcome.NEW
        if len(entry.parts) > 1:
            correction.additions.append(entry)
    correction.additions += [entry for id_, entry in said if id_ in correction.superseded]
    for id_ in sorted(correction.superseded):
        correction.additions += _left(standing[id_], taken)
    correction.additions = _joined(correction.additions)
    return correction


def _by_tracker(history: Iterable[Fitted]) -> defaultdict[int, list[Fitted]]:
    found: defaultdict[int, list[Fitted]] = defaultdict(list)
    for fitted in history:
        found[fitted.tracker_id].append(fitted)
    return found


def _vehicle_at(history: Sequence[Fitted], moment: datetime) -> int | None:
    return next((f.vehicle_id for f in history if _start(f.during) <= moment < _end(f.during)), None)


def _append(found: list[Move], move: Move) -> None:
    last = found[-1] if found else None
    if last is not None and last.during.end == move.during.start is not None:
        joined = replace(last, during=Span(last.during.start, move.during.end))
        if replace(joined, during=move.during) == move:
            found[-1] = joined
            return
    found.append(move)


def _ended(entry: Entry, others: Sequence[Entry]) -> Entry:
    if entry.during.end is not None:
        return entry
    start, ends = _start(entry.during), {_END}
    for other in others:
        if other is entry or not _share_a_part(other, entry):
            continue
        if other.parts != entry.parts and _start(other.during) > start:
            ends.add(_start(other.during))
        elif other.parts == entry.parts and _end(other.during) > start:
            ends.add(_end(other.during))
    return replace(entry, during=_span(start, min(ends)))


def _left(entry: Entry, taken: Collection[Entry]) -> list[Entry]:
    """What is left of an entry outside of the spans of those that exclude it."""
    left: list[Entry] = []
    since = _start(entry.during)
    for other in sorted((o for o in taken if _excludes(o, entry)), key=lambda o: _start(o.during)):
        if _start(other.during) > since:
            left.append(replace(entry, during=_span(since, _start(other.during))))
        since = max(since, _end(other.during))
    if since < _end(entry.during):
        left.append(replace(entry, during=_span(since, _end(entry.during))))
    return left


def _joined(entries: Iterable[Entry]) -> list[Entry]:
    """By time, those of the same parts that touch as one."""
    found: dict[tuple[tuple[str, str], ...], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: _start(entry.during)):
        same = found[entry.parts]
        if same and _end(same[-1].during) == _start(entry.during):
            same[-1] = replace(entry, during=Span(same[-1].during.start, entry.during.end))
        else:
            same.append(entry)
    return [entry for same in found.values() for entry in same]


def _says_already(standing: Entry, asked: Entry) -> bool:
    within = _start(standing.during) <= _start(asked.during) and _end(asked.during) <= _end(standing.during)
    return standing.parts == asked.parts and within


def _excludes(one: Entry, other: Entry) -> bool:
    """Whether both cannot stand: they share a part and a moment."""
    overlap = _start(one.during) < _end(other.during) and _start(other.during) < _end(one.during)
    return overlap and _share_a_part(one, other)


def _share_a_part(one: Entry, other: Entry) -> bool:
    return not set(one.parts).isdisjoint(other.parts)


def _start(span: Span) -> datetime:
    return span.start or _BEGINNING


def _end(span: Span) -> datetime:
    return span.end or _END


def _span(start: datetime, end: datetime) -> Span:
    return Span(None if start == _BEGINNING else start, None if end == _END else end)
