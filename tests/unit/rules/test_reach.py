"""How far judging has to look back, and how far back a change is seen: against expressions of every shape."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.evaluate import Evaluation
from rules.expression import Expression, Term
from rules.language import parse
from rules.reach import SpansOf, needed_from, touched_from
from rules.spans import Int64s, Spans
from tests.unit.rules.test_evaluate import Told, minute_us

MORE = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 15)), max_size=6).map(
    lambda pairs: Spans.of(0, [minute_us(s) for s, _ in pairs], [minute_us(s + n) for s, n in pairs])
)
EXPRESSIONS = st.recursive(
    st.sampled_from(["driving", "ordered", "night"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("&|-"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["longer", "shorter", "after_first"]), inner, st.integers(1, 9)).map(
            lambda p: f'{p[0]}({p[1]}, "{p[2]} min")'
        ),
        st.tuples(inner, st.integers(0, 9), st.integers(0, 9)).map(
            lambda p: f'grow({p[0]}, "{p[1]} min", "{p[2]} min")'
        ),
        st.tuples(st.sampled_from(["without", "touching", "after"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, MORE, MORE, MORE, st.integers(0, 100))
def test_what_is_known_from_when_it_is_needed_gives_what_everything_gives(
    text: str, driving: Spans, ordered: Spans, night: Spans, minute: int
) -> None:
    """Asked again with more, until no more is asked for, as the judge does. A span that reaches back is known whole."""
    expression, from_us = parse(text), np.array([minute_us(minute)])
    whole = {"driving": driving, "ordered": ordered, "night": night}
    known_us = from_us
    while True:
        known = Evaluation(Told(**{name: _reaching(spans, known_us) for name, spans in whole.items()}))
        needed_us = needed_from(expression, known.spans, from_us)
        if needed_us >= known_us:
            break
        known_us = needed_us
    everything = Evaluation(Told(**whole)).spans(expression)
    seen = _from(from_us)
    assert known.spans(expression) & seen == everything & seen


@given(EXPRESSIONS, MORE, MORE, MORE, MORE, MORE, MORE, st.integers(0, 100))
def test_before_it_is_touched_an_expression_holds_as_it_did(
    text: str, d1: Spans, o1: Spans, n1: Spans, d2: Spans, o2: Spans, n2: Spans, minute: int
) -> None:
    """Terms that are equal up to an instant, and any after it."""
    expression, cut_us = parse(text), np.array([minute_us(minute)])
    later = _from(cut_us)
    before = {"driving": d1, "ordered": o1, "night": n1}
    now = {name: (before[name] - later) | (spans & later) for name, spans in zip(before, (d2, o2, n2), strict=True)}
    evaluation = Evaluation(Told(**now))
    same = Spans.of(0, [minute_us(-500)], touched_from(expression, evaluation.spans, cut_us))
    assert evaluation.spans(expression) & same == Evaluation(Told(**before)).spans(expression) & same


def test_a_trip_of_days_is_needed_from_its_start() -> None:
    trip = Spans.of(0, [minute_us(0)], [minute_us(5_000)])
    known = {"driving": trip, "ordered": Spans.empty()}
    asked = np.array([minute_us(4_900)])
    assert needed_from(parse("without(driving, ordered)"), _of(known), asked) == minute_us(0) - 1
    assert needed_from(parse('detour(1.5, "10 km")'), _of(known), asked) == minute_us(0) - 1
    assert needed_from(parse('trips_over("500 m")'), _of(known), asked) == asked, "a trip is known whole"
    assert needed_from(parse("driving - ordered"), _of(known), asked) == asked


def test_what_is_chosen_whole_is_touched_from_its_start() -> None:
    """A trip that goes on may come to be longer than 500 m."""
    trip = Spans.of(0, [minute_us(0)], [minute_us(5_000)])
    known = {"driving": trip, "ordered": Spans.empty(), "night": Spans.empty()}
    cut = np.array([minute_us(4_900)])
    for text in ('trips_over("500 m")', 'detour(1.5, "10 km")', "without(driving, ordered)"):
        assert touched_from(parse(text), _of(known), cut) == minute_us(0), text
    assert touched_from(parse("after(driving, ordered)"), _of(known), cut) == cut
    assert touched_from(
        parse('without(driving, grow(ordered, "15 min", "0 s")) - night'), _of(known), cut
    ) == minute_us(0)


def _of(known: dict[str, Spans]) -> SpansOf:
    def spans_of(expression: Expression) -> Spans:
        assert isinstance(expression, Term)
        return known[expression.name]

    return spans_of


def _from(us: Int64s) -> Spans:
    return Spans.of(0, us, [minute_us(20_000)])


def _reaching(spans: Spans, from_us: Int64s) -> Spans:
    """As the store hands facts out: those that end in or after the moment, whole."""
    return spans.select(spans.end_us >= from_us)
