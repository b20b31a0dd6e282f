"""Orders 派车单 for machines: a unit's dispatch platform sends them, their approvals and their cancellations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.deps import Conn, TheSite
from api.looks import record
from api.permission import Permission, TheScope, may
from api.problem import answers, not_found
from api.rows import (
    MOST_ROWS,
    Moment,
    Name,
    Plate,
    RowError,
    Rows,
    RowsSaved,
    Sent,
    Words,
    asked_plate,
    asked_span,
    in_range,
    known_plate,
    plates_within,
    read_rows,
    span_from,
    told,
)
from api.violation_query import NO_NUL
from fleet.clock import us_of
from fleet.name import plain_name
from fleet.position import E7
from geofence.datum import Datum, to_wgs84
from geofence.destination import is_away, zone_named
from geofence.zone import Zone
from store.database import transaction
from store.orders import NewOrder, orders_numbered, orders_of, save_orders
from store.users import User
from store.zones import zones

router = APIRouter(prefix="/api", tags=["orders"], responses=answers(401, 403, 503))

_NEEDED = ("plate", "start", "end", "reason", "filed_at")


class OrderSent(Sent):
    """An order. A new one needs plate, start, end, reason and filed_at; of one that is stored, what is not sent stays.

    The destination's coordinates need their datum. ``out_of_district`` not sent: derived from the destination.
    """

    number: Name
    plate: Plate | None = None
    start: Moment | None = None
    end: Moment | None = None
    reason: Words | None = None
    destination: Words | None = None
    destination_lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    destination_lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    datum: Datum | None = None
    out_of_district: bool | None = None
    filed_at: Moment | None = None
    approved_at: Moment | None = None
    cancelled_at: Moment | None = None


class OrderStored(BaseModel):
    """An order as it is stored; coordinates in WGS-84."""

    number: str
    plate: str
    start: datetime | None
    end: datetime | None
    reason: str
    destination: str
    destination_zone: str | None
    destination_lon: float | None
    destination_lat: float | None
    out_of_district: bool
    filed_at: datetime
    approved_at: datetime | None
    cancelled_at: datetime | None

    @classmethod
    def of(cls, order: NewOrder) -> OrderStored:
        lon_e7, lat_e7 = order.destination_lon_e7, order.destination_lat_e7
        return cls(
            start=order.during.start,
            end=order.during.end,
            destination_lon=None if lon_e7 is None else lon_e7 / E7,
            destination_lat=None if lat_e7 is None else lat_e7 / E7,
            **{name: getattr(order, name) for name in cls.model_fields if name in _AS_STORED},
        )


_AS_STORED = {
    *("number", "plate", "reason", "destination", "destination_zone", "out_of_district"),
    *("filed_at", "approved_at", "cancelled_at"),
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """What an order is read against."""

    plates: set[str]
    zones: Sequence[Zone]
    stored: Mapping[str, NewOrder]

    def read(self, sent: OrderSent) -> NewOrder:
        number = plain_name(sent.number)
        if not number:
            raise RowError("number", "不能为空", "must not be empty")
        stored = self.stored.get(number)
        if stored is not None and stored.plate not in self.plates:
            raise RowError("number", "此单号已用于其他车辆", "this number is of an order for another vehicle")
        if stored is None:
            for name in _NEEDED:
                if not getattr(sent, name):
                    raise RowError(name, "新派车单不能缺少", "a new order needs it")
        plate = known_plate(sent.plate, self.plates) if sent.plate is not None else _kept(stored).plate
        start, end = sent.start or _kept(stored).during.start, sent.end or _kept(stored).during.end
        assert start is not None
        assert end is not None
        given: dict[str, Any] = {"number": number, "plate": plate, "during": span_from(start, end)}
        for name in ("reason", "filed_at", "approved_at", "cancelled_at", "out_of_district"):
            value = getattr(sent, name)
            if isinstance(value, datetime):
                in_range(name, value)
            if value is not None:
                given[name] = value
        order = NewOrder(**given) if stored is None else replace(stored, **given)
        return self._led(order, sent)

    def _led(self, order: NewOrder, sent: OrderSent) -> NewOrder:
        """With its destination, where something of it was sent."""
        at = _point_e7(sent)
        destination = None if sent.destination is None else plain_name(sent.destination)
        if at is None and destination is None:
            return order
        assert order.during.start is not None
        starts_us = us_of(order.during.start)
        name = order.destination if destination is None else destination
        target = zone_named(self.zones, name, starts_us)
        # Another place by its name alone: the old one's coordinates are not its.
        moved = destination is not None and destination != order.destination
        here = at or (None if moved else _stored_point(order))
        away = is_away(self.zones, here, target, starts_us) if sent.out_of_district is None else sent.out_of_district
        return replace(
            order,
            destination=name,
            destination_zone=target.name if target else None,
            destination_lon_e7=here[0] if here else None,
            destination_lat_e7=here[1] if here else None,
            out_of_district=away,
        )


def _kept(stored: NewOrder | None) -> NewOrder:
    assert stored is not None  # a new order has what it needs
    return stored


def _stored_point(order: NewOrder) -> tuple[int, int] | None:
    if order.destination_lon_e7 is None or order.destination_lat_e7 is None:
        return None
    return order.destination_lon_e7, order.destination_lat_e7


def _point_e7(sent: OrderSent) -> tuple[int, int] | None:
    if sent.destination_lon is None and sent.destination_lat is None:
        return None
    if sent.destination_lon is None or sent.destination_lat is None:
        raise RowError("destination_lon", "经度、纬度要同时给出", "longitude and latitude come together")
    if sent.datum is None:
        raise RowError("datum", "坐标要注明坐标系", "coordinates need their datum")
    lon, lat = to_wgs84(sent.destination_lon, sent.destination_lat, sent.datum)
    return round(float(lon) * E7), round(float(lat) * E7)


@router.post("/orders", dependencies=[Depends(may(Permission.ENTER_ORDERS))], responses=answers(400, 411, 413, 422))
async def save(
    request: Request,
    site: TheSite,
    scope: TheScope,
    body: Annotated[OrderSent | Annotated[list[OrderSent], Field(max_length=MOST_ROWS)], Field()],
    partial: Annotated[bool, Query(description="Take the good rows even when others are refused.")] = False,
) -> RowsSaved:
    """Saves one order or several by number: the same again changes nothing, another content changes the order.

    All or nothing, unless ``partial``. When this answers with 200, what it says is stored.
    """
    user: User = request.state.user
    sent = body if isinstance(body, list) else [body]
    async with transaction(request.app.state.pool) as conn:
        stored = await orders_numbered(conn, [plain_name(one.number) for one in sent])
        plates = await plates_within(conn, scope)
        reader = _Reader(plates, await zones(conn), {order.number: order for order in stored})
        rows: Rows[NewOrder] = read_rows(sent, reader.read, lambda order: order.number)
        if not partial:
            rows.must_be_whole()
        orders = list(rows.good.values())
        changes = await save_orders(conn, orders)
        if details := told(orders, changes, lambda order: order.plate, lambda order: order.number):
            await record(conn, site, user, "save_orders", "orders", details)
    return rows.saved([change.outcome for change in changes], [one.number for one in sent])


@router.get("/orders", dependencies=[Depends(may(Permission.SEE_PAPERS))], responses=answers(422))
async def find(
    conn: Conn,
    scope: TheScope,
    plate: Annotated[str, Query(max_length=20, pattern=NO_NUL)],
    since: Moment,
    until: Moment,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> list[OrderStored]:
    """A car's orders that touch [since, until), cancelled ones too, by their start."""
    found = await orders_of(conn, asked_plate(plate), asked_span(since, until), limit=limit)
    seen = await plates_within(conn, scope)
    return [OrderStored.of(order) for order in found if order.plate in seen]


@router.get("/orders/by-number", dependencies=[Depends(may(Permission.SEE_PAPERS))], responses=answers(404, 422))
async def read_one(
    conn: Conn, scope: TheScope, number: Annotated[str, Query(min_length=1, max_length=100, pattern=NO_NUL)]
) -> OrderStored:
    """The order of a number."""
    found = await orders_numbered(conn, [plain_name(number)])
    if not found or found[0].plate not in await plates_within(conn, scope):
        raise not_found(f"单号为 {number} 的派车单", f"order {number}")
    return OrderStored.of(found[0])
