"""The monthly ranking 月度排名: units by points, confirmed cases and spot checks. What is equal shares a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from oversight.document import Block, Cell, Column, Document, Heading, Paragraph, Table
from oversight.report_matter import number_column
from oversight.report_words import Letterhead, Words

LEAST_CARS_FOR_A_RATE = 10
"""Of fewer cars one violation makes a rate that says nothing: none is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMonth:
    """A unit's month. ``points``: what is left of the year's at the month's end; ``taken``: in the month, what was
    given back counted; ``confirmed`` and ``procedural``: cases decided so in the month; ``suspected``: violations that
    began in it and that nobody has decided; ``sheets``, ``signed``: of spot checks in its weeks."""

    unit_id: int
    unit: str
    cars: int
    points: int
    taken: int
    confirmed: int
    procedural: int
    suspected: int
    sheets: int
    signed: int

    @property
    def confirmed_per_100(self) -> float | None:
        """Confirmed cases for each hundred cars; None of too few cars."""
        return 100 * self.confirmed / self.cars if self.cars >= LEAST_CARS_FOR_A_RATE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfUnits:
    """All units with cars. ``start``: the points that a year begins with; ``is_over``: the month is."""

    month: date
    start: int
    units: Sequence[UnitMonth]
    is_over: bool = True
    unknown_days: Sequence[date] = ()


def ranked(units: Sequence[UnitMonth]) -> list[tuple[int, UnitMonth]]:
    """Units with their places: more points first, then fewer confirmed cases, then fewer procedural ones. Those equal
    in all of that share a place, and the next place is as many further down. What is only suspected ranks nobody."""
    ordered = sorted(units, key=lambda one: (*_worth(one), one.unit))
    places: list[tuple[int, UnitMonth]] = []
    for number, unit in enumerate(ordered, 1):
        same = places and _worth(places[-1][1]) == _worth(unit)
        places.append((places[-1][0] if same else number, unit))
    return places


def _worth(unit: UnitMonth) -> tuple[int, int, int]:
    return -unit.points, unit.confirmed, unit.procedural


def ranking_report(matter: MonthOfUnits, head: Letterhead) -> Document:
    """The ranking; a draft, as it has no number."""
    words = head.words
    blocks: list[Block] = [
        Heading(text=words.heading(1, "ranking.overview_title")),
        *(Paragraph(text=text) for text in _overview(matter, words)),
        Heading(text=words.heading(2, "ranking.table_title")),
        _table(matter, words),
        Paragraph(text=words.say("ranking.rates", least=LEAST_CARS_FOR_A_RATE)),
    ]
    return Document(
        language=words.language,
        title=words.say("ranking.title", district=head.district, month=words.month(matter.month)),
        issuer=head.issuer,
        issued_on=head.issued_on,
        blocks=tuple(blocks),
        notes=head.notes(matter.unknown_days, words.say("ranking.order"), words.say("notes.without_confidential")),
    )


def _overview(matter: MonthOfUnits, words: Words) -> list[str]:
    units = matter.units
    lost = [unit for unit in units if unit.taken < 0]
    told = [
        words.say(
            "ranking.overview",
            month=words.month(matter.month), units=len(units), cars=sum(unit.cars for unit in units),
            confirmed=sum(unit.confirmed for unit in units), procedural=sum(unit.procedural for unit in units),
            suspected=sum(unit.suspected for unit in units), start=matter.start,
        )
    ]  # fmt: skip
    if not matter.is_over:
        told.append(words.say("ranking.not_over"))
    if lost:
        each = [words.say("ranking.lost_by", unit=one.unit, n=-one.taken) for one in sorted(lost, key=lambda u: u.unit)]
        told.append(words.say("ranking.lost", n=len(lost), each=words.listed(each)))
    else:
        told.append(words.say("ranking.none_lost"))
    return told


def _table(matter: MonthOfUnits, words: Words) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            place, unit.unit, unit.cars, unit.points, unit.taken, unit.confirmed, unit.procedural,
            unit.confirmed_per_100, unit.suspected, unit.sheets, unit.signed,
        )
        for place, unit in ranked(matter.units)
    ]  # fmt: skip
    titles = ("cars_n", "points_left", "taken", "confirmed", "procedural")
    return Table(
        name=words.say("sheet.ranking"),
        caption=words.say("ranking.table"),
        columns=(
            number_column(words.say("column.place"), 0.7),
            Column(title=words.say("column.unit"), width=2.4),
            *(number_column(words.say(f"column.{title}")) for title in titles),
            number_column(words.say("column.per_100"), decimals=1),
            *(number_column(words.say(f"column.{title}")) for title in ("suspected", "checked", "signed")),
        ),
        rows=tuple(rows),
    )
