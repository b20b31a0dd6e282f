"""What may be done to a case, when, with which duty, and what has to be told with it. One table, asked in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from fleet.clock import local_day, us_of
from fleet.person import is_same_person
from oversight.case import Act, Case, Event, State, Step, moved, opened
from oversight.deadline import due_of, is_past
from oversight.office import Office
from rules.calendar import WorkCalendar

Objection = tuple[str, str]
"""In Chinese and English."""


class Duty(StrEnum):
    """What somebody may do to cases at all; roles have duties."""

    WORK = "work"
    """verify, hand over, have put right: the centre's staff"""
    DECIDE = "decide"
    """the centre's head"""
    ANSWER = "answer"
    """for the unit"""


class IllegalActError(ValueError):
    """An event that cannot follow those before it."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(" / ".join(objection))
        self.zh, self.en = objection


@dataclass(frozen=True, slots=True)
class ActRule:
    """Who (one of these duties is enough), in which states, and which fields of the event it needs."""

    duties: frozenset[Duty]
    states: frozenset[State]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    """fields that can be told besides; ``text`` always can"""


_WORK, _DECIDE = frozenset({Duty.WORK}), frozenset({Duty.DECIDE})
_UNIT = frozenset({Duty.ANSWER, Duty.WORK})
"""The unit itself, or the centre for it, when the answer came on paper."""
_BEFORE = frozenset({State.DETECTED, State.VERIFYING, State.STATEMENT})
_AFTER = frozenset(State) - _BEFORE

ACTS: dict[Act, ActRule] = {
    Act.OPEN: ActRule(_WORK, frozenset()),
    Act.JOIN: ActRule(_WORK, frozenset({State.DETECTED, State.VERIFYING}), ("violation_id",)),
    Act.LEAVE_OUT: ActRule(_WORK, _BEFORE, ("violation_id", "text")),
    Act.TAKE: ActRule(_WORK, frozenset({State.DETECTED})),
    Act.ASK: ActRule(_WORK, frozenset({State.VERIFYING}), ("text",)),
    Act.SPARE: ActRule(_WORK, frozenset({State.VERIFYING}), ("text",)),
    Act.ANSWER: ActRule(_UNIT, frozenset({State.STATEMENT}), ("text",)),
    Act.DECIDE: ActRule(_DECIDE, frozenset({State.STATEMENT, State.VERIFYING}), ("outcome", "text")),
    Act.HANDLE: ActRule(_WORK, frozenset({State.DECIDED}), ("text",)),
    Act.SANCTION: ActRule(_WORK, frozenset({State.HANDLING, State.RECTIFYING, State.CLOSED}), ("sanction",)),
    Act.RECTIFY: ActRule(_WORK, frozenset({State.HANDLING}), ("text", "person", "deadline")),
    Act.REPORT: ActRule(_UNIT, frozenset({State.RECTIFYING}), ("text",)),
    Act.SEND_BACK: ActRule(_WORK, frozenset({State.RECTIFYING}), ("text",), ("deadline",)),
    Act.EXTEND: ActRule(_DECIDE, frozenset({State.STATEMENT, State.RECTIFYING}), ("deadline", "text")),
    Act.CLOSE: ActRule(_WORK, frozenset({State.DECIDED, State.HANDLING, State.RECTIFYING}), ("text",)),
    Act.REOPEN: ActRule(_DECIDE, _AFTER, ("text",)),
    Act.NOTE: ActRule(_WORK, frozenset(State), ("text",)),
}

_OF_STEP = {
    Step.TAKE: Act.TAKE,
    Step.VERIFY: Act.ASK,
    Step.ANSWER: Act.ANSWER,
    Step.DECIDE: Act.DECIDE,
    Step.HANDLE: Act.HANDLE,
    Step.SETTLE: Act.RECTIFY,
    Step.RECTIFY: Act.REPORT,
    Step.ACCEPT: Act.CLOSE,
    Step.CLOSE: Act.CLOSE,
}
_FIELDS = {
    "text": ("文字说明", "text"),
    "outcome": ("认定结果", "an outcome"),
    "violation_id": ("疑似违规编号", "a violation"),
    "person": ("整改责任人", "a person"),
    "deadline": ("期限", "a deadline"),
    "sanction": ("处理处分内容", "a sanction"),
}


def duty_of(step: Step) -> Duty:
    """Who is waited for."""
    match step:
        case Step.DECIDE:
            return Duty.DECIDE
        case Step.ANSWER | Step.RECTIFY:
            return Duty.ANSWER
        case _:
            return Duty.WORK


def folded(events: Iterable[Event]) -> Case:
    """The case that events make. Raises IllegalActError for one that cannot follow, ValueError for none at all."""
    case: Case | None = None
    for event in events:
        case = after(case, event)
    if case is None:
        raise ValueError("a case begins with an event")
    return case


def after(case: Case | None, event: Event) -> Case:
    """The case after one more event. Raises IllegalActError. Who may, and deadlines, are asked by :func:`objection`."""
    against = _against(case, event)
    if against is not None:
        raise IllegalActError(against)
    return opened(event) if case is None else moved(case, event)


def objection(
    case: Case | None, event: Event, duties: Collection[Duty], *, calendar: WorkCalendar, office: Office
) -> Objection | None:
    """Why somebody with these duties cannot do this now (``event.at``); None when they can."""
    if not ACTS[event.act].duties & set(duties):
        return "您的职责不包括此项操作", "your duties do not include this"
    return _against(case, event) or (_against_now(case, event, calendar, office) if case else None)


def possible(case: Case, by: str, duties: Collection[Duty]) -> list[Act]:
    """What somebody could do now, if they tell what it needs; first what the case waits for."""
    found = [
        act
        for act, rule in ACTS.items()
        if rule.duties & set(duties) and not any(holds for holds, _, _ in _against_act(case, act, by))
    ]
    wanted = _OF_STEP.get(case.step) if case.step else None
    return sorted(found, key=lambda act: act is not wanted)


def wanted_act(case: Case, is_late: bool) -> Act | None:
    """The one clear next action; of a statement that did not come in time, the decision."""
    if case.step is Step.ANSWER and is_late:
        return Act.DECIDE
    return _OF_STEP[case.step] if case.step else None


def _against(case: Case | None, event: Event) -> Objection | None:
    if case is None or event.act is Act.OPEN:
        wrong = (case is None) is not (event.act is Act.OPEN)
        return ("案件只能立案一次，且须先立案", "a case is opened once, before all else") if wrong else None
    checks = (*_against_act(case, event.act, event.by), *_against_fields(case, event))
    return next(((zh, en) for holds, zh, en in checks if holds), None)


def _against_act(case: Case, act: Act, by: str) -> tuple[tuple[bool, str, str], ...]:
    """What stands against an act whatever is told with it."""
    reported = case.step is Step.ACCEPT
    verified = any(is_same_person(by, name) for name in case.verifiers)
    confirmed = case.outcome is not None and case.outcome.confirms
    return (
        (act is Act.OPEN, "案件已立案", "the case is open already"),
        (case.state not in ACTS[act].states, "案件目前所处环节不能这样办理", "the case is not at a stage for this"),
        (
            act is Act.DECIDE and verified,
            "核实人不得作出认定，须由另一人认定",
            "who verified does not decide: somebody else must",
        ),
        (
            act is Act.DECIDE and case.state is State.VERIFYING and not case.is_spared,
            "须先完成核实",
            "it has to be verified first",
        ),
        (act in (Act.ASK, Act.SPARE) and case.is_spared, "已核实完毕", "it is verified already"),
        (
            act is Act.EXTEND and case.step not in (Step.ANSWER, Step.RECTIFY),
            "目前没有可以延长的期限",
            "there is no deadline to extend",
        ),
        (act is Act.HANDLE and not confirmed, "未认定属实或瑕疵，无须处理", "nothing was confirmed: nothing to handle"),
        (
            act is Act.CLOSE and case.state is State.DECIDED and confirmed,
            "须先办理处理，才能结案",
            "it has to be handled before it is closed",
        ),
        (
            act is Act.CLOSE and case.state is State.RECTIFYING and not reported,
            "整改尚未报告完成，不能结案",
            "it is not reported as put right yet",
        ),
        (act is Act.REPORT and reported, "已报告完成，等待验收", "it is reported already, and waits to be accepted"),
        (
            act is Act.SEND_BACK and not reported,
            "整改尚未报告，无从退回",
            "nothing is reported that could be sent back",
        ),
        (
            act is Act.SANCTION and not confirmed,
            "未认定属实或瑕疵，不登记处理处分",
            "nothing was confirmed: there is no sanction to record",
        ),
    )


def _against_fields(case: Case, event: Event) -> tuple[tuple[bool, str, str], ...]:
    rule = ACTS[event.act]
    lacks = [name for name in rule.needs if not _is_told(event, name)]
    extra = [name for name in _FIELDS if name not in (*rule.needs, *rule.may, "text") and _is_told(event, name)]
    spared = case.state is State.VERIFYING and event.act is Act.DECIDE
    sanction = event.sanction
    return (
        (not event.by.strip(), "缺少经办人", "nobody is named who does it"),
        *((True, f"缺少{_FIELDS[name][0]}", f"{_FIELDS[name][1]} is needed") for name in lacks),
        *((True, f"不应填写{_FIELDS[name][0]}", f"{_FIELDS[name][1]} has no place here") for name in extra),
        (
            spared and event.outcome is not None and event.outcome.confirms,
            "未听取单位说明，不得认定属实或程序瑕疵",
            "the unit was not heard: it cannot be confirmed",
        ),
        (
            sanction is not None and not (sanction.person.strip() and sanction.decided_by.strip()),
            "须写明被处理人与作出决定的机关",
            "the person and the body that decided must be named",
        ),
        (case.events > 0 and event.at < case.since, "时间早于上一环节", "it is earlier than the step before"),
    )


def _is_told(event: Event, name: str) -> bool:
    value = getattr(event, name)
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _against_now(case: Case, event: Event, calendar: WorkCalendar, office: Office) -> Objection | None:
    due = due_of(case, calendar, office)
    today = local_day(us_of(event.at), calendar.zone)
    checks = (
        (
            event.act is Act.DECIDE
            and case.step is Step.ANSWER
            and due is not None
            and not is_past(due, event.at, calendar),
            f"单位说明期限至 {due.day if due else ''}，期满前须等待说明",
            f"the unit has until {due.day if due else ''} to explain",
        ),
        (
            event.deadline is not None and event.deadline <= today,
            "期限应晚于今天",
            "the deadline must be after today",
        ),
        (
            event.act is Act.EXTEND and event.deadline is not None and due is not None and event.deadline <= due.day,
            f"新期限应晚于现期限 {due.day if due else ''}",
            f"the new deadline must be after {due.day if due else ''}",
        ),
        (
            event.sanction is not None and event.sanction.decided_on > today,
            "作出决定的日期不能晚于今天",
            "the day of that decision must not be after today",
        ),
    )
    return next(((zh, en) for holds, zh, en in checks if holds), None)
