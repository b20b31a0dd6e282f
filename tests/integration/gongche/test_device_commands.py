"""`gongche devices list`: what is wrong, for the operator at night."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from gongche.commands import devices
from gongche.problem import Problem
from tests.integration.api.builders import District

APP = typer.Typer()
APP.add_typer(devices.app, name="devices")


@pytest.fixture(autouse=True)
def _trackers(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that works, one that has been silent for two days, one that nobody knows."""
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    now = datetime.now(UTC)
    with psycopg.connect(database, autocommit=True) as conn:
        built = District(conn)
        built.tracker_day(built.tracker("T-fine", built.vehicle("苏N00001")), now)
        built.tracker_day(built.tracker("T-silent", built.vehicle("苏N00002")), now - timedelta(hours=48))
        built.rejected("T-strange", "unknown_tracker", 12, now)


def listed(*words: str) -> tuple[int, str]:
    """Exit status and what was printed."""
    result = CliRunner().invoke(APP, ["devices", "list", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_those_with_a_trouble_are_listed_the_worst_first_and_the_exit_status_says_so() -> None:
    status, said = listed("--format", "json")
    told = json.loads(said)
    assert status == 1
    assert [(one["tracker"], one["troubles"], one["advice"]) for one in told] == [
        ("T-silent", ["silent"], "check_power"),
        ("T-strange", ["unknown"], "register"),
    ]
    assert told[0]["plate"] == "苏N00002"
    assert told[1]["rejected"] == {"unknown_tracker": 12}


def test_all_or_one_trouble_may_be_asked_for() -> None:
    assert [one["tracker"] for one in json.loads(listed("--all", "--format", "json")[1])] == [
        "T-silent",
        "T-strange",
        "T-fine",
    ]
    unknown = json.loads(listed("--trouble", "unknown", "--format", "json")[1])
    assert [one["tracker"] for one in unknown] == ["T-strange"]
    assert listed("--trouble", "clock", "--format", "json") == (0, "[]\n")
    with pytest.raises(Problem):
        listed("--trouble", "clock", "--all")


def test_the_table_is_for_people() -> None:
    status, said = listed()
    assert status == 1
    assert "T-silent" in said
    assert "unknown_tracker 12" in said
