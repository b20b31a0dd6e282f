"""Expressions over given spans: what each operator picks, and that common parts are asked for once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.evaluate import Evaluation, evaluate, judge_rule
from rules.expression import reach_us
from rules.kinds import Argument
from rules.language import parse
from rules.rule import rule_of
from rules.spans import Spans
from tests.builders.spans import MINUTE_US, minute_us, spans, written

DAY = "0-1440"


class Told:
    """A source that was told its spans, and counts what it is asked."""

    def __init__(self, frame: str = DAY, **told: str | Spans) -> None:
        self.told = told
        self.whole = frame
        self.asked: Counter[tuple[str, tuple[Argument, ...]]] = Counter()

    def term(self, name: str, arguments: tuple[Argument, ...]) -> Spans:
        self.asked[name, arguments] += 1
        given_ = self.told.get(name, "")
        return spans(given_) if isinstance(given_, str) else given_

    def frame(self) -> Spans:
        return spans(self.whole)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("driving & holiday - ordered - waived", "5-8 10-20"),
        ("driving & (holiday - ordered) - waived", "5-8 10-20"),
        ("driving | standing", "0-20 30-50"),
        ("driving - ordered", "0-8 10-20"),
        ("~driving", "20-1440"),
        ("standing & ~ordered", "30-50"),
        ("without(driving | standing, ordered)", "30-50"),
        ("touching(driving | standing, ordered)", "0-20"),
        ('longer(driving - ordered, "10 min")', "10-20"),
        ('shorter(driving - ordered, "10 min")', "0-8"),
        ('grow(ordered, "3 min", "2 min")', "5-12"),
        ("driving - (holiday - ordered)", "0-5 8-10"),
        ("driving | standing & ordered", "0-20"),
    ],
)
def test_an_expression_picks_its_spans(text: str, found: str) -> None:
    source = Told(driving="0-20", standing="30-50", holiday="5-100", ordered="8-10", waived="25-26")
    assert written(evaluate(parse(text), source)) == found


def test_vehicles_do_not_mix() -> None:
    source = Told(driving="0-10 | 0-10 | 0-10", ordered="2-4 | | 8-20")
    assert evaluate(parse("driving - ordered"), source) == spans("0-2 4-10 | 0-10 | 0-8")


def test_what_rules_have_in_common_is_asked_for_once() -> None:
    source = Told(driving="0-20", holiday="5-30", weekend="0-5", ordered="1-2")
    evaluation = Evaluation(source)
    for text in ("driving & holiday - ordered", "driving & weekend - ordered", 'driving & inside(home, "50 m")'):
        evaluation.spans(parse(text))
    evaluation.spans(parse('inside(home, "0.05 km")'))
    assert set(source.asked.values()) == {1}


def test_a_rule_joins_what_is_close_and_keeps_what_lasts() -> None:
    rule = rule_of(
        "R99",
        {
            "version": 1,
            "name": {"zh": "例", "en": "Example"},
            "basis": "例",
            "when": "driving - ordered",
            "join": "30 min",
            "lasting": "10 min",
            "severity": "info",
        },
    )
    groups = judge_rule(rule, Told(driving="0-6 30-34 100-109 200-215 | 0-12", ordered="205-207 | 2-12"))
    assert groups.vehicle.tolist() == [0, 0]
    assert groups.start_us.tolist() == [minute_us(0), minute_us(200)]
    assert groups.end_us.tolist() == [minute_us(34), minute_us(215)]
    assert (groups.total_us // MINUTE_US).tolist() == [10, 13]


minutes = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 15)), max_size=6).map(
    lambda pairs: Spans.of(0, [minute_us(s) for s, _ in pairs], [minute_us(s + n) for s, n in pairs])
)
local = st.recursive(
    st.sampled_from(["driving", "ordered", "night"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("&|-"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["longer", "shorter"]), inner, st.integers(1, 9)).map(
            lambda p: f'{p[0]}({p[1]}, "{p[2]} min")'
        ),
        st.tuples(inner, st.integers(0, 9), st.integers(0, 9)).map(
            lambda p: f'grow({p[0]}, "{p[1]} min", "{p[2]} min")'
        ),
    ),
    max_leaves=5,
)


@given(local, minutes, minutes, minutes, st.integers(0, 60))
def test_reach_says_how_far_a_change_in_the_past_carries(
    text: str, driving: Spans, ordered: Spans, night: Spans, cut: int
) -> None:
    """What lies before the cut may be cut off without changing anything from the cut plus the reach on."""
    expression = parse(text)
    later = Spans.of(0, [minute_us(cut)], [minute_us(10_000)])
    seen = Spans.of(0, [minute_us(cut) + reach_us(expression)], [minute_us(20_000)])
    whole = {"driving": driving, "ordered": ordered, "night": night}
    recent = {name: given_ & later for name, given_ in whole.items()}
    assert evaluate(expression, Told(**whole)) & seen == evaluate(expression, Told(**recent)) & seen
