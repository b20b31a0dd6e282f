"""The audit chain: what people did and looked at, each entry holding the hash of the one before (invariant 5).

The hash of an entry is the SHA-256 of a JSON array, without spaces, keys sorted, in UTF-8: number, time in µs since
1970, actor, role, act, subject, details, and the hash before in hexadecimal. The first entry follows 32 zero bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fleet.clock import us_of

NOTHING_BEFORE = bytes(32)

Detail = str | int | bool | None
"""No fractions: they are written differently here and there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did: ``act`` is a word such as ``see_track``, ``subject`` what it was done to."""

    actor: str
    role: str
    act: str
    subject: str
    details: Mapping[str, Detail | list[Detail]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A deed in the chain. Numbers are 1, 2, 3, ... without a hole."""

    number: int
    at: datetime
    deed: Deed
    previous: bytes
    hash: bytes


def hash_of(number: int, at: datetime, deed: Deed, previous: bytes) -> bytes:
    """What an entry with this content must hold."""
    content = [number, us_of(at), deed.actor, deed.role, deed.act, deed.subject, dict(deed.details), previous.hex()]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).digest()


def broken(entries: Iterable[Entry]) -> Iterator[tuple[int, str, str]]:
    """Numbers of entries, from the first on, that do not follow from the one before, and why in both languages."""
    number, previous = 0, NOTHING_BEFORE
    for entry in entries:
        yield from faults_of(entry, number, previous)
        number, previous = entry.number, entry.hash


def faults_of(entry: Entry, number: int, previous: bytes) -> list[tuple[int, str, str]]:
    """Why an entry does not follow from the one before, which has this number and hash; nothing where it does."""
    faults = []
    if entry.number != number + 1:
        faults.append(
            (entry.number, f"前一条是第 {number} 条，中间有缺失", f"follows entry {number}: some are missing")
        )
    elif entry.previous != previous:
        faults.append((entry.number, "所记前一条的摘要不符", "does not hold the hash of the entry before"))
    if entry.hash != hash_of(entry.number, entry.at, entry.deed, entry.previous):
        faults.append((entry.number, "内容与摘要不符", "its content does not give its hash"))
    return faults
