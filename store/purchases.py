"""Purchases 购置: requests of units, joint meetings with their members' votes, how each ended. Only added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, TypeVar

from psycopg.rows import class_row, dict_row, tuple_row

from fleet.vehicle import UseClass
from oversight.purchases import Body, Decision, Energy, Meeting, Purchase, Step, Vote, step_of
from store.cases import values_of
from store.database import Connection
from store.scope import Scope
from store.sql import load

_queries = load("purchases")
Row = TypeVar("Row")
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurchase:
    """What a unit asks for. Price in yuan, displacement in litres; ``replaces``: the id of a vehicle."""

    unit_id: int
    use_class: UseClass
    body: Body
    model: str
    energy: Energy
    displacement_l: Decimal | None
    price_yuan: Decimal
    replaces: int | None
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRow:
    """A request as it stands. ``is_replacement`` without ``replaces``: a car that the scope does not show."""

    id: int
    unit_id: int
    unit: str
    use_class: str
    body: str
    model: str
    energy: str
    displacement_l: Decimal | None
    price_yuan: Decimal
    is_replacement: bool
    replaces_id: int | None
    replaces: str | None
    reason: str
    requested_at: datetime
    requested_by: str
    meetings: int
    outcome: str | None
    meeting: int | None
    approved_yuan: Decimal
    end_reason: str | None
    ended_at: datetime | None
    ended_by: str | None

    @property
    def counted(self) -> Purchase:
        """As the register's totals take it."""
        withdrawn = self.outcome == WITHDRAWN
        decision = None if self.outcome is None or withdrawn else Decision(self.outcome)
        return Purchase(self.price_yuan, decision, self.approved_yuan, withdrawn)


@dataclass(frozen=True, slots=True)
class MemberVote:
    """A member of a meeting with the last vote; None while there is none."""

    member: str
    vote: Vote | None
    reason: str | None
    at: datetime | None
    entered_by: str | None


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """A joint meeting about a request, with its members in the order told."""

    purchase_id: int
    number: int
    held_on: date
    called_at: datetime
    called_by: str
    members: tuple[MemberVote, ...]

    @property
    def meeting(self) -> Meeting:
        """As the rules take it."""
        votes = {one.member: one.vote for one in self.members if one.vote is not None}
        return Meeting(self.held_on, [one.member for one in self.members], votes)


@dataclass(frozen=True, slots=True)
class StoredVote:
    """A vote as it was entered, whether or not it was changed later."""

    meeting: int
    member: str
    vote: str
    reason: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class ReplaceableCar:
    """A car that can be named as the one to be replaced."""

    id: int
    plate: str
    unit_id: int


def waits_for(row: PurchaseRow, meeting: StoredMeeting | None) -> Step | None:
    """What a request waits for; None once it has ended."""
    return None if row.outcome else step_of(row.price_yuan, meeting.meeting if meeting else None)


async def add(conn: Connection, asked: NewPurchase) -> int:
    """A new request; its id."""
    values = {
        "unit_id": asked.unit_id,
        "use_class": asked.use_class.value,
        "body": asked.body.value,
        "model": asked.model,
        "energy": asked.energy.value,
        "displacement_l": asked.displacement_l,
        "price_yuan": asked.price_yuan,
        "replaces": asked.replaces,
        "reason": asked.reason,
        "at": asked.at,
        "by": asked.by,
    }
    return await _number(conn, "add", values)


async def hold(conn: Connection, purchase_id: int) -> None:
    """Nobody else does anything to a request until the transaction ends."""
    await conn.execute(_queries["hold"], {"id": purchase_id})


async def listed(
    conn: Connection, *, scope: Scope, since: datetime | None = None, until: datetime | None = None
) -> list[PurchaseRow]:
    """The register of the units within the scope, newest first: what was asked from one moment to before another."""
    values = {"id": None, "since": since, "until": until} | values_of(scope)
    return await _rows(conn, "listed", PurchaseRow, values)


async def one(conn: Connection, purchase_id: int, *, scope: Scope) -> PurchaseRow | None:
    """The request with this id, if the scope shows its unit."""
    values = {"id": purchase_id, "since": None, "until": None} | values_of(scope)
    return next(iter(await _rows(conn, "listed", PurchaseRow, values)), None)


async def years(conn: Connection, zone: str, *, scope: Scope) -> list[int]:
    """The local years of the requests, newest first."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["years"], {"zone": zone} | values_of(scope))
        return [int(row[0]) for row in await cursor.fetchall()]


async def call_meeting(
    conn: Connection, purchase_id: int, held_on: date, members: Sequence[str], *, at: datetime, by: str
) -> int:
    """The next joint meeting about a held request; its number."""
    number = await _number(conn, "add_meeting", {"id": purchase_id, "held_on": held_on, "at": at, "by": by})
    await conn.execute(_queries["add_members"], {"id": purchase_id, "meeting": number, "names": list(members)})
    return number


async def meetings(conn: Connection, purchase_ids: Sequence[int]) -> dict[int, list[StoredMeeting]]:
    """The meetings about each of the requests, by number; the last one is the one that counts."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_queries["meetings"], {"ids": list(purchase_ids)})
        rows = await cursor.fetchall()
    found: dict[int, list[StoredMeeting]] = {}
    for (purchase_id, number), group in groupby(rows, key=lambda row: (row["purchase_id"], row["number"])):
        told = list(group)
        members = tuple(_member(row) for row in told)
        first = told[0]
        meeting = StoredMeeting(purchase_id, number, first["held_on"], first["called_at"], first["called_by"], members)
        found.setdefault(purchase_id, []).append(meeting)
    return found


async def add_vote(
    conn: Connection, purchase_id: int, meeting: int, member: str, vote: Vote, reason: str, *, at: datetime, by: str
) -> None:
    """A member's vote, as the minutes have it."""
    values = {"id": purchase_id, "meeting": meeting, "member": member, "vote": vote.value, "reason": reason}
    await conn.execute(_queries["add_vote"], values | {"at": at, "by": by})


async def votes(conn: Connection, purchase_id: int) -> list[StoredVote]:
    """All votes as they were entered."""
    return await _rows(conn, "votes", StoredVote, {"id": purchase_id})


async def add_end(
    conn: Connection,
    purchase_id: int,
    outcome: str,
    *,
    reason: str,
    at: datetime,
    by: str,
    meeting: int | None = None,
    approved_yuan: Decimal = Decimal(),
) -> None:
    """How a request ended: approved, refused or withdrawn."""
    values = {"id": purchase_id, "outcome": outcome, "meeting": meeting, "approved_yuan": approved_yuan}
    await conn.execute(_queries["add_end"], values | {"reason": reason, "at": at, "by": by})


async def replaceable(conn: Connection, *, scope: Scope) -> list[ReplaceableCar]:
    """The cars within the scope, by plate."""
    return await _rows(conn, "replaceable", ReplaceableCar, values_of(scope))


def _member(row: dict[str, Any]) -> MemberVote:
    vote = None if row["vote"] is None else Vote(row["vote"])
    return MemberVote(row["member"], vote, row["reason"], row["at"], row["actor"])


async def _number(conn: Connection, query: str, values: dict[str, Any]) -> int:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries[query], values)
        row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("an insert that returns its number returned none")
    return int(row[0])


async def _rows(conn: Connection, name: str, row_type: type[Row], values: dict[str, Any]) -> list[Row]:
    async with conn.cursor(row_factory=class_row(row_type)) as cursor:
        await cursor.execute(_queries[name], values)
        return await cursor.fetchall()
