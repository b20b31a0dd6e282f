"""Judging stored positions once more, in memory: for verifying what is stored, and for trying rules. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fleet.expense import Expense, Tank
from fleet.violation import Violation
from rules.checkpoint import Beginning
from rules.expenses import ExpenseMatter, judge_expenses
from rules.judging import Judgement, Matter, evaluation_of, judge, known_of, violations_of
from rules.records import History
from rules.rulebook import RuleBook
from store import claims, judging, silence, verifying
from store.verifying import Car

VEHICLES_AT_ONCE = 20
"""Their whole past is in memory at once."""


@dataclass(frozen=True, slots=True)
class Past:
    """Some vehicles, and all that is known of them."""

    cars: Sequence[Car]
    matter: Matter

    expenses: Sequence[tuple[int, Expense]] = ()
    tanks: Sequence[Tank] = ()

    def judged(self, book: RuleBook) -> Judgement:
        """As if they had never been judged before."""
        judgement = judge(self.matter, book)
        return replace(judgement, violations=judgement.violations + self._of_claims(judgement.history, book))

    def violations(self, judgement: Judgement, book: RuleBook) -> list[Violation]:
        """What a rule book finds in the facts of a judgement that were made for it as well (RuleBook.facts_for)."""
        known = known_of(judgement.history, judgement.heard, self.matter, book)
        found = violations_of(known, self.matter, book, evaluation_of(known, self.matter, book))
        return found + self._of_claims(judgement.history, book)

    def _of_claims(self, history: History, book: RuleBook) -> list[Violation]:
        matter, columns = self.matter, (self.matter.vehicle_ids, self.matter.units)
        claimed = ExpenseMatter(*columns, self.expenses, self.tanks, history, matter.papers, matter.positions)
        return judge_expenses(claimed, book)


def pasts(conn: judging.Connection, cars: Sequence[Car]) -> Iterator[Past]:
    """The vehicles, some at a time. Until the next is asked for, whatever is read is as of the same moment."""
    for first in range(0, len(cars), VEHICLES_AT_ONCE):
        with verifying.one_moment(conn):
            some = cars[first : first + VEHICLES_AT_ONCE]
            claimed = verifying.whole_past(conn, some)
            positions = judging.positions(conn, claimed.vehicle_ids, claimed.since_us)
            papers = judging.papers(conn, claimed, claimed.since_us)
            begin, whole = Beginning.first_fixes(len(some)), silence.fleet(conn)
            matter = Matter(claimed.vehicle_ids, claimed.units, positions, begin, History.empty(), papers, whole)
            expenses = claims.counting(conn, claimed.vehicle_ids, claimed.since_us)
            yield Past(some, matter, expenses, claims.tanks(conn, claimed.vehicle_ids))
