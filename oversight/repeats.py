"""What a claims sheet claims twice: within itself, and over the sheets before it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fleet.expense import Expense, Precision
from oversight.claim_row import ClaimRow, Told
from oversight.reasons import Reason, Verdict

T = TypeVar("T")

_SAME_WITHIN_S = 3600


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A row of a sheet that was checked before and counts. Its other row is told by sheet and line, never by plate."""

    check: int
    sheet: str
    line: int
    verdict: Verdict
    expense: Expense

    @property
    def place(self) -> dict[str, Any]:
        return {"check": self.check, "sheet": self.sheet, "line": self.line}


def repeats(rows: Sequence[ClaimRow], earlier: Sequence[EarlierRow]) -> dict[int, list[Told]]:
    """What is repeated, by line. Rows that were refused before were not paid, and count no more."""
    counting = [one for one in earlier if one.verdict is not Verdict.REFUSE]
    found: dict[int, list[Told]] = defaultdict(list)
    by_invoice = _grouped((row, _invoice(row.expense)) for row in rows)
    before = _grouped((one, _invoice(one.expense)) for one in counting)
    for invoice, same in by_invoice.items():
        past = before.get(invoice, [])
        plates = {row.expense.plate for row in same} | {one.expense.plate for one in past}
        plates.discard("")
        for row in same:
            others = [other.line for other in same if other is not row]
            if others:
                found[row.line].append(Told(Reason.REPEATED_INVOICE, {"lines": others[:10]}))
            if past:
                found[row.line].append(Told(Reason.INVOICE_IN_EARLIER_SHEET, past[0].place))
            if len(plates) > 1:
                found[row.line].append(Told(Reason.INVOICE_OF_TWO_CARS))
    _same_rows(rows, counting, found)
    return found


def _same_rows(rows: Sequence[ClaimRow], earlier: Sequence[EarlierRow], found: dict[int, list[Told]]) -> None:
    """Rows without an invoice are told apart by all that they say."""
    before = _grouped((one, _told_of(one.expense)) for one in earlier)
    for content, same in _grouped((row, _told_of(row.expense)) for row in rows).items():
        for row in same:
            others = [other.line for other in same if other is not row]
            if others:
                found[row.line].append(Told(Reason.REPEATED_ROW, {"lines": others[:10]}))
            if content in before:
                found[row.line].append(Told(Reason.ROW_IN_EARLIER_SHEET, before[content][0].place))


def others_beside(rows: Sequence[ClaimRow], known: Iterable[Expense]) -> list[Expense]:
    """Those of the claims known elsewhere that are not one of the rows again: a card's statement and a claims sheet
    tell of the same fill, which must not count as two."""
    by_car: Mapping[Hashable, list[Expense]] = _grouped(
        (row.expense, (row.expense.plate, row.expense.type, row.expense.amount)) for row in rows
    )
    invoices = {(row.expense.plate, _invoice(row.expense)) for row in rows if row.expense.invoice}
    kept = []
    for one in known:
        if one.invoice and (one.plate, _invoice(one)) in invoices:
            continue
        if not any(_is_near(one, row) for row in by_car.get((one.plate, one.type, one.amount), [])):
            kept.append(one)
    return kept


def _is_near(one: Expense, other: Expense) -> bool:
    apart_s = abs((one.at - other.at).total_seconds())
    day_alone = Precision.DAY in (one.precision, other.precision)
    return apart_s < (24 * 3600 if day_alone else _SAME_WITHIN_S)


def _invoice(expense: Expense) -> str:
    """An invoice's number in one form; empty where there is none."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", expense.invoice)).upper()


def _told_of(expense: Expense) -> Hashable:
    """All that a row without an invoice says; None of one with an invoice, which is told apart by that."""
    if expense.invoice or not expense.plate:
        return None
    return (expense.plate, expense.at, expense.type, expense.amount, expense.litres, expense.place)


def _grouped(pairs: Iterable[tuple[T, Hashable]]) -> dict[Hashable, list[T]]:
    """Things by their key, those without one left out."""
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for thing, key in pairs:
        if key:
            groups[key].append(thing)
    return groups
