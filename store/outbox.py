"""The outbox 发件箱: letters that were put in with what they tell about, and what became of each at each target."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.rows import tuple_row

from oversight.letter import Letter
from store.database import Connection
from store.sql import load

_queries = load("outbox")


async def put(conn: Connection, letter: Letter, at: datetime) -> bool:
    """Puts a letter in, in the transaction of what it tells about; False when its key was put before."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_queries["put"], values_of(letter, at))
        return await cursor.fetchone() is not None


def values_of(letter: Letter, at: datetime, takes_back: str | None = None) -> dict[str, Any]:
    """A letter as the query ``put`` takes it."""
    return {
        "key": letter.key,
        "kind": letter.kind.value,
        "severity": letter.severity.value,
        "subject_zh": letter.subject.zh,
        "subject_en": letter.subject.en,
        "body_zh": letter.body.zh,
        "body_en": letter.body.en,
        "roles": sorted(role.value for role in letter.roles),
        "unit_id": letter.unit_id,
        "is_confidential": letter.is_confidential,
        "path": letter.path,
        "at": at,
        "takes_back": takes_back,
    }
