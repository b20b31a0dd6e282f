"""What a rule says, as a tree: values that compare equal when they say the same.

Parsing (:mod:`rules.language`) makes trees; evaluating, explaining and the questions below walk them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rules.kinds import Argument
from rules.vocabulary import VOCABULARY, Origin


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vocabulary with all its arguments, defaults filled in, in the order of its signature."""

    name: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """``a & b - c - d``: the time in all of ``kept`` and in none of ``removed``.

    ``&`` and ``-`` may be put in any order without changing the set, so one node holds a whole chain of them.
    """

    kept: tuple[Expression, ...]
    removed: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """``a | b``: the time in any of ``parts``."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Complement:
    """``~a``: the judged time of the vehicle that is not in ``part``."""

    part: Expression


@dataclass(frozen=True, slots=True)
class Applied:
    """A function over spans: ``without(a, b)``, ``longer(a, "15 min")``. Arguments are µs."""

    function: str
    operands: tuple[Expression, ...]
    arguments: tuple[Argument, ...] = ()


Expression = Term | Where | Either | Complement | Applied


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """Visits that an expression speaks of: ``name`` is a zone's kind or name."""

    name: str
    buffer_m: float
    side: Literal["inside", "outside"]
    min_fixes: int
    without_order: bool


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions that one is made of, one level down."""
    match expression:
        case Where(kept, removed):
            return kept + removed
        case Either(parts):
            return parts
        case Complement(part):
            return (part,)
        case Applied(operands=operands):
            return operands
        case Term():
            return ()


def terms(expression: Expression) -> Iterator[Term]:
    """Every term in it, in the order written (what is taken away after what is kept)."""
    if isinstance(expression, Term):
        yield expression
    for child in children(expression):
        yield from terms(child)


def needs(expression: Expression) -> frozenset[Need]:
    """Which visits have to be known to evaluate it."""
    return frozenset(need for term in terms(expression) if (need := need_of(term)) is not None)


def need_of(term: Term) -> Need | None:
    """The visits a term speaks of; None for a term that speaks of no zone."""
    side = VOCABULARY[term.name].side
    if side is None:
        return None
    name, buffer_m, fixes = term.arguments
    return Need(str(name), float(buffer_m), side, int(fixes), VOCABULARY[term.name].without_order)


def uses_calendar(expression: Expression) -> bool:
    """Whether it asks what kind of day it is, so that an UNKNOWN day makes its judgement provisional."""
    return any(VOCABULARY[term.name].origin is Origin.CALENDAR for term in terms(expression))


def uses_clock(expression: Expression) -> bool:
    """Whether it asks what day or hour it is."""
    return any(VOCABULARY[term.name].origin in (Origin.CALENDAR, Origin.DAY) for term in terms(expression))


def speaks_of_expenses(expression: Expression) -> bool:
    """Whether it is held against what was claimed for a car."""
    return any(VOCABULARY[term.name].origin is Origin.EXPENSES for term in terms(expression))


def halves(expression: Expression) -> tuple[Expression | None, Expression | None]:
    """What of ``a | b | ...`` speaks of tracks alone, and what speaks of expenses; None where there is none.

    The two are judged apart: the one when the track changes, the other when the claims do, perhaps weeks later.
    """
    parts = expression.parts if isinstance(expression, Either) else (expression,)
    claims = tuple(part for part in parts if speaks_of_expenses(part))
    tracks = tuple(part for part in parts if not speaks_of_expenses(part))
    return _either(tracks), _either(claims)


def _either(parts: tuple[Expression, ...]) -> Expression | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return Either(parts)


def rests_on_fixes(expression: Expression) -> bool:
    """Whether it asks where the car was or how it moved: then few fixes and long gaps make poor evidence."""
    return any(VOCABULARY[term.name].by_fixes for term in terms(expression))


def is_grounded(expression: Expression) -> bool:
    """Whether it holds only at times that positions or expenses speak of: nothing is claimed without data."""
    match expression:
        case Term(name):
            return VOCABULARY[name].origin in (Origin.POSITIONS, Origin.EXPENSES)
        case Where(kept):
            return any(is_grounded(part) for part in kept)
        case Either(parts):
            return all(is_grounded(part) for part in parts)
        case Complement():
            return False
        case Applied(function, operands):
            return function != "grow" and is_grounded(operands[0])


def holds_in_gaps(expression: Expression) -> bool:
    """Whether it may hold in the middle of a gap between fixes, far from its ends."""
    match expression:
        case Term(name):
            return name in _IN_GAPS or VOCABULARY[name].origin is not Origin.POSITIONS
        case Where(kept):
            return all(holds_in_gaps(part) for part in kept)
        case Either(parts):
            return any(holds_in_gaps(part) for part in parts)
        case Complement():
            return True
        case Applied(_, operands):
            return holds_in_gaps(operands[0])


_IN_GAPS = frozenset({"silent", "offline", "moved_unseen", "no_fix", "alarm"})


def is_of_one_span(expression: Expression) -> bool:
    """Whether each of its spans lies within a single span of a word whose spans never meet one another."""
    match expression:
        case Term(name):
            return name in _APART
        case Where(kept):
            grounded = [part for part in kept if is_grounded(part)]
            return len(grounded) == 1 and is_of_one_span(grounded[0])
    return False


_APART = frozenset({"driving", "standing", "silent", "offline"})


def reach_us(expression: Expression) -> int:
    """How far back an expression looks past the spans it is given.

    If two sources agree on every term from an instant on, the values agree from that instant plus this on. It adds
    up what ``grow`` carries forward and what ``longer``, ``shorter`` and ``after_first`` measure. ``without``,
    ``touching`` and ``after`` speak of whole spans: how far back these began is seen only from the spans
    (:mod:`rules.reach`).
    """
    own_us = 0
    if isinstance(expression, Applied) and expression.function in ("longer", "shorter", "after_first"):
        own_us = int(expression.arguments[0])
    if isinstance(expression, Applied) and expression.function == "grow":
        own_us = int(expression.arguments[0]) + int(expression.arguments[1])
    return own_us + max((reach_us(child) for child in children(expression)), default=0)
