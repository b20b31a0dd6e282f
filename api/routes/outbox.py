"""The outbox 发件箱: what was sent to whom, what waits and why, what failed and is tried again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Conn, Pages, TheSite
from api.forms import OwnForm
from api.permission import Permission, TheScope, may, permissions
from api.problem import RefusedError
from fleet.audit import Deed
from oversight.letter import LetterKind
from store import audit, outbox
from store.users import User

router = APIRouter()

DeliveryId = Annotated[int, Path(ge=1, le=2**63 - 1)]
OF_CARS = frozenset({LetterKind.ALERT, LetterKind.REMINDER, LetterKind.ESCALATION})
"""Letters whose subject names a car: told to those only who may see violations."""


class Shown(StrEnum):
    """Which deliveries a list holds."""

    ALL = "all"
    OPEN = "open"
    TROUBLE = "trouble"
    SENT = "sent"


@router.get("/outbox", dependencies=[Depends(may(Permission.SEE_OUTBOX))])
async def outbox_page(request: Request, conn: Conn, pages: Pages, scope: TheScope, show: Shown = Shown.ALL) -> Response:
    """What failed first, then what waits, then the newest."""
    may_do = permissions(request.state.user)
    return pages.page(
        request,
        "outbox.html",
        rows=await outbox.listed(conn, scope=scope, state=None if show is Shown.ALL else show.value),
        counts=await outbox.count_by_state(conn, scope=scope),
        shown=show,
        choices=list(Shown),
        sees_cars=Permission.SEE_VIOLATIONS in may_do,
        of_cars=OF_CARS,
        may_retry=Permission.RETRY_LETTERS in may_do,
    )


@router.post("/outbox/{delivery_id}/retry", dependencies=[Depends(may(Permission.RETRY_LETTERS)), OwnForm])
async def retry(request: Request, conn: Conn, site: TheSite, scope: TheScope, delivery_id: DeliveryId) -> Response:
    """What failed is tried anew; what may have arrived is marked so."""
    user: User = request.state.user
    told = await outbox.retry(conn, delivery_id, site.now(), scope=scope)
    if told is None:
        raise RefusedError(
            409,
            "not_to_be_retried",
            "这次投递没有失败，或其通知已撤销、接收方已停用",
            "It has not failed, or its letter was taken back or its target disabled",
        )
    key, target, again = told
    deed = Deed(
        actor=user.name,
        role=user.role,
        act="retry_letter",
        subject=key,
        details={"target": target, "may_be_repeat": again},
    )
    await audit.record(conn, deed, site.now())
    return RedirectResponse("/outbox", 303)
