"""What a check of a claims sheet reads: the registry, what cars did at some times, earlier sheets. Synchronous, as
what judges reads (store.judging)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.expense import Expense, ExpenseType, FuelKind, Precision, Tank
from fleet.span import Span
from fleet.vehicle import UseClass
from fleet.vehicle_state import StateKind, VehicleState
from oversight.claim_row import Car
from oversight.reasons import Verdict
from oversight.repeats import EarlierRow
from store.judging import Connection, moment
from store.sql import load

_queries = load("finance")

SpanOf = tuple[int, int, int]
"""A vehicle's id, from and until in µs, half-open."""


def cars(conn: Connection, plates: Sequence[str]) -> dict[str, Car]:
    """The registry's state of the cars of some plates, by plate; those that it does not know are not there."""
    rows = conn.execute(_queries["cars"], {"plates": list(plates)}).fetchall()
    spans: dict[tuple[int, str], list[Span]] = defaultdict(list)
    units: dict[int, list[tuple[Span, int]]] = defaultdict(list)
    states: dict[int, list[VehicleState]] = defaultdict(list)
    histories = conn.execute(_queries["histories"], {"vehicles": [row[0] for row in rows]}).fetchall()
    for vehicle, kind, id_, start, end, document in histories:
        if kind in ("enrolment", "fitting"):
            spans[vehicle, kind].append(Span(start, end))
        elif kind == "unit":
            units[vehicle].append((Span(start, end), id_))
        else:
            states[vehicle].append(VehicleState(id_, vehicle, StateKind(kind), Span(start, end), document))
    return {
        plate: Car(
            vehicle, plate, units[vehicle], UseClass(use), spans[vehicle, "enrolment"], spans[vehicle, "fitting"],
            states[vehicle], Tank(None if fuel is None else FuelKind(fuel), *litres), first_heard,
        )
        for vehicle, plate, use, fuel, *litres, first_heard in rows
    }  # fmt: skip


def heard(conn: Connection, spans: Sequence[SpanOf]) -> list[bool]:
    """Whether a position came in each of the spans."""
    return _held(conn, "heard", spans)


def driving(conn: Connection, spans: Sequence[SpanOf]) -> list[bool]:
    """Whether a trip touches each of the spans."""
    return _held(conn, "driving", spans)


def bindings(conn: Connection, cards: Sequence[str]) -> dict[str, list[tuple[datetime, str]]]:
    """Per card the moments from which it is bound to a plate, latest first."""
    bound: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for card, plate, since in conn.execute(_queries["bindings"], {"cards": list(cards)}).fetchall():
        bound[card].append((since, plate))
    return bound


def sheet_id(conn: Connection, sha256: bytes, worksheet: str) -> int | None:
    """The sheet with this content, if it came before."""
    row = conn.execute(_queries["sheet"], {"sha256": sha256, "worksheet": worksheet}).fetchone()
    return None if row is None else int(row[0])


def earlier(
    conn: Connection,
    *,
    sheet: int | None,
    replaces: int | None,
    invoices: Sequence[str],
    plates: Sequence[str],
    since: datetime,
) -> list[EarlierRow]:
    """Rows of other sheets that count, with one of the invoices, or of one of the cars from a moment on.

    Their expenses' ids are negative and unlike each other.
    """
    asked = {"sheet": sheet, "replaces": replaces, "invoices": list(invoices), "plates": list(plates), "since": since}
    return [
        EarlierRow(check, name, line, Verdict(verdict), _expense(-id_, *told))
        for id_, check, name, line, verdict, *told in conn.execute(_queries["earlier"], asked).fetchall()
    ]


def _expense(id_: int, *told: Any) -> Expense:
    plate, at, precision, type_, amount, litres, kind, *rest = told
    fuel_kind = None if kind is None else FuelKind(kind)
    return Expense(id_, plate, at, Precision(precision), ExpenseType(type_), amount, litres, fuel_kind, *rest)


def _held(conn: Connection, query: str, spans: Sequence[SpanOf]) -> list[bool]:
    if not spans:
        return []
    vehicles, since_us, until_us = zip(*spans, strict=True)
    asked = {
        "vehicles": list(vehicles),
        "since": [moment(us) for us in since_us],
        "until": [moment(us) for us in until_us],
    }
    held = {row[0] for row in conn.execute(_queries[query], asked).fetchall()}
    return [number in held for number in range(1, len(spans) + 1)]
