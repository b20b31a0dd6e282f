"""Who may do what: each route says in one place what it needs, ``Depends(may(Permission...))``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from api import session
from api.problem import not_allowed, sign_in_first
from api.site import Site
from store import users
from store.database import Pool, transaction
from store.scope import Scope
from store.users import User


class Permission(StrEnum):
    """What a route can ask for."""

    SEE_OVERVIEW = "see_overview"
    SEE_VIOLATIONS = "see_violations"
    SEE_TRACKS = "see_tracks"
    SEE_PAPERS = "see_papers"
    ENTER_PAPERS = "enter_papers"
    SEE_CLAIMS = "see_claims"
    CHECK_CLAIMS = "check_claims"
    APPEAL = "appeal"
    ANSWER_APPEALS = "answer_appeals"
    SEE_CONFIDENTIAL = "see_confidential"
    """Cars of confidential mail 机要通信, which nobody else finds a trace of."""


_OF_ROLE = {
    "admin": frozenset(Permission),
    "head": frozenset(Permission),
    "auditor": frozenset(Permission),
    "staff": frozenset(Permission) - {Permission.SEE_CONFIDENTIAL, Permission.ANSWER_APPEALS},
    "finance": frozenset({Permission.SEE_CLAIMS, Permission.CHECK_CLAIMS, Permission.APPEAL}),
}
"""The centre's head and its auditors see all cars, its staff all but the confidential ones. What else tells them
apart, and the units' own scope, comes later."""


async def signed_in(request: Request) -> User | None:
    """The user of this request's session, if it still stands."""
    site: Site = request.app.state.site
    claim = session.claim(site, request)
    if claim is None:
        return None
    pool: Pool = request.app.state.pool
    async with transaction(pool) as conn:
        user = await users.user(conn, claim.user_id)
    return user if user and user.password_mark == claim.password_mark else None


async def _scope(user: Annotated[User | None, Depends(signed_in)]) -> Scope:
    return Scope(confidential=user is not None and Permission.SEE_CONFIDENTIAL in _permissions(user))


TheScope = Annotated[Scope, Depends(_scope)]
"""What the signed-in user may see of the cars."""


def _permissions(user: User) -> frozenset[Permission]:
    return _OF_ROLE.get(user.role, frozenset())


def may(permission: Permission) -> Callable[..., Awaitable[User]]:
    """A dependency: the signed-in user, who has this permission. Otherwise 401 or 403."""

    async def check(request: Request, user: Annotated[User | None, Depends(signed_in)]) -> User:
        if user is None:
            raise sign_in_first()
        if permission not in _permissions(user):
            raise not_allowed()
        request.state.user = user
        return user

    check.permission = permission  # type: ignore[attr-defined]  # for the test that every route asks
    return check
