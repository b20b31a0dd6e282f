"""Changing the own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from api import session
from api.deps import Pages, TheSite
from api.forms import OwnForm
from api.permission import Permission, may
from api.routes.sign_in import note
from store import users
from store.database import transaction
from store.people import By, PersonRefusedError, change_password
from store.users import Locked, SignedIn, User

router = APIRouter()
_MAY = Depends(may(Permission.CHANGE_OWN_PASSWORD))


@router.get("/password", dependencies=[_MAY])
async def ask(request: Request, pages: Pages) -> Response:
    """The form."""
    return pages.page(request, "own_password.html", refused="", error=None, done=False)


@router.post("/password", dependencies=[_MAY, OwnForm])
async def change(
    request: Request,
    pages: Pages,
    site: TheSite,
    old: Annotated[str, Form(max_length=200)] = "",
    new: Annotated[str, Form(max_length=200)] = "",
    again: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Another password for the right old one; a wrong one counts as a failure to sign in. Other sessions end."""
    user: User = request.state.user
    refused, error, changed = "", None, None
    if new != again:
        refused = "unlike"
    else:
        async with transaction(request.app.state.pool) as conn:
            known = await users.sign_in(conn, user.name, old, site.now())
            await note(conn, site, known if isinstance(known, Locked) else None)
        if not isinstance(known, SignedIn):
            refused = "locked" if isinstance(known, Locked) else "old_wrong"
    if not refused:
        try:
            async with transaction(request.app.state.pool) as conn:
                await change_password(conn, By(user.name, user.role, site.now(), user.id), new)
                changed = await users.user(conn, user.id)
        except PersonRefusedError as fault:
            error = fault
    status = 422 if refused or error else 200
    page = pages.page(
        request, "own_password.html", status=status, refused=refused, error=error, done=changed is not None
    )
    if changed is not None:
        session.begin(site, page, changed)
    return page
