"""The holiday summary 节假日情况报告: cars that were judged, holiday use and sealing by unit, orders, cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    violations_table,
)
from oversight.report_words import Letterhead, Words
from rules.calendar import HolidaySpan

HOLIDAY_USE, NOT_SEALED = "R06", "R07"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingFigures:
    """What the campaign knows of sealing 封存停驶, where there was one: cars that had to stand, those exempt, those
    seen standing at home two hours into the holiday."""

    to_seal: int
    exempt: int
    sealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayMatter:
    """A holiday span. ``violations``: all that began in it; ``orders``: by unit how many were approved for a time
    in it; ``cases``: by unit how many were opened about it. ``is_over``: the span is."""

    span: HolidaySpan
    units: Sequence[UnitCars]
    violations: Sequence[ToldViolation]
    orders: Sequence[tuple[int, int]]
    cases: Sequence[tuple[int, int]]
    sealing: SealingFigures | None = None
    is_over: bool = True
    is_known: bool = True


def holiday_report(matter: HolidayMatter, head: Letterhead) -> Document:
    """The summary; a draft, as it has no number."""
    words = head.words
    against = [one for one in counted(matter.violations) if one.rule_id in (HOLIDAY_USE, NOT_SEALED)]
    blocks: list[Block] = [
        Heading(text=words.heading(1, "holiday.overview_title")),
        *(Paragraph(text=text) for text in _overview(matter, against, words)),
        Heading(text=words.heading(2, "holiday.units_title")),
        _units_table(matter, against, words),
        Heading(text=words.heading(3, "holiday.list_title")),
        violations_table(words, words.say("holiday.violations"), against)
        if against
        else Paragraph(text=words.say("holiday.none")),
    ]
    return Document(
        language=words.language,
        title=words.say("holiday.title", district=head.district, name=_name(matter, words)),
        issuer=head.issuer,
        issued_on=head.issued_on,
        blocks=tuple(blocks),
        notes=head.notes((), words.say("suspected.note"), words.say("notes.without_confidential")),
    )


def _name(matter: HolidayMatter, words: Words) -> str:
    festivals = "、".join(matter.span.festivals)
    if words.language == "zh":
        return f"{matter.span.first.year}年{festivals}"
    known = [words.say(f"festival.{_FESTIVALS[name]}") for name in matter.span.festivals if name in _FESTIVALS]
    return f"{words.listed(known) or festivals} {matter.span.first.year}"


_FESTIVALS = {
    "元旦": "new_year",
    "春节": "spring",
    "清明": "tomb_sweeping",
    "劳动节": "labour",
    "端午": "dragon_boat",
    "中秋": "mid_autumn",
    "国庆节": "national",
}


def _overview(matter: HolidayMatter, against: Sequence[ToldViolation], words: Words) -> list[str]:
    units = matter.units
    by_rule = Counter(one.rule_id for one in against)
    told = [
        words.say(
            "holiday.overview",
            first=words.day(matter.span.first), last=words.day(matter.span.last),
            days=(matter.span.last - matter.span.first).days + 1, cars=sum(unit.cars for unit in units),
            units=len(units), driven=sum(unit.driven for unit in units), unheard=sum(unit.unheard for unit in units),
            orders=sum(n for _, n in matter.orders),
        )
    ]  # fmt: skip
    if not matter.is_over:
        told.append(words.say("holiday.not_over"))
    if matter.sealing:
        figures = matter.sealing
        told.append(words.say("holiday.sealing", to_seal=figures.to_seal, exempt=figures.exempt, sealed=figures.sealed))
    told.append(
        words.say(
            "holiday.suspected",
            use=by_rule[HOLIDAY_USE], sealed=by_rule[NOT_SEALED], cars=cars_of(against),
            cases=sum(n for _, n in matter.cases),
        )
    )  # fmt: skip
    if against:
        told.append(decided_sentence(words, against))
    of_rules = [one for one in matter.violations if one.rule_id in (HOLIDAY_USE, NOT_SEALED)]
    more = (provisional_sentence(words, of_rules), insufficient_sentence(words, of_rules))
    return [*told, *(text for text in more if text)]


def _units_table(matter: HolidayMatter, against: Sequence[ToldViolation], words: Words) -> Table:
    orders, cases = dict(matter.orders), dict(matter.cases)
    rows: list[tuple[Cell, ...]] = []
    for unit in matter.units:
        by_rule = Counter(one.rule_id for one in against if one.unit_id == unit.unit_id)
        rows.append(
            (
                unit.unit, unit.cars, unit.driven, unit.unheard, orders.get(unit.unit_id, 0), by_rule[HOLIDAY_USE],
                by_rule[NOT_SEALED], cases.get(unit.unit_id, 0),
            )
        )  # fmt: skip
    titles = ("enrolled", "driven", "unheard", "orders", "holiday_use", "not_sealed", "cases")
    sums: list[Cell] = [sum(int(row[at] or 0) for row in rows) for at in range(1, 8)]
    return Table(
        name=words.say("sheet.units"),
        caption=words.say("holiday.units"),
        columns=(
            Column(title=words.say("column.unit"), width=2.4),
            *(number_column(words.say(f"column.{title}")) for title in titles),
        ),
        rows=tuple(rows),
        totals=(words.say("column.total"), *sums),
    )
