"""What is judged by, taken together."""

from __future__ import annotations

from rules.calendar import WorkCalendar
from rules.catalogue import CATALOGUE
from rules.rulebook import RuleBook


def book(*rules: object) -> RuleBook:
    return RuleBook(list(rules), [], WorkCalendar())  # type: ignore[arg-type]  # rules, given one by one


def test_the_signals_asked_for_are_those_of_the_rules() -> None:
    assert [signal.name for signal in book(*CATALOGUE.values()).signals] == [
        "alarm(antenna_cut)",
        "alarm(antenna_short)",
        "alarm(power_cut)",
        "faster_than(120.0)",
        "no_fix",
        "offline",
    ]
    slower = CATALOGUE["R13"].with_settings(speed_kmh=100)
    assert [signal.name for signal in book(slower).signals] == ["faster_than(100.0)"]
    assert book(slower).facts_signature != book(CATALOGUE["R13"]).facts_signature


def test_checkpoints_hold_while_limits_and_places_do() -> None:
    whole, without_r10 = book(*CATALOGUE.values()), book(*(r for r in CATALOGUE.values() if r.id != "R10"))
    assert whole.facts_signature == book(*CATALOGUE.values()).facts_signature
    assert whole.facts_signature != without_r10.facts_signature


def test_a_rule_with_another_setting_is_judged_anew_on_the_same_facts() -> None:
    other = [rule.with_settings(lasting="20 min") if rule.id == "R04" else rule for rule in CATALOGUE.values()]
    assert book(*other).facts_signature == book(*CATALOGUE.values()).facts_signature
    assert book(*other).signature != book(*CATALOGUE.values()).signature
