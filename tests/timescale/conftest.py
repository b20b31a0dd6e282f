"""TimescaleDB without a container: PGlite in Node, one connection at a time (design, section 10)."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from store.migrate import Migrated, migrate

_FOLDER = Path(__file__).parent


@contextmanager
def timescale_server() -> Iterator[str]:
    """Address of a new, empty TimescaleDB. Close each connection before the next one is opened."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("TimescaleDB for tests runs in Node, which is not installed")
    if not (_FOLDER / "node_modules").is_dir():
        pytest.skip("TimescaleDB for tests is not installed: run `npm ci` in tests/timescale")
    with subprocess.Popen(
        [node, "serve.mjs"], cwd=_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        assert server.stdin
        port = server.stdout.readline().strip()
        assert port, "the server ended before it told its port"
        try:
            yield f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        finally:
            server.stdin.close()  # which ends it


def create_extension(dsn: str) -> None:
    """This build loads nothing at its start, so the extension is taken in before migrating."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension timescaledb")


@pytest.fixture(scope="module")
def first_migration() -> Iterator[tuple[str, Migrated]]:
    """A migrated TimescaleDB for all tests of a module (one takes seconds to start), and what migrating said."""
    with timescale_server() as dsn:
        create_extension(dsn)
        yield dsn, asyncio.run(migrate(dsn))


@pytest.fixture
def hypertable(first_migration: tuple[str, Migrated]) -> str:
    """Address of a migrated TimescaleDB that holds no rows."""
    dsn, _ = first_migration
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # what stands for ever goes, too
        connection.execute("truncate positions, latest_positions, marks, units restart identity cascade")
    return dsn
