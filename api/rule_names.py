"""What rules are called on pages."""

from __future__ import annotations

from api.language import Language
from rules.catalogue import CATALOGUE


def rule_name(rule_id: str, language: Language) -> str:
    """The rule's name; its id when the catalogue no longer holds it."""
    rule = CATALOGUE.get(rule_id)
    if rule is None:
        return rule_id
    return rule.name_zh if language is Language.ZH else rule.name_en
