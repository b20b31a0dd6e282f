"""The program against the reference: random weeks in which cars are handed from unit to unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import numpy as np
import pytest

from fleet.clock import day_start_us, local_day
from rules.judging import judge
from rules.units import Units
from tests.builders.matter import book_of, matter_of
from tests.builders.weeks import UNITS, Car, World, world
from tests.reference.agreement import Answer, answer_of, answers_of
from tests.reference.hours import Hours
from tests.reference.places import Changing
from tests.reference.places import Units as ItsUnits
from tests.reference.test_hours import changes_of, hours_of
from tests.reference.verdicts import Around, judged

WORLDS, WEEKS = 15, 4
LOOKED_AT = 5


def changing(chance: Random, car: Car) -> Changing:
    """Up to three changes at local midnights of the car's week."""
    driven = sorted({local_day(fix.ts_us) for fix in car.fixes})
    days = {chance.choice(driven) + timedelta(days=chance.randint(0, 1)) for _ in range(chance.randint(0, 3)) if driven}
    return Changing(car.unit, tuple((day_start_us(day), chance.choice(UNITS)) for day in sorted(days)))


def units_of(seed: int, made: World) -> list[Changing]:
    chance = Random(f"units {seed}")
    return [changing(chance, car) for car in made.cars]


def by_reference(made: World, hours: Hours, units: list[ItsUnits]) -> list[Answer]:
    around = Around(made.zones, made.own_days, hours, silences=made.silences)
    return [
        answer_of(judged(car.messages, unit, car.papers, around)) for car, unit in zip(made.cars, units, strict=True)
    ]


@cache
def answers(seed: int) -> list[Answer]:
    made = world(seed, WEEKS)
    return by_reference(made, hours_of(seed, made), [*units_of(seed, made)])


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_program_finds_what_the_reference_finds(seed: int) -> None:
    made = world(seed, WEEKS)
    book = replace(book_of(made.zones, made.own_days), changes=changes_of(hours_of(seed, made)))
    changes = [
        (row, since_us, int(unit))
        for row, of_car in enumerate(units_of(seed, made))
        for since_us, unit in of_car.changes
    ]
    matter = matter_of(made.cars, made.silences)
    matter = replace(matter, units=Units.of(np.array([car.unit for car in made.cars], np.int32), changes))
    assert answers_of(judge(matter, book), book, len(made.cars)) == answers(seed)


def test_the_changes_change_what_is_found() -> None:
    """In most of some worlds; and in one at least it is not what either unit alone would have had found."""
    differ = apart = 0
    for seed in range(LOOKED_AT):
        made = world(seed, WEEKS)
        hours, units = hours_of(seed, made), units_of(seed, made)
        first = by_reference(made, hours, [one.first for one in units])
        last = by_reference(made, hours, [[one.first, *(to for _, to in one.changes)][-1] for one in units])
        differ += answers(seed) != first
        apart += any(of not in alone for of, *alone in zip(answers(seed), first, last, strict=True))
    assert differ > LOOKED_AT / 2
    assert apart > 0
