"""A case: what may follow what, who may do it, and what has to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.clock import SHANGHAI
from fleet.decision import Outcome
from oversight.case import Act, Case, Event, State, Step
from oversight.case_acts import ACTS, Duty, IllegalActError, after, duty_of, folded, objection, possible, wanted_act
from oversight.office import SHIPPED
from oversight.sanction import Sanction, SanctionKind
from rules.calendar import WorkCalendar

CALENDAR = WorkCalendar()
FRIDAY = datetime(2026, 10, 9, 8, 30, tzinfo=SHANGHAI)
A, B, UNIT = "张三", "李四", "区教育局 王五"
ALL = frozenset(Duty)
TOLD = Sanction(kind=SanctionKind.TALK, person="王五", decided_by="区纪委监委", decided_on=date(2026, 10, 8))


def event(act: Act, by: str = A, days: float = 0, **more: Any) -> Event:
    """An act with all that it needs, so many days after Friday 9 October 2026."""
    at = FRIDAY + timedelta(days=days)
    needed: dict[str, Any] = {
        "text": "说明",
        "outcome": Outcome.VIOLATION,
        "violation_id": 1,
        "person": "赵六",
        "deadline": at.date() + timedelta(days=14),
        "sanction": TOLD,
    }
    return Event(act=act, by=by, at=at, **{name: needed[name] for name in ACTS[act].needs} | more)


def told(case: Case, said: Event, duties: frozenset[Duty] = ALL) -> str:
    """Why it cannot be done, in English; nothing when it can."""
    found = objection(case, said, duties, calendar=CALENDAR, office=SHIPPED)
    return found[1] if found else ""


OPENED = [event(Act.OPEN), event(Act.TAKE), event(Act.ASK)]
ANSWERED = [*OPENED, event(Act.ANSWER, UNIT, 1)]
DECIDED = [*ANSWERED, event(Act.DECIDE, B, 2)]
HANDLING = [*DECIDED, event(Act.HANDLE, A, 3)]
RECTIFYING = [*HANDLING, event(Act.RECTIFY, A, 4)]
REPORTED = [*RECTIFYING, event(Act.REPORT, UNIT, 5)]
CLOSED = [*REPORTED, event(Act.CLOSE, A, 6)]


@pytest.mark.parametrize(
    ("events", "state", "step"),
    [
        (OPENED[:1], State.DETECTED, Step.TAKE),
        (OPENED[:2], State.VERIFYING, Step.VERIFY),
        (OPENED, State.STATEMENT, Step.ANSWER),
        (ANSWERED, State.STATEMENT, Step.DECIDE),
        (DECIDED, State.DECIDED, Step.HANDLE),
        (HANDLING, State.HANDLING, Step.SETTLE),
        (RECTIFYING, State.RECTIFYING, Step.RECTIFY),
        (REPORTED, State.RECTIFYING, Step.ACCEPT),
        (CLOSED, State.CLOSED, None),
    ],
)
def test_a_case_goes_its_way(events: list[Event], state: State, step: Step | None) -> None:
    case = folded(events)
    assert (case.state, case.step, case.events) == (state, step, len(events))
    assert case.since == events[-1].at


def test_who_verified_does_not_decide_however_the_name_is_written() -> None:
    case = folded(ANSWERED)
    assert "somebody else must" in told(case, event(Act.DECIDE, " 张 三", 2))
    assert told(case, event(Act.DECIDE, B, 2)) == ""
    assert Act.DECIDE not in possible(case, A, ALL)
    assert possible(case, B, ALL)[0] is Act.DECIDE


def test_all_who_verified_are_kept_from_deciding_in_every_round() -> None:
    other = [*OPENED[:2], event(Act.ASK, "周七"), event(Act.ANSWER, UNIT, 1), event(Act.DECIDE, B, 2)]
    again = [*other, event(Act.REOPEN, B, 3), event(Act.TAKE, "吴八", 3), event(Act.ASK, "吴八", 3)]
    case = folded([*again, event(Act.ANSWER, UNIT, 4)])
    assert case.round == 2
    assert [name for name in (A, "周七", "吴八", B) if told(case, event(Act.DECIDE, name, 5))] == [A, "周七", "吴八"]


def test_a_unit_that_does_not_answer_is_waited_for_until_its_deadline_is_over() -> None:
    case = folded(OPENED)  # asked on Friday the 9th; the 10th is a make-up workday, so Tuesday the 13th is the third
    in_time = replace(event(Act.DECIDE, B), at=datetime(2026, 10, 13, 23, 59, tzinfo=SHANGHAI))
    assert told(case, in_time) == "the unit has until 2026-10-13 to explain"
    assert told(case, replace(in_time, at=datetime(2026, 10, 14, tzinfo=SHANGHAI))) == ""


def test_an_extended_deadline_is_waited_for_and_can_only_be_later() -> None:
    case = folded(OPENED)
    assert "must be after 2026-10-13" in told(case, event(Act.EXTEND, B, 1, deadline=date(2026, 10, 13)))
    longer = after(case, event(Act.EXTEND, B, 1, deadline=date(2026, 10, 20)))
    assert told(longer, event(Act.DECIDE, B, 9)) == "the unit has until 2026-10-20 to explain"
    assert longer.since == case.since


def test_without_hearing_the_unit_a_case_can_be_dismissed_but_not_confirmed() -> None:
    case = folded([*OPENED[:2], event(Act.SPARE)])
    assert case.step is Step.DECIDE
    assert "was not heard" in told(case, event(Act.DECIDE, B))
    assert "was not heard" in told(case, event(Act.DECIDE, B, outcome=Outcome.PROCEDURAL))
    dismissed = after(case, event(Act.DECIDE, B, outcome=Outcome.DEVICE_FAULT))
    assert (dismissed.state, dismissed.step) == (State.DECIDED, Step.CLOSE)
    assert "nothing to handle" in told(dismissed, event(Act.HANDLE))
    assert after(dismissed, event(Act.CLOSE)).state is State.CLOSED


@pytest.mark.parametrize(
    ("events", "act", "why"),
    [
        (OPENED[:1], Act.ASK, "not at a stage"),
        (OPENED[:2], Act.DECIDE, "has to be verified"),
        (ANSWERED, Act.HANDLE, "not at a stage"),
        (DECIDED, Act.CLOSE, "has to be handled"),
        (DECIDED, Act.SANCTION, "not at a stage"),
        (RECTIFYING, Act.CLOSE, "not reported"),
        (RECTIFYING, Act.SEND_BACK, "nothing is reported"),
        (REPORTED, Act.REPORT, "reported already"),
        (OPENED, Act.REOPEN, "not at a stage"),
        (CLOSED, Act.TAKE, "not at a stage"),
        (CLOSED, Act.OPEN, "opened once"),
        (REPORTED, Act.EXTEND, "no deadline"),
    ],
)
def test_what_cannot_follow_is_refused_with_the_reason(events: list[Event], act: Act, why: str) -> None:
    said = event(act, B, 30)
    assert why in told(folded(events), said)
    with pytest.raises(IllegalActError, match=why):
        folded([*events, said])


@pytest.mark.parametrize("act", [act for act in Act if ACTS[act].needs])
def test_what_an_act_needs_is_asked_for(act: Act) -> None:
    for name in ACTS[act].needs:
        empty = replace(event(act, B, 30), **{name: "  " if name in ("text", "person") else None})
        states = [case for case in map(folded, EVERY_STAGE) if case.state in ACTS[act].states]
        assert states
        assert any("is needed" in told(case, empty) for case in states), (act, name)


EVERY_STAGE = [CLOSED[: n + 1] for n in range(len(CLOSED))]


def test_what_has_no_place_in_an_act_is_refused() -> None:
    assert "has no place" in told(folded(OPENED[:1]), event(Act.TAKE, outcome=Outcome.JUSTIFIED))


@pytest.mark.parametrize(
    ("duty", "acts"),
    [
        (Duty.ANSWER, {Act.ANSWER, Act.REPORT}),
        (Duty.DECIDE, {Act.DECIDE, Act.EXTEND, Act.REOPEN}),
    ],
)
def test_a_duty_opens_its_own_acts_only(duty: Duty, acts: set[Act]) -> None:
    found = {act for events in EVERY_STAGE for act in possible(folded(events), "郑九", {duty})}
    assert found == acts
    assert "do not include" in told(folded(OPENED[:1]), event(Act.TAKE, "郑九"), frozenset({duty}))


def test_sanctions_name_the_body_that_decided_and_stay_when_the_case_is_reopened() -> None:
    case = folded(HANDLING)
    nobody = replace(TOLD, decided_by=" ")
    assert "the body that decided" in told(case, event(Act.SANCTION, days=3, sanction=nobody))
    tomorrow = replace(TOLD, decided_on=date(2026, 10, 14))
    assert "must not be after today" in told(case, event(Act.SANCTION, days=3, sanction=tomorrow))
    recorded = folded([*HANDLING, event(Act.SANCTION, days=3), event(Act.REOPEN, B, 4)])
    assert (recorded.sanctions, recorded.outcome, recorded.step) == ((TOLD,), None, Step.TAKE)


def test_what_was_put_right_badly_is_sent_back_with_another_deadline() -> None:
    back = folded([*REPORTED, event(Act.SEND_BACK, A, 6, deadline=date(2026, 11, 20))])
    assert back.rectification is not None
    assert (back.step, back.rectification.deadline) == (Step.RECTIFY, date(2026, 11, 20))


def test_the_next_act_of_a_late_statement_is_the_decision() -> None:
    case = folded(OPENED)
    assert [wanted_act(case, is_late=late) for late in (False, True)] == [Act.ANSWER, Act.DECIDE]
    assert wanted_act(folded(CLOSED), is_late=False) is None


@pytest.mark.parametrize("step", Step)
def test_every_step_waits_for_somebody_who_can_do_it(step: Step) -> None:
    assert duty_of(step) in Duty


PEOPLE = st.sampled_from([A, B, UNIT])
SAID = st.builds(
    lambda act, by, hours, outcome: (act, by, hours, outcome),
    st.sampled_from(Act),
    PEOPLE,
    st.integers(0, 60),
    st.sampled_from(Outcome),
)
FOLLOWS = {
    State.DETECTED: {State.VERIFYING},
    State.VERIFYING: {State.STATEMENT, State.DECIDED},
    State.STATEMENT: {State.DECIDED},
    State.DECIDED: {State.HANDLING, State.CLOSED, State.DETECTED},
    State.HANDLING: {State.RECTIFYING, State.CLOSED, State.DETECTED},
    State.RECTIFYING: {State.CLOSED, State.DETECTED},
    State.CLOSED: {State.DETECTED},
}


@given(st.lists(SAID, max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_is_tried_a_case_only_goes_legal_ways(tried: list[tuple[Act, str, int, Outcome]]) -> None:
    done = [event(Act.OPEN)]
    at = FRIDAY
    for act, by, hours, outcome in tried:
        at += timedelta(hours=hours)
        case = folded(done)
        said = replace(event(act, by), at=at)
        said = replace(said, outcome=outcome if said.outcome else None)
        said = replace(said, deadline=at.date() + timedelta(days=30) if said.deadline else None)
        if objection(case, said, ALL, calendar=CALENDAR, office=SHIPPED) is None:
            now = after(case, said)
            assert now.state is case.state or now.state in FOLLOWS[case.state]
            assert act in possible(case, by, ALL)
            done.append(said)
        else:
            assert case == folded(done)
    _is_sound(done)


def _is_sound(done: list[Event]) -> None:
    case = folded(done)
    assert case.events == len(done)
    assert (case.outcome is not None) is (case.state in {State.DECIDED, State.HANDLING, State.RECTIFYING}) or (
        case.state is State.CLOSED and case.outcome is not None
    )
    assert (case.rectification is None) or case.state in {State.RECTIFYING, State.CLOSED}
    verified: set[str] = set()
    heard = False
    for one in done:
        if one.act in (Act.TAKE, Act.ASK, Act.SPARE):
            verified.add(one.by)
        heard = {Act.ASK: True, Act.SPARE: False, Act.REOPEN: False}.get(one.act, heard)
        if one.act is Act.DECIDE:
            assert one.by not in verified
            assert one.outcome is not None
            assert heard or not one.outcome.confirms
