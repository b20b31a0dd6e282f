"""What a rule would forbid a car, supposed that it did the same all the time: drove, or stood away from its home.

So what excuses a car beforehand is what the rule itself subtracts, by the papers that are there now. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet.clock import DAY_US
from rules.calendar import WorkCalendar
from rules.evaluate import evaluate
from rules.expression import terms
from rules.kinds import Argument
from rules.papers import Papers
from rules.rule import Rule
from rules.source import hours_of, paper_spans
from rules.spans import Spans
from rules.vocabulary import VOCABULARY, Origin

DRIVES = frozenset({"driving", "outside"})
"""It drives all the time, away from its home and from all other zones."""
STANDS_AWAY = frozenset({"standing", "outside"})
"""It stands all the time, away from its home and from all other zones."""


@dataclass(frozen=True, slots=True, eq=False)
class Supposition:
    """Cars (rows 0..``vehicles`` - 1) with their papers, of which ``holds`` is supposed from a moment to another."""

    holds: frozenset[str]
    vehicles: int
    papers: Papers
    calendar: WorkCalendar
    start_us: int
    end_us: int

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        """Of what is supposed all the time, of papers and the calendar what they say, of anything else nothing."""
        if name in self.holds:
            return self.frame()
        spans = paper_spans(name, self.papers)
        if spans is not None:
            return spans
        hours = hours_of(name, arguments, self.calendar, self.start_us - DAY_US, self.end_us + DAY_US)
        return Spans.empty() if hours is None else Spans.for_all(*hours, self.vehicles)

    def frame(self) -> Spans:
        """The time that is looked at, of each car."""
        return Spans.for_all([self.start_us], [self.end_us], self.vehicles)

    def bounds_us(self) -> tuple[int, int]:
        """The time that is looked at."""
        return self.start_us, self.end_us


def forbidden(rule: Rule, supposed: Supposition) -> Spans:
    """When the rule would hold."""
    return evaluate(rule.expression, supposed) & supposed.frame()


def papers_of(rule: Rule, supposed: Supposition) -> dict[str, Spans]:
    """By word of the rule the papers that the cars have for it in that time."""
    words = {term.name for term in terms(rule.expression) if VOCABULARY[term.name].origin is Origin.PAPERS}
    found = {word: paper_spans(word, supposed.papers) for word in sorted(words)}
    return {word: spans & supposed.frame() for word, spans in found.items() if spans is not None}
