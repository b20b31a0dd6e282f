"""The table of the rules' tests: which tests hold each rule's cases, near misses, excuses and traps."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from rules.catalogue import CATALOGUE
from rules.rule import Rule
from rules.words import excuses_in_words

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "rule-tests.md"

KINDS = {"case": "case 案例", "near_miss": "near miss 擦边", "excuse": "excuse 理由", "trap": "trap 陷阱"}

_HEAD = """# The rules' tests 规则测试

What holds each shipped rule to its word: its cases, its near misses (each threshold, just under and just over), what
excuses it and what does not, and the traps that apply. Each runs the whole judging, from positions to violations, of
one car; the tests stand in `tests/rules/`, one file a rule. Besides, the rules are held against
[the reference](reference.md) on random weeks, and found again as planted in the demonstration district.

`python -m tests.rules` writes this page from the names of the tests; a test fails when it is not what they say.
"""


@dataclass(frozen=True)
class RuleTests:
    """A rule's file and the names of its tests by kind, each as a sentence, in the order of the file."""

    rule: Rule
    file: str
    by_kind: dict[str, list[str]]

    @property
    def missing(self) -> list[str]:
        """The kinds that the rule should have a test of, and has none."""
        wanted = [kind for kind in KINDS if kind != "excuse" or excuses_in_words(self.rule.expression, "en")]
        return [kind for kind in wanted if not self.by_kind[kind]]


def files_of(rule_id: str) -> list[Path]:
    """The file of a rule; one, when all is well."""
    return sorted(HERE.glob(f"test_{rule_id.lower()}_*.py"))


def rule_tests_of(rule: Rule, path: Path) -> RuleTests:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in names:
        kind = next((kind for kind in KINDS if name.startswith(f"test_{kind}_")), None)
        if kind is None:
            raise ValueError(f"{path.name}: {name} is no case, near miss, excuse or trap")
        by_kind[kind].append(name.removeprefix(f"test_{kind}_").replace("_", " "))
    return RuleTests(rule, path.name, by_kind)


def text() -> str:
    """The whole page."""
    told = [rule_tests_of(rule, path) for rule in _by_number() for path in files_of(rule.id)]
    lines = [_HEAD, f"| rule | {' | '.join(KINDS.values())} |", f"|---{'|---' * len(KINDS)}|"]
    for one in told:
        cells = [str(len(one.by_kind[kind])) for kind in KINDS]
        lines.append(f"| {one.rule.id} {one.rule.name_zh} {one.rule.name_en} | {' | '.join(cells)} |")
    for one in told:
        lines += ["", f"## {one.rule.id} {one.rule.name_zh} {one.rule.name_en}", "", f"`tests/rules/{one.file}`", ""]
        lines += ["| kind | tests |", "|---|---|"]
        lines += [f"| {KINDS[kind]} | {'; '.join(names)} |" for kind, names in one.by_kind.items() if names]
    return "\n".join(lines) + "\n"


def _by_number() -> list[Rule]:
    return sorted(CATALOGUE.values(), key=lambda rule: int(re.sub(r"\D", "", rule.id)))
