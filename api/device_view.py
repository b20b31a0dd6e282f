"""Trackers as the pages and the API list them: who sees what, which ones are wanted, in which order."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from api.permission import Permission, permissions
from api.site import Site
from oversight.tracker_health import (
    SHARES_DAYS,
    SHOWN_DAYS,
    Examined,
    Trouble,
    examined,
    is_ahead,
)
from store import credentials, tracker_health
from store.credentials import FURTHER_NAMES, Refusal, SeenRefusal
from store.database import Connection
from store.scope import Scope
from store.tracker_health import TrackerDay
from store.users import User

REFUSALS_SHOWN = 20


class Sorting(StrEnum):
    """By what a list is sorted, the worst first."""

    WORST = "worst"
    SILENT = "silent"
    FIXES = "fixes"
    CLOCK = "clock"
    LATE = "late"
    REPEATS = "repeats"
    REJECTED = "rejected"


class RefusalAdvice(StrEnum):
    """What to do about what the broker refused."""

    NEW_PASSWORD = "new_password"
    STRANGER = "stranger"
    WRONG_TOPIC = "wrong_topic"
    MANY_NAMES = "many_names"


class Wanted(StrEnum):
    """Which trackers a list holds, besides those with one trouble."""

    ALL = "all"
    TROUBLED = "troubled"
    FINE = "fine"


def sees_cars(user: User) -> bool:
    """Whether the user is told which car a tracker is on: not who only runs the system (decision 0023)."""
    return Permission.SEE_VIOLATIONS in permissions(user)


async def seen_trackers(
    conn: Connection, site: Site, scope: Scope, user: User, tracker: str | None = None
) -> list[Examined]:
    """The trackers that the user may see, or one of them, the worst first."""
    now, since = site.now(), site.today() - timedelta(days=SHARES_DAYS - 1)
    found = examined(await tracker_health.trackers(conn, scope=scope, now=now, since=since, tracker=tracker), now)
    return found if sees_cars(user) else [_without_car(one) for one in found]


async def shown_days(conn: Connection, site: Site, scope: Scope, one: Examined) -> list[TrackerDay]:
    """A tracker's last days. Who sees some units only is not shown those before their car had it."""
    since = site.today() - timedelta(days=SHOWN_DAYS - 1)
    if scope.unit_ids is not None and one.health.fitted_from is not None:
        since = max(since, _local_day(site, one.health.fitted_from))
    return await tracker_health.days(conn, one.health, since)


async def seen_refusals(conn: Connection, site: Site, scope: Scope) -> list[SeenRefusal]:
    """What the broker refused in the last days, the latest first; nothing for whoever sees some units only."""
    return await credentials.seen_refusals(conn, scope, _lately_since(site), REFUSALS_SHOWN)


async def refused_sign_ins(conn: Connection, scope: Scope, tracker: str) -> Refusal | None:
    """Those in a tracker's name, for whoever sees all units: they count from the first on, whichever car it was on."""
    return await credentials.refused_sign_ins(conn, tracker) if scope.unit_ids is None else None


def is_lately(site: Site, refused: Refusal) -> bool:
    """Whether something is to be done about it still: one of long ago is only told."""
    return refused.last_at >= _lately_since(site)


def refusal_advice(seen: SeenRefusal) -> RefusalAdvice:
    """What to do about it."""
    if seen.refusal.name == FURTHER_NAMES:
        return RefusalAdvice.MANY_NAMES
    if seen.refusal.kind == "publish":
        return RefusalAdvice.WRONG_TOPIC
    return RefusalAdvice.NEW_PASSWORD if seen.is_tracker else RefusalAdvice.STRANGER


def password_command(tracker: str) -> str:
    """What to type for a tracker's new password; its number is quoted for the shell where it has to be."""
    return f"gongche trackers password {shlex.quote(tracker)}"


def counts(found: Sequence[Examined]) -> dict[str, int]:
    """How many there are of each kind that can be wanted."""
    by_trouble = {trouble.value: sum(trouble in one.troubles for one in found) for trouble in Trouble}
    troubled = sum(bool(one.troubles) for one in found)
    return {
        Wanted.ALL.value: len(found),
        Wanted.TROUBLED.value: troubled,
        **by_trouble,
        Wanted.FINE.value: len(found) - troubled,
    }


def chosen(found: Sequence[Examined], wanted: Wanted | Trouble, text: str, sorting: Sorting) -> list[Examined]:
    """Those wanted whose number, plate or unit holds the text."""
    part = text.strip().casefold()
    kept = [one for one in found if _is_wanted(one, wanted) and _holds(one, part)]
    return kept if sorting is Sorting.WORST else sorted(kept, key=_BADNESS[sorting], reverse=True)


def _is_wanted(one: Examined, wanted: Wanted | Trouble) -> bool:
    match wanted:
        case Wanted.ALL:
            return True
        case Wanted.TROUBLED:
            return bool(one.troubles)
        case Wanted.FINE:
            return not one.troubles
        case _:
            return wanted in one.troubles


def _holds(one: Examined, part: str) -> bool:
    told = (one.health.tracker, one.health.plate or "", one.health.unit or "")
    return any(part in text.casefold() for text in told)


_BADNESS: dict[Sorting, Callable[[Examined], float]] = {
    Sorting.SILENT: lambda one: -one.health.heard_at.timestamp() if one.health.heard_at else float("inf"),
    Sorting.FIXES: lambda one: -1.0 if one.health.fix_share is None else 1 - one.health.fix_share,
    Sorting.CLOCK: lambda one: float("inf") if is_ahead(one.health) else abs(one.health.clock_offset_s or 0.0),
    Sorting.LATE: lambda one: one.health.late_share or 0.0,
    Sorting.REPEATS: lambda one: one.health.repeat_share or 0.0,
    Sorting.REJECTED: lambda one: float(one.health.unreadable),
}


def _lately_since(site: Site) -> datetime:
    return site.now() - timedelta(days=SHARES_DAYS)


def _without_car(one: Examined) -> Examined:
    return replace(one, health=replace(one.health, plate=None, unit=None, vehicle_id=None))


def _local_day(site: Site, moment: datetime) -> date:
    return moment.astimezone(site.time_zone).date()
