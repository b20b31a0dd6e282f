"""Random fleets that are heard of now and then: silent for long or not, alone or together, moved meanwhile or not.

In the words of :mod:`tests.reference`, near the thresholds of R14 and of the fleet's silence.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from fleet.clock import HOUR_US, MINUTE_US, SHANGHAI
from tests.builders.tracks import at
from tests.reference.facts import Fix
from tests.reference.papers import Papers, State, Waiver
from tests.reference.silence import Heard

START = datetime(2026, 9, 21, 8, tzinfo=SHANGHAI)
LONG_H = [0.49, 0.5, 3, 11, 23.9, 24, 24.0003, 25, 49, 71.9, 72.0003, 80]


def random_fleet(chance: Random, most_cars: int = 12, *, papers: bool = True) -> list[Heard]:
    together = [(chance.randint(5, 90), chance.choice([0.4, 2, 5, 20])) for _ in range(chance.choice([0, 1, 2]))]
    return [_car(chance, together, papers=papers) for _ in range(chance.randint(1, most_cars))]


def _car(chance: Random, together: list[tuple[int, float]], *, papers: bool) -> Heard:
    fixes: list[Fix] = []
    without_fix: list[Fix] = []
    hour, east_m = 0.0, 0.0
    end = chance.choice([40, 90, 120, 120, 120, 120, 120, 130])
    while hour < end:
        fixes += [_at(hour + minutes / 60, east_m) for minutes in (0, 6, 12)]
        if chance.random() < 0.04:
            without_fix.append(_at(hour + chance.choice([0.3, 2]), east_m))
        hour += chance.choice(LONG_H) + 0.2 if chance.random() < 0.04 else 4
        moves = chance.random() < 0.02
        for start, length in together:
            if start <= hour <= start + length and chance.random() < 0.7:
                hour, moves = start + length + chance.random() / 10, True
        east_m += chance.choice([60, 3_000, -9_000]) if moves else 0
    if chance.random() < 0.03:
        fixes.append(_at(9_000, east_m))  # a clock that runs a year ahead
    return Heard(
        fixes,
        without_fix,
        _papers(chance) if papers else Papers(),
        _fittings(chance) if papers else None,
    )


def _at(hour: float, east_m: float) -> Fix:
    return at(hour * 60, east_m=east_m, since=START)


def _papers(chance: Random) -> Papers:
    waivers = [Waiver(chance.choice(["repair", "repair", "other"]), *_span(chance))] if chance.random() < 0.2 else []
    states = [State("laid_up", *_span(chance))] if chance.random() < 0.1 else []
    start_us, end_us = _span(chance)
    enrolments = [(None, start_us), (end_us, None)] if chance.random() < 0.1 else [(None, None)]
    return Papers((), waivers, enrolments, states)


def _fittings(chance: Random) -> list[tuple[int | None, int | None]] | None:
    """Nothing on record; one tracker; another one at once or after a while; taken off."""
    start_us, end_us = _span(chance)
    told: list[list[tuple[int | None, int | None]] | None] = [
        None, None, [(None, None)], [(None, start_us), (start_us, None)], [(None, start_us), (end_us, None)],
        [(None, start_us)],
    ]  # fmt: skip
    return chance.choice(told)


def _span(chance: Random) -> tuple[int, int]:
    start_us = at(since=START).ts_us + chance.randint(0, 120 * 60) * MINUTE_US
    return start_us, start_us + chance.choice([1, 10, 24, 60]) * HOUR_US
