"""The program against the reference where work hours differ by unit, day and season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from fleet.clock import local_day
from rules.judging import judge
from rules.rule_changes import Days, RuleChanges, RuleSetting
from rules.season import Season
from tests.builders.matter import book_of, matter_of
from tests.builders.weeks import UNITS, World, world
from tests.reference.agreement import answer_of, answers_of
from tests.reference.hours import Hours, Setting
from tests.reference.verdicts import Around, judged

WORLDS, WEEKS = 15, 4
PARENTS: dict[int, int | None] = {1: None, 2: 1, 3: 2}


def hours_of(seed: int, made: World) -> Hours:
    """Some settings that begin, end or turn within the weeks, one above the other."""
    chance = Random(f"hours {seed}")
    driven = sorted({local_day(fix.ts_us) for car in made.cars for fix in car.fixes})

    def day() -> date:
        return chance.choice(driven) + timedelta(days=chance.randint(-1, 1))

    def setting() -> Setting:
        first, last = day(), day()
        season = (f"{day():%m-%d}", f"{day():%m-%d}") if chance.random() < 0.6 else None
        return Setting(
            chance.choice([None, *UNITS]),
            chance.choice([date(2020, 1, 1), first]),
            chance.choice([None, last]) if last >= first else None,
            season,
            chance.choice([None, "06:00", "08:30"]),
            chance.choice(["17:00", "18:00", "20:30"]),
        )

    return Hours([setting() for _ in range(chance.randint(2, 8))], dict(PARENTS.items()))


def changes_of(hours: Hours) -> RuleChanges:
    settings = [
        RuleSetting(
            number,
            "R04",
            None if one.unit is None else int(one.unit),
            Days(one.first, None if one.last is None else one.last + timedelta(days=1)),
            tuple((name, value) for name, value in (("work_start", one.start), ("work_end", one.end)) if value),
            None if one.season is None else Season.of("..".join(one.season)),
        )
        for number, one in enumerate(hours.settings)
    ]
    return RuleChanges([], settings, PARENTS)


def verdicts(made: World, hours: Hours) -> Sequence[object]:
    around = Around(made.zones, made.own_days, hours)
    return [answer_of(judged(car.messages, car.unit, car.papers, around))["violations"] for car in made.cars]


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_program_finds_what_the_reference_finds(seed: int) -> None:
    made = world(seed, WEEKS)
    hours = hours_of(seed, made)
    book = replace(book_of(made.zones, made.own_days), changes=changes_of(hours))
    found = answers_of(judge(matter_of(made.cars), book), book, len(made.cars))
    assert [answer["violations"] for answer in found] == verdicts(made, hours)


def test_the_hours_change_what_is_found() -> None:
    """In most of the worlds, so that the test above says something."""
    worlds = [(seed, world(seed, WEEKS)) for seed in range(WORLDS)]
    changed = [verdicts(made, hours_of(seed, made)) != verdicts(made, Hours()) for seed, made in worlds]
    assert sum(changed) > WORLDS / 2
