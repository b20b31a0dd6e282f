"""What a person has decided stands: judging again marks it, and changes nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fleet.clock import SHANGHAI
from fleet.decision import Outcome
from gongche.deciding import decided
from gongche.judge import Judge
from gongche.problem import Problem
from gongche.settings import Settings
from store import judging
from store.database import connect
from tests.acceptance.program import gongche
from tests.builders.district import Connection, add_order, add_unit, add_vehicle, arrive
from tests.builders.tracks import Fix, at, drive

NINE = datetime(2026, 10, 1, 9, tzinfo=SHANGHAI)
SETTINGS = Settings(_env_file=None)


def holiday(track: list[Fix], since: datetime = NINE) -> list[Fix]:
    shift_us = at(since=since).ts_us - at().ts_us
    return [fix._replace(ts_us=fix.ts_us + shift_us) for fix in track]


def minutes(count: float) -> datetime:
    return NINE + timedelta(minutes=count)


@pytest.fixture
def judge(database: str) -> Iterator[Judge]:
    with judging.connect(database) as connection:
        yield Judge(connection, SETTINGS, clock=lambda: NINE + timedelta(hours=4))


@pytest.fixture
def car(conn: Connection, judge: Judge) -> int:
    """A car that drove from 9:30 to 10:10 on National Day, judged."""
    conn.execute(
        "insert into rule_versions (rule_id, act, during, reason, entered_by)"
        " values ('R02', 'off', '[2020-01-01,)', '只看一种违规', '王五')"
    )
    car = add_vehicle(conn, add_unit(conn))
    arrive(conn, [(car, fix) for fix in holiday(drive(30, 40, from_m=0, to_m=24_000))])
    judge.until_idle()
    return car


async def decide(dsn: str, violation: int, outcome: Outcome = Outcome.VIOLATION) -> None:
    async with await connect(dsn, autocommit=True) as conn:
        await decided(conn, violation, outcome, by="王五", reason="本人承认")


def standing(conn: Connection) -> list[tuple[Any, ...]]:
    """Id, start, end, evidence changed; and what is found now, in minutes."""
    rows = conn.execute(
        "select id, start_at, end_at, evidence_changed, found_now from violations"
        " where withdrawn_at is null and rule_id = 'R06' order by start_at, id"
    ).fetchall()
    return [
        (
            id_,
            minutes_of(start),
            minutes_of(end),
            changed,
            now and [(minutes_of(v["start"]), minutes_of(v["end"])) for v in now],
        )
        for id_, start, end, changed, now in rows
    ]


def minutes_of(moment: datetime | str) -> float:
    at_moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (at_moment - NINE) / timedelta(minutes=1)


def frozen(conn: Connection) -> tuple[Any, ...]:
    row = conn.execute(
        "select start_at, end_at, evidence, rule_version, positions_count, positions_sha256, withdrawn_at"
        " from violations where id = 1"
    ).fetchone()
    assert row is not None
    return row


@pytest.mark.usefixtures("car")
async def test_a_decision_is_an_entry_with_what_it_was_taken_on(conn: Connection, database: str) -> None:
    before = frozen(conn)
    await decide(database, 1)
    entry = conn.execute(
        "select start_at, end_at, evidence, rule_version, positions_count, positions_sha256, outcome,"
        " decided_by, was_found from decisions"
    ).fetchone()
    assert entry == (*before[:6], "violation", "王五", True)
    assert frozen(conn) == before
    for sql in ("update decisions set outcome = 'justified'", "delete from decisions",
                "update violations set end_at = end_at + interval '1 min'",
                "update violations set withdrawn_at = now()"):  # fmt: skip
        with pytest.raises(psycopg.errors.RestrictViolation):
            conn.execute(sql.encode())


@pytest.mark.parametrize(
    ("more", "order", "now"),
    [
        (holiday(drive(70, 20, from_m=24_000, to_m=34_000)), None, [(30, 90)]),
        (holiday(drive(10, 20, from_m=-10_000, to_m=0)), None, [(10, 70)]),
        ([], (50, 70), [(30, 50)]),
        ([], (40, 60), [(30, 70)]),
        ([], (0, 100), []),
    ],
    ids=["extended", "moved", "shrunk", "other spans", "withdrawn"],
)
async def test_another_finding_marks_it_and_changes_nothing_of_it(
    conn: Connection, database: str, judge: Judge, car: int, more: list[Fix], order: tuple[int, int] | None,
    now: list[tuple[float, float]],
) -> None:  # fmt: skip
    await decide(database, 1)
    before = frozen(conn)
    arrive(conn, [(car, fix) for fix in more])
    if order is not None:
        add_order(conn, car, minutes(order[0]), minutes(order[1]))
    judge.until_idle()
    assert standing(conn) == [(1, 30, 70, True, now)], "no second violation beside it"
    assert frozen(conn) == before
    if order is not None:
        conn.execute("update orders set cancelled_at = now()")
        judge.until_idle()
        assert standing(conn)[0][:4] == (1, 30, 70, False), "the find is again as decided"
        changes = [row[0] for row in conn.execute("select change from violation_changes order by id").fetchall()]
        assert changes == ["found", "decided", "evidence_changed", "as_decided"]
    else:
        arrive(conn, [(car, fix) for fix in holiday(drive(200, 20, from_m=0, to_m=9_000))])
        judge.until_idle()
        assert next(one[0] for one in standing(conn)) == 1
        assert len(standing(conn)) == 2, "what is found at another time is a violation of its own"


@pytest.mark.usefixtures("car")
async def test_a_finding_that_parts_in_two_is_told_as_two(conn: Connection, database: str, judge: Judge) -> None:
    await decide(database, 1)
    conn.execute("delete from positions where ts > %s and ts < %s", (minutes(32), minutes(65.1)))
    conn.execute("insert into marks (vehicle_id, since) select id, '-infinity' from vehicles")
    judge.until_idle()
    ((id_, start, end, changed, _),) = standing(conn)
    assert (id_, start, end, changed) == (1, 30, 70, True)


async def test_a_late_position_that_changes_only_the_digest_marks_it(
    conn: Connection, database: str, judge: Judge, car: int
) -> None:
    await decide(database, 1)
    (track,) = [holiday(drive(30, 40, from_m=0, to_m=24_000))]
    late = [fix._replace(ts_us=fix.ts_us + 1_000_000, lon_e7=fix.lon_e7 + 1_000) for fix in track[40:41]]
    arrive(conn, [(car, fix) for fix in late])
    judge.until_idle()
    assert standing(conn) == [(1, 30, 70, True, None)]
    now = conn.execute("select positions_now_count - positions_count from violations").fetchone()
    assert now == (1,)
    conn.execute(
        "delete from positions where ts = %s", (NINE + timedelta(microseconds=late[0].ts_us - at(since=NINE).ts_us),)
    )
    conn.execute("insert into marks (vehicle_id, since) select id, '-infinity' from vehicles")
    judge.until_idle()
    assert standing(conn) == [(1, 30, 70, False, None)]


async def test_a_paper_near_by_that_excuses_nothing_does_not_mark_it(
    conn: Connection, database: str, judge: Judge, car: int
) -> None:
    await decide(database, 1)
    add_order(conn, car, minutes(120), minutes(180))
    judge.until_idle()
    assert standing(conn)[0][:4] == (1, 30, 70, False)
    ended = gongche("verify", folder=Path.cwd(), database_url=database)
    assert ended.returncode == 0, "what is found now is what is verified\n" + ended.stdout


async def test_deciding_again_is_on_what_is_found_now(conn: Connection, database: str, judge: Judge, car: int) -> None:
    await decide(database, 1)
    add_order(conn, car, minutes(50), minutes(100))
    judge.until_idle()
    await decide(database, 1, Outcome.JUSTIFIED)
    judge.until_idle()
    assert standing(conn) == [(1, 30, 50, False, None)]
    assert conn.execute("select outcome, end_at from decisions order by id").fetchall() == [
        ("violation", minutes(70)),
        ("justified", minutes(50)),
    ]


async def test_what_is_found_no_more_is_not_confirmed(conn: Connection, database: str, judge: Judge, car: int) -> None:
    await decide(database, 1, Outcome.DEVICE_FAULT)
    add_order(conn, car, minutes(0), minutes(100))
    judge.until_idle()
    with pytest.raises(Problem, match="does not hold any more"):
        await decide(database, 1)
    await decide(database, 1, Outcome.JUSTIFIED)
    judge.until_idle()
    assert standing(conn) == [(1, 30, 70, False, [])], "as decided: nothing is found"
    conn.execute("update orders set cancelled_at = now()")
    judge.until_idle()
    assert standing(conn) == [(1, 30, 70, True, [(30, 70)])]


async def test_what_may_not_be_confirmed(conn: Connection, database: str, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    saturday = datetime(2099, 10, 3, 9, tzinfo=SHANGHAI)
    arrive(conn, [(car, fix) for fix in holiday(drive(0, 20, from_m=0, to_m=9_000), saturday)])
    arrive(conn, [(car, fix) for fix in holiday([at(0), at(8, east_m=8_000)])])
    with pytest.raises(Problem, match="no violation 1"):
        await decide(database, 1)
    judge.until_idle()
    rows = conn.execute(
        "select id, provisional, insufficient from violations where rule_id in ('R05', 'R06') order by start_at"
    ).fetchall()
    assert [row[1:] for row in rows] == [(False, True), (True, False)]
    with pytest.raises(Problem, match="insufficient"):
        await decide(database, rows[0][0])
    with pytest.raises(Problem, match="schedule is not known"):
        await decide(database, rows[1][0], Outcome.PROCEDURAL)
    for row in rows:
        await decide(database, row[0], Outcome.INSUFFICIENT_EVIDENCE)
    arrive(conn, [(car, fix) for fix in holiday(drive(300, 20, from_m=0, to_m=9_000))])
    with pytest.raises(Problem, match="wait to be judged"):
        await decide(database, rows[1][0], Outcome.JUSTIFIED)
    with pytest.raises(psycopg.errors.RestrictViolation):
        conn.execute(
            "insert into decisions (violation_id, outcome, reason, decided_by, was_found, rule_version, start_at,"
            " end_at, evidence)"
            " select id, 'violation', 'x', 'x', true, 1, start_at, end_at, '{}' from violations where provisional"
        )


def test_insufficient_evidence_raises_no_alert_until_it_suffices(conn: Connection, judge: Judge) -> None:
    car = add_vehicle(conn, add_unit(conn))
    pair = holiday([at(0), at(8, east_m=8_000)])
    arrive(conn, [(car, fix) for fix in pair])
    judge.until_idle()
    query = (
        "select v.insufficient, v.evidence -> 'insufficient', a.id from violations v"
        " left join alerts a on a.violation_id = v.id where rule_id = 'R06'"
    )
    assert conn.execute(query.encode()).fetchall() == [(True, ["few_fixes"], None)]
    arrive(conn, [(car, fix) for fix in holiday([at(4, east_m=4_000)])])
    judge.until_idle()
    assert conn.execute(query.encode()).fetchall()[0][:2] == (False, None)
    assert conn.execute(query.encode()).fetchall()[0][2] is not None


def test_the_command_decides_and_explain_tells(
    conn: Connection, database: str, car: int, judge: Judge, tmp_path: Path
) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = gongche(*arguments, folder=tmp_path, database_url=database)
        return done.returncode, done.stdout, done.stderr

    said = run("violations", "decide", "1", "--outcome", "violation", "--by", "王五", "--reason", "本人承认")
    assert said[:2] == (0, "1: 属实 violation\n"), said
    add_order(conn, car, minutes(50), minutes(100))
    judge.until_idle()
    status, told, _ = run("explain", "1")
    assert status == 0
    assert "现在研判为" in told
    assert "Evidence changed" in told
    assert "属实  王五" in told
    assert '"evidence_changed": true' in run("violations", "--state", "changed", "--format", "json")[1]
