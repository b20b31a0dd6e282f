"""Totals: how much there is of a span of time, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from fleet.span import Span
from store.changes import range_of
from store.sql import load

_queries = load("totals")


@dataclass(frozen=True, slots=True)
class Totals:
    """Positions, and trips that begin, in a span."""

    positions: int
    trips: int


async def totals(conn: AsyncConnection[Any], span: Span) -> Totals:
    """Counts what is stored; reads all of the span."""
    async with conn.cursor(row_factory=class_row(Totals)) as cursor:
        await cursor.execute(_queries["totals"], {"span": range_of(span)})
        counted = await cursor.fetchone()
    assert counted is not None  # a select without a table always has its row
    return counted
