"""Every example of docs/import.md, run as it stands there, one after the other on one database."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import psycopg

PAGE = Path(__file__).parents[2] / "docs" / "import.md"
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_example_of_the_page_prints_what_the_page_says(database: str, tmp_path: Path) -> None:
    ran = 0
    for language, name, body in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if name:
            (tmp_path / name).write_text(body, encoding="utf-8")
        if language == "console":
            for command, said in re.findall(r"^(\$ .+)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
                assert untimed(run(command, database, tmp_path)) == untimed(said)
                ran += 1
    # vehicles six times, trackers, fittings twice, zones four times, orders, waivers, rosters, states, expenses,
    # calendar, positions
    assert ran == 20


def test_a_file_that_is_no_sheet_ends_with_status_2(database: str, tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_bytes(b"PK\x03\x04 and so on")
    done = gongche(["import", "orders", "orders.xlsx"], database, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is damaged or no XLSX file" in done.stderr


def test_a_program_gets_json(database: str, tmp_path: Path) -> None:
    (tmp_path / "vehicles.csv").write_text("plate,unit\n苏N12345,水利局\n苏N1,水利局\n", encoding="utf-8")
    done = gongche(["import", "vehicles", "vehicles.csv", "--format", "json"], database, tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["counts"] == {"new": 1, "changed": 0, "same": 0, "refused": 1}
    assert told["rows"] == [{"line": 2, "name": "苏N12345", "outcome": "new", "fields": {}}]
    (refused,) = told["refused"]
    assert (refused["line"], refused["column"], refused["value"]) == (3, "plate", "苏N1")
    assert set(refused["reason"]) == {"zh", "en"}


def test_a_correction_of_fittings_enters_its_reason_into_the_audit_chain(database: str, tmp_path: Path) -> None:
    for name, sheet in (
        ("vehicles", "plate,unit,tracker,fitted_from\n苏N12345,水利局,T1,2026-01-05\n"),
        ("fittings", "tracker,plate,fitted_from,fitted_to\nT1,,2026-02-01,2026-02-03\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(sheet, encoding="utf-8")
    assert gongche(["import", "vehicles", "vehicles.csv"], database, tmp_path).returncode == 0
    for because, status in (("  ", 2), ("当时送修", 0)):
        done = gongche(["import", "fittings", "fittings.csv", "--correct", because], database, tmp_path)
        assert done.returncode == status, done.stderr
    with psycopg.connect(database) as conn:
        entries = conn.execute(
            "select details ->> 'because', details ->> 'changed' from audit_entries where act = 'import_file'"
            " order by number"
        ).fetchall()
        assert entries[-1] == ("当时送修", "1")


def untimed(printed: str) -> str:
    """Without the seconds that it took."""
    return re.sub(r"^(seconds +)[\d.]+$", r"\1…", printed, flags=re.MULTILINE)


def run(command: str, database: str, folder: Path) -> str:
    """What a line of the page prints, with the exit status where it is not 0."""
    prompt, program, *arguments = shlex.split(command)
    assert (prompt, program) == ("$", "gongche")
    done = gongche(arguments, database, folder)
    assert "gongche:" not in done.stderr  # no problem; a progress bar may stand there
    printed = "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())
    return printed + (f"[exit status {done.returncode}]\n" if done.returncode else "")


def gongche(arguments: list[str], database: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gongche", *arguments],
        cwd=folder,
        env={**os.environ, "GONGCHE_DATABASE_URL": database, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
