"""The case file 案卷: everything of a case in order, with digests of its evidence and its places in the audit chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from oversight.case import Act, Case, Event
from oversight.document import (
    Align,
    Block,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Particulars,
    Picture,
    Table,
)
from oversight.report_matter import number_column
from oversight.report_words import Letterhead, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledViolation:
    """A violation of the case. ``explanation``: its rule as it was judged, in words; ``settings``: those of the rule
    where they are not the shipped ones; ``positions_sha256``: of the positions that it rests on; ``svg``: a map."""

    id: int
    rule_id: str
    rule_name: str
    rule_version: int
    explanation: str
    settings: str
    start_at: datetime
    end_at: datetime
    total_s: float
    severity: str
    provisional: bool
    insufficient: bool
    evidence_changed: bool
    withdrawn_at: datetime | None
    left_out: bool
    outcome: str | None
    found_at: datetime
    positions_count: int | None
    positions_sha256: str | None
    svg: str | None = None


@dataclass(frozen=True, slots=True)
class FiledEvent:
    """What somebody did, with the role they had then."""

    number: int
    role: str
    event: Event


@dataclass(frozen=True, slots=True)
class FiledPaper:
    """An attachment, by what came with which event."""

    event: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FiledEntry:
    """An entry of the audit chain about the case."""

    number: int
    at: datetime
    actor: str
    role: str
    act: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMatter:
    """A case with all that is kept of it. ``points``: what it costs its unit now."""

    id: int
    plate: str
    use_class: str
    unit: str
    opened_at: datetime
    case: Case
    points: int
    violations: Sequence[FiledViolation]
    events: Sequence[FiledEvent]
    papers: Sequence[FiledPaper]
    entries: Sequence[FiledEntry]
    tip: str | None = None
    """what was told, where the case came from a public tip"""


def case_file(matter: CaseMatter, head: Letterhead) -> Document:
    """The file as it stands; a draft, as it has no number."""
    words = head.words
    sections: list[tuple[str, list[Block]]] = [
        ("case_file.facts_title", [Particulars(rows=tuple(_particulars(matter, words))), *_suspicion(matter, words)]),
        ("case_file.violations_title", list(_violations(matter, words))),
        ("case_file.heard_title", list(_said(matter, words, Act.ANSWER, "case_file.not_heard"))),
        ("case_file.decision_title", list(_said(matter, words, Act.DECIDE, "case_file.not_decided"))),
        ("case_file.handling_title", list(_handling(matter, words))),
        ("case_file.events_title", [_events_table(matter, words)]),
        ("case_file.papers_title", [_papers_table(matter, words)] if matter.papers else [_none(words, "no_papers")]),
        ("case_file.chain_title", [_chain_table(matter, words)] if matter.entries else [_none(words, "no_entries")]),
    ]
    blocks: list[Block] = []
    for number, (key, parts) in enumerate(sections, 1):
        blocks += [Heading(text=words.heading(number, key)), *parts]
    return Document(
        language=words.language,
        title=words.say("case_file.title", n=matter.id),
        issuer=head.issuer,
        issued_on=head.issued_on,
        blocks=(*blocks, *_maps(matter, words)),
        notes=head.notes((), words.say("case_file.personal")),
    )


def _particulars(matter: CaseMatter, words: Words) -> Iterator[tuple[str, Cell]]:
    case = matter.case
    yield words.say("particular.plate"), matter.plate
    yield words.say("particular.unit"), matter.unit
    yield words.say("particular.opened"), words.moment(matter.opened_at)
    yield words.say("particular.state"), words.say(f"state.{case.state}")
    if case.round > 1:
        yield words.say("particular.round"), case.round
    yield words.say("particular.verifiers"), words.listed(case.verifiers) or None
    outcome = words.say(f"outcome.{case.outcome}") if case.outcome else words.say("case_file.no_outcome")
    yield words.say("particular.outcome"), outcome
    if case.decided_at:
        yield words.say("particular.decided"), f"{case.decided_by} {words.moment(case.decided_at)}"
    yield words.say("particular.points"), matter.points
    if matter.tip:
        yield words.say("particular.tip"), matter.tip


def _suspicion(matter: CaseMatter, words: Words) -> list[Block]:
    """Before a decision it is said that nothing is established."""
    return [] if matter.case.outcome else [Paragraph(text=words.say("case_file.only_suspected"))]


def _violations(matter: CaseMatter, words: Words) -> Iterator[Block]:
    if not matter.violations:
        yield _none(words, "no_violations")
    for number, one in enumerate(matter.violations, 1):
        title = words.say("case_file.violation", n=number, rule=f"{one.rule_id} {one.rule_name}")
        yield Heading(text=title, level=2)
        yield Paragraph(text=words.say("case_file.explained", words=one.explanation))
        yield Particulars(rows=tuple(_of_violation(one, words)))


def _of_violation(one: FiledViolation, words: Words) -> Iterator[tuple[str, Cell]]:
    yield words.say("particular.span"), f"{words.moment(one.start_at)} – {words.moment(one.end_at)}"
    yield words.say("particular.total"), words.hours(one.total_s)
    yield words.say("particular.severity"), words.say(f"severity.{one.severity}")
    yield words.say("particular.rule_version"), one.rule_version
    if one.settings:
        yield words.say("particular.settings"), one.settings
    yield words.say("particular.found"), words.moment(one.found_at)
    yield words.say("particular.standing"), words.listed(_marks(one, words))
    yield words.say("particular.positions"), one.positions_count
    yield words.say("particular.positions_sha256"), one.positions_sha256


def _marks(one: FiledViolation, words: Words) -> Iterator[str]:
    yield words.say(f"outcome.{one.outcome}") if one.outcome else words.say("suspected.open")
    for holds, key in (
        (one.provisional, "is_provisional"),
        (one.insufficient, "is_insufficient"),
        (one.evidence_changed, "is_changed"),
        (one.withdrawn_at is not None, "is_withdrawn"),
        (one.left_out, "is_left_out"),
    ):
        if holds:
            yield words.say(f"suspected.{key}")


def _said(matter: CaseMatter, words: Words, act: Act, missing: str) -> Iterator[Block]:
    """What was said with each event of an act, by whom and when."""
    found = [one for one in matter.events if one.event.act is act]
    if not found:
        yield Paragraph(text=words.say(missing))
    for one in found:
        outcome = words.say(f"outcome.{one.event.outcome}") if one.event.outcome else ""
        yield Paragraph(
            text=words.say(
                "case_file.said",
                at=words.moment(one.event.at), by=one.event.by, role=words.role(one.role),
                text=words.parts([outcome, one.event.text]),
            )
        )  # fmt: skip


def _handling(matter: CaseMatter, words: Words) -> Iterator[Block]:
    case, told = matter.case, False
    for sanction in case.sanctions:
        told = True
        yield Paragraph(
            text=words.say(
                "case_file.sanction",
                person=sanction.person, kind=words.say(f"sanction.{sanction.kind}"), body=sanction.decided_by,
                day=words.day(sanction.decided_on), document=sanction.document or words.say("case_file.no_document"),
            )
        )  # fmt: skip
    if case.rectification:
        told = True
        reported = case.rectification.reported_at
        yield Particulars(
            rows=(
                (words.say("particular.task"), case.rectification.task),
                (words.say("particular.person"), case.rectification.person),
                (words.say("particular.deadline"), words.day(case.rectification.deadline)),
                (words.say("particular.reported"), words.moment(reported) if reported else None),
            )
        )
    if not told:
        yield _none(words, "no_handling")


def _events_table(matter: CaseMatter, words: Words) -> Table:
    return Table(
        name=words.say("sheet.events"),
        caption=words.say("case_file.events"),
        columns=(
            number_column(words.say("column.number"), 0.6),
            Column(title=words.say("column.at"), width=1.9),
            Column(title=words.say("column.by"), width=1.4),
            Column(title=words.say("column.act"), width=1.6),
            Column(title=words.say("column.text"), width=4),
        ),
        rows=tuple(
            (
                one.number,
                words.dated(one.event.at),
                f"{one.event.by}（{words.role(one.role)}）"
                if words.language == "zh"
                else f"{one.event.by} ({words.role(one.role)})",
                words.say(f"act.{one.event.act}"),
                _text_of(one.event, words),
            )
            for one in matter.events
        ),
    )


def _text_of(event: Event, words: Words) -> str:
    told = [words.say(f"outcome.{event.outcome}")] if event.outcome else []
    if event.violation_id:
        told.append(words.say("case_file.of_violation", n=event.violation_id))
    if event.person:
        told.append(event.person)
    if event.deadline:
        told.append(words.say("case_file.until", day=words.day(event.deadline)))
    if event.sanction:
        told.append(f"{event.sanction.person} {words.say(f'sanction.{event.sanction.kind}')}")
    return words.parts([*told, event.text])


def _papers_table(matter: CaseMatter, words: Words) -> Table:
    return Table(
        name=words.say("sheet.papers"),
        caption=words.say("case_file.papers"),
        columns=(
            number_column(words.say("column.number"), 0.6),
            Column(title=words.say("column.file"), width=2.4),
            number_column(words.say("column.event"), 0.9),
            number_column(words.say("column.bytes"), 1.2),
            Column(title="SHA-256", width=4),
        ),
        rows=tuple(
            (number, one.name, one.event, one.size_bytes, one.sha256) for number, one in enumerate(matter.papers, 1)
        ),
    )


def _chain_table(matter: CaseMatter, words: Words) -> Table:
    return Table(
        name=words.say("sheet.chain"),
        caption=words.say("case_file.chain"),
        columns=(
            Column(title=words.say("column.entry"), width=0.8, align=Align.END, decimals=0),
            Column(title=words.say("column.at"), width=1.7),
            Column(title=words.say("column.by"), width=1.2),
            Column(title=words.say("column.act"), width=1.5),
            Column(title=words.say("column.hash"), width=4),
        ),
        rows=tuple(
            (one.number, words.dated(one.at), one.actor, _audited(one.act, words), one.hash) for one in matter.entries
        ),
    )


def _audited(act: str, words: Words) -> str:
    known = {f"case_{one}" for one in Act}
    return words.say(f"act.{act.removeprefix('case_')}") if act in known else act


def _maps(matter: CaseMatter, words: Words) -> Iterator[Block]:
    """A page for each map."""
    for number, one in enumerate((one for one in matter.violations if one.svg), 1):
        yield PageBreak()
        yield Heading(text=words.say("case_file.map_title", n=number))
        yield Picture(
            svg=one.svg or "",
            caption=words.say("case_file.map", n=number, plate=matter.plate, rule=one.rule_name),
            description=words.say("case_file.map_means", plate=matter.plate, span=words.span(one.start_at, one.end_at)),
        )


def _none(words: Words, key: str) -> Paragraph:
    return Paragraph(text=words.say(f"case_file.{key}"))
