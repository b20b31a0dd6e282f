"""The bulletin 通报: cases that were decided in a month and confirmed, units named, plates and persons masked.

What is not decided, was dismissed or is open again does not stand in it, and no words that people wrote do: they may
name somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fleet.decision import Outcome
from oversight.case import Case, State
from oversight.document import Block, Cell, Column, Document, Heading, Paragraph, Table
from oversight.masking import Audience, person_shown, plate_shown, stage_of
from oversight.report_matter import number_column
from oversight.report_words import Letterhead, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedCase:
    """A case with what it is about. ``first_at``: when its first violation began, or what was told happened;
    ``points``: what it cost its unit."""

    id: int
    unit_id: int
    unit: str
    plate: str
    rule_ids: Sequence[str]
    first_at: datetime
    points: int
    case: Case

    @property
    def is_for_a_bulletin(self) -> bool:
        """Decided, confirmed, and not opened again."""
        return self.case.outcome is not None and self.case.outcome.confirms


def for_bulletin(cases: Sequence[DecidedCase], since: datetime, until: datetime) -> list[DecidedCase]:
    """Those confirmed in [since, until), by unit and decision."""
    chosen = [
        one
        for one in cases
        if one.is_for_a_bulletin and one.case.decided_at is not None and since <= one.case.decided_at < until
    ]
    return sorted(chosen, key=lambda one: (one.unit, one.case.decided_at or until, one.id))


def bulletin(month: date, cases: Sequence[DecidedCase], head: Letterhead) -> Document:
    """The bulletin of a month's cases, as :func:`for_bulletin` gives them; a draft, as it has no number.

    Raises ValueError for a case that has no place in it.
    """
    words = head.words
    for one in cases:
        if not one.is_for_a_bulletin:
            raise ValueError(f"case {one.id} is not confirmed: it has no place in a bulletin")
    violations = sum(one.case.outcome is Outcome.VIOLATION for one in cases)
    blocks: list[Block] = [
        Paragraph(
            text=words.say(
                "bulletin.overview",
                month=words.month(month), district=head.district, n=len(cases), violations=violations,
                procedural=len(cases) - violations, units=len({one.unit_id for one in cases}),
            )
            if cases
            else words.say("bulletin.none", month=words.month(month), district=head.district)
        ),
    ]  # fmt: skip
    more: list[Block] = (
        [
            Heading(text=words.heading(1, "bulletin.cases_title")),
            _table(cases, words),
            Heading(text=words.heading(2, "bulletin.asks_title")),
            Paragraph(text=words.say("bulletin.asks")),
        ]
        if cases
        else []
    )
    return Document(
        language=words.language,
        title=words.say("bulletin.title", month=words.month(month), district=head.district),
        addressee=words.say("bulletin.addressee"),
        issuer=head.issuer,
        issued_on=head.issued_on,
        blocks=(*blocks, *more),
        notes=head.notes((), words.say("bulletin.masked"), words.say("bulletin.only_decided")),
    )


def _table(cases: Sequence[DecidedCase], words: Words) -> Table:
    return Table(
        name=words.say("sheet.cases"),
        caption=words.say("bulletin.cases"),
        columns=(
            number_column(words.say("column.number"), 0.6),
            Column(title=words.say("column.unit"), width=2),
            Column(title=words.say("column.plate"), width=1.4),
            Column(title=words.say("column.day"), width=1.7),
            Column(title=words.say("column.what"), width=2.2),
            Column(title=words.say("column.outcome"), width=1.2),
            number_column(words.say("column.points"), 0.7),
            Column(title=words.say("column.sanctions"), width=2.2),
            Column(title=words.say("column.rectification"), width=1.4),
        ),
        rows=tuple(_row(number, one, words) for number, one in enumerate(cases, 1)),
    )


def _row(number: int, one: DecidedCase, words: Words) -> tuple[Cell, ...]:
    stage = stage_of(one.case.outcome)
    sanctions = [
        f"{person_shown(sanction.person, Audience.PUBLIC, stage)} {words.say(f'sanction.{sanction.kind}')}"
        for sanction in one.case.sanctions
    ]
    return (
        number,
        one.unit,
        plate_shown(one.plate, Audience.PUBLIC, stage),
        words.day(one.first_at),
        words.rules(one.rule_ids) if one.rule_ids else words.say("bulletin.from_tip"),
        words.say(f"outcome.{one.case.outcome}"),
        one.points,
        words.listed(sanctions) if sanctions else words.say("bulletin.no_sanction_yet"),
        words.say(f"rectification.{_rectified(one.case)}"),
    )


def _rectified(case: Case) -> str:
    if case.rectification is None:
        return "none" if case.state is State.CLOSED else "pending"
    if case.state is State.CLOSED:
        return "done"
    return "reported" if case.rectification.reported_at else "under_way"
