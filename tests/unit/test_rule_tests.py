"""Each shipped rule has its tests, and docs/rule-tests.md tells which."""

from __future__ import annotations

import pytest

from rules.catalogue import CATALOGUE
from rules.rule import Rule
from tests.rules.table import DOCUMENT, files_of, rule_tests_of, text


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_shipped_rule_has_a_file_with_every_kind_of_test(rule: Rule) -> None:
    files = files_of(rule.id)
    assert len(files) == 1, f"tests/rules/test_{rule.id.lower()}_….py: {[path.name for path in files]}"
    assert rule_tests_of(rule, files[0]).missing == []


def test_the_table_of_them_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == text(), "run `python -m tests.rules`"
