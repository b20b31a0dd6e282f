"""Judging by forms in force, against judging each car by itself with its own rules."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fleet.violation import Violation
from rules.catalogue import CATALOGUE
from rules.judging import judge
from rules.rule_changes import RuleChanges
from tests.builders.matter import book_of, matter_of
from tests.builders.rule_changes import changed, put, setting
from tests.builders.weeks import UNITS, world

HOURS = ("17:00", "18:30", "19:00", "20:00")


def told(found: list[Violation]) -> list[tuple[object, ...]]:
    return sorted((v.vehicle_id, v.rule_id, v.rule_version, v.start, v.end, v.provisional) for v in found)


@pytest.mark.parametrize("seed", range(6))
def test_each_car_is_judged_as_by_its_own_rules_alone(seed: int) -> None:
    """Hours, distances and times that differ by unit, all year round: as if each unit had rules of its own."""
    made, chance = world(seed, 4), random.Random(seed)
    book = book_of(made.zones, made.own_days)
    own = {
        unit: {
            "R04": {"work_end": chance.choice(HOURS), "lasting": chance.choice(["5 min", "10 min"])},
            "R08": {"distance": chance.choice(["100 m", "300 m"]), "join": chance.choice(["0 s", "2 h"])},
        }
        for unit in UNITS
    }
    settings = [
        setting(rule, int(unit), "1999-01-01", **values) for unit in UNITS for rule, values in own[unit].items()
    ]
    by_forms = judge(matter_of(made.cars), replace(book, changes=RuleChanges([], settings)))
    one_by_one: list[Violation] = []
    for car in made.cars:
        rules = [rule.with_settings(**own[car.unit].get(rule.id, {})) for rule in CATALOGUE.values()]
        one_by_one += judge(matter_of([car]), replace(book, rules=rules)).violations
    assert told(by_forms.violations) == told(one_by_one)


def test_with_what_changes_nothing_all_is_as_with_nothing_entered() -> None:
    made = world(1, 4)
    book = book_of(made.zones, made.own_days)
    entered = RuleChanges(
        [put(CATALOGUE["R05"], "1999-01-01")], [setting("R04", int(UNITS[0]), "1999-01-01", work_end="19:00")]
    )
    found = judge(matter_of(made.cars), replace(book, changes=entered)).violations
    assert found == judge(matter_of(made.cars), book).violations
    assert found


def test_facts_are_the_same_whichever_form_judges() -> None:
    """Another distance asks for other visits, of all cars alike; hours ask for none."""
    book = book_of([], {})
    hours = replace(book, changes=RuleChanges([], [setting("R04", 1, work_end="20:00")]))
    farther = replace(book, changes=RuleChanges([], [setting("R08", 1, distance="300 m")]))
    ended = replace(book, changes=RuleChanges([], [setting("R08", 1, "2026-01-01", "2026-01-31", distance="300 m")]))
    seasonal = replace(book, changes=RuleChanges([], [setting("R08", 1, season="07-01..08-31", distance="300 m")]))
    put_off = replace(book, changes=RuleChanges([put(changed("R08", distance="300 m"), "2030-01-01")]))
    assert hours.facts_signature == book.facts_signature
    for other in (farther, ended, seasonal, put_off):
        assert other.facts_signature == farther.facts_signature != book.facts_signature
        assert {place.buffer_m for place in other.places if place.name == "home"} == {100.0, 300.0}
    assert {one.signature for one in (hours, farther, put_off)} == {book.signature}, "what is entered marks by itself"
