"""Logs: one JSON object a line with its role, and nothing in them that a traceback should not show."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gongche import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_both_kinds_of_logger_write_lines_of_json_with_the_role() -> None:
    stream = io.StringIO()
    logs.configure("ingest", stream=stream)
    structlog.get_logger("ingest.service").info("已提交", messages=3)
    logging.getLogger("uvicorn").warning("slow by %d ms", 7)
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["messages"], ours["role"], ours["level"]) == ("已提交", 3, "ingest", "info")
    assert (theirs["event"], theirs["role"], theirs["logger"]) == ("slow by 7 ms", "ingest", "uvicorn")
    assert ours["timestamp"].endswith("Z")


def test_a_traceback_shows_no_values() -> None:
    stream = io.StringIO()
    logs.configure("serve", stream=stream)

    def sign_in(password: str) -> None:
        raise ValueError(len(password))

    try:
        sign_in("hunter2" * 2)
    except ValueError:
        structlog.get_logger("api").exception("failed")
    assert "ValueError: 14" in json.loads(stream.getvalue())["exception"]
    assert "hunter2hunter2" not in stream.getvalue()
