"""Many simulated JT/T 808 terminals at once, each in its car that drives in circles and now and then out of reach."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from gongche.terminal import RefusedError, Terminal, circling, location_at
from ingest.jt808.location import Location

_AT_ONCE = 50
"""Connections opened at a time."""
_FIRST_NUMBER = 64_000_000_000
_CENTRE = (118.345, 33.955)
_SPREAD = 0.12
_BLIND_S = 60.0


@dataclass(slots=True)
class Outcome:
    """What the terminals did. ``answered``: locations that the platform says it has."""

    terminals: int = 0
    refused: int = 0
    reported: int = 0
    answered: int = 0
    connections: int = 0
    left: int = 0
    """Reported and not answered at the end."""
    seconds: float = field(default=0.0)


def numbers(count: int) -> list[str]:
    """The terminals' numbers."""
    return [str(_FIRST_NUMBER + n) for n in range(count)]


async def simulate(
    host: str,
    port: int,
    count: int,
    interval_s: float,
    for_s: float,
    *,
    blind_share: float = 0.02,
    patience_s: float = 60.0,
    seed: int = 0,
    answered: Callable[[str, Location], None] | None = None,
    enough: asyncio.Event | None = None,
) -> Outcome:
    """Terminals of both editions, half and half, that report every ``interval_s`` for ``for_s`` seconds.

    They stop earlier when there is ``enough``. Then waits until all is answered, ``patience_s`` at most.
    """
    outcome = Outcome(terminals=count)

    def tell(number: str, location: Location) -> None:
        outcome.answered += 1
        if answered is not None:
            answered(number, location)

    made = [
        Terminal(host, port, number, edition_2019=bool(n % 2), answered=tell) for n, number in enumerate(numbers(count))
    ]
    loop = asyncio.get_running_loop()
    began_s, chance = loop.time(), Random(seed)
    running = [asyncio.create_task(_unless_refused(one, outcome)) for one in made]
    enough = enough or asyncio.Event()
    driving = [
        asyncio.create_task(
            _drive(one, outcome, interval_s, for_s, Random(chance.random()), blind_share, n / max(count, 1), enough)
        )
        for n, one in enumerate(made)
    ]
    await asyncio.gather(*driving)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            while not all(one.idle or task.done() for one, task in zip(made, running, strict=True)):  # noqa: ASYNC110  (each terminal tells only its own end)
                await asyncio.sleep(0.1)
    outcome.seconds = loop.time() - began_s
    outcome.connections = sum(one.connections for one in made)
    outcome.left = outcome.reported - outcome.answered
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return outcome


async def _unless_refused(terminal: Terminal, outcome: Outcome) -> None:
    try:
        await terminal.run()
    except RefusedError:
        outcome.refused += 1


async def _drive(
    terminal: Terminal,
    outcome: Outcome,
    interval_s: float,
    for_s: float,
    chance: Random,
    blind_share: float,
    phase: float,
    enough: asyncio.Event,
) -> None:
    """Reports on time, whatever the connection does; in a blind area nothing goes out, and all of it later."""
    loop = asyncio.get_running_loop()
    lon, lat = (middle + chance.uniform(-_SPREAD, _SPREAD) for middle in _CENTRE)
    began_s, first = loop.time() + phase * interval_s, datetime.now(UTC).replace(microsecond=0)
    blind: list[Location] = []
    blind_until_s = 0.0
    number = 0
    while (seconds := number * interval_s) < for_s and not enough.is_set():
        await asyncio.sleep(max(0.0, began_s + seconds - loop.time()))
        place_lon, place_lat, heading_deg = circling(lon, lat, seconds)
        # Terminals tell whole seconds: reports within one are told apart by their place.
        location = location_at(
            first + timedelta(seconds=seconds), place_lon, place_lat, 40.0, heading_deg, seconds * 40 / 3600
        )
        if seconds >= blind_until_s and chance.random() < blind_share * interval_s / _BLIND_S:
            blind_until_s = seconds + _BLIND_S
        if seconds < blind_until_s:
            blind.append(location)
        else:
            for one in (*blind, location):
                terminal.report(one)
            blind.clear()
        outcome.reported += 1
        number += 1
    for one in blind:
        terminal.report(one)
