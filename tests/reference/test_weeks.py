"""The program against the reference: 500 random weeks, facts and violations equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from rules.judging import judge
from tests.builders.matter import book_of, matter_of
from tests.builders.weeks import Car, World, world
from tests.reference.agreement import Answer, answer_of, answers_of
from tests.reference.papers import Papers
from tests.reference.verdicts import Around, Verdict, judged

WORLDS, WEEKS = 125, 4
RULES = ("R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R17")


@cache
def answer(seed: int) -> list[Answer]:
    """By the reference, of each car."""
    made = world(seed, WEEKS)
    return [answer_of(judged(car.fixes, car.unit, car.papers, Around(made.zones, made.own_days))) for car in made.cars]


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_program_finds_what_the_reference_finds(seed: int) -> None:
    made = world(seed, WEEKS)
    book = book_of(made.zones, made.own_days)
    found = answers_of(judge(matter_of(made.cars), book), book, len(made.cars))
    for car, by_program, by_reference in zip(made.cars, found, answer(seed), strict=True):
        assert by_program == by_reference, f"car {car.id} of world {seed}"


def test_the_weeks_have_everything_in_them() -> None:
    """Every fact, every rule, and provisional finds, many times over; so that the test above says something."""
    count: Counter[object] = Counter()
    for seed in range(30):
        for of_car in answer(seed):
            count.update({kind: len(found) for kind, found in of_car.items()})
            count.update((rule, provisional) for rule, _, _, provisional, _ in of_car["violations"])
            count.update(("insufficient", insufficient) for *_, insufficient in of_car["violations"])
    wanted = [*answer(0)[0], *((rule, False) for rule in RULES), ("R04", True), ("R05", True), ("insufficient", True)]
    assert all(count[kind] >= 20 for kind in wanted), count


@pytest.mark.parametrize(
    "left_out", ["orders", "waivers", "enrolments", "states", "use_class", "own_days", "zones' times"]
)
def test_the_weeks_are_judged_otherwise_without(left_out: str) -> None:
    """Papers, own days and the times of zones each change what is found in some of them."""
    assert any(without(left_out, made, car) != verdicts(made, car) for made, car in some_cars())


def some_cars() -> Iterator[tuple[World, Car]]:
    for seed in range(10):
        made = world(seed, WEEKS)
        yield from ((made, car) for car in made.cars)


def verdicts(made: World, car: Car) -> list[Verdict]:
    return judged(car.fixes, car.unit, car.papers, Around(made.zones, made.own_days)).verdicts


def without(left_out: str, made: World, car: Car) -> list[Verdict]:
    papers, around = car.papers, Around(made.zones, made.own_days)
    match left_out:
        case "orders":
            papers = papers._replace(orders=())
        case "waivers":
            papers = papers._replace(waivers=())
        case "enrolments":
            papers = papers._replace(enrolments=Papers().enrolments)
        case "use_class":
            papers = papers._replace(use_class="general")
        case "states":
            papers = papers._replace(states=())
        case "own_days":
            around = Around(made.zones, {})
        case "zones' times":
            always = [zone._replace(valid_from_us=None, valid_to_us=None) for zone in made.zones]
            around = Around(always, made.own_days)
    return judged(car.fixes, car.unit, papers, around).verdicts
