"""The shipped rules as data, and what loading refuses. What they find is tested in tests/rules/, a file a rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.violation import Severity
from rules.catalogue import CATALOGUE, rules_of
from rules.language import parse
from rules.quantity import QuantityError
from rules.rule import CatalogueError, rule_of


def test_the_shipped_rules_are_those_of_the_design() -> None:
    assert {rule.id: (rule.name_zh, rule.severity, rule.alert) for rule in CATALOGUE.values()} == {
        "R01": ("未纳管", Severity.MEDIUM, False),
        "R07": ("未封存停驶", Severity.HIGH, True),
        "R17": ("停用车辆行驶", Severity.HIGH, True),
        "R02": ("无派车单", Severity.MEDIUM, False),
        "R03": ("超出派车单", Severity.MEDIUM, True),
        "R04": ("非工作时间用车", Severity.MEDIUM, True),
        "R05": ("周末用车", Severity.MEDIUM, True),
        "R06": ("节假日用车", Severity.HIGH, True),
        "R08": ("未回单位停放", Severity.MEDIUM, True),
        "R09": ("驶出辖区", Severity.HIGH, True),
        "R10": ("敏感地点停留", Severity.HIGH, True),
        "R11": ("长时间停留", Severity.INFO, False),
        "R12": ("绕道", Severity.INFO, False),
        "R13": ("超速", Severity.MEDIUM, True),
        "R14": ("终端离线", Severity.MEDIUM, True),
        "R15": ("断电/拆除", Severity.HIGH, True),
        "R16": ("疑似屏蔽", Severity.HIGH, True),
        "R18": ("油耗异常", Severity.INFO, False),
        "R19": ("加油地点不符", Severity.MEDIUM, False),
        "R20": ("加油量异常", Severity.HIGH, False),
        "R21": ("通行费不符", Severity.MEDIUM, False),
    }


def test_a_rule_can_be_had_with_other_settings() -> None:
    early = CATALOGUE["R04"].with_settings(work_start="08:00", work_end="17:30", lasting="20 min")
    assert early.expression == parse(
        'driving & workday - between("08:00", "17:30") - ordered - on_duty - waived - law_enforcement'
    )
    assert (early.lasting_us, early.join_us) == (20 * 60_000_000, CATALOGUE["R04"].join_us)
    assert CATALOGUE["R04"].with_settings() == CATALOGUE["R04"]


def test_settings_keep_within_their_limits() -> None:
    rule = CATALOGUE["R04"]
    with pytest.raises(QuantityError, match="beyond its limits"):
        rule.with_settings(work_start="13:00")
    with pytest.raises(QuantityError, match="no time of day"):
        rule.with_settings(work_start="8")
    with pytest.raises(QuantityError, match="too long"):
        rule.with_settings(join="2 d")
    with pytest.raises(KeyError, match="no setting lunch"):
        rule.with_settings(lunch="12:00")


def test_reach_covers_what_is_joined() -> None:
    assert timedelta(microseconds=CATALOGUE["R09"].reach_us) == timedelta(minutes=35)


GOOD = {
    "version": 1,
    "name": {"zh": "例", "en": "Example"},
    "basis": "例",
    "when": "driving - ordered",
    "severity": "info",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"when": None}, "when is missing"),
        ({"when": "driving & nigt"}, "did you mean night"),
        ({"when": "holiday - ordered"}, "would hold where there is no data"),
        ({"name": {"zh": "例"}}, "en is missing"),
        ({"name": {"zh": "例", "en": "x", "fr": "y"}}, "unknown keys: fr"),
        ({"severity": "grave"}, "grave"),
        ({"version": "1"}, "version cannot be '1'"),
        ({"version": True}, "version cannot be True"),
        ({"alert": "yes"}, "alert cannot be 'yes'"),
        ({"basis": ""}, "basis cannot be ''"),
        ({"jion": "5 min"}, "unknown keys: jion"),
        ({"join": "5"}, "is no duration"),
        ({"lasting": "40 d"}, "too long"),
        ({"parameters": {"night": {"kind": "clock", "default": "07:30", "zh": "x", "en": "x"}}}, "night"),
        ({"parameters": {"a": {"kind": "time", "default": "07:30", "zh": "x", "en": "x"}}}, "time"),
        ({"parameters": {"a": {"kind": "spans", "default": "driving", "zh": "x", "en": "x"}}}, "cannot be spans"),
        ({"parameters": {"a": {"kind": "clock", "default": "7", "zh": "x", "en": "x"}}}, "no time of day"),
        ({"parameters": {"a": {"kind": "count", "default": 9, "most": 5, "zh": "x", "en": "x"}}}, "limits"),
        ({"parameters": {"a": {"kind": "place", "default": "x", "most": "y", "zh": "x", "en": "x"}}}, "no limits"),
        ({"parameters": []}, "parameters"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name(change: dict[str, object], said: str) -> None:
    data = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(CatalogueError, match="R99") as caught:
        rule_of("R99", data)
    assert said in str(caught.value)


def test_a_file_that_is_no_catalogue_is_refused() -> None:
    with pytest.raises(CatalogueError, match="warn must be less"):
        rules_of(
            "[R99]\nversion = 1\nname = { zh = '离', en = 'x' }\nbasis = 'x'\nwhen = 'driving'\n"
            "severity = 'high'\nlasting = '1 h'\nwarn = '1 h'"
        )
    with pytest.raises(CatalogueError, match="not TOML"):
        rules_of("[R04")
    with pytest.raises(CatalogueError, match="must be a table"):
        rules_of("R04 = 1")
    with pytest.raises(CatalogueError, match="must be like R04"):
        rules_of("[holiday]\nversion = 1")
