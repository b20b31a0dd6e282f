"""The audit chain, for the auditor: who looked at which track, and what else people did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import Conn, Pages
from api.looks import SEE_LIVE, SEE_TRACK
from api.permission import Permission, may
from api.render import is_fragment
from api.site import Site
from fleet.audit import Detail, Entry
from fleet.plate import normal_plate
from store import audit
from store.audit import Wanted

router = APIRouter(dependencies=[Depends(may(Permission.SEE_AUDIT))])

PAGE_ROWS = 100


class What(StrEnum):
    """Which acts a list holds."""

    TRACKS = "tracks"
    PEOPLE = "people"
    ALL = "all"


_ACTS: dict[What, tuple[str, ...] | None] = {
    What.TRACKS: (SEE_TRACK, SEE_LIVE),
    What.PEOPLE: (
        *("sign_in", "sign_out", "lock_out", "add_person", "change_roles", "disable_person", "enable_person"),
        *("reset_password", "change_password"),
    ),
    What.ALL: None,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with its details sorted out: of a look the span and the page, why, and whatever else it says."""

    entry: Entry
    span: tuple[datetime, datetime] | None
    page: str
    reason: str
    others: list[tuple[str, str]]


@router.get("/audit")
async def audit_page(
    request: Request,
    conn: Conn,
    pages: Pages,
    what: What = What.TRACKS,
    who: Annotated[str, Query(max_length=100)] = "",
    car: Annotated[str, Query(max_length=40)] = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """Newest first, a page at a time; by person, by car or whatever it was done to, by local day."""
    since, until = _day(first), _day(last)
    wanted = Wanted(
        actor=_text(who),
        acts=_ACTS[what],
        subject=_plate(car),
        since=_start(pages.site, since),
        until=_start(pages.site, until + timedelta(days=1)) if until else None,
    )
    found = await audit.found(conn, wanted, before=before, limit=PAGE_ROWS + 1)
    values: dict[str, Any] = {
        "rows": [shown(entry) for entry in found[:PAGE_ROWS]],
        "next_before": found[PAGE_ROWS - 1].number if len(found) > PAGE_ROWS else None,
    }
    if before and is_fragment(request):
        return pages.page(request, "audit_rows.html", **values)
    number, hash_ = await audit.head(conn)
    return pages.page(
        request,
        "audit.html",
        asked={"what": what, "who": who, "car": car, "from": first if since else "", "to": last if until else ""},
        whats=list(What),
        actors=await audit.actors(conn),
        head_number=number,
        head_hash=hash_.hex(),
        **values,
    )


def shown(entry: Entry) -> Shown:
    """The entry with its details sorted out."""
    details = dict(entry.deed.details)
    span = _span(details.get("since"), details.get("until"))
    named = {"page", "reason"} | ({"since", "until"} if span else set())
    others = [(name, _told(value)) for name, value in details.items() if name not in named]
    return Shown(entry, span, str(details.get("page") or ""), str(details.get("reason") or ""), others)


def _span(since: object, until: object) -> tuple[datetime, datetime] | None:
    try:
        return datetime.fromisoformat(str(since)), datetime.fromisoformat(str(until))
    except ValueError:
        return None


def _told(value: Detail | list[Detail]) -> str:
    if isinstance(value, list):
        more = f" … ({len(value)})" if len(value) > 8 else ""
        return "、".join(str(one) for one in value[:8]) + more
    return str(value)


def _text(text: str) -> str | None:
    return text.replace("\0", "").strip() or None


def _plate(text: str) -> str | None:
    """A plate in its one form; else the text as it is: names of people are subjects too."""
    asked = _text(text)
    if asked is None:
        return None
    try:
        return normal_plate(asked)
    except ValueError:
        return asked


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None


def _start(site: Site, day: date | None) -> datetime | None:
    return None if day is None else site.start_of(day)
