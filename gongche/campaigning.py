"""Holiday campaigns by themselves: opened, followed through the calendar's changes, told, closed.

``oversight.campaign`` with the database around it. Whoever comes first does each thing once: the entries and papers
are unique, and nobody else writes any until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from api.campaign_lines import lines_of, sealed_by, whole_lines
from api.work_days import WARNED_DAYS
from fleet.audit import Deed
from fleet.clock import local_day, us_of
from gongche.drawing import SYSTEM, SYSTEM_ROLE
from gongche.problem import Problem
from gongche.settings import Settings
from oversight import campaign_letters
from oversight.campaign import SEALED_BY, Campaign, Turn, at, midnight, turns_due
from oversight.letter import Letter
from rules.calendar import WorkCalendar
from store import audit, campaigns, outbox
from store.calendar_years import work_calendar
from store.campaigns import StoredCampaign
from store.database import Connection
from store.scope import EVERYTHING

_DAY = timedelta(days=1)
_LOOKED_BACK = 60 * _DAY
_FEW = 3
_BEHIND = timedelta(minutes=15)
"""So long a paper waits for the judge before anybody is told."""


async def follow_calendar(conn: Connection, settings: Settings, now: datetime, also: str | None = None) -> WorkCalendar:
    """Opens what is to be open, moves or withdraws what the calendar has changed, freezes the sealing lists of
    holidays that have begun; in the caller's transaction. ``also``: a campaign that is opened whatever the time."""
    await campaigns.lock(conn)
    calendar = await work_calendar(conn, settings.zone)
    today = local_day(us_of(now), settings.zone)
    known = {one.key: one for one in await campaigns.campaigns(conn, since=today - _LOOKED_BACK)}
    if also is not None and also not in known and (found := await campaigns.campaign(conn, also)):
        known[also] = found
    standing = {key: one.standing for key, one in known.items()}
    turned = list(turns_due(standing, calendar, now, also))
    for turn, one in turned:
        await campaigns.enter(conn, turn, one, now)
        await _tell(conn, turn, one, calendar, now)
    for stored in await campaigns.campaigns(conn, since=today - _LOOKED_BACK):
        await _freeze_list(conn, stored, calendar, now)
    unknown = calendar.first_unknown(today, within_days=WARNED_DAYS)
    if unknown is not None:
        # The last days of a known December wait for the next year's schedule.
        missing = unknown.year + calendar.knows_year(unknown.year)
        await _post(conn, [campaign_letters.unknown_year(missing, unknown)], now)
    for turn, one in turned:
        await _record(conn, f"campaign_{turn}", one, {"first": str(one.first), "last": str(one.last)}, now)
    return calendar


async def _tell(conn: Connection, turn: Turn, one: Campaign, calendar: WorkCalendar, now: datetime) -> None:
    """A campaign that opens is told to the units with their cars; what became of an open one to all."""
    is_news = turn is not Turn.OPENED
    if turn in (Turn.OPENED, Turn.MOVED):
        lines = await lines_of(conn, one, calendar, scope=EVERYTHING)
        written = await campaigns.write(conn, one.key, "notice", one.first, lines, _about(one), now)
        if written and now < one.span(calendar)[1]:  # of a holiday that is over nobody needs to be warned
            await _post(conn, campaign_letters.notices(one, lines), now)
        is_news |= not written  # opened again for the same day
    if is_news:
        await _post(conn, [campaign_letters.turned(turn, one, local_day(us_of(now), calendar.zone))], now)


async def _freeze_list(conn: Connection, stored: StoredCampaign, calendar: WorkCalendar, now: datetime) -> None:
    one = stored.campaign
    if stored.turn in (Turn.WITHDRAWN, Turn.GONE) or now < one.span(calendar)[0]:
        return
    if not await campaigns.papers(conn, one.key, "list"):
        lines = await lines_of(conn, one, calendar, scope=EVERYTHING)
        await campaigns.write(conn, one.key, "list", one.first, lines, _about(one), now)


async def tell_sealing(conn: Connection, settings: Settings, key: str, now: datetime) -> bool:
    """Which cars were seen standing at home two hours into the holiday. False: not all is judged yet."""
    calendar = await follow_calendar(conn, settings, now, key)
    one = await _standing(conn, key)
    if one is None:
        return True
    until = at(one.first, SEALED_BY, calendar)
    if not await _is_judged(conn, until, now):
        return False
    lines = await sealed_by(conn, one, calendar, until, scope=EVERYTHING)
    about = _about(one) | {"until": until.isoformat()}
    if await campaigns.write(conn, key, "progress", one.first, lines, about, now):
        await _post(conn, campaign_letters.sealing(one, lines), now)
    return True


async def tell_digest(conn: Connection, settings: Settings, key: str, on: date, now: datetime) -> bool:
    """Of the local day before ``on``, a day of the holiday. False: not all is judged yet."""
    calendar = await follow_calendar(conn, settings, now, key)
    one = await _standing(conn, key)
    if one is None:
        return True
    day = on - _DAY
    of = midnight(day, calendar), midnight(on, calendar)
    if not await _is_judged(conn, of[1], now):
        return False
    lines = await lines_of(conn, one, calendar, scope=EVERYTHING, of=of)
    if await campaigns.write(conn, key, "digest", day, lines, _about(one), now):
        await _post(conn, campaign_letters.digest(one, day, lines), now)
    return True


async def close(conn: Connection, settings: Settings, key: str, now: datetime) -> bool:
    """The summary of the whole holiday. False: not all is judged yet."""
    calendar = await follow_calendar(conn, settings, now, key)
    one = await _standing(conn, key)
    if one is None or now < one.span(calendar)[1]:
        return True
    if not await _is_judged(conn, one.span(calendar)[1], now):
        return False
    lines = await whole_lines(conn, one, calendar, scope=EVERYTHING)
    if await campaigns.write(conn, key, "summary", one.last, lines, _about(one), now):
        await _post(conn, campaign_letters.summary(one, lines), now)
        await _record(conn, "campaign_closed", one, {}, now)
    return True


async def _is_judged(conn: Connection, until: datetime, now: datetime) -> bool:
    """Whether what came until then is judged, but for a few cars: late ones, and any that judging fails for.

    A paper that was written before would call cars unknown that the database holds the positions of. Raises Problem
    where the judge is behind for long, so that somebody is told.
    """
    waiting, cars = await campaigns.unjudged(conn, until)
    if waiting <= max(_FEW, cars // 100):
        return True
    if now < until + _BEHIND:
        return False
    raise Problem(
        f"尚有 {waiting} 辆车的定位未研判，暂不写入：请查看 gongche judge 是否在运行",
        f"{waiting} cars are not judged yet and nothing is written: see whether gongche judge runs",
    )


async def _standing(conn: Connection, key: str) -> Campaign | None:
    """None where it was withdrawn, or is of a calendar that has changed since it became due."""
    found = await campaigns.campaign(conn, key)
    return None if found is None or found.turn in (Turn.WITHDRAWN, Turn.GONE) else found.campaign


def _about(one: Campaign) -> dict[str, Any]:
    return {"key": one.key, "first": str(one.first), "last": str(one.last), "festivals": list(one.festivals)}


async def _post(conn: Connection, letters: Iterable[Letter], now: datetime) -> None:
    for letter in letters:
        await outbox.put(conn, letter, now)


async def _record(conn: Connection, act: str, one: Campaign, details: dict[str, Any], now: datetime) -> None:
    deed = Deed(actor=SYSTEM, role=SYSTEM_ROLE, act=act, subject=f"campaign {one.key}", details=details)
    await audit.record(conn, deed, now)
