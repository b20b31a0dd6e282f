"""What rules are called on pages, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.language import Language
from rules.catalogue import CATALOGUE
from rules.rule import Rule
from rules.words import excuses_in_words, explain_rule


def rule_name(rule_id: str, language: Language, rule: Rule | None = None) -> str:
    """The rule's name, as it was judged by where that is told; its id when it is not and the catalogue lacks it."""
    rule = rule or CATALOGUE.get(rule_id)
    if rule is None:
        return rule_id
    return rule.name_zh if language is Language.ZH else rule.name_en


def rule_words(rule: Rule, language: Language) -> str:
    """The rule as a sentence."""
    return explain_rule(rule, "zh" if language is Language.ZH else "en")


def excusing_words(rule: Rule, language: Language) -> str:
    """What would excuse it, in a row."""
    if language is Language.ZH:
        return "、".join(excuses_in_words(rule.expression, "zh"))
    return ", ".join(excuses_in_words(rule.expression, "en"))


def settings_of(evidence: Mapping[str, Any]) -> str:
    """The settings that judged a violation, where they are not those that its rule is written with."""
    return ", ".join(f"{name} = {value}" for name, value in (evidence.get("settings") or {}).items())
