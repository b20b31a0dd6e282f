"""Writing down what is due to be sent about cases and points, each exactly once, however many do it at once; a letter
of it goes into the outbox in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.casework import case_of
from gongche.case_letters import case_letter, points_letter
from oversight import points as unit_points
from oversight.office import Office
from oversight.reminders import reminder_due
from rules.calendar import WorkCalendar
from store import cases, outbox, points
from store.calendar_years import work_calendar
from store.cases import ListedCase
from store.database import Connection
from store.scope import EVERYTHING

_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was written down just now."""

    unit: str
    kind: str
    case_id: int | None = None
    step: str | None = None
    due: date | None = None
    points: int | None = None


async def remind(conn: Connection, office: Office, zone: ZoneInfo, now: datetime) -> list[Sent]:
    """Writes down what is due and was not written before. A connection in autocommit: each notice stands by itself."""
    calendar = await work_calendar(conn, zone)
    waiting = await cases.listed(conn, scope=EVERYTHING, limit=_ALL)
    sent = [await _of_case(conn, case, calendar, office, now) for case in waiting]
    sent += await _of_points(conn, office, zone, now)
    return [one for one in sent if one is not None]


async def _of_case(
    conn: Connection, listed: ListedCase, calendar: WorkCalendar, office: Office, now: datetime
) -> Sent | None:
    """The case is held meanwhile, so that nothing is sent for a step that somebody has just done."""
    async with conn.transaction():
        case = case_of(await cases.hold(conn, listed.id))
        reminder = reminder_due(case, calendar, office, now)
        if reminder is None:
            return None
        key = f"case/{listed.id}/{reminder.key}"
        written = await cases.add_notice(
            conn,
            key,
            case_id=listed.id,
            unit_id=listed.unit_id,
            kind=reminder.urging.value,
            step=reminder.step.value,
            duty=reminder.to.value,
            due=reminder.due.day,
            provisional=reminder.due.provisional,
            at=now,
        )
        if written:
            await outbox.put(conn, case_letter(key, listed, reminder, calendar.zone), now)
    if not written:
        return None
    step = reminder.step.value
    return Sent(case_id=listed.id, unit=listed.unit, kind=reminder.urging.value, step=step, due=reminder.due.day)


async def _of_points(conn: Connection, office: Office, zone: ZoneInfo, now: datetime) -> list[Sent]:
    """Of the thresholds that a unit has reached, those that nobody was told of in the year."""
    found: list[Sent] = []
    year = now.astimezone(zone).year
    for unit in await points.standing(conn, year, scope=EVERYTHING):
        left = unit_points.left(office.points, [unit.change])
        for threshold in unit_points.reached(office.points, left):
            kind = f"points_{threshold.does}"
            key = f"points/{unit.id}/{year}/{threshold.at}"
            async with conn.transaction():
                if await cases.add_notice(conn, key, unit_id=unit.id, kind=kind, points=left, at=now):
                    await outbox.put(conn, points_letter(key, unit, kind, left, year, zone), now)
                    found.append(Sent(unit=unit.name, kind=kind, points=left))
    return found
