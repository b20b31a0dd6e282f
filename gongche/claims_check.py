"""Checking a claims sheet: read → what is known → verdicts → frozen. The decisions are oversight.finance's.

Nothing is read row by row: each question is one query for all rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from fleet.clock import DAY_US, local_day, moment_of, month_start_us, us_of
from fleet.expense import Expense, ExpenseType, Precision
from fleet.order import WaiverKind
from fleet.position import Positions
from fleet.span import Span
from gongche.claims_sheet import ClaimsSheet
from gongche.judge import current_book
from gongche.settings import Settings
from oversight.claim_row import USES, Car, Checked, ClaimRow, Evidence, Seen, Told
from oversight.finance import checked, day_of, time_of
from oversight.reasons import Reason, Verdict
from oversight.repeats import EarlierRow, others_beside, repeats
from rules.catalogue import CATALOGUE
from rules.claims import claim_of
from rules.expenses import ExpenseMatter, judge_expenses
from rules.expression import terms
from rules.papers import Papers, fault_of
from rules.rulebook import RuleBook
from rules.whereabouts import Whereabouts, around_us, place_of, seen_at
from store import claims, finance_matter, judging

_REASONS = {
    "fuelled_away": Reason.REFUEL_PLACE,
    "tolled_away": Reason.TOLL_MISMATCH,
    "overfilled": Reason.OVER_TANK,
    "filled_again": Reason.FILLED_AGAIN,
    "wrong_fuel": Reason.WRONG_FUEL,
    "overused": Reason.FUEL_USE,
}
"""What the words of the rules R18 to R21 are to finance."""

_PLACES = {ExpenseType.FUEL: "fuelled_away", ExpenseType.TOLL: "tolled_away"}
_EXCUSING = (WaiverKind.DUTY, WaiverKind.EMERGENCY)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of a sheet; ``digest`` is over all that is frozen."""

    rows: Sequence[Checked]
    sheet_id: int | None
    digest: bytes

    @property
    def totals(self) -> dict[str, dict[str, Any]]:
        """Rows and money by verdict."""
        return {
            verdict.value: {
                "rows": sum(row.verdict is verdict for row in self.rows),
                "amount": f"{sum((row.amount for row in self.rows if row.verdict is verdict), Decimal()):.2f}",
            }
            for verdict in Verdict
        }


def check_claims(
    conn: judging.Connection, settings: Settings, sheet: ClaimsSheet, now: datetime, replaces: int | None = None
) -> Check:
    """Verdicts on all rows of a sheet by what is known now."""
    with conn.transaction():
        book = current_book(conn, settings, CATALOGUE.values())
        rows = sheet.rows
        cars = finance_matter.cars(conn, sorted({row.expense.plate for row in rows if row.expense.plate}))
        sheet_id = finance_matter.sheet_id(conn, sheet.sha256, sheet.worksheet)
        earlier = _earlier(conn, rows, sheet_id, replaces, settings)
        open_cars = {plate: car for plate, car in cars.items() if not car.is_confidential}
        evidence = _Gathering(conn, book, rows, open_cars, now).evidence(earlier)
        repeated = repeats(rows, earlier)
    judged = [
        checked(
            row,
            cars.get(row.expense.plate),
            replace(known, found=[*known.found, *repeated.get(row.line, [])]),
            book.calendar,
            now,
        )
        for row, known in zip(rows, evidence, strict=True)
    ]
    return Check(judged, sheet_id, digest_of(sheet.sha256, judged))


def digest_of(sheet_sha256: bytes, rows: Iterable[Checked]) -> bytes:
    """SHA-256 of a JSON array: the sheet's own, then per row line, plate, verdict, reasons and what is frozen."""
    told = [
        [row.row.line, row.row.expense.plate, row.verdict.value, [one.as_json() for one in row.told], row.frozen]
        for row in rows
    ]
    return digest_of_told(sheet_sha256, told)


def digest_of_told(sheet_sha256: bytes, told: Sequence[Sequence[Any]]) -> bytes:
    """As :func:`digest_of`, of the rows as they are stored."""
    text = json.dumps([sheet_sha256.hex(), *told], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _earlier(
    conn: judging.Connection,
    rows: Sequence[ClaimRow],
    sheet_id: int | None,
    replaces: int | None,
    settings: Settings,
) -> list[EarlierRow]:
    first_us = min(us_of(row.expense.at) for row in rows)
    return finance_matter.earlier(
        conn,
        sheet=sheet_id,
        replaces=replaces,
        invoices=sorted({row.expense.invoice for row in rows if row.expense.invoice}),
        plates=sorted({row.expense.plate for row in rows if row.expense.plate}),
        since=moment_of(month_start_us(first_us - DAY_US, settings.zone)),
    )


class _Gathering:
    """What is known of the rows' cars at their times, asked for all rows at once."""

    def __init__(
        self,
        conn: judging.Connection,
        book: RuleBook,
        rows: Sequence[ClaimRow],
        cars: Mapping[str, Car],
        now: datetime,
    ) -> None:
        self._conn, self._book, self._rows, self._cars = conn, book, rows, cars
        self._calendar = book.calendar
        by_id = sorted(cars.values(), key=lambda car: car.id)
        self._row_of = {car.plate: number for number, car in enumerate(by_id)}
        self._by_id = by_id
        self._vehicles = np.array([car.id for car in by_id], np.int32)
        self._units = judging.units_of(conn, self._vehicles)
        soon = now + timedelta(days=1)
        self._known = [
            number
            for number, row in enumerate(rows)
            if row.expense.plate in cars and row.expense.at.year >= 2000 and row.expense.at <= soon
        ]
        """The rows whose car and time can be looked at."""

    def evidence(self, earlier: Sequence[EarlierRow]) -> list[Evidence]:
        """One a row."""
        judged = [self._rows[number] for number in self._known]
        claimed, since_us = self._claimed(judged)
        papers = judging.papers(self._conn, claimed, since_us)
        heard = dict(zip(self._known, self._heard(judged), strict=True))
        driving = dict(zip(self._known, self._driving(judged, papers), strict=True))
        ordered = dict(zip(self._known, self._ordered(judged, papers), strict=True))
        found, seen = self._of_rules(judged, claimed, since_us, papers, earlier)
        cards = finance_matter.bindings(self._conn, sorted({r.expense.card for r in self._rows if r.expense.card}))
        return [
            Evidence(
                self._calendar.day(local_day(us_of(row.expense.at), self._calendar.zone)).kind,
                heard.get(number, True),
                seen.get(row.expense.id),
                ordered.get(number, False),
                driving.get(number, False),
                _bound(cards.get(row.expense.card, []), row.expense.at),
                found.get(row.expense.id, []),
            )
            for number, row in enumerate(self._rows)
        ]

    def _claimed(self, rows: Sequence[ClaimRow]) -> tuple[judging.Claim, Any]:
        """The cars as a judge claims them, and the beginning of the month of the first claim for each."""
        since_us = np.full(len(self._vehicles), us_of(datetime.fromisoformat("2199-01-01T00:00+00:00")), np.int64)
        for row in rows:
            at = self._row_of[row.expense.plate]
            since_us[at] = min(since_us[at], us_of(row.expense.at) - DAY_US)
        since_us = np.array([month_start_us(int(us), self._calendar.zone) for us in since_us], np.int64)
        return judging.Claim(self._vehicles, self._units, since_us, np.empty(0, np.int64)), since_us

    def _span(self, row: ClaimRow, of: tuple[int, int]) -> finance_matter.SpanOf:
        return self._cars[row.expense.plate].id, *of

    def _heard(self, rows: Sequence[ClaimRow]) -> list[bool]:
        return finance_matter.heard(self._conn, [self._span(row, day_of(row, self._calendar)) for row in rows])

    def _driving(self, rows: Sequence[ClaimRow], papers: Papers) -> list[bool]:
        """Of repairs whether the car drove at that minute, or at any of that day while it was waived for repair."""
        repairs = [number for number, row in enumerate(rows) if row.expense.type is ExpenseType.REPAIR]
        waived = _by_row((row, waiver.during) for row, waiver in papers.waivers if waiver.kind is WaiverKind.REPAIR)
        spans: list[tuple[int, finance_matter.SpanOf]] = []
        for number in repairs:
            row = rows[number]
            if row.expense.precision is Precision.MINUTE:
                spans.append((number, self._span(row, time_of(row, self._calendar))))
            day_us = day_of(row, self._calendar)
            for span in waived.get(self._row_of[row.expense.plate], []):
                cut_us = _cut(span, day_us)
                if cut_us[0] < cut_us[1]:
                    spans.append((number, self._span(row, cut_us)))
        held = finance_matter.driving(self._conn, [span for _, span in spans])
        driven = {number for (number, _), is_driving in zip(spans, held, strict=True) if is_driving}
        return [number in driven for number in range(len(rows))]

    def _ordered(self, rows: Sequence[ClaimRow], papers: Papers) -> list[bool]:
        """Whether an order that counts, or a duty or an emergency, touches the row's time."""
        excusing = _by_row(
            [
                *((row, order.during) for row, order in papers.orders if fault_of(order) is None),
                *((row, waiver.during) for row, waiver in papers.waivers if waiver.kind in _EXCUSING),
            ]
        )
        told = []
        for row in rows:
            times_us = time_of(row, self._calendar)
            spans = excusing.get(self._row_of[row.expense.plate], []) if row.expense.type in USES else []
            told.append(any(cut[0] < cut[1] for cut in (_cut(span, times_us) for span in spans)))
        return told

    def _of_rules(
        self,
        rows: Sequence[ClaimRow],
        claimed: judging.Claim,
        since_us: Any,
        papers: Papers,
        earlier: Sequence[EarlierRow],
    ) -> tuple[dict[int, list[Told]], dict[int, Seen]]:
        """What R18 to R21 find in the sheet, beside what was claimed before, by the expense's id; and what positions
        say of the places that it names."""
        placed = [row for row in rows if row.expense.type in _PLACES]
        if not placed or not self._book.expense_rules:
            return {}, {}
        before = [one.expense for one in earlier if one.verdict is not Verdict.REFUSE]
        before += [one for _, one in claims.counting(self._conn, self._vehicles, since_us)]
        others = [one for one in others_beside(placed, _once(before)) if one.plate in self._row_of]
        expenses = [(self._row_of[one.plate], one) for one in [*(row.expense for row in placed), *others]]
        positions = self._positions(placed)
        matter = ExpenseMatter(
            self._vehicles,
            self._units,
            expenses,
            [car.tank for car in self._by_id],
            claims.facts_since(self._conn, claimed, since_us, self._book.places, self._book.signals),
            papers,
            positions,
        )
        ids = {row.expense.id for row in placed}
        return self._found(matter, ids), self._seen(placed, positions)

    def _found(self, matter: ExpenseMatter, ids: set[int]) -> dict[int, list[Told]]:
        found: dict[int, dict[Reason, Told]] = defaultdict(dict)
        for violation in judge_expenses(matter, self._book):
            for one in violation.evidence["found"]:
                reason = _REASONS.get(one["word"])
                values = {name: value for name, value in one.items() if name not in ("word", "claims")}
                told = {"rule": violation.rule_id, "rule_version": violation.rule_version, **values}
                for id_ in one["claims"] if reason else []:
                    if id_ in ids and reason:
                        found[id_].setdefault(reason, Told(reason, told))
        return {id_: list(told.values()) for id_, told in found.items()}

    def _positions(self, rows: Sequence[ClaimRow]) -> Positions:
        """Around the claims whose place is known; times that overlap are asked for once."""
        around: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            claim = claim_of(self._row_of[row.expense.plate], row.expense, self._calendar.zone)
            if place_of(claim, self._book.zones, self._units) is not None:
                far_us = around_us(row.expense.type, self._book)
                around[int(self._vehicles[claim.row])].append((claim.start_us - far_us, claim.end_us + far_us))
        spans = [(vehicle, *span) for vehicle, some in around.items() for span in _joined(some)]
        return claims.positions_around(self._conn, spans)

    def _seen(self, rows: Sequence[ClaimRow], positions: Positions) -> dict[int, Seen]:
        seen = Whereabouts(self._vehicles, self._units, positions, self._book.zones)
        reach = {type_: _reach(self._book, word) for type_, word in _PLACES.items()}
        told: dict[int, Seen] = {}
        for row in rows:
            claim = claim_of(self._row_of[row.expense.plate], row.expense, self._calendar.zone)
            zone = place_of(claim, self._book.zones, self._units)
            if zone is None:
                told[row.expense.id] = Seen.UNKNOWN_PLACE
                continue
            is_there = seen_at(claim, zone, seen, *reach[row.expense.type])
            told[row.expense.id] = {True: Seen.THERE, False: Seen.AWAY, None: Seen.NOT_COVERED}[is_there]
        return told


def _reach(book: RuleBook, word: str) -> tuple[float, int]:
    """The widest distance in metres and time in µs that a rule in force has for a word."""
    asked = [term.arguments for rule in book.expense_rules for term in terms(rule.expression) if term.name == word]
    distance_m = max((float(arguments[0]) for arguments in asked), default=0.0)
    return distance_m, max((int(arguments[1]) for arguments in asked), default=0)


def _bound(bindings: Sequence[tuple[datetime, str]], at: datetime) -> str | None:
    """The plate that a card is bound to at a moment; None where no binding is known, or to none."""
    return next((plate or None for since, plate in bindings if since <= at), None)


def _once(expenses: Iterable[Expense]) -> list[Expense]:
    """Claims that an import and an earlier sheet both tell, once."""
    kept: list[Expense] = []
    counted: Counter[tuple[Any, ...]] = Counter()
    for one in sorted(expenses, key=lambda one: one.id):
        key = (one.plate, one.at, one.type, one.amount)
        counted[key] += 1
        kept += [one] if counted[key] == 1 else []
    return kept


def _by_row(spans: Iterable[tuple[int, Span]]) -> dict[int, list[Span]]:
    grouped: dict[int, list[Span]] = defaultdict(list)
    for row, span in spans:
        grouped[row].append(span)
    return grouped


def _cut(span: Span, within_us: tuple[int, int]) -> tuple[int, int]:
    """The part of a span within a time; empty where it ends before it starts."""
    start_us = within_us[0] if span.start is None else max(us_of(span.start), within_us[0])
    end_us = within_us[1] if span.end is None else min(us_of(span.end), within_us[1])
    return start_us, end_us


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap put together."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
