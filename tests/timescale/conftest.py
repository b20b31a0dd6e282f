"""TimescaleDB without a container: PGlite in Node, one connection at a time (design, section 10)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

_FOLDER = Path(__file__).parent


@pytest.fixture
def timescale() -> Iterator[str]:
    """Address of a fresh, empty TimescaleDB. Close each connection before the next one is opened."""
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
        yield f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        server.stdin.close()


@pytest.fixture
def timescale_with_extension(timescale: str) -> str:
    """The same with the extension taken in, which this build, loading nothing at its start, needs beforehand."""
    with psycopg.connect(timescale, autocommit=True) as connection:
        connection.execute("create extension timescaledb")
    return timescale
