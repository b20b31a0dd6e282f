"""What saving changes: a thing is compared with what is stored under its key; only differences are written.

So saving the same thing twice writes nothing, fires no trigger and marks no vehicle to be judged again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Generic, LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.types.range import TimestamptzRange

from fleet.history import Outcome
from fleet.span import Span

T = TypeVar("T")


@asynccontextmanager
async def saving(conn: AsyncConnection[Any], lock: LiteralString) -> AsyncIterator[None]:
    """A transaction (a savepoint inside the caller's) that begins with taking a table's lock against other savers."""
    async with conn.transaction():
        await conn.execute(lock)
        yield


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a thing that was stored before."""

    name: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Change:
    """What saving one thing did; ``fields`` says how it differs from before (empty when it is new)."""

    outcome: Outcome
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """What saving many things does (``changes``, parallel to them) and what differs from the store."""

    changes: list[Change]
    to_write: list[T]


def compare(
    stored: Mapping[Any, T],
    things: Sequence[T],
    key: Callable[[T], Hashable],
    keep: Collection[str] = (),
    fresh: Mapping[str, object] | None = None,
) -> Changed[T]:
    """Compares dataclasses with those stored under the same key.

    ``None`` in a field of ``keep`` says nothing about it: what is stored stays; a new thing gets the value of
    ``fresh``, if there is one. ValueError when a key comes twice.
    """
    seen: set[Hashable] = set()
    changes: list[Change] = []
    to_write: list[T] = []
    for thing in things:
        at = key(thing)
        if at in seen:
            raise ValueError(f"{type(thing).__name__} comes twice: {at!r}")
        seen.add(at)
        change, settled = _settle(stored.get(at), thing, keep, fresh or {})
        changes.append(change)
        if change.outcome is not Outcome.SAME:
            to_write.append(settled)
    return Changed(changes, to_write)


def _settle(old: T | None, new: T, keep: Collection[str], fresh: Mapping[str, object]) -> tuple[Change, T]:
    new_any: Any = new  # dataclasses.replace wants a dataclass; T is one
    if old is None:
        missing = {name: value for name, value in fresh.items() if getattr(new, name) is None}
        return Change(Outcome.NEW), replace(new_any, **missing)
    unsaid = {name: getattr(old, name) for name in keep if getattr(new, name) is None}
    settled = replace(new_any, **unsaid)
    differing = tuple(
        FieldChange(f.name, getattr(old, f.name), getattr(settled, f.name))
        for f in fields(new_any)
        if getattr(old, f.name) != getattr(settled, f.name)
    )
    return Change(Outcome.CHANGED if differing else Outcome.SAME, differing), settled


def range_of(span: Span) -> TimestamptzRange:
    """The span as PostgreSQL keeps it."""
    return TimestamptzRange(span.start, span.end, "[)")


def span_of(stored: TimestamptzRange) -> Span:
    """The span that PostgreSQL kept."""
    lower: datetime | None = stored.lower
    upper: datetime | None = stored.upper
    return Span(lower, upper)
