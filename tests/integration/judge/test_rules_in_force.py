"""What is entered about rules, by commands and through the judge: exactly the touched cars are judged again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fleet.clock import SHANGHAI
from gongche.cli import command
from gongche.judge import Judge, judge_until_idle
from gongche.problem import Problem
from gongche.settings import Settings
from rules.catalogue import CATALOGUE
from store import judging
from tests.acceptance.program import gongche
from tests.builders.district import JUDGED, Connection, add_vehicle, arrive, judged_tables, truncate
from tests.builders.tracks import Fix, at, drive, stand

SETTINGS = Settings(_env_file=None)
MONDAY = datetime(2026, 9, 21, tzinfo=SHANGHAI)
SHIPPED = CATALOGUE["R04"].version
PUT = SHIPPED + 1
R04 = """
[R04]
version = {version}
name = {{ zh = "非工作时间用车", en = "Off-hours use" }}
basis = "试行"
when = '''{when}'''
join = "30 min"
lasting = "{lasting}"
severity = "high"
"""
WHEN = 'driving & workday - between("07:30", "19:00") - ordered - on_duty - waived'


def evening(day: int) -> list[Fix]:
    """Of one of four workdays: parked, then driving from 18:30 to 19:40."""
    shift_us = at(since=MONDAY + timedelta(days=day, hours=18)).ts_us - at().ts_us
    track = stand(0, 30) + drive(30, 70, from_m=0, to_m=40_000) + stand(101, 30, at_m=40_000)
    return [fix._replace(ts_us=fix.ts_us + shift_us) for fix in track]


@pytest.fixture
def cars(conn: Connection, database: str) -> dict[str, int]:
    """A county with two offices below it, a car each; four evenings, judged."""
    tree = {"county": None, "office": "county", "bureau": "county"}
    for code, parent in tree.items():
        conn.execute(
            "insert into units (code, name, parent_id) select %s, %s, (select id from units where code = %s)",
            (code, code, parent),
        )
    units = dict(conn.execute("select code, id from units").fetchall())
    made = {code: add_vehicle(conn, units[code], f"苏N1000{number}") for number, code in enumerate(tree)}
    arrive(conn, [(car, fix) for car in made.values() for day in range(4) for fix in evening(day)])
    judge_until_idle(database, SETTINGS)
    return made


def found(conn: Connection, car: int) -> list[tuple[str, int, int]]:
    """Of R04: on which day of the week it begins and at what clock, and its version."""
    rows = conn.execute(
        "select start_at, rule_version from violations"
        " where vehicle_id = %s and rule_id = 'R04' and withdrawn_at is null order by start_at",
        (car,),
    ).fetchall()
    return [(f"{start.astimezone(SHANGHAI):%H:%M}", (start.astimezone(SHANGHAI) - MONDAY).days, v) for start, v in rows]


def run(folder: Path, dsn: str, *told: str, status: int = 0) -> Any:
    ended = gongche("rules", *told, "--format", "json", folder=folder, database_url=dsn)
    assert ended.returncode == status, ended.stderr
    return json.loads(ended.stdout) if status == 0 else ended.stderr


def rule(folder: Path, version: int = PUT, lasting: str = "10 min", when: str = WHEN) -> str:
    (folder / "rule.toml").write_text(R04.format(version=version, lasting=lasting, when=when), encoding="utf-8")
    return "rule.toml"


def waiting(conn: Connection) -> dict[int, datetime]:
    rows = conn.execute("select vehicle_id, min(since) from marks where since > '-infinity' group by 1").fetchall()
    return dict(rows)


ALL_DAYS = [("19:00", day, SHIPPED) for day in range(4)]


def test_hours_of_a_unit_touch_its_cars_and_those_below_from_the_day_on(
    conn: Connection, database: str, cars: dict[str, int], tmp_path: Path
) -> None:
    assert found(conn, cars["county"]) == ALL_DAYS
    told = ["set", "R04", "work_end=19:20", "--unit", "office", "--from", "2026-09-23", "--reason", "夏令"]
    run(tmp_path, database, *told)
    assert set(waiting(conn)) == {cars["office"]}
    midnight = MONDAY + timedelta(days=2)
    assert midnight - timedelta(days=1) <= waiting(conn)[cars["office"]] <= midnight
    with judging.connect(database) as connection:
        judge = Judge(connection, SETTINGS)
        judge.until_idle()
        assert judge.tally.vehicles == 1
    late = [*ALL_DAYS[:2], ("19:20", 2, SHIPPED), ("19:20", 3, SHIPPED)]
    assert [found(conn, car) for car in cars.values()] == [ALL_DAYS, late, ALL_DAYS]
    run(
        tmp_path, database, "set", "R04", "lasting=30 min", "--unit", "county", "--from", "2026-09-24", "--reason", "试"
    )
    assert set(waiting(conn)) == set(cars.values()), "the county's own car and all below it"
    judge_until_idle(database, SETTINGS)
    assert [found(conn, car) for car in cars.values()] == [ALL_DAYS, late[:3], ALL_DAYS]
    evidence = conn.execute(
        "select evidence -> 'settings' from violations where vehicle_id = %s and withdrawn_at is null"
        " and rule_id = 'R04' order by start_at",
        (cars["office"],),
    ).fetchall()
    assert [row[0] for row in evidence] == [None, None, {"work_end": "19:20"}]


def test_a_judge_that_runs_sees_what_is_entered_and_judging_anew_finds_the_same(
    conn: Connection, database: str, cars: dict[str, int], tmp_path: Path
) -> None:
    with judging.connect(database) as one, judging.connect(database) as other:
        judges = [Judge(one, SETTINGS, at_once=1), Judge(other, SETTINGS, at_once=1)]
        run(tmp_path, database, "put", rule(tmp_path, lasting="5 min"), "--from", "2026-09-22", "--reason", "从严")
        run(tmp_path, database, "off", "R04", "--from", "2026-09-24", "--to", "2026-09-24", "--reason", "系统检修")
        run(
            tmp_path, database, "set", "R04", "lasting=50 min", "--season", "09-23..09-23", "--from", "2026-01-01",
            "--unit", "bureau", "--reason", "试",
        )  # fmt: skip
        while sum(judge.once() for judge in judges):
            pass
    changed = [("19:00", 0, SHIPPED), ("19:00", 1, PUT), ("19:00", 2, PUT)]
    assert [found(conn, car) for car in cars.values()] == [changed, changed, changed[:2]]
    incremental = judged_tables(conn)
    truncate(conn, f"{JUDGED}, judged_with")
    judge_until_idle(database, SETTINGS)
    assert judged_tables(conn) == incremental
    verified = gongche("verify", "--format", "json", folder=tmp_path, database_url=database)
    assert verified.returncode == 0, verified.stdout


def test_another_distance_asks_for_other_facts_of_all_cars(
    conn: Connection, database: str, cars: dict[str, int], tmp_path: Path
) -> None:
    run(
        tmp_path, database, "set", "R08", "distance=300 m", "--unit", "office", "--from", "2026-09-23", "--reason", "试"
    )
    all_anew = conn.execute("select vehicle_id from marks where since = '-infinity' order by 1").fetchall()
    assert [row[0] for row in all_anew] == sorted(cars.values())
    judge_until_idle(database, SETTINGS)
    assert gongche("verify", folder=tmp_path, database_url=database).returncode == 0


def test_a_unit_that_moves_in_the_tree_has_the_hours_of_those_above(
    conn: Connection, database: str, cars: dict[str, int], tmp_path: Path
) -> None:
    run(
        tmp_path, database, "set", "R04", "work_end=19:20", "--unit", "office", "--from", "2026-01-01", "--reason", "试"
    )
    judge_until_idle(database, SETTINGS)
    assert found(conn, cars["bureau"]) == ALL_DAYS
    conn.execute("update units set parent_id = (select id from units where code = 'office') where code = 'bureau'")
    judge_until_idle(database, SETTINGS)
    assert found(conn, cars["bureau"]) == [("19:20", day, SHIPPED) for day in range(4)]


def test_what_is_in_force_is_listed_and_explained(
    conn: Connection, database: str, cars: dict[str, int], tmp_path: Path
) -> None:
    run(
        tmp_path,
        database,
        "put",
        rule(tmp_path, lasting="5 min"),
        "--from",
        "2026-09-22",
        "--reason",
        "从严",
        "--by",
        "李",
    )
    run(
        tmp_path, database, "set", "R05", "lasting=6 min", "--season", "05-01..09-30", "--from", "2026-01-01",
        "--unit", "county", "--reason", "夏令", "--document", "〔2026〕1号",
    )  # fmt: skip
    run(tmp_path, database, "off", "R06", "--from", "2026-09-22", "--reason", "试")
    judge_until_idle(database, SETTINGS)
    listed = {one["id"]: one for one in run(tmp_path, database, "list", "--on", "2026-09-22", "--unit", "office")}
    assert (listed["R04"]["version"], listed["R05"]["settings"]) == (PUT, {"lasting": "6 min"})
    assert not listed["R06"]["in_force"]
    listed = {one["id"]: one for one in run(tmp_path, database, "list", "--on", "2026-09-21")}
    assert (listed["R04"]["version"], listed["R05"]["settings"], listed["R06"]["in_force"]) == (SHIPPED, {}, True)
    assert run(tmp_path, database, "show", "R04", "--on", "2026-09-22")["lasting"] == "5 minutes"
    history = run(tmp_path, database, "history")
    assert [(one["rule"], one["what"]) for one in history] == [("R04", "put"), ("R05", "set"), ("R06", "off")]
    assert (history[0]["entered_by"], history[1]["document"], history[1]["season"]) == (
        "李",
        "〔2026〕1号",
        "05-01..09-30",
    )
    ids = conn.execute(
        "select id from violations where rule_id = 'R04' and vehicle_id = %s order by start_at", (cars["office"],)
    )
    said = [
        json.loads(gongche("explain", str(row[0]), "--format", "json", folder=tmp_path, database_url=database).stdout)
        for row in ids.fetchall()[:2]
    ]
    assert [one["rule"]["version"] for one in said] == [SHIPPED, PUT]
    assert ["10 minutes" in said[0]["rule"]["words"]["en"], "5 minutes" in said[1]["rule"]["words"]["en"]] == [
        True,
        True,
    ]


def test_nothing_is_edited(conn: Connection, database: str, tmp_path: Path) -> None:
    run(tmp_path, database, "off", "R06", "--from", "2026-09-22", "--reason", "试")
    for edit in ("update rule_versions set reason = 'x'", "delete from rule_versions"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            conn.execute(edit)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["set", "R04", "work_end=25:00"], "no time of day"),
        (["set", "R04", "work_end=5 km"], "no time of day"),
        (["set", "R04", "lasting=10 km"], "no duration"),
        (["set", "R08", "distance=50"], "no distance"),
        (["set", "R09", "fixes=many"], "must be a number"),
        (["set", "R04", "workend=19:30"], "has no setting workend"),
        (["set", "R04", "work_end"], "must be NAME=VALUE"),
        (["set", "R04", "work_end=19:30", "--unit", "nowhere"], "no unit with the code nowhere"),
        (["set", "R04", "work_end=19:30", "--season", "summer"], "is no season"),
        (["set", "R04", "work_end=19:30", "--to", "2026-01-01"], "--to is before --from"),
        (["set", "R99", "lasting=5 min"], "no rule R99"),
        (["on", "R04"], "R04 is on on 2026-09-23"),
        (["off", "R04", "--reason", " "], "--reason must say something"),
        (["put", "rule.toml"], f"needs version = {PUT}"),
    ],
)
def test_what_cannot_be_entered_is_told_and_changes_nothing(
    conn: Connection, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    rule(tmp_path, version=SHIPPED, lasting="20 min")
    reason = [] if "--reason" in told else ["--reason", "试"]
    with pytest.raises(Problem) as caught:
        command()(["rules", *told, "--from", "2026-09-23", *reason], standalone_mode=False)
    assert said in str(caught.value)
    entered = conn.execute("select count(*) from (select from rule_settings union all select from rule_versions)")
    assert entered.fetchone() == (0,)


def test_a_version_that_refuses_what_is_set_is_not_put_in_force(
    conn: Connection, database: str, tmp_path: Path
) -> None:
    run(tmp_path, database, "set", "R04", "work_end=19:20", "--from", "2026-01-01", "--reason", "试")
    error = run(tmp_path, database, "put", rule(tmp_path), "--from", "2026-09-22", "--reason", "试", status=2)
    assert f"from 2026-09-22 on rule R04, version {PUT}, refuses the settings work_end=19:20" in error
    assert conn.execute("select count(*) from rule_versions").fetchone() == (0,)
