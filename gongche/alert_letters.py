"""Letters about alerts, put into the outbox in the judge's own transaction; and letters that take them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from api.language import Language, Speech
from api.rule_names import rule_name
from fleet.role import Role
from fleet.vehicle import UseClass
from fleet.violation import Violation
from oversight.letter import Letter, LetterKind, Wording
from rules.rule import Rule
from rules.rulebook import RuleBook
from store import judged, judging
from store.judged import AlertedCar
from store.outbox import StoredLetter


def tell_alerts(
    conn: judging.Connection, saved: judged.SavedViolations, book: RuleBook, zone: ZoneInfo, now: datetime
) -> None:
    """Puts in a letter for each alert that was raised, and takes back those of violations that stand no more."""
    for stored in judged.take_back(conn, [alert_key(id_) for id_ in saved.withdrawn], now):
        judged.put_letter(conn, withdrawn_letter(stored), now, takes_back=stored.letter.key)
    if not saved.alerted:
        return
    cars = judged.alerted_cars(conn, [violation_id for violation_id, _ in saved.alerted])
    for violation_id, violation in saved.alerted:
        rule = _rule(book.forms, violation)
        letter = alert_letter(violation_id, violation, cars[violation_id], rule, zone)
        judged.put_letter(conn, letter, now)


def alert_key(violation_id: int) -> str:
    """The letter about a violation's alert."""
    return f"alert/{violation_id}"


def alert_letter(violation_id: int, violation: Violation, car: AlertedCar, rule: Rule | None, zone: ZoneInfo) -> Letter:
    """Which car, which unit, when, by which rule: suspected, and nothing of where."""
    zh, en = Speech(Language.ZH, zone), Speech(Language.EN, zone)
    name = Wording(*(rule_name(violation.rule_id, say.language, rule) for say in (zh, en)))
    span = Wording(*(say.span(violation.start, violation.end) for say in (zh, en)))
    provisional = Wording("（暂定：当年日历未定）", " (provisional: the year's calendar is not known)")
    may = provisional if violation.provisional else Wording("", "")
    confidential = car.use_class == UseClass.CONFIDENTIAL_MAIL
    return Letter(
        key=alert_key(violation_id),
        kind=LetterKind.ALERT,
        severity=violation.severity,
        subject=Wording(
            f"疑似{name.zh}：{car.plate} {car.unit} {span.zh}", f"Suspected {name.en}: {car.plate} {car.unit} {span.en}"
        ),
        body=Wording(
            f"疑似违规，待核实{may.zh}。\n规则：{violation.rule_id} {name.zh}\n车辆：{car.plate}\n"
            f"单位：{car.unit}\n时间：{span.zh}（截至研判时）",
            f"Suspected, to be verified{may.en}.\nRule: {violation.rule_id} {name.en}\nCar: {car.plate}\n"
            f"Unit: {car.unit}\nTime: {span.en} (as judged so far)",
        ),
        roles=frozenset({Role.HEAD}) if confidential else frozenset({Role.STAFF, Role.HEAD}),
        # Units find no trace of these cars; a target of the head's for one unit gets none either.
        unit_id=None if confidential else car.unit_id,
        is_confidential=confidential,
        path=f"/violations/{violation_id}",
    )


def withdrawn_letter(stored: StoredLetter) -> Letter:
    """That an alert which was told stands no more."""
    told = stored.letter
    return Letter(
        key=f"{told.key}/withdrawn",
        kind=told.kind,
        severity=told.severity,
        subject=Wording(f"撤销：{told.subject.zh}", f"Withdrawn: {told.subject.en}"),
        body=Wording(
            f"依据新到的数据或单据重新研判，此前的告警不再成立，请勿再据此处理。\n{told.subject.zh}",
            f"Judged again with what came in since, this no longer stands; do not act on it.\n{told.subject.en}",
        ),
        roles=told.roles,
        unit_id=told.unit_id,
        is_confidential=told.is_confidential,
        path=told.path,
    )


def _rule(forms: Sequence[Rule], violation: Violation) -> Rule | None:
    asked = (violation.rule_id, violation.rule_version)
    return next((rule for rule in forms if (rule.id, rule.version) == asked), None)
