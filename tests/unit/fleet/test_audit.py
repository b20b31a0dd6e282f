"""The audit chain: what was changed, taken out or put in shows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fleet.audit import NOTHING_BEFORE, Deed, Entry, broken, hash_of

MORNING = datetime(2026, 10, 9, 0, 30, tzinfo=UTC)


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, length + 1):
        previous = entries[-1].hash if entries else NOTHING_BEFORE
        at = MORNING + timedelta(minutes=number)
        deed = Deed(actor="张三", role="staff", act="see_track", subject=f"苏N1234{number}", details={"reason": "抽查"})
        entries.append(
            Entry(number=number, at=at, deed=deed, previous=previous, hash=hash_of(number, at, deed, previous))
        )
    return entries


def numbers(entries: list[Entry]) -> list[int]:
    return [number for number, _, _ in broken(entries)]


def test_a_whole_chain_is_not_broken() -> None:
    assert numbers(chain(5)) == []
    assert numbers([]) == []


@pytest.mark.parametrize(
    "forged",
    [
        {"actor": "李四"},
        {"role": "head"},
        {"act": "see_list"},
        {"subject": "苏N99999"},
        {"details": {"reason": "其他"}},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_a_changed_entry_shows(forged: dict[str, object]) -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], deed=replace(entries[2].deed, **forged))  # type: ignore[arg-type]
    assert numbers(entries) == [3]


def test_another_time_shows() -> None:
    entries = chain(3)
    entries[0] = replace(entries[0], at=MORNING)
    assert numbers(entries) == [1]


def test_an_entry_taken_out_shows_at_the_next() -> None:
    entries = chain(5)
    assert numbers(entries[:2] + entries[3:]) == [4]
    assert numbers(entries[1:]) == [2]


def test_an_entry_rewritten_with_its_hash_shows_at_the_next() -> None:
    entries = chain(4)
    deed = replace(entries[1].deed, actor="李四")
    entries[1] = replace(entries[1], deed=deed, hash=hash_of(2, entries[1].at, deed, entries[1].previous))
    assert numbers(entries) == [3]


def test_the_hash_is_as_the_words_say() -> None:
    """Written out by hand, as somebody would who checks with another program."""
    entry = chain(1)[0]
    text = ('[1,1791505860000000,"张三","staff","see_track","苏N12341",{"reason":"抽查"},"' + "0" * 64 + '"]').encode()
    assert entry.hash == hashlib.sha256(text).digest()
