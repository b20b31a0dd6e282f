"""The rules that are shipped, read and checked when the program starts."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from rules.rule import CatalogueError, Rule, rule_of


def rules_of(text: str) -> dict[str, Rule]:
    """Rules by id from TOML, in the order written. Raises CatalogueError that names the rule and the key."""
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"规则文件不是 TOML / the rules are not TOML: {error}") from error
    except RecursionError:
        raise CatalogueError("规则文件的括号嵌套太深 / brackets in the rules are nested too deep") from None
    for rule_id, table in tables.items():
        if not isinstance(table, dict):
            raise CatalogueError(f"规则 rule {rule_id}: 应为表 / must be a table")
    return {rule_id: rule_of(rule_id, table) for rule_id, table in tables.items()}


CATALOGUE = rules_of(files("rules").joinpath("catalogue.toml").read_text(encoding="utf-8"))
"""The shipped rules by id."""
