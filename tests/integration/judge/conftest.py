"""A connection to the test's database."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.builders.district import Connection


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set time zone 'UTC'")
        yield connection
