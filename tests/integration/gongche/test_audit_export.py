"""The chain written out, checked by the stand-alone program of docs/audit.md; and `gongche verify` on it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import typer

from fleet.audit import Deed
from gongche.commands.audit import export
from gongche.commands.output import Format
from gongche.commands.verify import verify
from gongche.problem import Problem
from store.audit import record
from store.database import connect

DOCUMENT = (Path(__file__).parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")
NOW = datetime(2026, 10, 9, 0, 30, 0, 250_000, tzinfo=UTC)


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.S)
    assert found is not None
    return found[1]


def checked(tmp_path: Path, chain: str) -> tuple[int, list[str]]:
    """What the document's program makes of a chain: its exit status and what it prints."""
    program, file = tmp_path / "check.py", tmp_path / "audit.jsonl"
    program.write_text(block("python"), encoding="utf-8")
    file.write_text(chain, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
async def written(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three looks in the chain."""
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    async with await connect(database, autocommit=True) as conn:
        for reason in ("抽查", 'a "quoted" \\ word\n', "é 𠮷 \u2028 </script>"):
            deed = Deed(actor="张三", role="staff", act="see_track", subject="苏N12345", details={"reason": reason})
            await record(conn, deed, NOW)


def exported(tmp_path: Path) -> str:
    export(output=tmp_path / "out.jsonl", after=0, by="李四")
    return (tmp_path / "out.jsonl").read_text(encoding="utf-8")


def test_the_programs_own_example_is_whole(tmp_path: Path) -> None:
    status, (head,) = checked(tmp_path, block("json"))
    assert (status, head.split(":")[0]) == (0, "2")
    assert json.loads(block("json").splitlines()[1])["hash"] == head.split(":")[1]
    assert hashlib.sha256(block("text").strip().encode()).hexdigest() == head.split(":")[1]


@pytest.mark.usefixtures("written")
def test_anybody_can_check_what_is_exported(tmp_path: Path) -> None:
    chain = exported(tmp_path)
    status, (head,) = checked(tmp_path, chain)
    assert (status, head.split(":")[0]) == (0, "4")
    assert json.loads(chain.rstrip("\n").split("\n")[-1])["act"] == "export_audit"


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    "forge",
    [
        lambda lines: [lines[0].replace("张三", "王五"), *lines[1:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: lines[1:],
    ],
    ids=["changed", "removed", "exchanged", "begun later"],
)
def test_a_forged_export_is_told(tmp_path: Path, forge: Callable[[list[str]], list[str]]) -> None:
    status, told = checked(tmp_path, "\n".join(forge(exported(tmp_path).rstrip("\n").split("\n"))))
    assert status == 1
    assert told[0].startswith("broken at")


def verified(capsys: pytest.CaptureFixture[str], known: str = "") -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    status = 0
    try:
        verify(None, known, Format.JSON)
    except typer.Exit as left:
        status = left.exit_code
    told: dict[str, object] = json.loads(capsys.readouterr().out)["audit"]
    return status, told


@pytest.mark.usefixtures("written")
def test_verify_tells_the_head_and_finds_a_forgery_and_a_chain_made_anew(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = verified(capsys)
    head = str(told["head"])
    assert (status, told["entries"], told["faults"], head[:2]) == (0, 3, [], "3:")
    assert verified(capsys, head)[0] == 0
    assert verified(capsys, head[:-1] + ("0" if head[-1] != "0" else "1"))[0] == 1
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("alter table audit_entries disable trigger all")
        conn.execute("delete from audit_entries where number = 3")
        assert verified(capsys)[0] == 0, "a chain that was cut short is whole"
        assert verified(capsys, head)[0] == 1, "but not what was written down"
        conn.execute("update audit_entries set subject = '苏N00000' where number = 1")
    status, told = verified(capsys)
    assert status == 1
    assert told["faults"] == [{"number": 1, "zh": "内容与摘要不符", "en": "its content does not give its hash"}]


def test_a_head_that_is_none_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    for wrong in ("120", "x:00", "1:abcd"):
        with pytest.raises(Problem, match="--known"):
            verify(None, wrong, Format.JSON)
