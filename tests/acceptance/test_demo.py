"""``gongche demo --once`` as its users run it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gongche.district.live import LIVE_CARS
from store.database import connect
from store.overview import live
from store.scope import EVERYTHING
from tests.acceptance.program import environment, eventually, running

LONGEST_S = 800  # a bound for a hang, not a measure

pytestmark = pytest.mark.timeout(2 * LONGEST_S)

RULES = {f"R{number:02}" for number in range(1, 22)}


def run_once(folder: Path) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-m", "gongche", "demo", "--once", "--format", "json"],
        cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=LONGEST_S, check=False,
    )  # fmt: skip
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(folder: Path) -> tuple[int, dict[str, Any]]:
    return run_once(folder)


def test_judging_finds_just_what_was_planted_for_each_rule(first: tuple[int, dict[str, Any]]) -> None:
    status, summary = first
    assert (summary["missed"], summary["extra"]) == ([], [])
    assert summary["violations"] == summary["planted"]
    assert set(summary["planted"]) == RULES
    assert status == 0


def test_it_tells_how_much_there_was_and_where_the_truth_is(first: tuple[int, dict[str, Any]], folder: Path) -> None:
    _, summary = first
    assert summary["vehicles"] == 403
    assert summary["positions"] > 2_000_000
    assert summary["trips"] > 10_000
    assert set(summary["seconds"]) == {"make", "load", "judge", "compare"}
    truth = json.loads((folder / "data" / "district_truth.json").read_text("utf-8"))
    assert len(truth) == sum(summary["planted"].values())


def test_a_second_run_changes_nothing(first: tuple[int, dict[str, Any]], folder: Path) -> None:
    status, second = run_once(folder)
    assert status == 0
    assert {**second, "seconds": None} == {**first[1], "seconds": None}


def test_then_cars_drive_on_over_mqtt_until_it_is_told_to_stop(first: tuple[int, dict[str, Any]], folder: Path) -> None:
    """In the folder that is loaded already. Which cars drive depends on the hour; all of them report."""
    assert first[0] == 0
    since = datetime.now(UTC)
    with running(folder, "demo") as demo:
        demo.wait_until_up()
        dsn = demo.addresses().database_dsn
        eventually(lambda: asyncio.run(reporting(dsn, since)) >= LIVE_CARS, "live cars do not report")
        assert demo.stop() == 0


async def reporting(dsn: str, since: datetime) -> int:
    """How many cars have been heard of since."""
    async with await connect(dsn) as conn:
        return sum(car.ts is not None and car.ts > since for car in await live(conn, since, scope=EVERYTHING))
