"""Letters about cases that wait for somebody, and about units that have few points left."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from api.language import Language, Speech
from fleet.role import Role
from fleet.vehicle import UseClass
from fleet.violation import Severity
from oversight.case_acts import Duty
from oversight.letter import Letter, LetterKind, Wording
from oversight.reminders import Reminder, Urging
from store.cases import ListedCase
from store.points import UnitStanding

_OF_DUTY = {
    Duty.WORK: frozenset({Role.STAFF}),
    Duty.DECIDE: frozenset({Role.HEAD}),
    Duty.ANSWER: frozenset({Role.UNIT_MANAGER}),
}
_SEVERITY = {Urging.SOON: Severity.INFO, Urging.OVERDUE: Severity.MEDIUM, Urging.LETTER: Severity.HIGH}


def case_letter(key: str, case: ListedCase, reminder: Reminder, zone: ZoneInfo) -> Letter:
    """A reminder goes to whoever is waited for; an escalation 督办函 to the head besides. ``key``: of the notice."""
    zh, en = Speech(Language.ZH, zone), Speech(Language.EN, zone)
    kind = Wording(*(say.t(f"urging.{reminder.urging}") for say in (zh, en)))
    step = Wording(*(say.t(f"step.{reminder.step}") for say in (zh, en)))
    day = Wording(*(say.day(reminder.due.day, year=True) for say in (zh, en)))
    confidential = case.use_class == UseClass.CONFIDENTIAL_MAIL
    is_letter = reminder.urging is Urging.LETTER
    roles = _OF_DUTY[reminder.to] | (frozenset({Role.HEAD}) if is_letter else frozenset())
    return Letter(
        key=key,
        kind=LetterKind.ESCALATION if is_letter else LetterKind.REMINDER,
        severity=_SEVERITY[reminder.urging],
        subject=Wording(
            f"{kind.zh}：案件 {case.id}（{case.plate}，{case.unit}）{step.zh}",
            f"{kind.en}: case {case.id} ({case.plate}, {case.unit}): {step.en}",
        ),
        body=Wording(
            f"案件 {case.id}\n车辆：{case.plate}\n单位：{case.unit}\n待办：{step.zh}\n期限：{day.zh}",
            f"Case {case.id}\nCar: {case.plate}\nUnit: {case.unit}\nTo be done: {step.en}\nDue: {day.en}",
        ),
        roles=frozenset({Role.HEAD}) if confidential else roles,
        unit_id=None if confidential or reminder.to is not Duty.ANSWER else case.unit_id,
        is_confidential=confidential,
        path=f"/cases/{case.id}",
    )


def points_letter(key: str, unit: UnitStanding, kind: str, points: int, year: int, zone: ZoneInfo) -> Letter:
    """To the unit and the head: how many points are left. ``kind``: of the notice."""
    zh, en = Speech(Language.ZH, zone), Speech(Language.EN, zone)
    name = Wording(*(say.t(f"urging.{kind}") for say in (zh, en)))
    is_letter = kind == "points_letter"
    return Letter(
        key=key,
        kind=LetterKind.ESCALATION if is_letter else LetterKind.REMINDER,
        severity=Severity.HIGH if is_letter else Severity.MEDIUM,
        subject=Wording(f"{name.zh}：{unit.name} 现有 {points} 分", f"{name.en}: {unit.name} has {points} points left"),
        body=Wording(
            f"{unit.name} {year} 年度现有 {points} 分，已被扣 {-unit.change} 分。",
            f"{unit.name} has {points} points left in {year}, after losing {-unit.change}.",
        ),
        roles=frozenset({Role.HEAD}),
        unit_id=unit.id,
        path="/points",
    )
