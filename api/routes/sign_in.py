"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api import problem, session
from api.deps import Pages, TheSite
from api.permission import signed_in
from store import users
from store.database import transaction
from store.users import Locked, User

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
    name = name.replace("\0", "").strip()
    async with transaction(request.app.state.pool) as conn:
        result = await users.sign_in(conn, name, password, site.now())
    if isinstance(result, User):
        response = RedirectResponse(_own_path(next), 303)
        session.begin(site, response, result)
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
async def sign_out(request: Request, site: TheSite, form_token: Annotated[str, Form()] = "") -> Response:
    """Ends the session in this browser."""
    if not session.is_own_form(site, request, form_token):
        raise problem.strange_form()
    response = RedirectResponse("/sign-in", 303)
    session.end(site, response)
    return response


def _own_path(path: str) -> str:
    """The path, if it is one of ours: never another site's address."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
