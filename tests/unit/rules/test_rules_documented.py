"""docs/rules.md tells every word with its arguments and every shipped rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.catalogue import CATALOGUE
from rules.kinds import Kind
from rules.rule import Rule
from rules.vocabulary import PLACES, VOCABULARY

TEXT = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", VOCABULARY)
def test_every_word_is_told_with_its_arguments(name: str) -> None:
    arguments = ", ".join(parameter.name for parameter in VOCABULARY[name].parameters)
    assert f"| `{name}({arguments})` |" in TEXT or (not arguments and f"| `{name}` |" in TEXT)


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_shipped_rule_is_told(rule: Rule) -> None:
    assert f"| {rule.id} | {rule.name_zh} {rule.name_en} |" in TEXT


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SPANS])
def test_every_kind_of_setting_is_told(kind: Kind) -> None:
    assert f"`{kind.value}`" in TEXT


@pytest.mark.parametrize("place", PLACES)
def test_every_kind_of_zone_is_told(place: str) -> None:
    assert f"`{place}`" in TEXT
