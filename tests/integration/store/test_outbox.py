"""Letters are kept with what they tell about: once a key, and not at all when that was undone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from fleet.role import Role
from fleet.violation import Severity
from oversight.letter import Letter, LetterKind, Wording
from store import outbox
from store.database import connect
from tests.fixtures.pages import NOON

LETTER = Letter(
    key="operation/1",
    kind=LetterKind.OPERATION,
    severity=Severity.HIGH,
    subject=Wording("作业失败", "A job failed"),
    body=Wording("每周抽签失败", "The weekly draw failed"),
    roles=frozenset({Role.ADMIN, Role.STAFF}),
    path="/outbox",
)


def test_a_letter_is_put_in_once(database: str) -> None:
    async def puts() -> list[bool]:
        async with await connect(database) as conn:
            other = replace(LETTER, key="operation/2")
            again = replace(LETTER, subject=Wording("又一次", "Again"))
            return [await outbox.put(conn, one, NOON) for one in (LETTER, other, again)]

    assert asyncio.run(puts()) == [True, True, False]


def test_a_letter_goes_with_the_transaction_that_put_it_in(database: str) -> None:
    async def put_again_after_undoing() -> bool:
        async with await connect(database) as conn:
            await outbox.put(conn, LETTER, NOON)
            await conn.rollback()
            return await outbox.put(conn, LETTER, NOON)

    assert asyncio.run(put_again_after_undoing())
