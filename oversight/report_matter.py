"""What several reports are made from, as it is read, and the sentences and tables that they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.decision import Outcome
from fleet.violation import Severity
from oversight.document import Align, Cell, Column, Table
from oversight.report_words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldViolation:
    """A violation that stands when the report is made. ``outcome``: of the decision that counts; ``case_id``: of the
    case that it is in."""

    id: int
    vehicle_id: int
    plate: str
    unit_id: int
    unit: str
    rule_id: str
    start_at: datetime
    end_at: datetime
    total_s: float
    severity: str
    provisional: bool
    insufficient: bool
    evidence_changed: bool
    outcome: str | None
    case_id: int | None

    @property
    def counts(self) -> bool:
        """Whether it is held against a car at all: on insufficient evidence nothing is."""
        return not self.insufficient


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCars:
    """A unit's cars that were enrolled at some time of a span. ``driven``: those with a trip; ``unheard``: those of
    which no position came, so that nothing is known of them."""

    unit_id: int
    unit: str
    cars: int
    driven: int
    unheard: int


def number_column(title: str, width: float = 1.0, decimals: int | None = 0) -> Column:
    """A column of numbers."""
    return Column(title=title, width=width, align=Align.END, decimals=decimals)


def counted(violations: Iterable[ToldViolation]) -> list[ToldViolation]:
    """Those that count."""
    return [one for one in violations if one.counts]


def cars_of(violations: Iterable[ToldViolation]) -> int:
    """How many cars they are about."""
    return len({one.vehicle_id for one in violations})


def units_of(violations: Iterable[ToldViolation]) -> int:
    """How many units they are about."""
    return len({one.unit_id for one in violations})


def insufficient_sentence(words: Words, violations: Collection[ToldViolation]) -> str | None:
    """What is said of those on insufficient evidence; None where there are none."""
    some = sum(not one.counts for one in violations)
    return words.say("suspected.insufficient", n=some) if some else None


def provisional_sentence(words: Words, violations: Collection[ToldViolation]) -> str | None:
    """What is said of those that are provisional; None where there are none."""
    some = sum(one.provisional for one in counted(violations))
    return words.say("suspected.provisional", n=some) if some else None


def severity_sentence(words: Words, violations: Collection[ToldViolation]) -> str:
    """How many of each severity, the gravest first."""
    by_severity = Counter(one.severity for one in violations)
    return words.say("suspected.severities", **{severity.value: by_severity[severity.value] for severity in Severity})


def decided_sentence(words: Words, violations: Collection[ToldViolation]) -> str:
    """What people have made of them so far."""
    outcomes = Counter(one.outcome for one in violations)
    decided = [
        words.say("suspected.decided_as", outcome=words.say(f"outcome.{outcome}"), n=outcomes[outcome])
        for outcome in Outcome
        if outcomes[outcome]
    ]
    in_case = sum(one.outcome is None and one.case_id is not None for one in violations)
    undecided = words.say("suspected.undecided", n=outcomes[None], in_case=in_case)
    return words.say("suspected.standing", told=words.listed([*decided, undecided]))


def standing_of(words: Words, one: ToldViolation) -> str:
    """How far a violation is, in a cell."""
    told = [words.say(f"outcome.{one.outcome}")] if one.outcome else []
    if one.outcome is None:
        told.append(words.say("suspected.in_case", case=one.case_id) if one.case_id else words.say("suspected.open"))
    if one.provisional:
        told.append(words.say("suspected.is_provisional"))
    if one.evidence_changed:
        told.append(words.say("suspected.is_changed"))
    return words.listed(told)


def rules_table(
    words: Words, name: str, violations: Collection[ToldViolation], before: Collection[ToldViolation] | None = None
) -> Table:
    """By rule how many count, of how many cars; ``before``: those of the period before, to compare."""
    now, earlier = counted(violations), counted(before or ())
    rule_ids = sorted({one.rule_id for one in (*now, *earlier)})
    columns = [
        Column(title=words.say("column.rule"), width=3.2),
        number_column(words.say("column.violations")),
        number_column(words.say("column.cars")),
        number_column(words.say("column.provisional")),
    ]
    rows: list[tuple[Cell, ...]] = []
    for rule_id in rule_ids:
        mine = [one for one in now if one.rule_id == rule_id]
        cells: list[Cell] = [
            f"{rule_id} {words.rule(rule_id)}", len(mine), cars_of(mine), sum(one.provisional for one in mine),
        ]  # fmt: skip
        rows.append((*cells, *(() if before is None else (sum(one.rule_id == rule_id for one in earlier),))))
    totals: list[Cell] = [words.say("column.total"), len(now), cars_of(now), sum(one.provisional for one in now)]
    if before is not None:
        columns.append(number_column(words.say("column.before")))
        totals.append(len(earlier))
    return Table(
        name=words.say("sheet.rules"), caption=name, columns=tuple(columns), rows=tuple(rows), totals=tuple(totals)
    )


def violations_table(words: Words, name: str, violations: Sequence[ToldViolation]) -> Table:
    """One line each."""
    return Table(
        name=words.say("sheet.violations"),
        caption=name,
        columns=(
            number_column(words.say("column.number"), 0.6),
            Column(title=words.say("column.unit"), width=1.9),
            Column(title=words.say("column.plate"), width=1.4),
            Column(title=words.say("column.rule"), width=1.9),
            Column(title=words.say("column.when"), width=2.6),
            Column(title=words.say("column.duration"), width=1.3),
            Column(title=words.say("column.severity"), width=0.8),
            Column(title=words.say("column.standing"), width=1.7),
        ),
        rows=tuple(
            (
                number,
                one.unit,
                one.plate,
                words.rule(one.rule_id),
                words.span(one.start_at, one.end_at),
                words.hours(one.total_s),
                words.say(f"severity.{one.severity}"),
                standing_of(words, one),
            )
            for number, one in enumerate(violations, 1)
        ),
    )
