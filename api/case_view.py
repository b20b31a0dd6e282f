"""A case as its page and programs see it: what it is, by when what is due, what the reader can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.casework import Worker, case_of
from fleet.clock import local_day, us_of
from fleet.person import is_same_person
from oversight.case import Act, Case, Step
from oversight.case_acts import ACTS, ActRule, Duty, duty_of, possible, wanted_act
from oversight.deadline import Due, due_of, due_on, is_past, workdays_late
from oversight.office import Office
from rules.calendar import WorkCalendar
from store import cases
from store.cases import CaseViolation, ListedCase, StoredEvent, StoredFile, StoredNotice, step_of
from store.database import Connection

_WITH_PAPERS = frozenset({Act.ASK, Act.SPARE, Act.ANSWER, Act.HANDLE, Act.SANCTION, Act.REPORT, Act.NOTE})


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the list. ``late``: workdays after the deadline; ``mine``: the reader can do what it waits for."""

    case: ListedCase
    due: Due | None
    is_late: bool
    late: int
    mine: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with all that its page shows."""

    listed: ListedCase
    case: Case
    events: list[StoredEvent]
    violations: list[CaseViolation]
    files: Mapping[int, list[StoredFile]]
    """by the number of the event that they came with"""
    notices: list[StoredNotice]
    due: Due | None
    is_late: bool
    late: int
    wanted: Act | None
    can: list[Act]
    joinable: list[CaseViolation]

    @property
    def next(self) -> Act | None:
        """The one clear next action, where the reader can do it."""
        return self.wanted if self.wanted in self.can else None

    @property
    def others(self) -> list[Act]:
        """What else the reader can do."""
        none_to_join = not self.joinable
        return [act for act in self.can if act is not self.next and not (act is Act.JOIN and none_to_join)]

    @property
    def standing(self) -> list[CaseViolation]:
        """Its violations but those left out."""
        return [one for one in self.violations if not one.left_out]

    @property
    def shown(self) -> list[str]:
        """The acts whose forms are on the page."""
        return [act.value for act in (self.next, *self.others) if act]

    def rule(self, act: Act) -> ActRule:
        return ACTS[act]

    def takes_papers(self, act: Act) -> bool:
        return act in _WITH_PAPERS

    @property
    def waits_for(self) -> Duty | None:
        return duty_of(self.case.step) if self.case.step else None


def row_of(case: ListedCase, who: Worker, now: datetime, calendar: WorkCalendar, office: Office) -> CaseRow:
    """A listed case with its deadline."""
    step = step_of(case)
    due = due_on(step, case.since, case.deadline, calendar, office)
    late = due is not None and is_past(due, now, calendar)
    today = local_day(us_of(now), calendar.zone)
    mine = step is not None and _is_mine(case, step, late, who)
    return CaseRow(case, due, late, workdays_late(calendar, due.day, today) if due else 0, mine)


def _is_mine(case: ListedCase, step: Step, late: bool, who: Worker) -> bool:
    wanted = {duty_of(step)} | ({Duty.DECIDE} if step is Step.ANSWER and late else set())
    if step is Step.ANSWER and not late and Duty.WORK in who.duties:
        return False  # the centre can enter a statement for the unit, but does not wait for itself
    if any(is_same_person(who.name, name) for name in case.verifiers):
        wanted -= {Duty.DECIDE}
    return bool(wanted & who.duties)


async def view_of(
    conn: Connection, listed: ListedCase, who: Worker, now: datetime, calendar: WorkCalendar, office: Office
) -> CaseView:
    """Reads what the page of a case shows."""
    events = await cases.events(conn, listed.id)
    case = case_of(events)
    due = due_of(case, calendar, office)
    is_late = due is not None and is_past(due, now, calendar)
    can = possible(case, who.name, who.duties)
    return CaseView(
        listed=listed,
        case=case,
        events=events,
        violations=await cases.violations_of(conn, listed.id),
        files=_by_event(await cases.files_of(conn, listed.id)),
        notices=await cases.notices_of(conn, listed.id),
        due=due,
        is_late=is_late,
        late=workdays_late(calendar, due.day, local_day(us_of(now), calendar.zone)) if due else 0,
        wanted=wanted_act(case, is_late),
        can=[act for act in can if not (act is Act.DECIDE and case.step is Step.ANSWER and not is_late)],
        joinable=await cases.joinable(conn, listed.id) if Act.JOIN in can else [],
    )


def _by_event(files: Sequence[StoredFile]) -> dict[int, list[StoredFile]]:
    found: dict[int, list[StoredFile]] = {}
    for one in files:
        found.setdefault(one.event, []).append(one)
    return found
