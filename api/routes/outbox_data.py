"""The outbox 发件箱 for programs, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from api.deps import Conn
from api.permission import Permission, TheScope, may, permissions
from api.problem import Message, answers
from api.routes.outbox import OF_CARS
from fleet.violation import Severity
from oversight.delivery import DeliveryState
from oversight.letter import LetterKind
from store import outbox

router = APIRouter(prefix="/api", tags=["outbox"], responses=answers(401, 403, 503))


class DeliveryTold(BaseModel):
    """A letter and what became of it at one target. ``id`` null: no target is meant by it, or none was looked for yet.

    ``subject`` null: it names a car, and the user may not see violations.
    """

    id: int | None
    key: str
    kind: LetterKind
    severity: Severity
    subject: Message | None
    put_at: datetime
    taken_back_at: datetime | None
    target: str | None
    state: DeliveryState | None
    attempts: int | None
    may_be_repeat: bool | None
    next_at: datetime | None
    waits_for: str | None
    ended_at: datetime | None
    error: str | None


@router.get("/outbox", dependencies=[Depends(may(Permission.SEE_OUTBOX))])
async def outbox_list(
    request: Request,
    conn: Conn,
    scope: TheScope,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[DeliveryTold]:
    """What failed first, then what waits, then the newest."""
    sees_cars = Permission.SEE_VIOLATIONS in permissions(request.state.user)
    return [
        DeliveryTold(
            id=one.id,
            key=one.key,
            kind=LetterKind(one.kind),
            severity=Severity(one.severity),
            subject=Message(zh=one.subject_zh, en=one.subject_en) if sees_cars or one.kind not in OF_CARS else None,
            put_at=one.put_at,
            taken_back_at=one.withdrawn_at,
            target=one.target,
            state=DeliveryState(one.state) if one.state else None,
            attempts=one.attempts,
            may_be_repeat=one.again,
            next_at=one.next_at if one.state == DeliveryState.WAITING else None,
            waits_for=one.waits_for or None,
            ended_at=one.settled_at,
            error=one.error or None,
        )
        for one in await outbox.listed(conn, scope=scope, state=state.value if state else None, limit=limit)
    ]
