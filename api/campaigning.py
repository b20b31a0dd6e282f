"""What people do in a holiday campaign: ask for an exemption, answer it, confirm that cars are sealed. Each with its
audit entry, in the transaction of the act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from api.campaign_lines import sealing_of
from api.problem import RefusedError, not_found
from api.site import Site
from api.work_days import work_calendar
from fleet.audit import Deed, Detail
from oversight.campaign import Turn, midnight
from oversight.exemption import Against, Request, against_answer, against_request
from store import audit, campaigns
from store.campaigns import ListedCar, StoredCampaign
from store.database import Connection
from store.scope import Scope
from store.users import User

_DAY = timedelta(days=1)


async def the_campaign(conn: Connection, key: str) -> StoredCampaign:
    """One that was opened."""
    found = await campaigns.campaign(conn, key)
    if found is None:
        raise not_found(f"已启动的专项“{key}”", f"campaign {key} that was opened")
    return found


async def confirm_sealed(
    conn: Connection, site: Site, key: str, vehicles: Sequence[int], user: User, scope: Scope
) -> int:
    """The unit's word that its cars stand at home and their keys are handed in; how many are new."""
    found = await _under_way(conn, site, key)
    cars = await _cars(conn, site, found, scope)
    asked = [cars[vehicle] for vehicle in dict.fromkeys(vehicles) if vehicle in cars]
    if not asked or len(asked) < len(set(vehicles)):
        raise not_found("封存名单上的所选车辆", "such car on the sealing list")
    new = set(await campaigns.seal(conn, key, [car.vehicle_id for car in asked], user.name, site.now()))
    if new:
        plates: list[Detail] = [car.plate for car in asked if car.vehicle_id in new]
        await _record(conn, site, user, "confirm_sealed", key, {"plates": plates})
    return len(new)


async def ask_exemption(
    conn: Connection, site: Site, key: str, vehicle_id: int, asked: Request, user: User, scope: Scope
) -> int:
    """A request not to seal a car; its number."""
    found = await _under_way(conn, site, key)
    calendar = await work_calendar(conn, site)
    _refuse(against_request(asked, found.campaign, site.now(), found.campaign.span(calendar)[1]))
    car = (await _cars(conn, site, found, scope)).get(vehicle_id)
    if car is None:
        raise not_found("封存名单上的这辆车", "such car on the sealing list")
    made = await campaigns.ask(conn, key, vehicle_id, asked, user.name, site.now())
    details: dict[str, Detail | list[Detail]] = {
        "plates": [car.plate], "exemption": made, "kind": asked.kind.value, "first": asked.first.isoformat(),
        "last": asked.last.isoformat(), "reason": asked.reason,
    }  # fmt: skip
    await _record(conn, site, user, "ask_exemption", key, details)
    return made


async def answer_exemption(
    conn: Connection, site: Site, key: str, exemption_id: int, granted: bool, reason: str, user: User, scope: Scope
) -> None:
    """Grants a request, as a waiver for its days, or refuses it."""
    found = await _under_way(conn, site, key)
    asked = await campaigns.hold_exemption(conn, exemption_id, scope=scope)
    if asked is None or asked.key != found.key:
        raise not_found(f"编号为 {exemption_id} 的申请", f"request {exemption_id}")
    if asked.granted is not None:
        raise RefusedError(409, "answered_already", "这项申请已经答复", "This request was answered already")
    calendar = await work_calendar(conn, site)
    begin, end = midnight(asked.first, calendar), midnight(asked.last + _DAY, calendar)
    is_over = end <= site.now()
    _refuse(against_answer(asked.requested_by, user.name, reason, granted=granted, is_over=is_over))
    if granted:
        # Nothing is excused afterwards: what was driven before the head's word stays what it was.
        begin = max(begin, site.now())
        await campaigns.grant(conn, asked, begin, end, reason=reason, by=user.name, at=site.now())
    else:
        await campaigns.refuse(conn, asked, reason=reason, by=user.name, at=site.now())
    details: dict[str, Detail | list[Detail]] = {
        "plates": [asked.plate], "exemption": asked.id, "granted": granted, "reason": reason,
    }  # fmt: skip
    await _record(conn, site, user, "answer_exemption", key, details)


async def _under_way(conn: Connection, site: Site, key: str) -> StoredCampaign:
    found = await the_campaign(conn, key)
    calendar = await work_calendar(conn, site)
    if found.turn in (Turn.WITHDRAWN, Turn.GONE) or found.campaign.span(calendar)[1] <= site.now():
        raise RefusedError(
            409,
            "not_under_way",
            "该专项已经结束或撤销，不能再改动",
            "The campaign is over or withdrawn; it does not change",
        )
    return found


async def _cars(conn: Connection, site: Site, found: StoredCampaign, scope: Scope) -> dict[int, ListedCar]:
    """Those on the sealing list within a scope."""
    sealing = await sealing_of(conn, found.campaign, await work_calendar(conn, site), scope=scope)
    pairs = zip(sealing.cars, sealing.obliged, strict=True)
    return {car.vehicle_id: car for car, obliged in pairs if obliged.obligation.is_on_list}


def _refuse(against: Against | None) -> None:
    if against is not None:
        raise RefusedError(422, "not_so", *against)


async def _record(
    conn: Connection, site: Site, user: User, act: str, key: str, details: dict[str, Detail | list[Detail]]
) -> None:
    deed = Deed(actor=user.name, role=user.role, act=act, subject=f"campaign {key}", details=details)
    await audit.record(conn, deed, site.now())
