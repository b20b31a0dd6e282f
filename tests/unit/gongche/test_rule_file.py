"""Files of rules that cannot be used: each is told with the rule and the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gongche.commands.rule_file import rules_in
from gongche.problem import Problem

R04 = """
[R04]
version = 2
name = {{ zh = "非工作时间用车", en = "Off-hours use" }}
basis = "试行"
when = '''{when}'''
join = "30 min"
lasting = "{lasting}"
severity = "high"
"""


def refusal(folder: Path, text: str) -> str:
    (folder / "rule.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        rules_in(folder / "rule.toml")
    assert "rule.toml" in caught.value.zh
    return str(caught.value)


@pytest.mark.parametrize(
    ("when", "said", "pointed_at"),
    [
        ("driving & hollyday", "unknown word hollyday; did you mean holiday?", "hollyday"),
        ('longer(driving, "5 km")', "is no duration", '"5 km"'),
        ('standing & inside(sensitive, "5 min")', "is no distance", '"5 min"'),
        ("longer(driving, 5)", "expected a duration", "5)"),
        ('faster_than("fast")', "expected a number", '"fast"'),
        ('longer("5 min", driving)', "expected a word such as driving", '"5 min"'),
        ("longer(driving)", "lacks its argument duration", "longer"),
        ("driving &", "found the end", ""),
        ("holiday", "would hold where there is no data", "holiday"),
        ("(" * 9_000 + "driving", "nested more than 64 deep", "(((("),
        ("driving" + " & driving" * 990 + " - night" * 9 + "\n - night", "more than 1000 words", "night"),
    ],
    ids=["word", "length", "time", "quotes", "type", "order", "argument", "end", "no data", "depth", "words"],
)
def test_a_wrong_expression_is_told_with_the_place(tmp_path: Path, when: str, said: str, pointed_at: str) -> None:
    error = refusal(tmp_path, R04.format(when=when, lasting="10 min"))
    assert said in error
    assert "R04" in error
    lines = error.splitlines()
    caret = next(number for number, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1][lines[caret].index("^") :].startswith(pointed_at)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when = " + "[" * 20_000, "nested too deep"),
        (R04.format(when=" & ".join(["driving"] * 10_000), lasting="10 min"), "longer than 10000 characters"),
        ("# " + "x" * 1_100_000, "over 1 MB"),
        ("[R04", "not TOML"),
        ("", "no rule in"),
        (2 * R04.format(when="driving", lasting="10 min"), "not TOML"),
        (R04.format(when="driving", lasting="10 km"), '"10 km" is no duration'),
        (R04.format(when="driving", lasting="40 d"), "is too long"),
        (R04.format(when="driving", lasting="10 min") + "bomb = 1\n", "unknown keys: bomb"),
    ],
    ids=["nested", "10,000 terms", "large", "broken", "empty", "twice", "unit", "too long", "key"],
)
def test_a_file_that_is_no_rule_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)
