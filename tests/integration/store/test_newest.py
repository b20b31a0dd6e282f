"""Positions that are later than anything known are stored without looking for repeats: with the same result."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from fleet.clock import SECOND_US
from fleet.position import Positions
from store import positions
from store.database import Connection, connect
from store.newest import Newest
from store.positions import store_positions
from tests.builders.intake import RECEIVED_US, fit

VEHICLES = 3

Key = tuple[int, int, int]
"""vehicle, second, place"""


@pytest.fixture
async def conn(database: str) -> AsyncIterator[Connection]:
    async with await connect(database, autocommit=True) as conn:
        await fit(conn, {f"T{number}": f"苏N0000{number}" for number in range(1, VEHICLES + 1)})
        yield conn


def of(*keys: Key) -> Positions:
    told = np.array(keys, np.int64).reshape(-1, 3)
    return Positions.of(
        told[:, 0],
        RECEIVED_US + told[:, 1] * SECOND_US,
        1_183_000_000 + told[:, 2],
        np.full(len(told), 339_000_000),
        tracker_id=told[:, 0],
        received_us=np.full(len(told), RECEIVED_US),
    ).in_order()


def knowing(*keys: Key) -> Newest:
    newest = Newest()
    newest.saw(of(*keys))
    return newest


async def stored(conn: Connection) -> int:
    row = await (await conn.execute("select count(*) from positions")).fetchone()
    assert row
    return int(row[0])


def test_there_is_a_statement_that_looks_for_no_repeats() -> None:
    assert "on conflict do nothing" in positions._queries["store_staged"]
    assert "on conflict do nothing" not in positions._STORE_LATER


def test_of_a_vehicle_that_is_not_known_nothing_is_known_to_be_later() -> None:
    assert not Newest().are_before(of((1, 5, 0)))
    assert not knowing((1, 5, 0)).are_before(of((1, 6, 0), (2, 6, 0)))


@pytest.mark.parametrize(
    ("keys", "are_later"),
    [
        ([(1, 6, 0)], True),
        ([(1, 6, 0), (1, 6, 1), (2, 4, 0)], True),
        ([(1, 5, 0)], False),
        ([(1, 5, 1)], False),
        ([(1, 4, 0), (1, 6, 0)], False),
        ([(1, 6, 0), (1, 6, 0)], False),
        ([(2, 3, 0)], False),
    ],
)
def test_later_than_all_that_is_known_and_each_once(keys: Sequence[Key], are_later: bool) -> None:
    assert knowing((1, 5, 0), (1, 2, 0), (2, 3, 0)).are_before(of(*keys)) is are_later


def test_what_is_known_never_goes_back() -> None:
    newest = knowing((1, 5, 0))
    newest.saw(of((1, 3, 0)))
    assert not newest.are_before(of((1, 4, 0)))


async def test_what_somebody_else_stored_meanwhile_is_a_repeat(conn: Connection) -> None:
    newest = knowing((1, 5, 0))
    await store_positions(conn, of((1, 6, 0)))
    result = await store_positions(conn, of((1, 6, 0), (1, 7, 0)), newest=newest)
    assert (result.stored, result.repeated) == (1, 1)
    assert await stored(conn) == 2


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_comes_in_whatever_order_is_stored_once(conn: Connection, seed: int) -> None:
    chance, newest, known = random.Random(seed), Newest(), set[Key]()
    for second in range(30):
        keys = [
            (chance.randint(1, VEHICLES), max(0, second - chance.choice([0, 0, 0, 1, 5])), chance.randint(0, 1))
            for _ in range(chance.randint(1, 4))
        ]
        by_us = chance.random() < 0.8
        result = await store_positions(conn, of(*keys), newest=newest if by_us else None)
        assert result.stored == len(set(keys) - known)
        assert result.repeated == len(keys) - result.stored
        known |= set(keys)
    assert await stored(conn) == len(known)
