"""Working on a case: what somebody does is asked for, done, and written to the audit chain, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.permission import Permission, permissions
from api.problem import ErrorDetail, RefusedError, not_found
from api.site import Site
from api.work_days import work_calendar
from fleet.audit import Deed, Detail
from fleet.clock import local_day, us_of
from fleet.decision import Outcome, objection
from fleet.violation import Severity
from oversight import points as unit_points
from oversight.attachment import Attachment
from oversight.case import Act, Case, Event
from oversight.case_acts import Duty, IllegalActError, after, folded
from oversight.case_acts import objection as case_objection
from store import audit, cases, decisions, points
from store.cases import ListedCase, StoredEvent
from store.database import Connection
from store.errors import StoreConflictError, store_errors
from store.scope import Scope
from store.users import User

_DUTIES = {
    Permission.WORK_CASES: Duty.WORK,
    Permission.DECIDE_CASES: Duty.DECIDE,
    Permission.ANSWER_CASES: Duty.ANSWER,
}


@dataclass(frozen=True, slots=True)
class Worker:
    """Who does something to cases: by which name and role, with which duties, within which scope."""

    name: str
    role: str
    duties: frozenset[Duty]
    scope: Scope

    @classmethod
    def of(cls, user: User, scope: Scope) -> Worker:
        duties = frozenset(_DUTIES[one] for one in permissions(user) & _DUTIES.keys())
        return cls(user.name, user.role, duties, scope)


def refused(objection: tuple[str, str], code: str = "not_now") -> RefusedError:
    """What stands against an act, as an answer."""
    return RefusedError(409, code, *objection)


async def open_case(conn: Connection, site: Site, who: Worker, violation_id: int, text: str = "") -> int:
    """Opens a case with a violation; its id."""
    vehicle_id = await cases.vehicle_of_violation(conn, violation_id, scope=who.scope)
    if vehicle_id is None:
        raise not_found(f"编号为 {violation_id} 且未撤回的疑似违规", f"violation {violation_id} that stands")
    opening = Event(act=Act.OPEN, by=who.name, at=site.now(), text=text, violation_id=violation_id)
    case_id = await open_for_vehicle(conn, site, who, vehicle_id, opening)
    await _join(conn, case_id, violation_id, 1)
    await _record(conn, who, case_id, opening, {"violation": violation_id})
    return case_id


async def open_for_vehicle(
    conn: Connection, site: Site, who: Worker, vehicle_id: int, opening: Event, about: datetime | None = None
) -> int:
    """Opens a case, without a violation for what was at the time ``about``; the caller writes the audit entry."""
    against = case_objection(None, opening, who.duties, calendar=await work_calendar(conn, site), office=site.office)
    if against is not None:
        raise refused(against)
    return await cases.open_case(conn, vehicle_id, opening, who.role, about)


async def act(
    conn: Connection, site: Site, who: Worker, case_id: int, event: Event, papers: Sequence[Attachment] = ()
) -> Case:
    """Does something to a case; what it is then. Refuses what cannot be done now, with the reason."""
    listed = await cases.one(conn, case_id, scope=who.scope)
    history = await cases.hold(conn, case_id) if listed else []
    if listed is None or not history:
        raise not_found(f"编号为 {case_id} 的案件", f"case {case_id}")
    case = folded(stored.event for stored in history)
    against = case_objection(case, event, who.duties, calendar=await work_calendar(conn, site), office=site.office)
    if against is not None:
        raise refused(against)
    done = after(case, event)
    await cases.add_event(conn, case_id, done, event, who.role)
    details = await _effects(conn, site, listed, event, done.events)
    for paper in papers:
        await cases.add_file(
            conn, case_id, done.events,
            name=paper.name, media_type=paper.media_type, content=paper.content, sha256=paper.sha256,
        )  # fmt: skip
    if papers:
        details["files"] = [paper.sha256.hex() for paper in papers]
    await _record(conn, who, case_id, event, details | {"event": done.events, "state": done.state.value})
    return done


async def _effects(
    conn: Connection, site: Site, case: ListedCase, event: Event, number: int
) -> dict[str, Detail | list[Detail]]:
    """What an act changes besides the case; told for the audit chain."""
    match event.act:
        case Act.JOIN if event.violation_id is not None:
            await _join(conn, case.id, event.violation_id, number)
            return {"violation": event.violation_id}
        case Act.LEAVE_OUT if event.violation_id is not None:
            if not await cases.leave_out(conn, case.id, event.violation_id, number):
                raise refused(("案件中没有这条疑似违规", "the case does not hold that violation"))
            return {"violation": event.violation_id}
        case Act.DECIDE if event.outcome is not None:
            decided = await _decide(conn, case, event, event.outcome)
            cost = await _take_points(conn, site, case, event, event.outcome, list(decided.values()), number)
            return {"outcome": event.outcome.value, "violations": list(decided), "points": cost}
        case Act.REOPEN:
            return {"points": await _give_back(conn, case, event, number)}
        case _:
            return {}


async def _join(conn: Connection, case_id: int, violation_id: int, number: int) -> None:
    try:
        with store_errors():
            joined = await cases.join(conn, case_id, violation_id, number)
    except StoreConflictError:
        raise refused(("这条疑似违规已在另一案件中", "that violation is in a case already")) from None
    if not joined:
        raise refused(("不是该车未撤回的疑似违规", "it is no violation of this car that stands"))


async def _decide(conn: Connection, case: ListedCase, event: Event, outcome: Outcome) -> dict[int, Severity]:
    """Decides the violations of a case that stand, as they are found now; their severities by id."""
    decided: dict[int, Severity] = {}
    held_any = False
    for one in await cases.violations_of(conn, case.id):
        if one.left_out:
            continue
        held_any = True
        held = await decisions.hold(conn, one.id)
        if held is None or held.withdrawn_at is not None:
            continue
        against = objection(held.decidable, outcome)
        if against is not None:
            raise refused((f"疑似违规 {one.id}：{against[0]}", f"violation {one.id}: {against[1]}"), "cannot_decide")
        await decisions.decide(conn, held, outcome, by=event.by, reason=f"案件 {case.id}：{event.text}")
        decided[one.id] = held.violation.severity
    if held_any and not decided and outcome.confirms:
        raise refused(
            ("案件中的疑似违规均已撤回，不得确认", "all its violations were withdrawn: it cannot be confirmed"),
            "cannot_decide",
        )
    return decided


async def _take_points(
    conn: Connection,
    site: Site,
    case: ListedCase,
    event: Event,
    outcome: Outcome,
    severities: list[Severity],
    number: int,
) -> int:
    """Points go in the year of the decision, so that a year that is over does not change."""
    year = local_day(us_of(event.at), site.time_zone).year
    before = await points.confirmed_before(conn, unit_id=case.unit_id, year=year, case_id=case.id)
    cost = unit_points.cost(site.office.points, outcome, severities, before)
    if cost:
        await points.add(
            conn, unit_id=case.unit_id, year=year, change=-cost, case_id=case.id, event_number=number, at=event.at
        )
    return cost


async def _give_back(conn: Connection, case: ListedCase, event: Event, number: int) -> int:
    given = 0
    for taken in await points.taken_by(conn, case.id):
        await points.add(
            conn,
            unit_id=taken.unit_id,
            year=taken.year,
            change=-taken.change,
            case_id=case.id,
            event_number=number,
            at=event.at,
        )
        given -= taken.change
    return given


async def _record(
    conn: Connection, who: Worker, case_id: int, event: Event, details: dict[str, Detail | list[Detail]]
) -> None:
    deed = Deed(
        actor=who.name, role=who.role, act=f"case_{event.act}", subject=f"case {case_id}", details=dict(details)
    )
    await audit.record(conn, deed, event.at)


def case_of(history: Sequence[StoredEvent]) -> Case:
    """The case that stored events make. An event that could not follow is a defect, told as one."""
    try:
        return folded(stored.event for stored in history)
    except IllegalActError as error:
        raise RuntimeError(f"a stored history is not legal: {error}") from error


def invalid(where: str, zh: str, en: str) -> RefusedError:
    """A field of a form or a body that cannot be read."""
    return RefusedError(422, "invalid", zh, en, [ErrorDetail(where=f"body.{where}", message=f"{zh} / {en}")])
