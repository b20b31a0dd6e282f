"""What people do and look at in pages and by the API goes into the audit chain, in the transaction that did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from api.deps import TheSite
from api.site import Site
from api.violation_query import NO_NUL
from fleet.audit import Deed, Detail
from store import audit
from store.database import Connection
from store.users import User

SEE_TRACK = "see_track"
SEE_LIVE = "see_live"
ALL_CARS = "vehicles"


@dataclass(frozen=True, slots=True)
class Looks:
    """Whoever has signed in, and why they look, where they say so."""

    site: Site
    user: User
    reason: str

    async def at_track(
        self, conn: Connection, page: str, plate: str, since: datetime, until: datetime, violation: int | None = None
    ) -> None:
        """A look at where a car was in [since, until). Call it last."""
        details: dict[str, Detail] = {"page": page, "since": since.isoformat(), "until": until.isoformat()}
        if violation is not None:
            details["violation"] = violation
        if self.reason:
            details["reason"] = self.reason
        await record(conn, self.site, self.user, SEE_TRACK, plate, details)

    async def at_live(self, conn: Connection) -> None:
        """A look at where all cars are: told once a person and local day, as who looks looks all the time."""
        today = self.site.start_of(self.site.today())
        if not await audit.has_done(conn, self.user.name, SEE_LIVE, since=today):
            await record(conn, self.site, self.user, SEE_LIVE, ALL_CARS, {"reason": self.reason} if self.reason else {})


def _looks(
    request: Request,
    site: TheSite,
    reason: Annotated[
        str, Query(max_length=200, pattern=NO_NUL, description="Why you look; it stands in the audit chain.")
    ] = "",
) -> Looks:
    return Looks(site, request.state.user, " ".join(reason.split()))


TheLooks = Annotated[Looks, Depends(_looks)]


async def record(
    conn: Connection,
    site: Site,
    user: User,
    act: str,
    subject: str,
    details: Mapping[str, Detail | list[Detail]] | None = None,
) -> None:
    """What a signed-in user did. Call it last in the transaction: other writers of the chain wait until its end."""
    deed = Deed(actor=user.name, role=user.role, act=act, subject=subject, details=details or {})
    await audit.record(conn, deed, site.now())
