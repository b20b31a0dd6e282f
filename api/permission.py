"""Who may do what: each route says in one place what it needs, ``Depends(may(Permission...))``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from api import session
from api.problem import not_allowed, sign_in_first
from api.site import Site
from fleet.role import Role
from store import users
from store.database import Pool, transaction
from store.scope import NOTHING, Scope
from store.users import User


class Permission(StrEnum):
    """What a route can ask for."""

    SEE_OVERVIEW = "see_overview"
    """The first page, with what is next for the role; what else is on it asks for more."""
    CHANGE_OWN_PASSWORD = "change_own_password"
    SEE_SYSTEM = "see_system"
    SEE_DEVICES = "see_devices"
    """How the trackers of the cars within the scope are; on which cars, to those who see cars."""
    SEE_LIVE = "see_live"
    """Where the cars are now, and alerts."""
    SEE_VIOLATIONS = "see_violations"
    SEE_TRACKS = "see_tracks"
    SEE_PAPERS = "see_papers"
    ENTER_ORDERS = "enter_orders"
    ENTER_PAPERS = "enter_papers"
    """Waivers and rosters: what excuses cars, which is not their unit's own to say."""
    SEE_DRAWS = "see_draws"
    REVIEW_SHEETS = "review_sheets"
    """Say what was found on a drawn car's sheet, and sign it."""
    SEE_CAMPAIGNS = "see_campaigns"
    """Holiday campaigns, with the cars within the scope."""
    SEAL_CARS = "seal_cars"
    """Confirm that cars are sealed over a holiday, ask for exemptions."""
    GRANT_EXEMPTIONS = "grant_exemptions"
    """Answer requests for exemption."""
    DRAW_AGAIN = "draw_again"
    """Draw a week that should have been drawn, or one again with its reason."""
    SEE_CLAIMS = "see_claims"
    CHECK_CLAIMS = "check_claims"
    APPEAL = "appeal"
    ANSWER_APPEALS = "answer_appeals"
    SEE_PURCHASES = "see_purchases"
    """The register of purchases, within the scope: of a unit manager the own unit's requests."""
    REQUEST_PURCHASES = "request_purchases"
    """For the unit: ask for a car, and take the request back."""
    WORK_PURCHASES = "work_purchases"
    """Call joint meetings and enter their members' votes."""
    DECIDE_PURCHASES = "decide_purchases"
    SEE_CONFIDENTIAL = "see_confidential"
    """Cars of confidential mail 机要通信, which nobody else finds a trace of."""
    MANAGE_PEOPLE = "manage_people"
    SEE_AUDIT = "see_audit"
    """Who looked at which track, and what else people did."""
    SEE_CASES = "see_cases"
    """Cases, the ledger, points and what the track says of tips, within the scope."""
    WORK_CASES = "work_cases"
    DECIDE_CASES = "decide_cases"
    ANSWER_CASES = "answer_cases"
    """For the unit: its statement, and what it has put right."""
    SEE_OUTBOX = "see_outbox"
    """Which letters went to which targets, and which did not."""
    RETRY_LETTERS = "retry_letters"
    MANAGE_TARGETS = "manage_targets"
    """Where letters go to, and their addresses."""
    SEE_TIPSTERS = "see_tipsters"
    """Who told a tip, which few need to know."""
    SEE_REPORTS = "see_reports"
    """Issued ones; whoever sees some units only, the bulletins that name one of them."""
    ISSUE_REPORTS = "issue_reports"
    """Also look at drafts."""
    ISSUE_BULLETINS = "issue_bulletins"


_EVERYBODY = frozenset({Permission.SEE_OVERVIEW, Permission.CHANGE_OWN_PASSWORD})
_OF_CARS = frozenset(
    {
        Permission.SEE_DEVICES,
        Permission.SEE_LIVE,
        Permission.SEE_VIOLATIONS,
        Permission.SEE_TRACKS,
        Permission.SEE_PAPERS,
        Permission.SEE_CASES,
        Permission.SEE_CAMPAIGNS,
        Permission.SEE_REPORTS,
    }
)
"""Within the scope: of a unit manager that is the own unit."""
_OF_THE_CENTRE = frozenset(
    {
        Permission.SEE_SYSTEM,
        Permission.ENTER_ORDERS,
        Permission.ENTER_PAPERS,
        Permission.WORK_CASES,
        Permission.SEE_DRAWS,
        Permission.REVIEW_SHEETS,
        Permission.DRAW_AGAIN,
        Permission.SEAL_CARS,
        Permission.SEE_CLAIMS,
        Permission.CHECK_CLAIMS,
        Permission.SEE_PURCHASES,
        Permission.WORK_PURCHASES,
        Permission.SEE_OUTBOX,
        Permission.RETRY_LETTERS,
        Permission.ISSUE_REPORTS,
    }
)
_OF_FEW = frozenset({Permission.SEE_CONFIDENTIAL, Permission.SEE_TIPSTERS})

_OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.STAFF: _EVERYBODY | _OF_CARS | _OF_THE_CENTRE,
    Role.HEAD: _EVERYBODY
    | _OF_CARS
    | _OF_THE_CENTRE
    | _OF_FEW
    | {
        Permission.DECIDE_CASES,
        Permission.GRANT_EXEMPTIONS,
        Permission.APPEAL,
        Permission.ANSWER_APPEALS,
        Permission.DECIDE_PURCHASES,
        Permission.ISSUE_BULLETINS,
    },
    Role.UNIT_MANAGER: _EVERYBODY
    | _OF_CARS
    | {
        Permission.ENTER_ORDERS,
        Permission.ANSWER_CASES,
        Permission.SEAL_CARS,
        Permission.SEE_PURCHASES,
        Permission.REQUEST_PURCHASES,
    },
    Role.FINANCE: _EVERYBODY
    | {Permission.SEE_CLAIMS, Permission.CHECK_CLAIMS, Permission.APPEAL, Permission.SEE_PURCHASES},
    Role.AUDITOR: _EVERYBODY
    | _OF_CARS
    | _OF_FEW
    | {
        Permission.SEE_SYSTEM,
        Permission.SEE_AUDIT,
        Permission.SEE_DRAWS,
        Permission.SEE_CLAIMS,
        Permission.SEE_PURCHASES,
        Permission.SEE_OUTBOX,
    },
    Role.ADMIN: _EVERYBODY
    | {
        Permission.SEE_SYSTEM,
        Permission.SEE_DEVICES,
        Permission.MANAGE_PEOPLE,
        Permission.SEE_OUTBOX,
        Permission.RETRY_LETTERS,
        Permission.MANAGE_TARGETS,
    },
}
"""The whole matrix; a person with several roles may do what any of them may. Decision 0023 says why."""


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
    if user is None:
        return NOTHING
    return Scope(confidential=Permission.SEE_CONFIDENTIAL in permissions(user), unit_ids=user.unit_ids)


TheScope = Annotated[Scope, Depends(_scope)]
"""What the signed-in user may see of the cars."""


def permissions(user: User) -> frozenset[Permission]:
    """What any of the user's roles may."""
    return frozenset().union(*(_OF_ROLE[role] for role in user.roles))


def may(permission: Permission) -> Callable[..., Awaitable[User]]:
    """A dependency: the signed-in user, who has this permission. Otherwise 401 or 403."""

    async def check(request: Request, user: Annotated[User | None, Depends(signed_in)]) -> User:
        if user is None:
            raise sign_in_first()
        if permission not in permissions(user):
            raise not_allowed()
        request.state.user = user
        request.state.permissions = permissions(user)
        return user

    check.permission = permission  # type: ignore[attr-defined]  # for the test that every route asks
    return check
