"""``gongche reports`` as a process of its own, and ``gongche verify`` on what it issued."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.program import gongche
from tests.integration.api.builders import District, district, local


@pytest.fixture
def built(database: str) -> District:
    """A car with a violation in a week that is long over, and nothing that waits."""
    with district(database) as builders:
        car = builders.vehicle("苏N12345", unit=builders.unit("区教育局"))
        builders.violation(car, "R04", local("2025-09-30 20:00"), severity="medium")
        builders.conn.execute("delete from marks")
        return builders


def test_a_report_is_issued_again_listed_and_saved(database: str, tmp_path: Path, built: District) -> None:
    assert built

    def run(*words: str) -> str:
        ended = gongche("reports", *words, folder=tmp_path, database_url=database)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert "1号 第 1 版" in run("issue", "week", "2025-W40", "--by", "张三")
    assert "2号 第 2 版" in run("issue", "week", "2025-W40", "--by", "张三")
    newest, oldest = json.loads(run("list", "--format", "json"))
    assert (newest["version"], newest["replaces"], oldest["replaced_by"]) == (2, oldest["id"], newest["id"])
    assert newest["issued_by"] == "张三"
    saved = tmp_path / "周报.xlsx"
    run("export", "week", "2025-W40", "-o", str(saved))
    assert saved.read_bytes().startswith(b"PK")
    page = tmp_path / "draft.html"
    run("export", "week", "2025-W39", "-o", str(page), "--draft", "--language", "en")
    assert "suspected violations" in page.read_text(encoding="utf-8")
    ended = gongche("verify", "--format", "json", folder=tmp_path, database_url=database)
    assert json.loads(ended.stdout)["reports"] == {"texts": 4, "faults": []}


def test_what_cannot_be_done_is_told(database: str, tmp_path: Path, built: District) -> None:
    assert built
    for words, told in (
        (("issue", "week", "2025-09"), "is not a week"),
        (("issue", "holiday", "2025-10-02"), "no holiday that begins on"),
        (("export", "week", "2025-W40", "-o", "x.txt"), "must end in one of"),
        (("export", "week", "2025-W40", "-o", "x.html"), "was not issued"),
    ):
        ended = gongche("reports", *words, folder=tmp_path, database_url=database)
        assert (ended.returncode, told in ended.stderr) == (2, True), ended.stderr
