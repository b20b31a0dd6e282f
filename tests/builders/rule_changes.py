"""What a centre enters about its rules, in few words. Days are ``2026-05-01``, the last one included."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import count

from rules.catalogue import CATALOGUE, rules_of
from rules.kinds import Kind, written_of
from rules.rule import Rule
from rules.rule_changes import Act, Days, RuleEntry, RuleSetting, Written
from rules.season import Season

_ids = count(1)


def days(first: str, last: str | None = None) -> Days:
    return Days(date.fromisoformat(first), None if last is None else date.fromisoformat(last) + timedelta(days=1))


def put(rule: Rule, first: str, last: str | None = None) -> RuleEntry:
    return RuleEntry(next(_ids), rule.id, Act.PUT, days(first, last), rule)


def off(rule_id: str, first: str, last: str | None = None) -> RuleEntry:
    return RuleEntry(next(_ids), rule_id, Act.OFF, days(first, last))


def on(rule_id: str, first: str, last: str | None = None) -> RuleEntry:
    return RuleEntry(next(_ids), rule_id, Act.ON, days(first, last))


def setting(
    rule_id: str,
    unit_id: int | None = None,
    first: str = "2020-01-01",
    last: str | None = None,
    season: str | None = None,
    **values: Written | None,
) -> RuleSetting:
    within = None if season is None else Season.of(season)
    return RuleSetting(next(_ids), rule_id, unit_id, days(first, last), tuple(sorted(values.items())), within)


def changed(rule_id: str, version: int = 2, *, old: str = "", new: str = "", **settings: Written) -> Rule:
    """A shipped rule in another version: with ``old`` in its expression replaced, or written with other settings.

    A parameter that the expression names no more goes with it.
    """
    rule = CATALOGUE[rule_id].with_settings(**settings)
    when = rule.when.replace(old, new) if old else rule.when
    values = "\n".join(
        f'{p.name} = {{ kind = "{p.kind}", default = {json.dumps(written_of(p.value, p.kind))}, zh = "甲", en = "a" }}'
        for p in rule.parameters
        if p.name in when
    )
    text = f"""
[{rule_id}]
version = {version}
name = {{ zh = "{rule.name_zh}", en = "{rule.name_en}" }}
basis = "{rule.basis}"
when = '''{when}'''
join = "{written_of(rule.join_us, Kind.DURATION)}"
lasting = "{written_of(rule.lasting_us, Kind.DURATION)}"
severity = "{rule.severity}"
alert = {str(rule.alert).lower()}
[{rule_id}.parameters]
{values}
"""
    return rules_of(text)[rule_id]
