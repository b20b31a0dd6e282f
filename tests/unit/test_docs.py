"""The documents are complete: every setting, every command and option; and the README's commands exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from gongche import cli
from gongche.settings import Settings

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = (*READMES, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")))


def rows_of(document: str) -> dict[str, list[str]]:
    """Rows of a document's tables by their first cell, with the cells that follow."""
    text = (ROOT / document).read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {first.strip("`"): rest for first, *rest in cells}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full name: `migrate`, `import vehicles`."""
    group = cli.command()
    context = typer.Context(group)
    for listed in cli.LISTED:
        _, command, _ = group.resolve_command(context, [listed.name])
        if isinstance(command, TyperGroup):
            if command.invoke_without_command:
                yield listed.name, command
            for name in command.list_commands(context):
                yield f"{listed.name} {name}", command.get_command(context, name)
        else:
            yield listed.name, command


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_told_with_its_default(name: str) -> None:
    default, meaning = rows_of("docs/settings.md")[f"GONGCHE_{name.upper()}"]
    known = Settings.model_fields[name].default
    as_written = str(known).lower() if isinstance(known, bool) else str(known)
    assert default.strip("`") == ("" if known is None else as_written)
    assert len(meaning) > 10


def test_no_setting_is_told_that_there_is_not() -> None:
    told = {name for name in rows_of("docs/settings.md") if name.startswith("GONGCHE_")}
    assert told == {f"GONGCHE_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_with_its_options(name: str) -> None:
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `gongche ([^`]+)`\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    section = sections.get(name) or sections[name.split(maxsplit=1)[0]]
    for parameter in COMMANDS[name].params:
        if parameter.name != "help" and not getattr(parameter, "hidden", False):
            words = [parameter.metavar or parameter.name, *parameter.opts]
            assert any(f"`{word}" in section for word in words), f"{words} of gongche {name}"


def test_no_command_is_told_that_there_is_not() -> None:
    told = re.findall(r"^## `gongche ([^`]+)`", (ROOT / "docs/commands.md").read_text(encoding="utf-8"), re.M)
    assert set(told) <= {*COMMANDS, *(name.split()[0] for name in COMMANDS)}


def shell_lines(document: str) -> list[str]:
    """Commands in the sh blocks of a document, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.S)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("document", READMES)
def test_the_commands_of_the_readme_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for line in shell_lines(document):
        program, *words = shlex.split(line)
        match program:
            case "make":
                assert words[0] in targets, line
            case "gongche":
                _assert_understood(words, line)
            case "source":
                assert words == [".venv/bin/activate"], line
            case _:
                raise AssertionError(f"how would this be checked: {line}")


def _assert_understood(words: list[str], line: str) -> None:
    if words == ["--help"]:
        return
    name = next(name for name in (" ".join(words[:2]), words[0]) if name in COMMANDS)
    command, rest = COMMANDS[name], words[len(name.split()) :]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= options, line


def test_both_readmes_show_the_same_commands_pictures_and_pages() -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES)
    assert shell_lines(READMES[0]) == shell_lines(READMES[1])
    links = [set(re.findall(r"\]\((docs/[^)]+)\)", text)) for text in (english, chinese)]
    assert links[0] == links[1]


def test_make_test_is_what_ci_runs() -> None:
    assert re.search(r"make test$", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.M)
    assert "make test" in shell_lines("README.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    here = (ROOT / document).parent
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text):
        assert (here / target).exists(), f"{document}: {target}"
