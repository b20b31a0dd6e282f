"""``gongche cases`` as a process of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from oversight.case import Act, Event
from store import cases
from store.database import connect
from tests.acceptance.program import gongche
from tests.integration.api.builders import District, local


@pytest.fixture
def case(database: str, built: District) -> int:
    """A case that nobody took up since 29 September 2026."""
    vehicle = built.vehicle("苏N12345")

    async def opened() -> int:
        async with await connect(database, autocommit=True) as conn:
            event = Event(act=Act.OPEN, by="张三", at=local("2026-09-29 09:00"), text="核实")
            return await cases.open_case(conn, vehicle, event, "staff")

    return asyncio.run(opened())


def test_cases_are_listed_shown_and_urged_once(database: str, tmp_path: Path, case: int) -> None:
    def run(*words: str) -> list[dict[str, object]]:
        ended = gongche("cases", *words, "--format", "json", folder=tmp_path, database_url=database)
        assert ended.returncode == 0, ended.stderr
        told = json.loads(ended.stdout)
        return told if isinstance(told, list) else [told]

    (listed,) = run("list", "--overdue")
    assert (listed["id"], listed["waits_for"], listed["due"], listed["overdue"]) == (case, "take", "2026-10-08", True)
    (shown,) = run("show", str(case))
    assert shown["plate"] == "苏N12345"
    assert [(sent["case"], sent["kind"]) for sent in run("remind")] == [(case, "letter")]
    assert run("remind") == []


def test_what_is_not_there_is_told(database: str, tmp_path: Path) -> None:
    ended = gongche("cases", "show", "7", folder=tmp_path, database_url=database)
    assert (ended.returncode, "there is no case 7" in ended.stderr) == (2, True)
    ended = gongche("cases", "list", "--state", "lost", folder=tmp_path, database_url=database)
    assert (ended.returncode, "--state" in ended.stderr) == (2, True)


def test_a_wrong_office_file_is_told_with_the_place(database: str, tmp_path: Path) -> None:
    office = tmp_path / "office.toml"
    office.write_text("[workdays]\nanswer = 0\n")
    ended = gongche("cases", "list", folder=tmp_path, database_url=database, office_file=str(office))
    assert ended.returncode == 2
    assert "workdays.answer" in ended.stderr
