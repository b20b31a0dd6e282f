"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api import problem, session
from api.deps import Pages, TheSite
from api.looks import record
from api.permission import signed_in
from api.site import Site
from fleet.name import plain_name
from store import users
from store.database import Connection, transaction
from store.users import Locked, SignedIn, User

router = APIRouter()


@router.get("/sign-in")
async def ask(
    request: Request,
    pages: Pages,
    user: Annotated[User | None, Depends(signed_in)],
    next: Annotated[str, Query()] = "/",
) -> Response:
    """The form; whoever is signed in goes on."""
    if user is not None:
        return RedirectResponse(_own_path(next), 303)
    return pages.page(request, "sign_in.html", next=_own_path(next), name="", refused=None, until=None)


@router.post("/sign-in")
async def check(
    request: Request,
    site: TheSite,
    pages: Pages,
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form()] = "/",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """A session for the right name and password; else the form again, saying why."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    name = plain_name(name.replace("\0", ""))
    async with transaction(request.app.state.pool) as conn:
        result = await users.sign_in(conn, name, password, site.now())
        await note(conn, site, result)
    if isinstance(result, SignedIn):
        response = RedirectResponse(_own_path(next), 303)
        session.begin(site, response, result.user)
        return response
    locked = isinstance(result, Locked)
    return pages.page(
        request,
        "sign_in.html",
        status=429 if locked else 401,
        next=_own_path(next),
        name=name,
        refused="locked" if locked else "wrong",
        until=result.until if isinstance(result, Locked) else None,
    )


@router.post("/sign-out")
async def sign_out(
    request: Request,
    site: TheSite,
    user: Annotated[User | None, Depends(signed_in)],
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Ends the session in this browser."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    if user is not None:
        async with transaction(request.app.state.pool) as conn:
            await record(conn, site, user, "sign_out", user.name)
    response = RedirectResponse("/sign-in", 303)
    session.end(site, response)
    return response


async def note(conn: Connection, site: Site, result: SignedIn | Locked | None) -> None:
    """What came of a try to sign in. Failures are counted, not entered one by one, and of names that nobody has not
    at all: whoever tries passwords cannot fill the chain."""
    if isinstance(result, SignedIn):
        details = {"failures_before": result.failures} if result.failures else {}
        await record(conn, site, result.user, "sign_in", result.user.name, details)
    elif isinstance(result, Locked) and result.whom is not None:
        until = result.until.isoformat()
        await record(conn, site, result.whom, "lock_out", result.whom.name, {"until": until})


def _own_path(path: str) -> str:
    """The path, if it is one of ours: never another site's address."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
