"""``gongche verify``: a clean database is clean, and whatever is altered is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gongche.judge import judge_until_idle
from tests.acceptance.program import gongche
from tests.builders.district import Connection, judged_tables
from tests.builders.past import SETTINGS, judged_past


def verify(folder: Path, dsn: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    ended = gongche("verify", "--format", "json", *arguments, folder=folder, database_url=dsn)
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def test_what_was_judged_is_verified_and_nothing_is_written(conn: Connection, database: str, tmp_path: Path) -> None:
    judged_past(conn, database)
    before = judged_tables(conn)
    status, told = verify(tmp_path, database)
    assert (status, told["differences"], told["waiting"]) == (0, [], [])
    assert (told["vehicles"], told["positions"]) == (3, conn.execute("select count(*) from positions").fetchone()[0])  # type: ignore[index]
    assert judged_tables(conn) == before
    assert len(before["violations"]) >= 8, "there was something to verify"


def test_an_empty_database_is_clean(database: str, tmp_path: Path) -> None:
    audit = {"entries": 0, "head": f"0:{'0' * 64}", "faults": []}
    clean = {"vehicles": 0, "positions": 0, "waiting": [], "differences": [], "audit": audit}
    clean |= {"finance": {"checks": 0, "faults": []}, "reports": {"texts": 0, "faults": []}}
    assert verify(tmp_path, database) == (0, clean)


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("update violations set end_at = end_at - interval '1 min' where rule_id = 'R10'", ("different", "violation")),
        ("update violations set evidence = '{}' where rule_id = 'R06'", ("different", "violation")),
        ("update violations set withdrawn_at = now() where rule_id = 'R09'", ("missing", "violation")),
        ("delete from trips where distance_m > 5000", ("missing", "trip")),
        ("update trips set distance_m = distance_m - 100", ("different", "trip")),
        ("insert into gaps select vehicle_id, start_at, end_at from stops limit 1", ("extra", "gap")),
        ("update stops set fixes = fixes + 1", ("different", "stop")),
        ("update visits set place = 'no_go' where place = 'home'", ("extra", "visit")),
        ("update violations set positions_sha256 = sha256('') where rule_id = 'R06'", ("digest", "violation")),
        ("update positions set altitude_m = 12", ("digest", "violation")),
        ("delete from positions where lon_e7 > 1184100000", ("digest", "violation")),
    ],
)
def test_tampering_is_found(
    conn: Connection, database: str, tmp_path: Path, tampering: str, expected: tuple[str, str]
) -> None:
    judged_past(conn, database, cars=1)
    assert conn.execute(tampering.encode()).rowcount > 0
    status, told = verify(tmp_path, database)
    assert status == 1
    assert expected in {(one["kind"], one["what"]) for one in told["differences"]}
    assert {one["plate"] for one in told["differences"]} == {"苏N10000"}


def test_a_moved_position_shows_in_the_facts_and_the_digest(conn: Connection, database: str, tmp_path: Path) -> None:
    judged_past(conn, database, cars=1)
    conn.execute("update positions set lon_e7 = lon_e7 + 100000 where lon_e7 > 1183900000")
    _, told = verify(tmp_path, database)
    kinds = {(one["kind"], one["what"]) for one in told["differences"]}
    assert {("digest", "violation"), ("different", "trip")} <= kinds


def test_what_waits_to_be_judged_is_told_and_not_compared(conn: Connection, database: str, tmp_path: Path) -> None:
    car, *_ = judged_past(conn, database)
    conn.execute("delete from trips where vehicle_id = %s", (car,))
    conn.execute("insert into marks (vehicle_id, since) values (%s, '-infinity')", (car,))
    status, told = verify(tmp_path, database)
    assert (status, told["waiting"], told["vehicles"]) == (0, ["苏N10000"], 2)
    judge_until_idle(database, SETTINGS)
    status, told = verify(tmp_path, database, "苏n10000")
    assert (status, told["waiting"], told["vehicles"], told["differences"]) == (0, [], 1, [])


def test_other_rules_are_no_difference_but_a_reason_to_judge_again(
    conn: Connection, database: str, tmp_path: Path
) -> None:
    judged_past(conn, database, cars=1)
    conn.execute("update judged_with set signature = 'older'")
    ended = gongche("verify", folder=tmp_path, database_url=database)
    assert ended.returncode == 2
    assert "rejudge" in ended.stderr
