"""What is judged by, taken together."""

from __future__ import annotations

import pytest

from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE, rules_of
from rules.rule import CatalogueError
from rules.rulebook import RuleBook

SPEEDING = """
[R13]
version = 1
name = { zh = "超速", en = "Speeding" }
basis = "限速"
when = "driving & faster_than(120)"
severity = "medium"
"""


def book(*rules: object) -> RuleBook:
    return RuleBook(list(rules), [], WorkCalendar())  # type: ignore[arg-type]  # rules, given one by one


def test_a_word_whose_spans_are_not_made_is_refused_before_it_judges() -> None:
    with pytest.raises(CatalogueError, match=r"R13.*faster_than"):
        book(rules_of(SPEEDING)["R13"])


def test_checkpoints_hold_while_limits_and_places_do() -> None:
    whole, without_r10 = book(*CATALOGUE.values()), book(*(r for r in CATALOGUE.values() if r.id != "R10"))
    assert whole.facts_signature == book(*CATALOGUE.values()).facts_signature
    assert whole.facts_signature != without_r10.facts_signature


def test_a_rule_with_another_setting_is_judged_anew_on_the_same_facts() -> None:
    other = [rule.with_settings(lasting="20 min") if rule.id == "R04" else rule for rule in CATALOGUE.values()]
    assert book(*other).facts_signature == book(*CATALOGUE.values()).facts_signature
    assert book(*other).signature != book(*CATALOGUE.values()).signature
