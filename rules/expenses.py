"""Judging expenses: what was claimed for cars against what is known of them then. Pure.

Claims come weeks after the drive. What is judged of them is judged apart from tracks (RuleBook.expense_rules), from the
facts as they are stored, so that tracks need not be read again as far back as some claim may lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.clock import moment_of
from fleet.expense import Expense, Tank
from fleet.position import Positions
from fleet.violation import Violation
from rules.claims import Claim, Hit, claim_of
from rules.evaluate import Evaluation
from rules.evidence import Evidence
from rules.expression import Term, terms, uses_calendar
from rules.fuel import filled_again, overfilled, overused, wrong_fuel
from rules.in_force import Form
from rules.kinds import Argument
from rules.papers import Papers
from rules.records import History
from rules.rulebook import RuleBook
from rules.source import JudgingSource
from rules.spans import Groups, Int64s, Spans, joined
from rules.units import Units
from rules.vocabulary import VOCABULARY, Origin
from rules.whereabouts import Whereabouts, claimed_away

CLAIMS = "claims"
"""The key in a violation's evidence that tells it from one that was found in tracks."""


@dataclass(frozen=True, slots=True, eq=False)
class ExpenseMatter:
    """What is judged: vehicles (ids ascending; everything else names them by row), their expenses, and what is known.

    ``history``: all facts from the beginning of the local month of the first expense on. ``positions``: in the order of
    judging, at least those around the claims (rules.whereabouts.around_us). ``tanks``: one a vehicle.
    """

    vehicle_ids: NDArray[np.int32]
    units: Units
    expenses: Sequence[tuple[int, Expense]]
    tanks: Sequence[Tank]
    history: History
    papers: Papers
    positions: Positions


def is_of_expenses(violation: Violation) -> bool:
    """Whether it was found in claims, not in tracks."""
    return CLAIMS in violation.evidence


def judge_expenses(matter: ExpenseMatter, book: RuleBook) -> list[Violation]:
    """What the rules find in what was claimed."""
    names = {zone.id: zone.name for zone in book.zones}
    source = ExpenseSource(
        len(matter.vehicle_ids),
        matter.history,
        book.places,
        book.signals,
        names,
        matter.papers,
        book.calendar,
        book.zone_table,
        matter.units,
        matter=matter,
        seen=Whereabouts(matter.vehicle_ids, matter.units, matter.positions, book.zones),
    )
    evaluation = Evaluation(source)
    evidence = Evidence(book, matter.history, matter.papers)
    unknown = source.term("unknown_day", ())
    found: list[Violation] = []
    for variant in book.expense_variants(matter.units, source.bounds_us()):
        rule = variant.form.rule
        members = evaluation.of_rows(variant.rows).spans(rule.expression)
        if variant.spans is not None:
            members = _begun_in(members, *variant.spans)
        groups = joined(members, rule.join_us).lasting(rule.least_us)
        by_calendar = uses_calendar(rule.expression)
        for row in range(len(groups)):
            span = (int(groups.vehicle[row]), int(groups.start_us[row]), int(groups.end_us[row]))
            provisional = by_calendar and bool(len(Spans.of(*([value] for value in span)) & unknown))
            found.append(
                Violation(
                    vehicle_id=int(matter.vehicle_ids[span[0]]),
                    rule_id=rule.id,
                    rule_version=rule.version,
                    start=moment_of(span[1]),
                    end=moment_of(span[2]),
                    severity=rule.severity_of(int(groups.total_us[row])),
                    provisional=provisional,
                    evidence=_evidence(variant.form, groups, row, members, evidence, source),
                )
            )
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class ExpenseSource(JudgingSource):
    """Where words about expenses get their spans from; all other words as for tracks."""

    matter: ExpenseMatter
    seen: Whereabouts
    _hits: dict[Term, list[Hit]] = field(default_factory=dict)

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        if VOCABULARY[name].origin is not Origin.EXPENSES:
            return super().term(name, arguments)
        hits = self.hits(Term(name, arguments))
        columns = np.array([(hit.row, hit.start_us, hit.end_us) for hit in hits], np.int64).reshape(-1, 3)
        return Spans.of(columns[:, 0], columns[:, 1], columns[:, 2])

    def hits(self, term: Term) -> list[Hit]:
        """The claims that a word holds for."""
        if term not in self._hits:
            self._hits[term] = _FINDERS[term.name](self, term.arguments)
        return self._hits[term]

    @cached_property
    def claims(self) -> list[Claim]:
        """In the order of time, of each vehicle."""
        zone = self.calendar.zone
        made = [claim_of(row, expense, zone) for row, expense in self.matter.expenses]
        return sorted(made, key=lambda claim: (claim.row, claim.start_us, claim.expense.id))

    def _moments(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]]:
        yield from super()._moments()
        columns = np.array([(claim.row, claim.start_us, claim.end_us) for claim in self.claims], np.int64).reshape(
            -1, 3
        )
        yield columns[:, 0].astype(np.int32), columns[:, 1], columns[:, 2]


_FINDERS: Mapping[str, Callable[[ExpenseSource, Any], list[Hit]]] = {
    "claimed": lambda source, _: [Hit.of([claim]) for claim in source.claims],
    "overused": lambda source, told: overused(
        source.claims, source.matter.tanks, source.history, source.calendar.zone, *told
    ),
    "overfilled": lambda source, told: overfilled(source.claims, source.matter.tanks, *told),
    "filled_again": lambda source, told: filled_again(source.claims, source.matter.tanks, *told),
    "wrong_fuel": lambda source, _: wrong_fuel(source.claims, source.matter.tanks),
    "fuelled_away": lambda source, told: claimed_away("fuel", source.claims, source.seen, *told),
    "tolled_away": lambda source, told: claimed_away("toll", source.claims, source.seen, *told),
}


def _begun_in(spans: Spans, start_us: Int64s, end_us: Int64s) -> Spans:
    """Those that begin in one of the spans of time, whole: a claim, or a month of claims, is judged by one form."""
    at = np.searchsorted(start_us, spans.start_us, side="right") - 1
    return spans.select((at >= 0) & (spans.start_us < end_us[at]))


def _evidence(
    form: Form, groups: Groups, row: int, members: Spans, evidence: Evidence, source: ExpenseSource
) -> dict[str, Any]:
    """As for tracks, with the claims that it is about and what each word of the rule found in them.

    Papers that are near by say nothing where the rule does not ask for any.
    """
    vehicle, start_us, end_us = int(groups.vehicle[row]), int(groups.start_us[row]), int(groups.end_us[row])
    asked = list(dict.fromkeys(terms(form.rule.expression)))
    hits = {
        term.name: [h for h in source.hits(term) if h.row == vehicle and h.start_us < end_us and start_us < h.end_us]
        for term in asked
        if VOCABULARY[term.name].origin is Origin.EXPENSES
    }
    claims = {claim.expense.id: claim for found in hits.values() for hit in found for claim in hit.claims}
    written = evidence.of(form, groups, row, members)
    if not any(VOCABULARY[term.name].origin is Origin.PAPERS for term in asked):
        written["excuses"] = []
    return written | {
        CLAIMS: [claims[number].as_evidence() for number in sorted(claims)],
        "found": [
            {"word": word, CLAIMS: sorted(claim.expense.id for claim in hit.claims), **hit.told}
            for word, found in hits.items()
            for hit in found
        ],
    }
