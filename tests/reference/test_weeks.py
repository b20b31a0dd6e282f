"""The program against the reference: 500 random weeks, facts and violations equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import nan

import pytest

from rules.judging import judge
from tests.builders.matter import book_of, matter_of
from tests.builders.weeks import Car, World, world
from tests.reference.agreement import RULES, Answer, answer_of, answers_of
from tests.reference.papers import Papers
from tests.reference.signals import NO_FIX
from tests.reference.verdicts import Around, Verdict, judged

WORLDS, WEEKS = 125, 4


@cache
def answer(seed: int) -> list[Answer]:
    """By the reference, of each car."""
    made = world(seed, WEEKS)
    return [answer_of(judged(car.messages, car.unit, car.papers, around(made))) for car in made.cars]


def around(made: World) -> Around:
    return Around(made.zones, made.own_days, silences=made.silences)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_program_finds_what_the_reference_finds(seed: int) -> None:
    made = world(seed, WEEKS)
    book = book_of(made.zones, made.own_days)
    found = answers_of(judge(matter_of(made.cars, made.silences), book), book, len(made.cars))
    for car, by_program, by_reference in zip(made.cars, found, answer(seed), strict=True):
        assert by_program == by_reference, f"car {car.id} of world {seed}"


@pytest.mark.parametrize("seed", range(10))
def test_cars_that_never_have_a_fix_are_judged_alike(seed: int) -> None:
    made = world(seed, WEEKS)
    for car in made.cars:
        car.messages = [message._replace(flags=message.flags | NO_FIX) for message in car.messages]
    book = book_of(made.zones, made.own_days)
    found = answers_of(judge(matter_of(made.cars, made.silences), book), book, len(made.cars))
    by_reference = [answer_of(judged(car.messages, car.unit, car.papers, around(made))) for car in made.cars]
    assert found == by_reference
    assert any(of_car["violations"] for of_car in found)


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
    "left_out",
    [
        "orders", "waivers", "enrolments", "states", "use_class", "fittings", "own_days", "zones' times", "silences",
        "speeds", "odometers", "alarms", "messages without a fix",
    ],
)  # fmt: skip
def test_the_weeks_are_judged_otherwise_without(left_out: str) -> None:
    """Papers, own days, the times of zones and all that trackers say each change what is found in some of them."""
    assert any(without(left_out, made, car) != verdicts(made, car) for made, car in some_cars())


def some_cars() -> Iterator[tuple[World, Car]]:
    for seed in range(10):
        made = world(seed, WEEKS)
        yield from ((made, car) for car in made.cars)


def verdicts(made: World, car: Car) -> list[Verdict]:
    return judged(car.messages, car.unit, car.papers, around(made)).verdicts


def without(left_out: str, made: World, car: Car) -> list[Verdict]:
    papers, messages, its = car.papers, car.messages, around(made)
    match left_out:
        case "orders" | "waivers" | "enrolments" | "states" | "use_class" | "fittings":
            papers = papers._replace(**{left_out: getattr(Papers(), left_out)})
        case "own_days":
            its = its._replace(own_days={})
        case "silences":
            its = its._replace(silences=[])
        case "zones' times":
            its = its._replace(zones=[zone._replace(valid_from_us=None, valid_to_us=None) for zone in made.zones])
        case "speeds":
            messages = [message._replace(speed_kmh=nan) for message in messages]
        case "odometers":
            messages = [message._replace(odometer_km=nan) for message in messages]
        case "alarms":
            messages = [message._replace(flags=message.flags & NO_FIX) for message in messages]
        case "messages without a fix":
            messages = [message for message in messages if not message.flags & NO_FIX]
    return judged(messages, car.unit, papers, its).verdicts
