"""How far back judging has to look, where it goes on from a checkpoint.

Functions and words that speak of *whole* spans (``without(driving, ordered)``) reach back as far as those spans: a
trip may have begun days ago, and an order of its first hour excuses all of it. How far that is cannot be told from
the expression alone; it is read off the spans themselves, once they are known. Two questions are answered, per
vehicle row, in µs:

- :func:`needed_from`: to have an expression right from a moment on, from when on must its terms be known?
- :func:`touched_from`: where terms may have changed from a moment on, from when on may the expression have?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from rules.checkpoint import NO_CUT_US
from rules.evaluate import Evaluation
from rules.expression import Applied, Expression, Term, children
from rules.rule import Rule
from rules.rulebook import PAPERS_NEAR_US
from rules.spans import Int64s, Spans, joined
from rules.vocabulary import VOCABULARY

SpansOf = Callable[[Expression], Spans]

_WHOLE = ("without", "touching", "after")


def needed_from(expression: Expression, spans_of: SpansOf, from_us: Int64s) -> Int64s:
    """From when on all terms must be known for the expression to be right from ``from_us`` on.

    ``spans_of`` may itself rest on too little: an answer before what is known asks for more, and is then asked for
    again. An answer that is not is right, since each whole span then begins within what is known.
    """
    match expression:
        case Term(name) if VOCABULARY[name].by_papers:
            return _before_begun(spans_of(_unchosen(expression)), from_us)
        case Applied(function, (spans, others)) if function in _WHOLE:
            begun_us = _before_begun(spans_of(spans), from_us)
            return np.minimum(needed_from(spans, spans_of, begun_us), needed_from(others, spans_of, begun_us))
        case Applied("longer" | "shorter" | "after_first" | "grow", arguments=arguments):
            from_us = from_us - sum(map(int, arguments))
    return _least([needed_from(child, spans_of, from_us) for child in children(expression)], from_us)


def touched_from(expression: Expression, spans_of: SpansOf, from_us: Int64s) -> Int64s:
    """From when on the expression may be another, where its terms may be from ``from_us`` on.

    Read off the spans as they are now. That is enough: before ``from_us`` there were the same trips, stops and so on
    as there are, so a whole span that reached there began when it begins now.
    """
    match expression:
        case Term(name) if VOCABULARY[name].chosen_from:
            return begun(spans_of(_unchosen(expression)), from_us)
        case Applied("without" | "touching", (spans, _)):
            changed_us = _least([touched_from(c, spans_of, from_us) for c in children(expression)], from_us)
            return begun(spans_of(spans), changed_us)
        case Applied("longer" | "shorter" | "after_first" | "grow", (spans,), arguments):
            return touched_from(spans, spans_of, from_us) - int(arguments[0])
    # `after` among them: what ended before the change ends the same.
    return _least([touched_from(child, spans_of, from_us) for child in children(expression)], from_us)


def horizon_of(rules: Iterable[Rule], evaluation: Evaluation, cut_us: Int64s) -> Int64s:
    """From when on violations may be others, or of other evidence, where facts and papers may be from the cuts on."""
    # The evidence tells of the trips of a violation, whole.
    earliest = begun(evaluation.spans(Term("driving")), cut_us)
    for rule in rules:
        touched_us = touched_from(rule.expression, evaluation.spans, cut_us) - rule.join_us
        earliest = np.minimum(earliest, touched_us)
    return _since(cut_us, earliest - PAPERS_NEAR_US)


def known_from_of(rules: Iterable[Rule], evaluation: Evaluation, horizon_us: Int64s, first_us: Int64s) -> Int64s:
    """From when on facts and papers must be known for all that ends in or after the horizon to be judged right.

    ``first_us``: when the first of the violations began that stand and end in or after the horizon.
    """
    earliest = first_us
    for rule in rules:
        groups = joined(evaluation.spans(rule.expression), rule.join_us)
        from_us = begun(Spans(groups.vehicle, groups.start_us, groups.end_us), np.minimum(horizon_us, first_us))
        earliest = np.minimum(earliest, needed_from(rule.expression, evaluation.spans, from_us - rule.join_us))
    return _since(horizon_us, earliest - PAPERS_NEAR_US)


def _since(from_us: Int64s, earliest_us: Int64s) -> Int64s:
    """What has no beginning stays so."""
    return np.where(from_us <= NO_CUT_US, NO_CUT_US, earliest_us)


def begun(spans: Spans, from_us: Int64s) -> Int64s:
    """When the earliest span that ends in or after ``from_us`` began, or ``from_us`` if that is earlier."""
    earliest = from_us.copy()
    reaching = spans.end_us >= from_us[spans.vehicle]
    np.minimum.at(earliest, spans.vehicle[reaching], spans.start_us[reaching])
    return earliest


def _unchosen(term: Term) -> Term:
    """The spans that a word takes or leaves whole, all of them: trips for ``trips_over("500 m")``."""
    word = VOCABULARY[VOCABULARY[term.name].chosen_from]
    if word.side is not None:
        return Term(word.name, (*term.arguments[:2], 1))
    return Term(word.name, tuple(parameter.default or 0.0 for parameter in word.parameters))


def _before_begun(spans: Spans, from_us: Int64s) -> Int64s:
    """The last moment before the spans that reach past ``from_us``: where it is known, so is that they begin there."""
    earliest = begun(spans, from_us)
    return np.where(earliest < from_us, earliest - 1, from_us)


def _least(parts: list[Int64s], otherwise: Int64s) -> Int64s:
    return np.minimum.reduce(parts) if parts else otherwise
