"""Orders 派车单 and waivers 值班/豁免: saved by number, and by vehicle, kind and span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from fleet.order import Order, Waiver, WaiverKind
from fleet.position import E7
from fleet.span import Span
from store.changes import Change, compare, range_of, saving, span_of
from store.sql import load

_queries = load("orders")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to save, by its number. ``approved_at`` and ``cancelled_at`` None keep what is stored.

    The destination's coordinates are WGS-84 in whole 1e-7 degrees, both or neither.
    """

    number: str
    plate: str
    during: Span
    reason: str
    filed_at: datetime
    destination: str = ""
    approved_at: datetime | None = None
    cancelled_at: datetime | None = None
    destination_zone: str | None = None
    destination_lon_e7: int | None = None
    destination_lat_e7: int | None = None
    out_of_district: bool = False
    planned_distance_m: int | None = None


@dataclass(frozen=True, slots=True)
class NewWaiver:
    """A waiver to save: the same vehicle, kind and span is the same waiver."""

    plate: str
    kind: WaiverKind
    during: Span
    reason: str
    entered_by: str = ""


async def orders(conn: AsyncConnection[Any], vehicle_id: int, span: Span) -> list[Order]:
    """A vehicle's orders that touch a span, cancelled ones too, by their start."""
    params = {"vehicle_id": vehicle_id, "span": range_of(span)}
    return [_order(row) for row in await _rows(conn, "orders", params)]


async def waivers(conn: AsyncConnection[Any], vehicle_id: int, span: Span) -> list[Waiver]:
    """A vehicle's waivers that touch a span, by their start."""
    params = {"vehicle_id": vehicle_id, "span": range_of(span)}
    return [
        Waiver(id_, vehicle_id, WaiverKind(kind), span_of(during), reason)
        for id_, kind, during, reason in await _rows(conn, "waivers", params)
    ]


async def orders_numbered(conn: AsyncConnection[Any], numbers: Sequence[str]) -> list[NewOrder]:
    """Orders as they were saved, by number; those that there are."""
    rows = await _rows(conn, "stored_orders", {"numbers": list(numbers)})
    return sorted((_saved_order(row) for row in rows), key=lambda order: order.number)


async def orders_of(conn: AsyncConnection[Any], plate: str, span: Span, *, limit: int) -> list[NewOrder]:
    """A car's orders that touch a span, cancelled ones too, by their start."""
    params = {"plate": plate, "span": range_of(span), "limit": limit}
    numbers = [row[0] for row in await _rows(conn, "numbers_of", params)]
    found = {order.number: order for order in await orders_numbered(conn, numbers)}
    return [found[number] for number in numbers]


async def waivers_of(conn: AsyncConnection[Any], plate: str, span: Span, *, limit: int) -> list[NewWaiver]:
    """A car's waivers that touch a span and stand, a roster's included, by their start."""
    params = {"plate": plate, "span": range_of(span), "limit": limit}
    return [
        NewWaiver(plate, WaiverKind(kind), span_of(during), reason, entered_by)
        for kind, during, reason, entered_by in await _rows(conn, "waivers_of", params)
    ]


async def save_orders(conn: AsyncConnection[Any], orders: Sequence[NewOrder]) -> list[Change]:
    """Saves orders by number; each that is new or differs marks its vehicle to be judged.

    ``LookupError`` for an unknown plate, ``ValueError`` when a number comes twice.
    """
    async with saving(conn, _queries["lock_orders"]):
        await must_know_plates(conn, (order.plate for order in orders))
        rows = await _rows(conn, "stored_orders", {"numbers": [order.number for order in orders]})
        stored = {row[0]: _saved_order(row) for row in rows}
        changed = compare(stored, orders, lambda order: order.number, keep=("approved_at", "cancelled_at"))
        async with conn.cursor() as cursor:
            await cursor.executemany(_queries["save_order"], [_order_row(order) for order in changed.to_write])
        return changed.changes


async def save_waivers(conn: AsyncConnection[Any], waivers: Sequence[NewWaiver]) -> list[Change]:
    """Saves waivers; each that is new or differs marks its vehicle to be judged.

    ``LookupError`` for an unknown plate, ``ValueError`` when a vehicle, kind and span come twice.
    """
    async with saving(conn, _queries["lock_waivers"]):
        await must_know_plates(conn, (waiver.plate for waiver in waivers))
        rows = await _rows(conn, "stored_waivers", {"plates": [waiver.plate for waiver in waivers]})
        stored: dict[tuple[str, WaiverKind, Span], NewWaiver] = {}
        for plate, kind, during, reason, entered_by in rows:
            waiver = NewWaiver(plate, WaiverKind(kind), span_of(during), reason, entered_by)
            stored[_waiver_key(waiver)] = waiver
        changed = compare(stored, waivers, _waiver_key)
        async with conn.cursor() as cursor:
            for query, known in (("add_waiver", False), ("change_waiver", True)):
                await cursor.executemany(
                    _queries[query],
                    [_waiver_row(w) for w in changed.to_write if (_waiver_key(w) in stored) is known],
                )
        return changed.changes


def _saved_order(row: tuple[Any, ...]) -> NewOrder:
    return NewOrder(row[0], row[1], span_of(row[2]), *row[3:])


def _waiver_key(waiver: NewWaiver) -> tuple[str, WaiverKind, Span]:
    return waiver.plate, waiver.kind, waiver.during


def _order_row(order: NewOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "plate": order.plate,
        "during": range_of(order.during),
        "reason": order.reason,
        "filed_at": order.filed_at,
        "destination": order.destination,
        "approved_at": order.approved_at,
        "cancelled_at": order.cancelled_at,
        "destination_zone": order.destination_zone,
        "destination_lon_e7": order.destination_lon_e7,
        "destination_lat_e7": order.destination_lat_e7,
        "out_of_district": order.out_of_district,
        "planned_distance_m": order.planned_distance_m,
    }


def _waiver_row(waiver: NewWaiver) -> dict[str, Any]:
    return {
        "plate": waiver.plate,
        "kind": waiver.kind,
        "during": range_of(waiver.during),
        "reason": waiver.reason,
        "entered_by": waiver.entered_by,
    }


def _order(row: tuple[Any, ...]) -> Order:
    id_, number, vehicle_id, during, *told, lon_e7, lat_e7, out_of_district, planned_distance_m = row
    reason, destination, filed_at, approved_at, cancelled_at, destination_zone = told
    return Order(
        id_,
        number,
        vehicle_id,
        span_of(during),
        reason,
        destination,
        filed_at,
        approved_at,
        cancelled_at,
        destination_zone,
        None if lon_e7 is None else lon_e7 / E7,
        None if lat_e7 is None else lat_e7 / E7,
        out_of_district,
        planned_distance_m,
    )


async def must_know_plates(conn: AsyncConnection[Any], plates: Iterable[str]) -> None:
    """``LookupError`` when one is of no vehicle."""
    asked = set(plates)
    unknown = asked - {row[0] for row in await _rows(conn, "known_plates", {"plates": list(asked)})}
    if unknown:
        raise LookupError(f"no such vehicle: {', '.join(sorted(unknown))}")


async def _rows(conn: AsyncConnection[Any], query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], params)
        return await cursor.fetchall()
