"""Cases 案件 for programs, as JSON: the list, one with its history, opening one, and acts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api import casework
from api.case_form import ActSent
from api.case_view import CaseRow, row_of, view_of
from api.casework import Worker
from api.deps import Conn, TheSite
from api.permission import Permission, TheScope, may
from api.problem import answers, not_found
from api.rows import Sent
from api.violation_query import NO_NUL, part_of_plate
from api.work_days import work_calendar
from fleet.decision import Outcome
from oversight.case import Act, State, Step
from oversight.sanction import Sanction
from store import cases
from store.database import transaction
from store.users import User

router = APIRouter(prefix="/api", tags=["cases"], responses=answers(401, 403, 503))

CaseId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_SEE = [Depends(may(Permission.SEE_CASES))]


class CaseLine(BaseModel):
    """A case. ``due`` is the last local day in time; provisional where the calendar does not know a day on the way."""

    id: int
    plate: str
    unit: str
    unit_id: int
    opened_at: datetime
    state: State
    waits_for: Step | None
    since: datetime
    due: date | None
    due_provisional: bool
    overdue_workdays: int
    outcome: Outcome | None
    round: int
    rule_ids: list[str]
    evidence_changed: bool


class CaseEvent(BaseModel):
    """What somebody did."""

    number: int
    act: Act
    at: datetime
    by: str
    role: str
    text: str
    outcome: Outcome | None
    violation_id: int | None
    person: str
    deadline: date | None
    sanction: dict[str, Any] | None


class ViolationOfCase(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    rule_id: str
    start_at: datetime
    end_at: datetime
    severity: str
    outcome: Outcome | None
    evidence_changed: bool
    withdrawn_at: datetime | None
    left_out: bool


class FullCase(CaseLine):
    """With its violations and its history, and what the reader could do now."""

    violations: list[ViolationOfCase]
    events: list[CaseEvent]
    can: list[Act]


class CaseOpened(Sent):
    """Opens a case with a violation that stands."""

    violation_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    text: Annotated[str, Field(max_length=4000, pattern=NO_NUL)] = ""


@router.get("/cases", dependencies=_SEE, responses=answers(422))
async def list_cases(
    request: Request,
    conn: Conn,
    site: TheSite,
    scope: TheScope,
    state: Annotated[str, Query(pattern=f"^({'|'.join(['open', *State, 'all'])})$")] = "open",
    unit: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    plate: Annotated[str, Query(max_length=20, pattern=NO_NUL, description="A part of it.")] = "",
    overdue: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> list[CaseLine]:
    """Cases, the open ones first, newest first."""
    who, now, calendar = Worker.of(request.state.user, scope), site.now(), await work_calendar(conn, site)
    found = await cases.listed(
        conn, scope=scope, state=state, unit_id=unit, plate=part_of_plate(plate) or None, limit=limit
    )
    rows = [row_of(case, who, now, calendar, site.office) for case in found]
    return [CaseLine(**_line(row)) for row in rows if row.is_late or not overdue]


@router.get("/cases/{case_id}", dependencies=_SEE, responses=answers(404, 422))
async def read_case(request: Request, conn: Conn, site: TheSite, scope: TheScope, case_id: CaseId) -> FullCase:
    """One case with its history."""
    listed = await cases.one(conn, case_id, scope=scope)
    if listed is None:
        raise not_found(f"编号为 {case_id} 的案件", f"case {case_id}")
    who, now, calendar = Worker.of(request.state.user, scope), site.now(), await work_calendar(conn, site)
    view = await view_of(conn, listed, who, now, calendar, site.office)
    return FullCase(
        **_line(row_of(listed, who, now, calendar, site.office)),
        violations=[ViolationOfCase.model_validate(one) for one in view.violations],
        events=[
            CaseEvent(
                number=stored.number,
                act=stored.event.act,
                at=stored.event.at,
                by=stored.event.by,
                role=stored.role,
                text=stored.event.text,
                outcome=stored.event.outcome,
                violation_id=stored.event.violation_id,
                person=stored.event.person,
                deadline=stored.event.deadline,
                sanction=_sanction(stored.event.sanction),
            )
            for stored in view.events
        ],
        can=view.can,
    )


@router.post("/cases", dependencies=[Depends(may(Permission.WORK_CASES))], responses=answers(400, 404, 409, 411, 422))
async def open_case(request: Request, site: TheSite, scope: TheScope, body: CaseOpened) -> dict[str, int]:
    """Opens a case; its id."""
    async with transaction(request.app.state.pool) as conn:
        who = Worker.of(request.state.user, scope)
        return {"id": await casework.open_case(conn, site, who, body.violation_id, body.text.strip())}


@router.post("/cases/{case_id}/acts", dependencies=_SEE, responses=answers(400, 404, 409, 411, 422))
async def act(request: Request, site: TheSite, scope: TheScope, case_id: CaseId, body: ActSent) -> dict[str, Any]:
    """Does something to a case, in the name of who has signed in. 409 says why it cannot be done now."""
    user: User = request.state.user
    async with transaction(request.app.state.pool) as conn:
        done = await casework.act(conn, site, Worker.of(user, scope), case_id, body.event(user.name, site.now()))
    return {"state": done.state, "waits_for": done.step, "event": done.events}


def _line(row: CaseRow) -> dict[str, Any]:
    case = row.case
    return {
        "id": case.id,
        "plate": case.plate,
        "unit": case.unit,
        "unit_id": case.unit_id,
        "opened_at": case.opened_at,
        "state": case.state,
        "waits_for": case.step,
        "since": case.since,
        "due": row.due.day if row.due else None,
        "due_provisional": row.due.provisional if row.due else False,
        "overdue_workdays": row.late if row.is_late else 0,
        "outcome": case.outcome,
        "round": case.round,
        "rule_ids": case.rule_ids,
        "evidence_changed": case.evidence_changed,
    }


def _sanction(sanction: Sanction | None) -> dict[str, Any] | None:
    return asdict(sanction) if sanction else None
