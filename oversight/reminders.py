"""What is due to be sent about a case: a reminder before its deadline, one after it, then a letter 督办函."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fleet.clock import local_day, us_of
from oversight.case import Case, Step
from oversight.case_acts import Duty, duty_of
from oversight.deadline import Due, due_of, workday_before, workdays_late
from oversight.office import Office
from rules.calendar import WorkCalendar


class Urging(StrEnum):
    """From the mildest on."""

    SOON = "soon"
    """it is due on the next workday, or today"""
    OVERDUE = "overdue"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Reminder:
    """``key``: with the case's id it is sent once; another deadline, another step or another round is another one."""

    urging: Urging
    step: Step
    to: Duty
    due: Due
    key: str


def reminder_due(case: Case, calendar: WorkCalendar, office: Office, now: datetime) -> Reminder | None:
    """The one that is due now. A milder one that was missed is not sent after a stronger one is due."""
    due = due_of(case, calendar, office)
    if case.step is None or due is None:
        return None
    urging = _urging(due, calendar, office, now)
    if urging is None:
        return None
    key = f"{case.round}/{case.step}/{us_of(case.since)}/{due.day}/{urging}"
    return Reminder(urging, case.step, duty_of(case.step), due, key)


def _urging(due: Due, calendar: WorkCalendar, office: Office, now: datetime) -> Urging | None:
    today = local_day(us_of(now), calendar.zone)
    if today > due.day:
        late = workdays_late(calendar, due.day, today)
        return Urging.LETTER if late >= office.escalate_workdays else Urging.OVERDUE
    return Urging.SOON if today >= workday_before(calendar, due.day) else None
