"""The weekly spot check 每周抽查情况报告: how the cars were drawn, what was found on each one's sheet, maps annexed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fleet.week import Week
from oversight.document import (
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
from oversight.draw import Why
from oversight.report_matter import (
    ToldViolation,
    cars_of,
    counted,
    insufficient_sentence,
    number_column,
    provisional_sentence,
    rules_table,
    units_of,
    violations_table,
)
from oversight.report_words import Letterhead, Words
from oversight.sheets import Finding, checked_week

_LONG_SILENCE_S = 24 * 3600
_POOR_FIX_PERCENT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCar:
    """A chosen car with its sheet. ``facts``: as kept with the signature, else as they stand now; ``svg``: a map of
    its week."""

    vehicle_id: int
    plate: str
    unit_id: int
    unit: str
    why: Why
    facts: Mapping[str, Any]
    finding: Finding | None = None
    note: str = ""
    signed_by: str | None = None
    signed_at: datetime | None = None
    svg: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotCheck:
    """The standing draw of a week, and what is known of the chosen cars. ``hidden``: chosen cars of confidential mail,
    which are not among ``cars``. ``frame``: how many cars the draw was from; ``places``: how many had to be drawn."""

    week: Week
    attempt: int
    reason: str | None
    digest: str
    seed_sha256: str
    committed_at: datetime
    frozen_at: datetime
    share_percent: int
    overdue_weeks: int
    frame: int
    places: int
    drawn: int
    overdue: int
    hidden: int
    unit_cars: Sequence[tuple[str, int | None]]
    """the units of the frame and their cars, in order, those of confidential mail left out; a unit that came by a car
    since has none in the frame"""
    cars: Sequence[CheckedCar]
    violations: Sequence[ToldViolation]
    """of these cars in the week that is checked"""
    unknown_days: Sequence[date] = field(default=())

    @property
    def checked(self) -> Week:
        return checked_week(self.week)

    @property
    def open(self) -> int:
        """Sheets that nobody has signed."""
        return sum(car.finding is None for car in self.cars)


def spot_check_report(check: SpotCheck, head: Letterhead) -> Document:
    """The report; a draft, as it has no number."""
    words = head.words
    sections = (
        _organised(check, words),
        _results(check, words),
        _each(check, words),
        _quality(check, words),
    )
    blocks: list[Block] = []
    for number, (key, *parts) in enumerate(sections, 1):
        blocks += [Heading(text=words.heading(number, key)), *parts]
    return Document(
        language=words.language,
        title=words.say("spot_check.title", district=head.district, week=words.week(check.week)),
        issuer=head.issuer,
        issued_on=head.issued_on,
        blocks=(*blocks, *_annex(check, words)),
        notes=head.notes(check.unknown_days, words.say("spot_check.facts_note"), words.say("suspected.note")),
    )


Section = tuple[Any, ...]
"""The key of its heading, and its blocks."""


def _organised(check: SpotCheck, words: Words) -> Section:
    first, last = check.checked.days[0], check.checked.days[6]
    told = words.say(
        "spot_check.organised",
        committed=words.moment(check.committed_at), frozen=words.moment(check.frozen_at), cars=check.frame,
        percent=check.share_percent, places=check.places, chosen=check.drawn + check.overdue, drawn=check.drawn,
        first=words.day(first), last=words.day(last),
    )  # fmt: skip
    if check.overdue:
        told += words.say("spot_check.on_top", n=check.overdue, weeks=check.overdue_weeks)
    more = [words.say("spot_check.hidden", n=check.hidden)] if check.hidden else []
    if check.attempt > 1:
        more.append(words.say("spot_check.redrawn", attempt=check.attempt, reason=check.reason or ""))
    more.append(words.say("spot_check.recomputable", digest=check.digest, seed=check.seed_sha256))
    return ("spot_check.organised_title", *(Paragraph(text=text) for text in (told, *more)))


def _results(check: SpotCheck, words: Words) -> Section:
    found = Counter(car.finding for car in check.cars)
    findings = {finding.value: found[finding] for finding in Finding}
    signed = len(check.cars) - check.open
    told = (
        words.say("spot_check.signed_all", n=signed, **findings)
        if not check.open
        else words.say("spot_check.signed_some", n=len(check.cars), signed=signed, open=check.open, **findings)
    )
    against = counted(check.violations)
    suspected = (
        words.say("spot_check.suspected", n=len(against), cars=cars_of(against), units=units_of(against))
        if against
        else words.say("spot_check.none_suspected")
    )
    more = [insufficient_sentence(words, check.violations), provisional_sentence(words, check.violations)]
    paragraphs = [Paragraph(text=text) for text in (told, suspected, *more) if text]
    tables = [_units_table(check, words)]
    if against:
        tables.append(rules_table(words, words.say("spot_check.rules"), check.violations))
    return ("spot_check.results_title", *paragraphs, *tables)


def _units_table(check: SpotCheck, words: Words) -> Table:
    """By unit, those without a chosen car left out but counted in the totals."""
    against = counted(check.violations)
    rows: list[tuple[Cell, ...]] = []
    for unit, enrolled in check.unit_cars:
        cars = [car for car in check.cars if car.unit == unit]
        if cars:
            suspected = sum(one.unit == unit for one in against)
            rows.append((unit, enrolled, *_findings(cars), suspected))
    all_cars = sum(cars or 0 for _, cars in check.unit_cars)
    titles = ("enrolled", "chosen", "signed", "nothing", "doubtful", "device_problem", "no_data", "violations")
    return Table(
        name=words.say("sheet.units"),
        caption=words.say("spot_check.units"),
        columns=(
            Column(title=words.say("column.unit"), width=2.6),
            *(number_column(words.say(f"column.{title}")) for title in titles),
        ),
        rows=tuple(rows),
        totals=(words.say("column.total"), all_cars, *_findings(check.cars), len(against)),
    )


def _findings(cars: Sequence[CheckedCar]) -> tuple[int, ...]:
    found = Counter(car.finding for car in cars)
    return len(cars), len(cars) - found[None], *(found[finding] for finding in Finding)


def _each(check: SpotCheck, words: Words) -> Section:
    blocks: list[Block] = [_cars_table(check, words)]
    amiss = [car for car in check.cars if car.finding in (Finding.DOUBTFUL, Finding.DEVICE_PROBLEM)]
    if amiss:
        blocks += [Paragraph(text=words.say("spot_check.amiss", n=len(amiss))), _amiss_table(amiss, words)]
    return ("spot_check.each_title", *blocks)


def _cars_table(check: SpotCheck, words: Words) -> Table:
    against = Counter(one.vehicle_id for one in counted(check.violations))
    return Table(
        name=words.say("sheet.cars"),
        caption=words.say("spot_check.cars"),
        columns=(
            number_column(words.say("column.number"), 0.7),
            Column(title=words.say("column.unit"), width=2.2),
            Column(title=words.say("column.plate"), width=1.5),
            number_column(words.say("column.trips"), 0.8),
            number_column(words.say("column.km"), decimals=1),
            number_column(words.say("column.without_paper"), 1.1),
            number_column(words.say("column.silent_h"), 0.9, decimals=1),
            number_column(words.say("column.violations"), 0.8),
            Column(title=words.say("column.finding"), width=1.3),
            Column(title=words.say("column.signed_by"), width=1.2),
        ),
        rows=tuple(
            (
                number,
                car.unit,
                car.plate,
                len(car.facts["trips"]),
                _km(car),
                sum(trip["paper"] is None for trip in car.facts["trips"]),
                car.facts["quality"]["silent_s"] / 3600,
                against[car.vehicle_id],
                _finding(words, car),
                car.signed_by,
            )
            for number, car in enumerate(check.cars, 1)
        ),
    )


def _amiss_table(cars: Sequence[CheckedCar], words: Words) -> Table:
    return Table(
        name=words.say("sheet.amiss"),
        caption=words.say("spot_check.amiss_table"),
        columns=(
            Column(title=words.say("column.plate"), width=1.2),
            Column(title=words.say("column.unit"), width=1.6),
            Column(title=words.say("column.finding")),
            Column(title=words.say("column.note"), width=4),
        ),
        rows=tuple((car.plate, car.unit, _finding(words, car), car.note) for car in cars),
    )


def _quality(check: SpotCheck, words: Words) -> Section:
    """What the data are worth, and what therefore cannot be said."""
    without = [car.plate for car in check.cars if not _reports(car)]
    silent = [car.plate for car in check.cars if _reports(car) and _silent_s(car) >= _LONG_SILENCE_S]
    poor = [car.plate for car in check.cars if _reports(car) and _fix_percent(car) < _POOR_FIX_PERCENT]
    told = [
        words.say(f"spot_check.{key}", n=len(plates), plates=words.listed(plates))
        for key, plates in (("without_data", without), ("long_silent", silent), ("poor_fix", poor))
        if plates
    ]
    return ("spot_check.quality_title", *(Paragraph(text=text) for text in told or [words.say("spot_check.good_data")]))


def _annex(check: SpotCheck, words: Words) -> Iterator[Block]:
    """A page for each car of which there is a map."""
    mapped = [car for car in check.cars if car.svg]
    for number, car in enumerate(mapped, 1):
        yield PageBreak()
        yield Heading(text=words.say("spot_check.annex", n=number, plate=car.plate, unit=car.unit))
        yield Particulars(rows=tuple(_particulars(check, car, words)))
        yield Picture(
            svg=car.svg or "",
            caption=words.say("spot_check.map", n=number, plate=car.plate, week=words.week(check.checked)),
            description=words.say("spot_check.map_means", plate=car.plate, trips=len(car.facts["trips"])),
        )
        against = [one for one in counted(check.violations) if one.vehicle_id == car.vehicle_id]
        if against:
            table = violations_table(words, words.say("spot_check.of_car", plate=car.plate), against)
            yield Table(name=f"{car.plate}", caption=table.caption, columns=table.columns, rows=table.rows)


def _particulars(check: SpotCheck, car: CheckedCar, words: Words) -> Iterator[tuple[str, Cell]]:
    facts = car.facts
    week = f"{words.day(check.checked.days[0])} – {words.day(check.checked.days[6])}"
    yield words.say("particular.week"), week
    yield words.say("particular.why"), words.say(f"why.{car.why}")
    without = sum(trip["paper"] is None for trip in facts["trips"])
    yield (
        words.say("particular.trips"),
        words.say("particular.trips_are", n=len(facts["trips"]), km=f"{_km(car):.1f}", without=without),
    )
    quality = facts["quality"]
    yield (
        words.say("particular.quality"),
        words.say("particular.quality_is", fixes=quality["fixes"], hours=f"{quality['silent_s'] / 3600:.1f}")
        if _reports(car)
        else words.say("particular.no_data"),
    )
    yield words.say("particular.finding"), words.noted(_finding(words, car), car.note)
    if car.signed_by and car.signed_at:
        yield words.say("particular.signed"), f"{car.signed_by} {words.dated(car.signed_at)}"


def _finding(words: Words, car: CheckedCar) -> str:
    return words.say(f"finding.{car.finding}") if car.finding else words.say("finding.open")


def _km(car: CheckedCar) -> float:
    return sum(float(trip["distance_m"]) for trip in car.facts["trips"]) / 1000


def _reports(car: CheckedCar) -> bool:
    return bool(car.facts["quality"]["fixes"])


def _silent_s(car: CheckedCar) -> float:
    return float(car.facts["quality"]["silent_s"])


def _fix_percent(car: CheckedCar) -> float:
    percent = car.facts["quality"]["fix_percent"]
    return 100.0 if percent is None else float(percent)
