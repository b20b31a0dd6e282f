"""Somebody at the centre, with a database and a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import connect
from tests.builders.importing import Office


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with await connect(database, autocommit=True) as conn:
        yield Office(conn, tmp_path)
