"""A file of rules, as commands read it."""

from __future__ import annotations

from pathlib import Path

from gongche.problem import Problem
from rules.catalogue import rules_of
from rules.rule import CatalogueError, Rule

MOST_BYTES = 1_000_000


def rules_in(file: Path) -> list[Rule]:
    """The rules in a TOML file, checked. Raises Problem that names the file, the rule and the place."""
    if file.stat().st_size > MOST_BYTES:
        raise Problem(f"{file} 超过 1 MB，不是规则文件", f"{file} is over 1 MB: no file of rules")
    try:
        rules = list(rules_of(file.read_text(encoding="utf-8")).values())
    except UnicodeDecodeError as error:
        raise Problem(f"{file} 不是 UTF-8 文本", f"{file} is not UTF-8 text: {error}") from error
    except CatalogueError as error:
        raise Problem(f"{file} 中的规则有误", f"wrong in {file}:\n{error}") from error
    if not rules:
        raise Problem(f"{file} 中没有规则", f"no rule in {file}")
    return rules
