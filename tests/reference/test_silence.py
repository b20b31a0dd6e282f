"""The program against the reference: silences of random fleets, and what R14 makes of them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from fleet.clock import moment_of, us_of
from fleet.span import Span
from fleet.violation import Severity
from rules.catalogue import CATALOGUE
from rules.judging import Matter, judge
from rules.rulebook import RuleBook
from tests.builders.history import fleet_of_matter
from tests.builders.matter import book_of, matter_of
from tests.builders.silences import random_fleet
from tests.builders.weeks import Car
from tests.reference.intervals import Intervals
from tests.reference.signals import NO_FIX, Message
from tests.reference.silence import Heard, Offline, fleet_silences, fleet_time, verdicts

FLEETS = 150


def matter_of_fleet(cars: list[Heard]) -> Matter:
    matter = matter_of([Car(n + 1, 1, messages_of(car), car.papers) for n, car in enumerate(cars)])
    fittings = [(row, _span(*span)) for row, car in enumerate(cars) for span in car.fittings or ()]
    return replace(matter, papers=replace(matter.papers, fittings=fittings))


def messages_of(car: Heard) -> list[Message]:
    return [
        *(Message(*fix) for fix in car.fixes), *(Message(*place, flags=NO_FIX) for place in car.without_fix)
    ]  # fmt: skip


def _span(start_us: int | None, end_us: int | None) -> Span:
    start, end = (None if us is None else moment_of(us) for us in (start_us, end_us))
    return Span(start, end)


def by_program(cars: list[Heard]) -> tuple[int | None, Intervals, list[list[Offline]]]:
    matter = matter_of_fleet(cars)
    book = RuleBook([CATALOGUE["R14"]], [], book_of([], {}).calendar)
    fleet = fleet_of_matter(matter, book)
    found: list[list[Offline]] = [[] for _ in cars]
    for one in judge(replace(matter, fleet=fleet), book).violations:
        found[one.vehicle_id - 1].append(Offline(us_of(one.start), us_of(one.end), one.severity is Severity.INFO))
    silences = list(zip(fleet.start_us.tolist(), fleet.end_us.tolist(), strict=True))
    return fleet.until_us, silences, [sorted(of_car) for of_car in found]


def by_reference(cars: list[Heard]) -> tuple[int | None, Intervals, list[list[Offline]]]:
    until_us, silences = fleet_time(cars), fleet_silences(cars)
    return until_us, silences, [verdicts(car, until_us, silences) for car in cars]


@pytest.mark.parametrize("seed", range(FLEETS))
def test_the_program_finds_what_the_reference_finds(seed: int) -> None:
    cars = random_fleet(Random(seed))
    assert by_program(cars) == by_reference(cars)


def test_the_fleets_have_everything_in_them() -> None:
    """So that the test above says something."""
    answers = [by_reference(random_fleet(Random(seed))) for seed in range(FLEETS)]
    found = [(one, until_us) for until_us, _, by_car in answers for of_car in by_car for one in of_car]
    assert sum(len(silences) for _, silences, _ in answers) > FLEETS
    assert sum(one.is_warning for one, _ in found) > 30
    assert sum(not one.is_warning for one, _ in found) > 10
    assert sum(one.end_us == until_us for one, until_us in found) > 10, "open"


@pytest.mark.parametrize("left_out", ["papers", "fittings", "messages without a fix", "the fleet"])
def test_they_are_judged_otherwise_without(left_out: str) -> None:
    def without(car: Heard) -> Heard:
        match left_out:
            case "papers":
                return car._replace(papers=Heard([]).papers)
            case "fittings":
                return car._replace(fittings=None)
            case "messages without a fix":
                return car._replace(without_fix=())
        return car

    def differs(cars: list[Heard]) -> bool:
        if left_out == "the fleet":
            return any(verdicts(car, fleet_time(cars), []) != verdicts(car, *by_reference(cars)[:2]) for car in cars)
        return by_reference(cars)[2] != by_reference([without(car) for car in cars])[2]

    assert any(differs(random_fleet(Random(seed))) for seed in range(FLEETS))
