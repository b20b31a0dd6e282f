"""Holiday campaigns by themselves: over a whole holiday each thing happens once, whoever works and whenever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from gongche.campaigning import close, follow_calendar, tell_digest, tell_sealing
from gongche.commands.campaign import app
from gongche.problem import Problem
from gongche.settings import Settings
from gongche.working import note_due
from oversight.sealing import CarState
from store.campaigns import CampaignPaper, campaign, papers
from store.database import connect
from store.jobs import JobRun
from store.scope import EVERYTHING, Scope
from tests.builders.campaigns import BEGIN, DAY, HOUR, KEY, OPENING, holiday_fleet, stand, told_until
from tests.integration.api.builders import HOME, District, district, local
from tests.integration.gongche.test_working import all_done, ticking, work_until

SETTINGS = Settings(_env_file=None)


@pytest.fixture
def built(database: str) -> Iterator[District]:
    with district(database) as builders:
        yield builders


@pytest.fixture
def fleet(built: District) -> dict[str, int]:
    """Cars that each do one thing over National Day 2026; one is of confidential mail."""
    return holiday_fleet(built)


def own_day(built: District, day: str, is_off: bool) -> None:
    """A day of the centre's own that counts."""
    built.conn.execute(
        "insert into calendar_days (day, is_off, festival, source, entered_by, checked_by, checked_at)"
        " values (%s, %s, %s, '苏府办〔2026〕9号', '张三', '李四', now())",
        (day, is_off, "国庆节" if is_off else ""),
    )


def letters(built: District) -> dict[str, tuple[str, str]]:
    """By key: subject and body in Chinese."""
    rows = built.conn.execute("select key, subject_zh, body_zh from letters order by 1").fetchall()
    return {key: (subject, body) for key, subject, body in rows}


async def told(database: str, kind: str) -> list[CampaignPaper]:
    async with await connect(database, autocommit=True) as conn:
        return await papers(conn, KEY, kind)


async def follow(database: str, now: datetime) -> None:
    async with await connect(database) as conn:
        await follow_calendar(conn, SETTINGS, now)
        await conn.commit()


def done_with(found: list[JobRun], key: str) -> bool:
    return all_done(found) and any(run.key == key for run in found)


def by_plate(paper: CampaignPaper, cars: dict[str, int]) -> dict[str, Any]:
    names = {vehicle: name for name, vehicle in cars.items()}
    return {names[line.vehicle_id]: line for line in paper.lines(EVERYTHING)}


async def test_the_notice_has_the_sealing_list_by_the_papers_of_its_day(
    database: str, built: District, fleet: dict[str, int]
) -> None:
    await follow(database, OPENING - HOUR)
    assert await told(database, "notice") == []
    await follow(database, OPENING)
    (notice,) = await told(database, "notice")
    lines = by_plate(notice, fleet)
    assert {name: (line.obligation.value, line.excuses) for name, line in lines.items()} == {
        "home": ("seal", ()),
        "drives": ("seal", ()),
        "away": ("seal", ()),
        "silent": ("seal", ()),
        "on duty": ("exempt", ("on_duty",)),
        "in repair": ("stand", ("in_repair",)),
        "police": ("exempt", ("law_enforcement",)),
        "ordered": ("partly", ("ordered",)),
        "secret": ("seal", ()),
    }
    sent = letters(built)
    assert set(sent) == {f"campaign/{KEY}/notice/2026-10-01{unit}" for unit in ("", "/区教育局", "/区财政局")}
    assert "封存 5 辆车，另有 2 辆" in sent[f"campaign/{KEY}/notice/2026-10-01/区教育局"][1], "without the secret one"
    assert not any("苏N" in body for _, body in sent.values())


async def test_two_hours_in_who_was_not_seen_is_unknown_and_not_away(
    database: str, built: District, fleet: dict[str, int]
) -> None:
    async with await connect(database) as conn:
        await tell_sealing(conn, SETTINGS, KEY, local("2026-10-01 02:00"))
        await conn.commit()
    (paper,) = await told(database, "progress")
    states = {name: line.state for name, line in by_plate(paper, fleet).items()}
    assert states["home"] is states["drives"] is states["secret"] is CarState.SEALED
    assert states["away"] is CarState.AWAY
    assert states["silent"] is CarState.OFFLINE
    assert "在位 2，有行驶 0，停在外面 1，位置不明 0，离线 3" in letters(built)[f"campaign/{KEY}/sealing"][1]
    assert "在位 1" in letters(built)[f"campaign/{KEY}/sealing/confidential"][1]


async def test_a_digest_tells_of_the_day_before_and_of_the_holiday_so_far(
    database: str, built: District, fleet: dict[str, int]
) -> None:
    async with await connect(database) as conn:
        for on in ("2026-10-01", "2026-10-04", "2026-10-05"):
            moment = local(f"{on} 08:00")
            await tell_digest(conn, SETTINGS, KEY, moment.astimezone(SETTINGS.zone).date(), moment)
        await conn.commit()
    eve, third, fourth = await told(database, "digest")
    assert [str(paper.day) for paper in (eve, third, fourth)] == ["2026-09-30", "2026-10-03", "2026-10-04"]
    line = by_plate(third, fleet)["drives"]
    assert (line.state, line.driving_s, line.alerts, line.alerts_so_far) == (CarState.MOVED, 5400, 1, 1)
    line = by_plate(fourth, fleet)["drives"]
    assert (line.state, line.alerts, line.alerts_so_far) == (CarState.SEALED, 0, 1)
    assert (by_plate(fourth, fleet)["ordered"].orders, by_plate(fourth, fleet)["ordered"].orders_so_far) == (0, 1)
    assert all(line.alerts_so_far == 0 for line in by_plate(eve, fleet).values())
    assert "告警单位：区教育局 1" in letters(built)[f"campaign/{KEY}/digest/2026-10-03"][1]


async def test_the_summary_does_not_call_clean_whom_nobody_saw(
    database: str, built: District, fleet: dict[str, int]
) -> None:
    idle = built.vehicle("苏N00031", unit=built.unit("区审计局"))
    seen_unit = built.unit("区司法局")
    stand(built, built.vehicle("苏N00032", unit=seen_unit), built.zone("司法局院内", "home", HOME, seen_unit),
          BEGIN - DAY, BEGIN + 7 * DAY)  # fmt: skip
    async with await connect(database) as conn:
        await close(conn, SETTINGS, KEY, local("2026-10-08 08:00"))
        await conn.commit()
    (paper,) = await told(database, "summary")
    lines = {line.vehicle_id: line for line in paper.lines(EVERYTHING)}
    assert (lines[idle].unknown_days, lines[idle].violations) == (7, {})
    drives = lines[fleet["drives"]]
    assert (drives.moved_days, drives.violations, drives.driving_s) == (1, {"R06": 1}, 5400)
    assert "1 个单位全程可见且无疑似违规" in letters(built)[f"campaign/{KEY}/summary"][1]
    async with await connect(database) as conn:
        found = await campaign(conn, KEY)
    assert found is not None
    assert found.closed_at is not None


async def test_papers_tell_within_a_scope_and_stand(database: str, built: District, fleet: dict[str, int]) -> None:
    await follow(database, OPENING)
    (notice,) = await told(database, "notice")
    shown = {line.vehicle_id for line in notice.lines(Scope(confidential=False))}
    assert shown == set(fleet.values()) - {fleet["secret"]}
    assert json.loads(notice.content)["key"] == KEY
    for statement in (
        "delete from campaign_papers",
        "update campaign_entries set last = last",
        "truncate campaign_seals",
    ):
        with pytest.raises(Exception, match="只增不改"):
            built.conn.execute(statement.encode())


async def test_two_workers_over_a_whole_holiday_do_each_thing_once(
    database: str, built: District, fleet: dict[str, int]
) -> None:
    """They look at some moments, the last after an outage of days. On the first day Mid-Autumn's is summed up too."""
    assert fleet
    async with await connect(database, autocommit=True) as conn:
        await note_due(conn, SETTINGS, local("2026-09-28 00:00"))
    for moment, last in (
        ("2026-09-28 08:05", KEY),
        ("2026-10-01 02:30", KEY),
        ("2026-10-02 08:00", f"{KEY}/2026-10-02"),
        ("2026-10-08 09:00", f"{KEY}/2026-10-07"),
    ):
        found = await work_until(database, lambda runs, last=last: done_with(runs, last), ticking(local(moment)))
    of_campaign = sorted((run.job, run.key) for run in found if run.key.startswith(KEY))
    assert of_campaign == [
        ("campaign_close", KEY),
        *(("campaign_digest", f"{KEY}/2026-10-0{day}") for day in range(1, 8)),
        ("campaign_open", KEY),
        ("campaign_sealing", KEY),
    ]
    kinds = "select kind, count(*) from campaign_papers where key = %s group by 1 order by 1"
    told_once = [("digest", 7), ("list", 1), ("notice", 1), ("progress", 1), ("summary", 1)]
    assert built.conn.execute(kinds, (KEY,)).fetchall() == told_once
    turns = built.conn.execute("select key, turn from campaign_entries order by key").fetchall()
    assert turns == [("2026-mid-autumn", "opened"), (KEY, "opened")]
    of_holiday = [key for key in letters(built) if key.startswith(f"campaign/{KEY}")]
    assert len(of_holiday) == 3 + 2 + 7 * 2 + 2
    deeds = "select act from audit_entries where subject = %s order by number"
    done = built.conn.execute(deeds, (f"campaign {KEY}",)).fetchall()
    assert done == [("campaign_opened",), ("campaign_closed",)]


async def test_a_holiday_that_is_moved_moves_its_campaign_and_a_lost_one_is_withdrawn(
    database: str, built: District
) -> None:
    built.vehicle()
    await follow(database, OPENING)
    own_day(built, "2026-10-08", True)
    await follow(database, OPENING + DAY)
    turns = "select turn, last::text from campaign_entries order by id"
    assert built.conn.execute(turns).fetchall() == [("opened", "2026-10-07"), ("moved", "2026-10-08")]
    await follow(database, OPENING + DAY + HOUR)
    assert len(built.conn.execute(turns).fetchall()) == 2
    for day in range(1, 9):
        own_day(built, f"2026-10-0{day}", False)
    await follow(database, OPENING + DAY + 2 * HOUR)
    assert built.conn.execute(turns).fetchall()[-1] == ("withdrawn", "2026-10-08")
    assert any(key.startswith(f"campaign/{KEY}/withdrawn/") for key in letters(built))


async def test_a_campaign_that_is_back_is_told_again(database: str, built: District) -> None:
    built.vehicle()
    await follow(database, OPENING)
    for day in range(1, 8):
        own_day(built, f"2026-10-0{day}", False)
    await follow(database, OPENING + HOUR)
    for day in range(1, 8):
        own_day(built, f"2026-10-0{day}", True)
    await follow(database, OPENING + 2 * HOUR)
    turns = built.conn.execute("select turn from campaign_entries order by id").fetchall()
    assert turns == [("opened",), ("withdrawn",), ("opened",)]
    assert any(key.startswith(f"campaign/{KEY}/opened/") for key in letters(built))


async def test_a_year_that_nobody_knows_is_told_once_and_opens_nothing(database: str, built: District) -> None:
    built.vehicle()
    for day in ("2026-12-01", "2026-12-02", "2026-12-30", "2027-01-02"):
        await follow(database, local(f"{day} 00:00"))
    assert list(letters(built)) == ["campaign/unknown/2027"]
    assert built.conn.execute("select count(*) from campaign_entries").fetchone() == (0,)


def test_the_command_line_lists_shows_and_writes_the_sealing_list(
    database: str, fleet: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGCHE_DATABASE_URL", database)
    asyncio.run(told_until(database, local("2026-10-08 09:00")))
    runner = CliRunner()
    listed = runner.invoke(app, ["list", "--year", "2026", "--format", "json"])
    assert {one["key"]: one["turn"] for one in json.loads(listed.stdout)}[KEY] == "opened"
    assert "2026-12-28" in listed.stderr
    shown = json.loads(runner.invoke(app, ["show", KEY, "--format", "json"]).stdout)
    assert [paper["kind"] for paper in shown["papers"]] == ["notice", "list", "progress", *["digest"] * 7, "summary"]
    file = tmp_path / "sealing.xlsx"
    written = runner.invoke(app, ["sealing", KEY, "-o", str(file)])
    assert "封存 sealed 7, 不封存 exempt 2" in written.stdout
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0][0] == "宿豫区2026年国庆节假期公务用车封存名单"
    assert [row[2] for row in rows[3:]][-2:] == ["苏N00004", "苏N00006"], "the exempt ones come last"
    assert len(rows) == 3 + len(fleet)
    assert isinstance(runner.invoke(app, ["show", "2026-qingming"]).exception, Problem)


async def test_papers_wait_for_the_judge_and_somebody_is_told_when_it_is_behind(
    database: str, built: District, fleet: dict[str, int]
) -> None:
    async with await connect(database, autocommit=True) as conn:
        await follow(database, OPENING)
        built.conn.execute("insert into marks (vehicle_id, since) select id, %s from vehicles", (BEGIN,))
        assert not await tell_sealing(conn, SETTINGS, KEY, BEGIN + 2 * HOUR)
        with pytest.raises(Problem, match="9 cars are not judged yet"):
            await tell_sealing(conn, SETTINGS, KEY, BEGIN + 3 * HOUR)
        assert await told(database, "progress") == []
        built.conn.execute("delete from marks where vehicle_id > %s", (fleet["home"],))
        assert await tell_sealing(conn, SETTINGS, KEY, BEGIN + 3 * HOUR), "one that judging fails for holds nobody up"
    assert len(await told(database, "progress")) == 1
