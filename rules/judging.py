"""Judging: positions and papers of many vehicles to facts, checkpoints and suspected violations. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
from rules.pieces import PIECE_POSITIONS, beginning_of, checkpoints_together, histories_together, pieces_of
from rules.records import History, Signals
from rules.rulebook import RuleBook
from rules.signals import OFFLINE, signals_of
from rules.silence import UNHEARD_US, Fleet
from rules.source import JudgingSource
from rules.spans import Spans, joined, overlapped
from rules.units import Units
from rules.visits import visits_of


@dataclass(frozen=True, slots=True, eq=False)
class Matter:
    """What is judged: vehicles (ids ascending; everything else names them by row) and what is known of them.

    ``positions`` begin at each vehicle's checkpoint in ``begin`` and stand in the order of judging; ``earlier``
    is what was found before the checkpoints, from far enough back (RuleBook.reach_us).
    """

    vehicle_ids: NDArray[np.int32]
    units: Units
    positions: Positions
    begin: Beginning
    earlier: History
    papers: Papers
    fleet: Fleet = field(default_factory=Fleet.unknown)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """When each vehicle (by row) was first and last heard of in the positions given; UNHEARD_US: never."""

    from_us: NDArray[np.int64]
    until_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """``history``: the facts from each checkpoint on. ``violations`` may begin before it."""

    history: History
    checkpoints: Checkpoints
    violations: list[Violation]
    heard: Heard


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What positions say: the facts from each checkpoint on, the checkpoints to keep, and when each was heard of."""

    history: History
    checkpoints: Checkpoints
    heard: Heard


def judge(matter: Matter, book: RuleBook) -> Judgement:
    """The pipeline: positions → facts → visits, signals → history → rules."""
    findings = findings_of(matter, book)
    known = known_of(findings.history, findings.heard, matter, book)
    violations = violations_of(known, matter, book, evaluation_of(known, matter, book))
    return Judgement(findings.history, findings.checkpoints, violations, findings.heard)


def findings_of(matter: Matter, book: RuleBook, at_once: int = PIECE_POSITIONS) -> Findings:
    """The first half, which needs nothing but positions and checkpoints: so many positions at once."""
    heard = heard_in(matter.positions, matter.vehicle_ids)
    pieces = pieces_of(matter.vehicle_ids, matter.positions.vehicle_id, at_once)
    if len(pieces) <= 1:
        return Findings(*_facts_of(matter, book), heard)
    found = [
        _facts_of(
            replace(
                matter,
                vehicle_ids=matter.vehicle_ids[piece.vehicles],
                units=matter.units.take(piece.vehicles),
                positions=matter.positions.take(piece.positions),
                begin=beginning_of(matter.begin, piece),
            ),
            book,
        )
        for piece in pieces
    ]
    histories, checkpoints = zip(*found, strict=True)
    return Findings(histories_together(pieces, histories), checkpoints_together(pieces, checkpoints), heard)


def _facts_of(matter: Matter, book: RuleBook) -> tuple[History, Checkpoints]:
    fixes = fixes_of(matter.positions, matter.vehicle_ids)
    facts = facts_of(fixes, book.limits, matter.begin.open_trip())
    visits = visits_of(facts, book.places, book.zone_table, matter.units)
    signals = signals_of(matter.positions, matter.vehicle_ids, facts, book.signals, book.limits)
    history = joined_on(matter.begin, history_of(facts, visits, signals))
    checkpoints = checkpoints_of(facts, visits, signals, book.limits, matter.begin)
    return history, checkpoints


def known_of(history: History, heard: Heard, matter: Matter, book: RuleBook) -> History:
    """All that is known to the rules: what was found before, what is found now, and silences that still last."""
    return History.concatenate([matter.earlier, history, _still_offline(heard, matter, book)])


def heard_in(positions: Positions, vehicle_ids: NDArray[np.int32]) -> Heard:
    """Of positions in the order of judging. A vehicle's last ones are always among those from its checkpoint on."""
    first = np.searchsorted(positions.vehicle_id, vehicle_ids)
    after = np.searchsorted(positions.vehicle_id, vehicle_ids, side="right")
    heard, ts_us = after > first, positions.ts_us
    from_us, until_us = (np.full(len(vehicle_ids), UNHEARD_US, np.int64) for _ in range(2))
    from_us[heard], until_us[heard] = ts_us[first[heard]], ts_us[after[heard] - 1]
    return Heard(from_us, until_us)


def _still_offline(heard: Heard, matter: Matter, book: RuleBook) -> History:
    """Silences that last to this moment, as signals. They are not stored: they end with the fleet's time alone."""
    if OFFLINE not in book.signals:
        return History.empty()
    rows, start_us, end_us = matter.fleet.open_silences(heard.until_us, book.limits)
    number = np.full(len(rows), book.signals.index(OFFLINE), np.int32)
    return replace(History.empty(), signals=Signals(rows, start_us, end_us, number, np.zeros(len(rows), np.int32)))


def evaluation_of(known: History, matter: Matter, book: RuleBook) -> Evaluation:
    """The rules' words over what is known."""
    names = {zone.id: zone.name for zone in book.zones}
    source = JudgingSource(
        len(matter.vehicle_ids), known, book.places, book.signals, names, matter.papers, book.calendar,
        book.zone_table, matter.units, matter.fleet, book.calendar_in_gaps,
    )  # fmt: skip
    return Evaluation(source)


def violations_of(known: History, matter: Matter, book: RuleBook, evaluation: Evaluation) -> list[Violation]:
    """What the rules find in what is known."""
    source = evaluation.source
    evidence = Evidence(book, known, matter.papers)
    unknown = source.term("unknown_day", ())
    found: list[Violation] = []
    for variant in book.track_variants(matter.units, source.bounds_us()):
        rule = variant.form.rule
        members = evaluation.of_rows(variant.rows).spans(rule.expression)
        if variant.spans is not None:
            # Before joining: what another form judges is no part of what this one finds.
            members = members & Spans.for_all(*variant.spans, len(matter.vehicle_ids))
        groups = joined(members, rule.join_us).lasting(rule.least_us)
        provisional = overlapped(groups.whole, unknown if uses_calendar(rule.expression) else Spans.empty())
        found += [
            Violation(
                vehicle_id=int(matter.vehicle_ids[groups.vehicle[row]]),
                rule_id=rule.id,
                rule_version=rule.version,
                start=moment_of(groups.start_us[row]),
                end=moment_of(groups.end_us[row]),
                severity=rule.severity_of(int(groups.total_us[row])),
                provisional=bool(provisional[row]),
                evidence=told,
                insufficient="insufficient" in told,
            )
            for row in range(len(groups))
            for told in [evidence.of(variant.form, groups, row, members)]
        ]
    return found
