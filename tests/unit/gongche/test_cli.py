"""The one door of all commands: its list, its help, and how it ends when something is wrong."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from gongche import cli
from gongche.problem import Problem


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gongche", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("listed", cli.LISTED, ids=lambda listed: listed.name)
def test_every_listed_command_is_there_and_explains_itself(listed: cli.Listed) -> None:
    module, _, attribute = listed.where.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        assert found.__doc__, f"{listed.where} needs a docstring: it is the command's help"
    group = cli.command()
    assert isinstance(group, TyperGroup)
    context = typer.Context(group)
    _, command, rest = group.resolve_command(context, [listed.name, "x"])
    assert (command.name, rest) == (listed.name, ["x"])
    assert command.get_short_help_str()


def test_help_lists_every_command_in_both_languages_without_loading_any(tmp_path: Path) -> None:
    helped = run("--help", folder=tmp_path)
    assert helped.returncode == 0
    for listed in cli.LISTED:
        assert f" {listed.name} " in helped.stdout
        assert listed.help in helped.stdout, f"{listed.name}: the line is cut at 100 columns"
        assert "·" in listed.help, f"{listed.name}: English · 中文"
    loaded = "import sys; from gongche import cli; cli.command(); print([m for m in sys.modules if 'psycopg' in m])"
    printed = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_no_command_and_an_unknown_one_are_usage_errors(tmp_path: Path) -> None:
    assert run(folder=tmp_path).returncode == 2
    unknown = run("migrat", folder=tmp_path)
    assert unknown.returncode == 2
    assert "migrate" in unknown.stderr, "it suggests what was meant"


def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path) -> None:
    ended = run("migrate", folder=tmp_path, GONGCHE_HTTP_PORT="eighty")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "http_port" in ended.stderr


def test_a_database_out_of_reach_is_one_line(tmp_path: Path) -> None:
    ended = run("migrate", folder=tmp_path, GONGCHE_DATABASE_URL="postgresql://gongche@127.0.0.1:1/gongche")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "数据库" in ended.stderr


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Problem("没有", "there is none"), 2, "gongche: 没有 / there is none\n"),
        (Problem("有三行不对", "three bad rows", exit_status=1), 1, "gongche: 有三行不对 / three bad rows\n"),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 2, "gongche: a.csv：No such file or directory\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=repr,
)
def test_failures_end_with_a_line_and_a_status(
    error: BaseException,
    status: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended_with(error, monkeypatch) == status
    assert capsys.readouterr().err == told


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended_with(KeyError("plate"), monkeypatch) == 70
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "KeyError('plate')" in told.splitlines()[-1]


def ended_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status when a command fails with this error."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "command", lambda: fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code
