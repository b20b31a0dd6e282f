"""``gongche explain`` and ``gongche rules``: what is told of a violation and of rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gongche.commands import rules
from gongche.judge import judge_until_idle
from rules.catalogue import CATALOGUE
from rules.words import explain_rule
from tests.acceptance.program import gongche
from tests.builders.district import Connection, add_order, judged_tables
from tests.builders.past import HOLIDAY, SETTINGS, judged_past

R06 = """
[R06]
version = 2
name = { zh = "节假日用车", en = "Holiday use" }
basis = "试行"
when = "driving & holiday - ordered - on_duty - waived"
join = "%s"
lasting = "%s"
severity = "high"
"""
WINDOW = ("--from", "2026-10-01", "--to", "2026-10-07")


@pytest.fixture
def holiday_use(conn: Connection, database: str) -> int:
    """The number of a violation that begins where an order ends."""
    judged_past(conn, database, cars=1)
    row = conn.execute(
        "select id from violations where rule_id = 'R06' and withdrawn_at is null order by start_at"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_explain_tells_all_in_both_languages(conn: Connection, database: str, holiday_use: int, tmp_path: Path) -> None:
    ended = gongche("explain", str(holiday_use), folder=tmp_path, database_url=database)
    assert ended.returncode == 0, ended.stderr
    for language in ("zh", "en"):
        assert explain_rule(CATALOGUE["R06"], language) in ended.stdout
    digest = conn.execute("select positions_sha256 from violations where id = %s", (holiday_use,)).fetchone()
    assert digest is not None
    for words in (
        "苏N10000",
        "发现",
        "found",
        "不在该时段内",
        "not at that time",
        bytes(digest[0]).hex(),
        "一致",
        "still give",
    ):
        assert words in ended.stdout, words


def test_explain_for_programs(conn: Connection, database: str, holiday_use: int, tmp_path: Path) -> None:
    ended = gongche("explain", str(holiday_use), "--format", "json", folder=tmp_path, database_url=database)
    told = json.loads(ended.stdout)
    evidence = conn.execute("select evidence from violations where id = %s", (holiday_use,)).fetchone()
    assert evidence is not None
    assert [[span["start"], span["end"]] for span in told["spans"]] == evidence[0]["spans"]
    assert [one["why"] for one in told["excuses"]] == ["outside_span"]
    assert [one["change"] for one in told["history"]] == ["found"]
    assert told["positions"]["holds"] is True
    assert told["positions"]["sha256"] == told["positions"]["sha256_now"]


def test_explain_says_when_the_positions_are_not_the_same_any_more(
    conn: Connection, database: str, holiday_use: int, tmp_path: Path
) -> None:
    conn.execute("update positions set altitude_m = 1")
    ended = gongche("explain", str(holiday_use), folder=tmp_path, database_url=database)
    assert ended.returncode == 1
    assert "WARNING" in ended.stdout
    assert "已与摘要不符" in ended.stdout


def test_explain_knows_no_such_violation(database: str, tmp_path: Path) -> None:
    ended = gongche("explain", "7", folder=tmp_path, database_url=database)
    assert ended.returncode == 2
    assert "there is no violation 7" in ended.stderr


def test_rules_are_listed_and_shown_in_words(tmp_path: Path) -> None:
    listed = json.loads(gongche("rules", "list", "--format", "json", folder=tmp_path).stdout)
    assert [one["id"] for one in listed] == list(CATALOGUE)
    for rule in CATALOGUE.values():
        shown = json.loads(CliRunner().invoke(rules.app, ["show", rule.id, "--format", "json"]).stdout)
        assert shown["words"] == {"zh": explain_rule(rule, "zh"), "en": explain_rule(rule, "en")}
        assert set(shown["parameters"]) == {parameter.name for parameter in rule.parameters}
    assert gongche("rules", "show", "R99", folder=tmp_path).returncode == 2


def tried(folder: Path, dsn: str, rule: str, *window: str) -> dict[str, list[object]]:
    (folder / "changed.toml").write_text(rule, encoding="utf-8")
    ended = gongche(
        "rules", "try", "changed.toml", *(window or WINDOW), "--format", "json", folder=folder, database_url=dsn
    )
    assert ended.returncode == 0, ended.stderr
    (told,) = json.loads(ended.stdout)["rules"]
    return {name: told[name] for name in ("added", "withdrawn", "moved", "same")}


def counts(told: dict[str, list[object]]) -> dict[str, int]:
    return {name: len(found) for name, found in told.items() if found}


def test_trying_a_rule_tells_what_it_would_change_and_writes_nothing(
    conn: Connection, database: str, tmp_path: Path
) -> None:
    car, *_ = judged_past(conn, database)
    add_order(conn, car, HOLIDAY, HOLIDAY.replace(hour=20), number="全天")
    judge_until_idle(database, SETTINGS)
    before = judged_tables(conn)
    holiday = [row for row in before["violations"] if row[1] == "R06"]
    assert len(holiday) >= 4
    assert counts(tried(tmp_path, database, R06 % ("30 min", "5 min"))) == {"same": len(holiday)}
    longer = tried(tmp_path, database, R06 % ("30 min", "24 min"))
    assert set(counts(longer)) == {"same", "withdrawn"}
    assert len(longer["same"]) + len(longer["withdrawn"]) == len(holiday)
    assert "moved" in counts(tried(tmp_path, database, R06 % ("6 h", "5 min")))
    without_orders = (R06 % ("30 min", "5 min")).replace(" - ordered", "")
    assert counts(tried(tmp_path, database, without_orders))["added"] >= 2
    new = tried(tmp_path, database, (R06 % ("30 min", "5 min")).replace("[R06]", "[R60]"))
    assert counts(new) == {"added": len(holiday)}
    assert (
        counts(tried(tmp_path, database, R06 % ("30 min", "5 min"), "--from", "2026-10-02", "--to", "2026-10-07")) == {}
    )
    assert judged_tables(conn) == before


def test_a_wrong_rule_is_told_with_the_place(database: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text((R06 % ("30 min", "5 min")).replace("- ordered", "- orderd"), encoding="utf-8")
    ended = gongche("rules", "try", "wrong.toml", *WINDOW, folder=tmp_path, database_url=database)
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert "R06" in ended.stderr
    caret = next(number for number, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1][lines[caret].index("^") :].startswith("orderd")


def test_days_in_the_wrong_order_are_refused(database: str, tmp_path: Path) -> None:
    (tmp_path / "rule.toml").write_text(R06 % ("30 min", "5 min"), encoding="utf-8")
    window = ("--from", "2026-10-07", "--to", "2026-10-01")
    assert gongche("rules", "try", "rule.toml", *window, folder=tmp_path, database_url=database).returncode == 2


def test_a_rule_is_tried_against_what_is_in_force_then_with_the_settings_of_units(
    conn: Connection, database: str, tmp_path: Path
) -> None:
    """Found on 1 October: by the shipped rule; with the office's setting hardly; with the rule off not at all."""
    judged_past(conn, database)
    before = judged_tables(conn)
    holiday = [row for row in before["violations"] if row[1] == "R06"]
    as_shipped = R06 % ("30 min", "5 min")
    code = conn.execute("select code from units").fetchone()
    assert code is not None

    def enter(*told: str) -> None:
        reason = ("--from", "2026-10-01", "--reason", "试")
        ended = gongche("rules", *told, *reason, folder=tmp_path, database_url=database)
        assert ended.returncode == 0, ended.stderr

    enter("set", "R06", "lasting=24 min", "--unit", str(code[0]), "--season", "10-01..10-01")
    by_unit = tried(tmp_path, database, as_shipped)
    kept = [row for row in holiday if row[6]["total_s"] >= 24 * 60]
    assert 0 < len(kept) < len(holiday)
    assert counts(by_unit) == {"same": len(kept)}, "the unit's setting counts for the changed rule as well"
    enter("off", "R06")
    assert counts(tried(tmp_path, database, as_shipped)) == {"added": len(kept)}
    assert judged_tables(conn) == before, "nothing is judged by trying"


def test_what_trying_tells_people(conn: Connection, database: str, tmp_path: Path) -> None:
    judged_past(conn, database)
    (tmp_path / "changed.toml").write_text(R06 % ("30 min", "24 min"), encoding="utf-8")
    ended = gongche("rules", "try", "changed.toml", *WINDOW, folder=tmp_path, database_url=database)
    assert ended.returncode == 0, ended.stderr
    withdrawn = tried(tmp_path, database, R06 % ("30 min", "24 min"))["withdrawn"]
    counted = next(line for line in ended.stdout.splitlines() if line.startswith("R06 "))
    assert [int(word) for word in counted.split()[-4:]][1] == len(withdrawn) > 0
    examples = ended.stdout.partition("the longest examples")[2]
    lines = [line for line in examples.splitlines() if line.startswith("R06 ")]
    assert len(lines) == len(withdrawn)
    assert all("苏N1000" in line and "2026-10-01 1" in line for line in lines)
    assert "by vehicle" in ended.stdout
