"""The week's violations 每周疑似违规: how many, of what, by whom, and how far they are; never called established."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fleet.week import Week
from oversight.document import Block, Cell, Column, Document, Heading, Paragraph, Table
from oversight.report_matter import (
    ToldViolation,
    UnitCars,
    cars_of,
    counted,
    decided_sentence,
    insufficient_sentence,
    number_column,
    provisional_sentence,
    rules_table,
    severity_sentence,
    units_of,
    violations_table,
)
from oversight.report_words import Letterhead, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfViolations:
    """The violations that began in a week and in the one before, and the cars that were enrolled. ``is_over``: the
    week is; ``waiting``: cars of which something waits to be judged."""

    week: Week
    violations: Sequence[ToldViolation]
    before: Sequence[ToldViolation]
    units: Sequence[UnitCars]
    is_over: bool = True
    waiting: int = 0
    unknown_days: Sequence[date] = ()


def week_report(matter: WeekOfViolations, head: Letterhead) -> Document:
    """The report; a draft, as it has no number."""
    words, against = head.words, counted(matter.violations)
    blocks: list[Block] = [
        Heading(text=words.heading(1, "week.overview_title")),
        *(Paragraph(text=text) for text in _overview(matter, words)),
        Heading(text=words.heading(2, "week.counts_title")),
    ]
    if against or counted(matter.before):
        blocks.append(rules_table(words, words.say("week.rules"), matter.violations, matter.before))
    blocks.append(_units_table(matter, words))
    blocks.append(Heading(text=words.heading(3, "week.list_title")))
    if against:
        blocks.append(violations_table(words, words.say("week.violations"), against))
    else:
        blocks.append(Paragraph(text=words.say("week.none")))
    blocks.append(Heading(text=words.heading(4, "week.quality_title")))
    blocks += [Paragraph(text=text) for text in _quality(matter, words)]
    return Document(
        language=words.language,
        title=words.say("week.title", district=head.district, week=words.week(matter.week)),
        issuer=head.issuer,
        issued_on=head.issued_on,
        blocks=tuple(blocks),
        notes=head.notes(matter.unknown_days, words.say("suspected.note"), words.say("notes.without_confidential")),
    )


def _overview(matter: WeekOfViolations, words: Words) -> list[str]:
    against, before = counted(matter.violations), len(counted(matter.before))
    cars, driven = sum(unit.cars for unit in matter.units), sum(unit.driven for unit in matter.units)
    first, last = words.day(matter.week.days[0]), words.day(matter.week.days[6])
    told = [words.say("week.overview", first=first, last=last, cars=cars, units=len(matter.units), driven=driven)]
    if not matter.is_over:
        told.append(words.say("week.not_over"))
    change = len(against) - before
    compared = words.say("week.more" if change > 0 else "week.fewer" if change < 0 else "week.same", n=abs(change))
    if against:
        counts = {"n": len(against), "cars": cars_of(against), "units": units_of(against), "compared": compared}
        told.append(words.say("week.suspected", **counts) + severity_sentence(words, against))
        told.append(decided_sentence(words, against))
    else:
        told.append(words.say("week.none_suspected", compared=compared))
    more = (provisional_sentence(words, matter.violations), insufficient_sentence(words, matter.violations))
    return [*told, *(text for text in more if text)]


def _units_table(matter: WeekOfViolations, words: Words) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for unit in matter.units:
        mine = [one for one in counted(matter.violations) if one.unit_id == unit.unit_id]
        rows.append((unit.unit, unit.cars, unit.driven, len(mine), cars_of(mine), _high(mine), _undecided(mine)))
    against = counted(matter.violations)
    titles = ("enrolled", "driven", "violations", "cars", "high", "undecided")
    return Table(
        name=words.say("sheet.units"),
        caption=words.say("week.units"),
        columns=(
            Column(title=words.say("column.unit"), width=2.6),
            *(number_column(words.say(f"column.{title}")) for title in titles),
        ),
        rows=tuple(rows),
        totals=(
            words.say("column.total"), sum(unit.cars for unit in matter.units),
            sum(unit.driven for unit in matter.units), len(against), cars_of(against), _high(against),
            _undecided(against),
        ),
    )  # fmt: skip


def _high(violations: Sequence[ToldViolation]) -> int:
    return sum(one.severity == "high" for one in violations)


def _undecided(violations: Sequence[ToldViolation]) -> int:
    return sum(one.outcome is None for one in violations)


def _quality(matter: WeekOfViolations, words: Words) -> list[str]:
    unheard = [unit for unit in matter.units if unit.unheard]
    told = []
    if unheard:
        by_unit = words.listed(words.say("week.unheard_of", unit=one.unit, n=one.unheard) for one in unheard)
        told.append(words.say("week.unheard", n=sum(one.unheard for one in unheard), units=by_unit))
    else:
        told.append(words.say("week.all_heard"))
    if matter.waiting:
        told.append(words.say("week.waiting", n=matter.waiting))
    return told
