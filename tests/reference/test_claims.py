"""The program against the reference on what was claimed: random claims over random weeks, found alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from fleet.clock import us_of
from rules.catalogue import CATALOGUE
from rules.expenses import ExpenseMatter, judge_expenses
from rules.judging import judge
from tests.builders.claiming import claims_of, expenses_of, more_zones, tank_of
from tests.builders.matter import book_of, matter_of
from tests.builders.weeks import world
from tests.reference.claims import Found, judge_claims
from tests.reference.facts import facts_of, track_of

WORLDS, WEEKS = 40, 4
LEAST_KM = 50
"""R18 in a week: few cars drive 300 km."""
RULES = ("R18", "R19", "R20", "R21")


@cache
def found_in(seed: int) -> list[tuple[list[Found], list[Found]]]:
    """Of each car of a world, by the program and by the reference."""
    made, chance = world(seed, WEEKS), Random(seed)
    zones = [*made.zones, *more_zones(chance)]
    book = book_of(zones, made.own_days)
    book = replace(
        book,
        rules=[CATALOGUE["R18"].with_settings(distance=f"{LEAST_KM} km"), *(CATALOGUE[rule] for rule in RULES[1:])],
    )
    matter = matter_of(made.cars)
    expenses, tanks, by_reference = [], [], []
    for row, car in enumerate(made.cars):
        facts = facts_of(track_of(car.fixes))
        claims, tank = claims_of(chance, car, facts)
        expenses += expenses_of(row, claims)
        tanks.append(tank_of(tank))
        by_reference.append(judge_claims(claims, tank, car.fixes, facts, car.unit, zones, LEAST_KM))
    history = judge(matter, book).history
    columns = matter.vehicle_ids, matter.units, expenses, tanks, history, matter.papers, matter.positions
    found = judge_expenses(ExpenseMatter(*columns), book)
    by_program = [
        sorted(
            (v.rule_id, us_of(v.start), us_of(v.end)) for v in found if v.vehicle_id == car.id and v.rule_id in RULES
        )
        for car in made.cars
    ]
    return list(zip(by_program, by_reference, strict=True))


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_program_finds_what_the_reference_finds(seed: int) -> None:
    for number, (by_program, by_reference) in enumerate(found_in(seed), 1):
        assert by_program == by_reference, f"car {number} of world {seed}"


def test_the_claims_have_everything_in_them() -> None:
    count = Counter(rule for seed in range(WORLDS) for found, _ in found_in(seed) for rule, _, _ in found)
    assert all(count[rule] >= 10 for rule in RULES), count
