"""Acts on purchases: asked for, done, and written to the audit chain, each in the transaction of its caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from api.casework import invalid, refused
from api.problem import not_found
from api.site import Site
from fleet.audit import Deed, Detail
from fleet.clock import local_day, us_of
from fleet.vehicle import UseClass
from oversight.purchases import (
    Body,
    Decision,
    Energy,
    Objection,
    Vote,
    objection_to_decision,
    objection_to_meeting,
    objection_to_vote,
)
from oversight.standard import Excess, excesses
from store import audit, purchases
from store.database import Connection
from store.purchases import WITHDRAWN, NewPurchase, PurchaseRow, StoredMeeting
from store.scope import Scope
from store.users import User

MOST_YUAN = Decimal(100_000_000)
MOST_LITRES = Decimal(20)
MOST_MEMBERS = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A held request and the meeting that counts."""

    row: PurchaseRow
    meeting: StoredMeeting | None


async def known(conn: Connection, purchase_id: int, scope: Scope) -> PurchaseRow:
    """The request; ends the web request where the scope shows none."""
    row = await purchases.one(conn, purchase_id, scope=scope)
    if row is None:
        raise not_found(f"编号为 {purchase_id} 的购置申请", f"purchase request {purchase_id}")
    return row


def above_standard(site: Site, row: PurchaseRow) -> Sequence[Excess]:
    """What of a request is above the standards that the centre has entered."""
    return excesses(site.office.standards, UseClass(row.use_class), row.price_yuan, row.displacement_l)


async def request(conn: Connection, site: Site, user: User, scope: Scope, typed: dict[str, str]) -> int:
    """A unit manager asks for a car for the own unit; the request's id."""
    if user.unit_id is None:
        raise refused(("只有用车单位可以申请", "only a unit asks for cars"))
    asked = await _asked(conn, site, user, scope, typed)
    purchase_id = await purchases.add(conn, asked)
    details: dict[str, Detail] = {"unit_id": asked.unit_id, "price_yuan": str(asked.price_yuan)}
    await _record(conn, site, user, "request_purchase", purchase_id, details)
    return purchase_id


async def _asked(conn: Connection, site: Site, user: User, scope: Scope, typed: dict[str, str]) -> NewPurchase:
    assert user.unit_id is not None
    try:
        use_class, body, energy = UseClass(typed["use_class"]), Body(typed["body"]), Energy(typed["energy"])
    except ValueError:
        raise invalid("body", "请选择用途、车型与能源", "choose the use, the kind of car and what it runs on") from None
    price = money(typed["price_yuan"], "price_yuan")
    displacement = _litres(typed["displacement_l"])
    if energy is Energy.ELECTRIC and displacement is not None:
        raise invalid("displacement_l", "纯电动车没有排量", "an electric car has no displacement")
    if not typed["reason"]:
        raise invalid("reason", "请填写申请理由", "the reason is needed")
    replaces = None
    if typed["replaces"]:
        cars = await purchases.replaceable(conn, scope=scope)
        replaces = next(
            (car.id for car in cars if str(car.id) == typed["replaces"] and car.unit_id == user.unit_id), None
        )
        if replaces is None:
            raise invalid("replaces", "被更新的车辆不是本单位的", "the car to be replaced is not the unit's own")
    return NewPurchase(
        unit_id=user.unit_id,
        use_class=use_class,
        body=body,
        model=typed["model"],
        energy=energy,
        displacement_l=displacement,
        price_yuan=price,
        replaces=replaces,
        reason=typed["reason"],
        at=site.now(),
        by=user.name,
    )


async def withdraw(conn: Connection, site: Site, user: User, scope: Scope, purchase_id: int, reason: str) -> None:
    """The unit takes its request back before it is decided."""
    found = await _held(conn, purchase_id, scope)
    if not reason:
        raise invalid("reason", "请填写撤回理由", "why it is withdrawn is needed")
    await purchases.add_end(conn, found.row.id, WITHDRAWN, reason=reason, at=site.now(), by=user.name)
    await _record(conn, site, user, "withdraw_purchase", purchase_id, {"reason": reason})


async def call_meeting(
    conn: Connection, site: Site, user: User, scope: Scope, purchase_id: int, held_on: str, members: str
) -> None:
    """The centre calls a joint meeting; ``members``: names by commas, 、 or lines. It replaces one before."""
    found = await _held(conn, purchase_id, scope)
    try:
        day = date.fromisoformat(held_on)
    except ValueError:
        raise invalid("held_on", "请填写会议日期", "the meeting's day is needed") from None
    names = _names(members)
    if len(names) > MOST_MEMBERS or any(len(name) > 50 for name in names):
        raise invalid("members", f"成员不超过 {MOST_MEMBERS} 名，每名 50 字以内", f"at most {MOST_MEMBERS} names of 50")
    asked_on = local_day(us_of(found.row.requested_at), site.time_zone)
    _stop(objection_to_meeting(day, names, asked_on))
    number = await purchases.call_meeting(conn, purchase_id, day, names, at=site.now(), by=user.name)
    details: dict[str, Detail | list[Detail]] = {"meeting": number, "held_on": str(day), "members": [*names]}
    await _record(conn, site, user, "call_meeting", purchase_id, details)


async def enter_vote(
    conn: Connection, site: Site, user: User, scope: Scope, purchase_id: int, member: str, vote: Vote, reason: str
) -> None:
    """A member's vote with its reason, as the minutes have it; the last one of a member counts."""
    found = await _held(conn, purchase_id, scope)
    if found.meeting is None:
        raise refused(("尚未召开联席会议", "no joint meeting was called yet"))
    _stop(objection_to_vote(found.meeting.meeting, member, site.today()))
    if not reason:
        raise invalid("reason", f"请填写 {member} 的表决理由", f"the reason of {member}'s vote is needed")
    number = found.meeting.number
    await purchases.add_vote(conn, purchase_id, number, member, vote, reason, at=site.now(), by=user.name)
    details: dict[str, Detail] = {"meeting": number, "member": member, "vote": vote.value}
    await _record(conn, site, user, "enter_vote", purchase_id, details)


async def decide(
    conn: Connection,
    site: Site,
    user: User,
    scope: Scope,
    purchase_id: int,
    decision: Decision,
    approved: str,
    reason: str,
) -> None:
    """The head records the meeting's decision, which must be what the votes say."""
    found = await _held(conn, purchase_id, scope)
    yuan = money(approved, "approved_yuan") if decision is Decision.APPROVED else Decimal()
    meeting = found.meeting.meeting if found.meeting else None
    _stop(objection_to_decision(decision, found.row.price_yuan, yuan, meeting, found.row.requested_by, user.name))
    if not reason:
        raise invalid("reason", "请填写决定理由", "the reason of the decision is needed")
    assert found.meeting is not None
    await purchases.add_end(
        conn, purchase_id, decision.value,
        reason=reason, at=site.now(), by=user.name, meeting=found.meeting.number, approved_yuan=yuan,
    )  # fmt: skip
    details: dict[str, Detail] = {"decision": decision.value, "approved_yuan": str(yuan), "reason": reason}
    await _record(conn, site, user, "decide_purchase", purchase_id, details)


async def _held(conn: Connection, purchase_id: int, scope: Scope) -> Found:
    await purchases.hold(conn, purchase_id)
    row = await known(conn, purchase_id, scope)
    if row.outcome:
        raise refused(("该申请已办结", "the request has ended"))
    called = (await purchases.meetings(conn, [purchase_id])).get(purchase_id, [])
    return Found(row, called[-1] if called else None)


def money(text: str, where: str) -> Decimal:
    """Yuan as typed, with or without commas; more than nothing, to the cent."""
    try:
        yuan = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        yuan = Decimal()
    if not yuan.is_finite() or not 0 < yuan <= MOST_YUAN or yuan != yuan.quantize(Decimal("0.01")):
        raise invalid(where, "金额应为大于 0 的数，单位元，最多两位小数", "an amount in yuan over 0, to the cent")
    return yuan.quantize(Decimal("0.01"))


def _litres(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        litres = Decimal(text)
    except InvalidOperation:
        litres = Decimal()
    if not litres.is_finite() or not 0 < litres <= MOST_LITRES or litres != litres.quantize(Decimal("0.01")):
        raise invalid("displacement_l", "排量以升计，如 1.5", "displacement in litres, as 1.5")
    return litres


def _names(text: str) -> list[str]:
    for separator in "、，,;；\r":
        text = text.replace(separator, "\n")
    return [name for name in (" ".join(line.split()) for line in text.split("\n")) if name]


def _stop(against: Objection | None) -> None:
    if against is not None:
        raise refused((against.zh, against.en))


async def _record(
    conn: Connection,
    site: Site,
    user: User,
    act: str,
    purchase_id: int,
    details: Mapping[str, Detail | list[Detail]],
) -> None:
    deed = Deed(actor=user.name, role=user.role, act=act, subject=f"purchase {purchase_id}", details={**details})
    await audit.record(conn, deed, site.now())
