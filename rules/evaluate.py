"""Expressions and rules to spans, given the spans of their terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Protocol

from rules import spans as algebra
from rules.expression import Applied, Complement, Either, Expression, Term, Where
from rules.kinds import Argument
from rules.rule import Rule
from rules.spans import Groups, Mask, Spans

_FUNCTIONS: Mapping[str, Callable[..., Spans]] = {
    function.__name__: function
    for function in (
        algebra.without,
        algebra.touching,
        algebra.after,
        algebra.longer,
        algebra.shorter,
        algebra.after_first,
        algebra.grow,
    )
}
"""Each takes spans, then durations in µs."""


class SpanSource(Protocol):
    """Where the spans of terms come from: facts, papers, the calendar."""

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        """The spans of a word of the vocabulary, with all its arguments in the order of its signature."""
        ...

    def frame(self) -> Spans:
        """The judged time of every vehicle, from its first to its last fix: what ``~`` complements within."""
        ...

    def bounds_us(self) -> tuple[int, int] | None:
        """The time that is known of any vehicle; None when nothing is."""
        ...


class Evaluation:
    """Evaluates expressions over one source; what several rules have in common is worked out once."""

    def __init__(self, source: SpanSource) -> None:
        self.source = source
        self._known: dict[Expression, Spans] = {}
        self._parts: dict[bytes, Evaluation] = {}

    def spans(self, expression: Expression) -> Spans:
        """When the expression holds."""
        found = self._known.get(expression)
        if found is None:
            found = self._known[expression] = self._worked_out(expression)
        return found

    def of_rows(self, rows: Mask | None) -> Evaluation:
        """The same for the vehicles where ``rows`` is true alone (None: all); their row numbers stay."""
        if rows is None:
            return self
        return self._parts.setdefault(rows.tobytes(), Evaluation(_SomeRows(self, self.source, rows)))

    def judge(self, rule: Rule) -> Groups:
        """The suspected violations of a rule: spans closer than its join together, kept if they last long enough."""
        return algebra.joined(self.spans(rule.expression), rule.join_us).lasting(rule.least_us)

    def _worked_out(self, expression: Expression) -> Spans:
        match expression:
            case Term(name, arguments):
                return self.source.term(name, arguments)
            case Either(parts):
                return reduce(or_, map(self.spans, parts))
            case Complement(part):
                return algebra.complement(self.spans(part), self.source.frame())
            case Where(kept, removed):
                found = reduce(and_, map(self.spans, kept))
                for part in removed:
                    found = found - self.spans(part)
                return found
            case Applied(function, operands, arguments):
                return _FUNCTIONS[function](*map(self.spans, operands), *(int(us) for us in arguments))


@dataclass(frozen=True, slots=True, eq=False)
class _SomeRows:
    """What is known of some of the vehicles."""

    whole: Evaluation
    source: SpanSource
    rows: Mask

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        spans = self.whole.spans(Term(name, arguments))
        return spans.select(self.rows[spans.vehicle])

    def frame(self) -> Spans:
        frame = self.source.frame()
        return frame.select(self.rows[frame.vehicle])

    def bounds_us(self) -> tuple[int, int] | None:
        return self.source.bounds_us()


def evaluate(expression: Expression, source: SpanSource) -> Spans:
    """When one expression holds. For several over one source, an :class:`Evaluation` shares the work."""
    return Evaluation(source).spans(expression)


def judge_rule(rule: Rule, source: SpanSource) -> Groups:
    """The suspected violations of one rule, as :meth:`Evaluation.judge`."""
    return Evaluation(source).judge(rule)
