"""Holiday campaigns 假期专项: what became of each, what it told, exemptions, confirmations. All of it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row, tuple_row

from fleet.order import Order, Waiver, WaiverKind
from fleet.span import Span
from fleet.vehicle import UseClass
from oversight.campaign import Campaign, Standing, Turn
from oversight.campaign_figures import CarLine
from oversight.exemption import Request
from oversight.sealing import Seen
from rules.papers import Papers
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("campaigns")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCampaign:
    """As it was entered last. ``closed_at``: when its summary was written."""

    key: str
    turn: str
    first: date
    last: date
    festivals: list[str]
    opens: date
    closes: date
    provisional: bool
    turned_at: datetime
    opened_at: datetime
    closed_at: datetime | None

    @property
    def campaign(self) -> Campaign:
        return Campaign(
            self.key, self.first, self.last, tuple(self.festivals), self.opens, self.closes, self.provisional
        )

    @property
    def standing(self) -> Standing:
        return Standing(self.campaign, Turn(self.turn), self.closed_at is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEntry:
    """What became of a campaign."""

    key: str
    turn: str
    first: date
    last: date
    festivals: list[str]
    opens: date
    closes: date
    provisional: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPaper:
    """What a campaign told, as it was written: a notice, list, progress, digest or summary."""

    id: int
    key: str
    kind: str
    day: date
    content: str
    sha256: bytes
    written_at: datetime

    def lines(self, scope: Scope) -> list[CarLine]:
        """The cars in it that are within a scope."""
        told = (CarLine.of_json(one) for one in json.loads(self.content)["cars"])
        return [car for car in told if scope.shows(car.use_class, car.unit_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCar:
    """A car enrolled in the holiday."""

    vehicle_id: int
    plate: str
    use_class: str
    unit_id: int
    unit_code: str
    unit: str
    confirmed_by: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A request not to seal a car, and its answer; ``granted`` is None until it has one."""

    id: int
    key: str
    vehicle_id: int
    plate: str
    use_class: str
    unit_id: int
    unit: str
    kind: str
    first: date
    last: date
    reason: str
    requested_by: str
    requested_at: datetime
    granted: bool | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Violations of a rule by a vehicle, and how many of them raised an alert."""

    vehicle_id: int
    rule_id: str
    count: int
    alerts: int


async def lock(conn: Connection) -> None:
    """Nobody else turns campaigns or writes their papers until the transaction ends."""
    await conn.execute(_queries["lock"])


async def campaigns(conn: Connection, since: date | None = None, until: date | None = None) -> list[StoredCampaign]:
    """Those whose holiday ends from a day to another, the newest first."""
    return await _rows(conn, "campaigns", StoredCampaign, {"key": None, "since": since, "until": until})


async def campaign(conn: Connection, key: str) -> StoredCampaign | None:
    """One of them."""
    found = await _rows(conn, "campaigns", StoredCampaign, {"key": key, "since": None, "until": None})
    return found[0] if found else None


async def entries(conn: Connection, key: str) -> list[CampaignEntry]:
    """What became of it, in order."""
    return await _rows(conn, "entries", CampaignEntry, {"key": key})


async def enter(conn: Connection, turn: Turn, one: Campaign, at: datetime) -> None:
    """What becomes of a campaign. Lock before."""
    values = {
        "key": one.key, "turn": turn.value, "first": one.first, "last": one.last, "festivals": list(one.festivals),
        "opens": one.opens, "closes": one.closes, "provisional": one.provisional, "at": at,
    }  # fmt: skip
    await conn.execute(_queries["enter"], values)


async def write(
    conn: Connection, key: str, kind: str, day: date, lines: Sequence[CarLine], about: Mapping[str, Any], at: datetime
) -> bool:
    """Writes a paper of all cars, with what else it says; False where it was written before."""
    content = {**about, "cars": [car.as_json() for car in lines]}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["write"], {"key": key, "kind": kind, "day": day, "content": text, "at": at})
        return await cursor.fetchone() is not None


async def papers(conn: Connection, key: str, kind: str | None = None) -> list[CampaignPaper]:
    """Of a campaign, in the order in which they were written. Show their lines within a scope."""
    return await _rows(conn, "papers", CampaignPaper, {"key": key, "kind": kind})


async def cars(conn: Connection, key: str, begin: datetime, end: datetime, *, scope: Scope) -> list[ListedCar]:
    """The cars enrolled at some time of a holiday, by unit and plate."""
    return await _rows(conn, "cars", ListedCar, {"key": key, "begin": begin, "end": end} | scope.values)


async def excusing_papers(conn: Connection, listed: Sequence[ListedCar], begin: datetime, end: datetime) -> Papers:
    """What can excuse these cars (by row) in a span."""
    row_of = {car.vehicle_id: row for row, car in enumerate(listed)}
    values = {"vehicles": list(row_of), "begin": begin, "end": end}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["orders"], values)
        orders = [
            (row_of[vehicle], Order(id_, number, vehicle, Span(start, stop), "", "", filed, approved, cancelled))
            for id_, number, vehicle, start, stop, filed, approved, cancelled in await cursor.fetchall()
        ]
        await cursor.execute(_queries["waivers"], values)
        waivers = [
            (row_of[vehicle], Waiver(id_, vehicle, WaiverKind(kind), Span(start, stop), ""))
            for id_, vehicle, kind, start, stop in await cursor.fetchall()
        ]
    classes = {row: UseClass(car.use_class) for row, car in enumerate(listed)}
    return Papers(orders=orders, waivers=waivers, use_classes=classes)


async def seen(
    conn: Connection,
    vehicles: Sequence[int],
    since: datetime,
    until: datetime,
    *,
    driving_since: datetime | None = None,
    buffer_m: float,
) -> dict[int, Seen]:
    """How vehicles were seen in a span, by id; their driving counts from a moment on. ``buffer_m``: what the rule
    counts to their home."""
    values = {
        "vehicles": list(vehicles), "since": since, "until": until, "driving_since": driving_since or since,
        "buffer_m": buffer_m,
    }  # fmt: skip
    return {one.vehicle_id: one for one in await _rows(conn, "seen", Seen, values)}


async def unjudged(conn: Connection, until: datetime) -> tuple[int, int]:
    """Of how many cars something that came until then waits to be judged, and how many there are."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["unjudged"], {"until": until})
        row: tuple[int, int] | None = await cursor.fetchone()
    assert row is not None  # a select without a table always has its row
    return row


async def violations(conn: Connection, vehicles: Sequence[int], since: datetime, until: datetime) -> list[Counted]:
    """Those of vehicles that begin in a span and stand."""
    return await _rows(conn, "violations", Counted, {"vehicles": list(vehicles), "since": since, "until": until})


async def ask(conn: Connection, key: str, vehicle_id: int, asked: Request, by: str, at: datetime) -> int:
    """Enters a request; its id."""
    values = {
        "key": key, "vehicle": vehicle_id, "kind": asked.kind.value, "first": asked.first, "last": asked.last,
        "reason": asked.reason, "by": by, "at": at,
    }  # fmt: skip
    return await _id(conn, "ask", values)


async def exemptions(conn: Connection, key: str, *, scope: Scope) -> list[Exemption]:
    """The requests of a campaign, open ones first."""
    return await _rows(conn, "exemptions", Exemption, {"key": key, "id": None} | scope.values)


async def hold_exemption(conn: Connection, id_: int, *, scope: Scope) -> Exemption | None:
    """One of them; nobody else answers it until the transaction ends."""
    await conn.execute(_queries["hold_exemption"], {"id": id_})
    found = await _rows(conn, "exemptions", Exemption, {"key": None, "id": id_} | scope.values)
    return found[0] if found else None


async def grant(
    conn: Connection, asked: Exemption, begin: datetime, end: datetime, *, reason: str, by: str, at: datetime
) -> None:
    """Answers a request with a waiver from a moment to another. Raises what the driver does for who asked it."""
    values = {
        "vehicle": asked.vehicle_id, "kind": asked.kind, "begin": begin, "end": end,
        "reason": asked.reason, "by": by,
    }  # fmt: skip
    waiver = await _id(conn, "waive", values)
    told = {"id": asked.id, "granted": True, "reason": reason, "by": by, "at": at, "waiver": waiver}
    await conn.execute(_queries["answer"], told)


async def refuse(conn: Connection, asked: Exemption, *, reason: str, by: str, at: datetime) -> None:
    """Answers a request with a no."""
    told = {"id": asked.id, "granted": False, "reason": reason, "by": by, "at": at, "waiver": None}
    await conn.execute(_queries["answer"], told)


async def seal(conn: Connection, key: str, vehicles: Sequence[int], by: str, at: datetime) -> list[int]:
    """Enters the unit's word for cars; those of which it was not given before."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["seal"], {"key": key, "vehicles": list(vehicles), "by": by, "at": at})
        return [vehicle for (vehicle,) in await cursor.fetchall()]


async def _id(conn: Connection, name: str, values: dict[str, Any]) -> int:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[name], values)
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def _rows(conn: Connection, name: str, row_type: type[Row], values: dict[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(row_type)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()
