"""The audit chain as a whole: checked entry by entry, and written out for anybody to check."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fleet.audit import NOTHING_BEFORE, Entry, faults_of
from fleet.clock import us_of
from store.audit import entries
from store.database import Connection

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash, as somebody wrote them down: ``120:9f86…``."""

    number: int
    hash: bytes

    @classmethod
    def read(cls, text: str) -> Head:
        """Raises ValueError for what is not written so."""
        number, _, digest = text.strip().partition(":")
        hash_ = bytes.fromhex(digest)
        if len(hash_) != len(NOTHING_BEFORE):
            raise ValueError(text)
        return cls(int(number), hash_)

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Chain:
    """What checking it found: the number of entries, the head, and faults by number (at most ``MOST_TOLD``)."""

    entries: int
    head: Head
    faults: list[tuple[int, str, str]]


async def checked(conn: Connection, known: Head | None = None) -> Chain:
    """Looks at all entries. ``known``: a head that was written down, which must still be in the chain."""
    head, count, faults = Head(0, NOTHING_BEFORE), 0, list[tuple[int, str, str]]()
    is_known = known is None or known == head
    async for entry in entries(conn):
        faults += faults_of(entry, head.number, head.hash)[: MOST_TOLD - len(faults)]
        head, count = Head(entry.number, entry.hash), count + 1
        is_known = is_known or head == known
    if known is not None and not is_known:
        faults.append((known.number, "与抄存的摘要不符，或已缺失", "is not what was written down, or is missing"))
    return Chain(count, head, faults)


async def lines(conn: Connection, after: int = 0) -> AsyncIterator[str]:
    """The entries after a number as JSON, one a line, with all that their hash is of."""
    async for entry in entries(conn, after):
        yield line(entry)


def line(entry: Entry) -> str:
    """One entry as JSON. ``at_us`` is what the hash is of; ``at`` says the same for people."""
    deed = entry.deed
    return json.dumps(
        {
            "number": entry.number,
            "at": entry.at.isoformat(),
            "at_us": us_of(entry.at),
            "actor": deed.actor,
            "role": deed.role,
            "act": deed.act,
            "subject": deed.subject,
            "details": dict(deed.details),
            "previous": entry.previous.hex(),
            "hash": entry.hash.hex(),
        },
        ensure_ascii=False,
    )
