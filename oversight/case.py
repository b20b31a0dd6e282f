"""A case 案件: one or more violations of a vehicle on their way to an end, folded from what people did (its events).

Events are only added. A case is what its events make of it, in order; nothing else says in which state it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from fleet.decision import Outcome
from oversight.sanction import Sanction


class State(StrEnum):
    """How far a case is."""

    DETECTED = "detected"
    VERIFYING = "verifying"
    STATEMENT = "statement"
    DECIDED = "decided"
    HANDLING = "handling"
    RECTIFYING = "rectifying"
    CLOSED = "closed"


class Step(StrEnum):
    """What a case waits for. A closed one waits for nothing."""

    TAKE = "take"
    VERIFY = "verify"
    ANSWER = "answer"
    DECIDE = "decide"
    HANDLE = "handle"
    SETTLE = "settle"
    RECTIFY = "rectify"
    ACCEPT = "accept"
    CLOSE = "close"


class Act(StrEnum):
    """What can be done to a case."""

    OPEN = "open"
    JOIN = "join"
    LEAVE_OUT = "leave_out"
    TAKE = "take"
    ASK = "ask"
    SPARE = "spare"
    ANSWER = "answer"
    DECIDE = "decide"
    HANDLE = "handle"
    SANCTION = "sanction"
    RECTIFY = "rectify"
    REPORT = "report"
    SEND_BACK = "send_back"
    EXTEND = "extend"
    CLOSE = "close"
    REOPEN = "reopen"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What somebody does, or did. Which of the fields an act needs stands in ``oversight.case_acts``."""

    act: Act
    by: str
    at: datetime
    text: str = ""
    outcome: Outcome | None = None
    violation_id: int | None = None
    person: str = ""
    """who is to rectify"""
    deadline: date | None = None
    """a local day, included"""
    sanction: Sanction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectification:
    """What is to be put right 整改, by whom and by when (a local day, included)."""

    task: str
    person: str
    deadline: date
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as its events make it. ``since``: when what it waits for began; ``round``: 1, and one more each time it is
    reopened; ``verifiers``: whoever verified it in any round, and so does not decide."""

    state: State
    opened_at: datetime
    since: datetime
    round: int = 1
    events: int = 1
    verifiers: tuple[str, ...] = ()
    finding: str = ""
    is_spared: bool = False
    """verified, and the unit need not explain: only a dismissal can follow"""
    answered_at: datetime | None = None
    outcome: Outcome | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    rectification: Rectification | None = None
    extended_to: date | None = None
    sanctions: tuple[Sanction, ...] = ()

    @property
    def step(self) -> Step | None:
        """What it waits for; None when it is closed."""
        confirmed = self.outcome is not None and self.outcome.confirms
        reported = self.rectification is not None and self.rectification.reported_at is not None
        return {
            State.DETECTED: Step.TAKE,
            State.VERIFYING: Step.DECIDE if self.is_spared else Step.VERIFY,
            State.STATEMENT: Step.DECIDE if self.answered_at else Step.ANSWER,
            State.DECIDED: Step.HANDLE if confirmed else Step.CLOSE,
            State.HANDLING: Step.SETTLE,
            State.RECTIFYING: Step.ACCEPT if reported else Step.RECTIFY,
            State.CLOSED: None,
        }[self.state]

    @property
    def told_deadline(self) -> date | None:
        """The deadline of what it waits for, where people told one."""
        if self.step is Step.RECTIFY and self.rectification:
            return self.rectification.deadline
        return self.extended_to

    @property
    def is_open(self) -> bool:
        return self.state is not State.CLOSED


def opened(event: Event) -> Case:
    """The case that somebody opens."""
    return Case(state=State.DETECTED, opened_at=event.at, since=event.at)


def moved(case: Case, event: Event) -> Case:
    """The case after an event. It is not asked here whether that may be done: ``oversight.case_acts.folded`` does."""
    done = _done(case, event)
    begins = done.step is not case.step or event.act in (Act.REOPEN, Act.SEND_BACK)
    return replace(
        done,
        events=case.events + 1,
        since=event.at if begins else case.since,
        extended_to=done.extended_to if event.act is Act.EXTEND or not begins else None,
    )


def _done(case: Case, event: Event) -> Case:
    match event.act:
        case Act.TAKE | Act.ASK | Act.SPARE:
            return _verified(case, event)
        case Act.ANSWER:
            return replace(case, answered_at=case.answered_at or event.at)
        case Act.DECIDE:
            return replace(case, state=State.DECIDED, outcome=event.outcome, decided_by=event.by, decided_at=event.at)
        case Act.EXTEND:
            return _extended(case, event)
        case Act.REOPEN:
            return _reopened(case)
        case _:
            return _followed_up(case, event)


def _verified(case: Case, event: Event) -> Case:
    asks = event.act is Act.ASK
    return replace(
        case,
        state=State.STATEMENT if asks else State.VERIFYING,
        is_spared=event.act is Act.SPARE,
        finding=event.text if event.act is not Act.TAKE else "",
        verifiers=_with(case.verifiers, event.by),
    )


def _followed_up(case: Case, event: Event) -> Case:
    """What follows a decision."""
    match event.act:
        case Act.HANDLE:
            return replace(case, state=State.HANDLING)
        case Act.SANCTION if event.sanction:
            return replace(case, sanctions=(*case.sanctions, event.sanction))
        case Act.RECTIFY if event.deadline:
            rectification = Rectification(task=event.text, person=event.person, deadline=event.deadline)
            return replace(case, state=State.RECTIFYING, rectification=rectification)
        case Act.REPORT | Act.SEND_BACK if case.rectification:
            reported_at = event.at if event.act is Act.REPORT else None
            deadline = event.deadline or case.rectification.deadline
            rectification = replace(case.rectification, reported_at=reported_at, deadline=deadline)
            return replace(case, rectification=rectification)
        case Act.CLOSE:
            return replace(case, state=State.CLOSED)
        case _:
            return case


def _extended(case: Case, event: Event) -> Case:
    if case.state is State.RECTIFYING and case.rectification and event.deadline:
        return replace(case, rectification=replace(case.rectification, deadline=event.deadline))
    return replace(case, extended_to=event.deadline)


def _reopened(case: Case) -> Case:
    """It begins anew. Who verified before still does not decide, and the sanctions that were recorded stand."""
    return replace(
        case,
        state=State.DETECTED,
        round=case.round + 1,
        finding="",
        is_spared=False,
        answered_at=None,
        outcome=None,
        decided_by="",
        decided_at=None,
        rectification=None,
    )


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)
