"""Judging: positions and papers of many vehicles to facts, checkpoints and suspected violations. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.clock import moment_of
from fleet.position import Positions
from fleet.violation import Violation
from rules.checkpoint import Beginning, Checkpoints, checkpoints_of, joined_on
from rules.evaluate import Evaluation
from rules.evidence import Evidence
from rules.expression import uses_calendar
from rules.facts import facts_of, fixes_of
from rules.history import history_of
from rules.papers import Papers
from rules.records import History
from rules.rulebook import RuleBook
from rules.signals import signals_of
from rules.source import JudgingSource
from rules.spans import Groups, Spans
from rules.visits import visits_of


@dataclass(frozen=True, slots=True, eq=False)
class Matter:
    """What is judged: vehicles (ids ascending; everything else names them by row) and what is known of them.

    ``positions`` begin at each vehicle's checkpoint in ``begin`` and stand in the order of judging; ``earlier``
    is what was found before the checkpoints, from far enough back (RuleBook.reach_us).
    """

    vehicle_ids: NDArray[np.int32]
    unit_ids: NDArray[np.int32]
    positions: Positions
    begin: Beginning
    earlier: History
    papers: Papers


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """``history``: the facts from each checkpoint on. ``violations`` may begin before it."""

    history: History
    checkpoints: Checkpoints
    violations: list[Violation]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What positions say: the facts from each checkpoint on, and the checkpoints to keep."""

    history: History
    checkpoints: Checkpoints


def judge(matter: Matter, book: RuleBook) -> Judgement:
    """The pipeline: positions → facts → visits, signals → history → rules."""
    findings = findings_of(matter, book)
    known = History.concatenate([matter.earlier, findings.history])
    evaluation = evaluation_of(known, matter, book)
    return Judgement(findings.history, findings.checkpoints, violations_of(known, matter, book, evaluation))


def findings_of(matter: Matter, book: RuleBook) -> Findings:
    """The first half, which needs nothing but positions and checkpoints."""
    fixes = fixes_of(matter.positions, matter.vehicle_ids)
    facts = facts_of(fixes, book.limits, matter.begin.open_trip())
    visits = visits_of(facts, book.places, book.zone_table, matter.unit_ids)
    signals = signals_of(matter.positions, matter.vehicle_ids, facts, book.signals, book.limits)
    history = joined_on(matter.begin, history_of(facts, visits, signals))
    checkpoints = checkpoints_of(facts, visits, signals, book.limits, matter.begin)
    return Findings(history, checkpoints)


def evaluation_of(known: History, matter: Matter, book: RuleBook) -> Evaluation:
    """The rules' words over what is known."""
    names = {zone.id: zone.name for zone in book.zones}
    source = JudgingSource(
        len(matter.vehicle_ids), known, book.places, book.signals, names, matter.papers, book.calendar,
        book.zone_table, matter.unit_ids,
    )  # fmt: skip
    return Evaluation(source)


def violations_of(known: History, matter: Matter, book: RuleBook, evaluation: Evaluation) -> list[Violation]:
    """What the rules find in what is known."""
    source = evaluation.source
    evidence = Evidence(book, known, matter.papers)
    unknown = source.term("unknown_day", ())
    found: list[Violation] = []
    for rule in book.rules:
        groups = evaluation.judge(rule)
        members = evaluation.spans(rule.expression)
        provisional = _touched(groups, unknown) if uses_calendar(rule.expression) else np.zeros(len(groups), bool)
        found += [
            Violation(
                vehicle_id=int(matter.vehicle_ids[groups.vehicle[row]]),
                rule_id=rule.id,
                rule_version=rule.version,
                start=moment_of(groups.start_us[row]),
                end=moment_of(groups.end_us[row]),
                severity=rule.severity,
                provisional=bool(provisional[row]),
                evidence=evidence.of(rule, groups, row, members),
            )
            for row in range(len(groups))
        ]
    return found


def _touched(groups: Groups, spans: Spans) -> NDArray[np.bool_]:
    """Per group: whether some span overlaps it."""
    touched = np.zeros(len(groups), bool)
    for row in range(len(groups)) if len(spans) else ():
        low, high = np.searchsorted(spans.vehicle, [groups.vehicle[row], groups.vehicle[row] + 1])
        own = slice(int(low), int(high))
        touched[row] = bool(
            ((spans.start_us[own] < groups.end_us[row]) & (spans.end_us[own] > groups.start_us[row])).any()
        )
    return touched
