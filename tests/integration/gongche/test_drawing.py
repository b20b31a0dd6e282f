"""Drawing with the database around it: once a week, after the commitment, and whatever is changed shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from typer.testing import CliRunner

from fleet.week import Week
from gongche.commands.draw import app
from gongche.drawing import commit_week, draw_week, faults_of
from gongche.problem import Problem
from oversight.draw import Terms, verify
from store import draws
from store.audit import about
from store.database import Connection, connect
from store.draws import StoredCommitment, StoredDraw
from tests.integration.api.builders import District, district, local
from tests.unit.oversight.test_draw import recompute

WEEK = Week(date(2026, 11, 23))
FRIDAY, MONDAY = local("2026-11-20 16:00"), local("2026-11-23 08:00")
SHANGHAI = ZoneInfo("Asia/Shanghai")
SECRET = "苏N98765"


@pytest.fixture(autouse=True)
def built(database: str) -> Iterator[District]:
    """Forty cars in four units, one of them confidential, none of which ever reported."""
    with district(database) as builders:
        units = [builders.unit(name) for name in ("教育局", "财政局", "卫健委", "机要局")]
        for number in range(39):
            builders.vehicle(f"苏N{number:05}", unit=units[number % 3])
        builders.vehicle(SECRET, unit=units[3], use_class="confidential_mail")
        yield builders


async def committed(conn: Connection, week: Week = WEEK, at: datetime = FRIDAY, **more: Any) -> StoredCommitment:
    return await commit_week(conn, week, at=at, by="张三", role="operator", **more)


async def drawn(conn: Connection, week: Week = WEEK, at: datetime = MONDAY) -> StoredDraw:
    return await draw_week(conn, week, at=at, by="张三", role="operator", terms=Terms(), zone=SHANGHAI)


async def test_what_is_drawn_can_be_recomputed_and_stands_in_the_audit_chain(database: str, tmp_path: Path) -> None:
    async with await connect(database, autocommit=True) as conn:
        made, found = await committed(conn), await drawn(conn)
        entries = await about(conn, "draw 2026-W48")
        faults = await faults_of(conn, found)
    told = found.told
    assert (len(told["frame"]["cars"]), len(told["chosen"]), faults) == (40, 4, [])
    assert verify(told, digest=found.digest.hex(), seed_sha256=made.seed_sha256) == []
    assert recompute(told, tmp_path, found.digest.hex(), made.seed_sha256).returncode == 0
    assert [(entry.deed.act, entry.deed.actor) for entry in entries] == [("draw", "张三"), ("commit_draw", "张三")]
    assert entries[0].deed.details["digest"] == found.digest.hex()
    assert entries[1].deed.details["seed_sha256"] == made.seed_sha256
    assert made.seed.hex() not in str(entries)


async def test_cars_that_are_not_enrolled_at_the_moment_are_not_in_it_and_those_that_are_silent_are(
    database: str, built: District
) -> None:
    built.conn.execute("update enrolments set during = '[2020-01-01, 2026-11-23 08:00+08)' where vehicle_id <= 5")
    built.vehicle("苏N55555", enrolled=False)
    async with await connect(database, autocommit=True) as conn:
        await committed(conn)
        found = await drawn(conn)
    assert len(found.told["frame"]["cars"]) == 35
    assert "苏N55555" not in found.published


async def test_a_confidential_car_is_in_it_by_a_pseudonym_without_its_unit(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        made = await committed(conn)
        found = await drawn(conn)
        names = await draws.names(conn, found.id)
    assert "98765" not in found.published
    assert "机要局" not in found.published
    (hidden,) = [car for car in found.told["frame"]["cars"] if car[0].startswith("机要-")]
    assert hidden[1] == "*"
    assert [car.plate for car in names if car.name == hidden[0]] == [SECRET]
    assert made.key.hex() not in found.published


async def test_a_week_is_drawn_once(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        await committed(conn)
        await drawn(conn)
        with pytest.raises(Problem, match="drawn already"):
            await drawn(conn)
        with pytest.raises(Problem, match="drawn already"):
            await committed(conn)
        assert len(await draws.draws(conn)) == 1


async def test_many_at_once_commit_one_seed_and_draw_once(database: str) -> None:
    async def one() -> str:
        async with await connect(database, autocommit=True) as conn:
            seed = (await committed(conn)).seed_sha256
            try:
                await drawn(conn)
            except Problem:
                return seed
            return f"drawn {seed}"

    outcomes = await asyncio.gather(*(one() for _ in range(6)), return_exceptions=True)
    told = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len({outcome.removeprefix("drawn ") for outcome in told}) == 1
    assert [outcome.startswith("drawn ") for outcome in told].count(True) == 1
    # Who came after the draw is told that it is done.
    assert all(isinstance(outcome, str | Problem) for outcome in outcomes)


async def test_nothing_is_drawn_before_its_seed_is_committed(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        with pytest.raises(Problem, match="no seed"):
            await drawn(conn)
        await committed(conn, at=MONDAY)
        with pytest.raises(Problem, match="no seed"):
            await drawn(conn, at=MONDAY)
        with pytest.raises(psycopg.errors.RestrictViolation):
            await conn.execute(
                "insert into draws (week, attempt, frozen_at, drawn_by, digest, published)"
                " values ('2026-11-23', 1, '2026-11-22', '张三', sha256(''), '')"
            )


async def test_a_redraw_has_its_reason_a_new_seed_and_shows_the_old_draw(database: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        await committed(conn)
        first = await drawn(conn)
        await committed(conn, at=MONDAY + timedelta(hours=1), reason="漏了新纳管的车")
        second = await drawn(conn, at=MONDAY + timedelta(hours=2))
        assert [draw.attempt for draw in await draws.draws(conn, WEEK)] == [1, 2]
        assert await faults_of(conn, first) == await faults_of(conn, second) == []
        assert (await draws.standing(conn, WEEK)) == second
    assert second.told["replaces"] == {"digest": first.digest.hex(), "reason": "漏了新纳管的车"}
    assert second.told["seed"] != first.told["seed"]


async def test_a_car_waits_since_it_was_drawn_or_enrolled_or_since_the_first_draw(
    database: str, built: District
) -> None:
    built.conn.execute("update enrolments set during = '[2027-01-13 09:00+08,)' where vehicle_id = 1")
    async with await connect(database, autocommit=True) as conn:
        await committed(conn)
        first = await drawn(conn)
        later = Week(WEEK.monday + timedelta(weeks=26))
        await committed(conn, later, at=FRIDAY + timedelta(weeks=26))
        last = await drawn(conn, later, at=MONDAY + timedelta(weeks=26))
    chosen = {name for name, *_ in first.told["chosen"] if name.startswith("苏")}  # others are called anew each time
    assert all(car[2:] == [None, "2026-W48"] for car in first.told["frame"]["cars"])
    cars = {car[0]: car[2:] for car in last.told["frame"]["cars"]}
    assert cars["苏N00000"] == [None, "2027-W02"]
    assert {name for name, (drawn_in, _) in cars.items() if drawn_in and name.startswith("苏")} == chosen
    # All have waited for 26 weeks then, but the one that came later, unless the draw took it.
    assert len(last.told["chosen"]) >= 39


FORGERIES = {
    "the published text": "update draws set published = replace(published, '苏N00001', '苏N99999')",
    "the digest": "update draws set digest = sha256('')",
    "the seed": "update draw_commitments set seed = sha256('another')",
    "the key": "update draw_commitments set key = sha256('another')",
    "a sheet less": "delete from draw_sheets where vehicle_id = (select min(vehicle_id) from draw_sheets)",
    "another sheet": "update draw_sheets set vehicle_id = (select min(vehicle_id) from draw_cars c where not exists"
    " (select from draw_sheets s where s.vehicle_id = c.vehicle_id))"
    " where vehicle_id = (select min(vehicle_id) from draw_sheets)",
    "another car behind a name": "update draw_cars set"
    " name = case name when '苏N00001' then '苏N00002' else '苏N00001' end where name in ('苏N00001', '苏N00002')",
    "the audit chain": "update audit_entries set details = details || '{\"digest\": \"00\"}' where act = 'draw'",
    "the order of the chain": "delete from audit_entries where act = 'commit_draw'",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_change_behind_the_triggers_shows(database: str, forgery: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        await committed(conn)
        await drawn(conn)
        await conn.execute("alter table draw_cars drop constraint draw_cars_draw_id_name_key")
        await conn.execute("set session_replication_role = replica")
        await conn.execute(FORGERIES[forgery].encode())
        found = await draws.standing(conn, WEEK)
        assert found is not None
        assert await faults_of(conn, found) != []


@pytest.mark.parametrize("table", ["draw_commitments", "draws", "draw_cars", "draw_sheets"])
async def test_what_is_drawn_is_neither_changed_nor_removed(database: str, table: str) -> None:
    async with await connect(database, autocommit=True) as conn:
        await committed(conn)
        await drawn(conn)
        for statement in (f"delete from {table}", f"truncate {table} cascade"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                await conn.execute(statement.encode())


# At the command line -----------------------------------------------------------------------------------


@pytest.fixture
def settings(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)


def said(*arguments: str) -> Any:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output) if "--format" in arguments or arguments == ("export",) else done.output


@pytest.mark.usefixtures("settings")
def test_a_draw_is_committed_run_shown_exported_and_verified(tmp_path: Path) -> None:
    promised = said("commit", "--by", "张三", "--format", "json")
    assert promised == said("commit", "--by", "李四", "--format", "json"), "the week keeps its commitment"
    told = said("run", "--week", promised["week"], "--format", "json")
    assert told["seed_sha256"] == promised["seed_sha256"]
    assert said("export") == told == said("show", "--format", "json")
    file = tmp_path / "draw.json"
    said("export", "--output", str(file))
    assert "无误" in said("verify", str(file), "--digest", told["digest"], "--seed-sha256", promised["seed_sha256"])
    assert "无误" in said("verify")
    file.write_text(file.read_text(encoding="utf-8").replace(told["chosen"][0][0], "苏N77777"), encoding="utf-8")
    forged = CliRunner().invoke(app, ["verify", str(file)])
    assert (forged.exit_code, "无误" in forged.output) == (1, False)


@pytest.mark.usefixtures("settings")
def test_a_week_is_drawn_again_only_for_a_reason() -> None:
    first = said("run", "--format", "json")
    with pytest.raises(Problem, match="again-because"):
        CliRunner().invoke(app, ["run"], catch_exceptions=False)
    again = said("run", "--again-because", "名单有误", "--format", "json")
    assert again["replaces"] == {"digest": first["digest"], "reason": "名单有误"}
    assert len(said("verify", "--format", "json")) == 2


def test_the_moments_of_these_tests_are_those_of_the_week() -> None:
    assert FRIDAY < MONDAY == datetime(2026, 11, 23, tzinfo=UTC)
