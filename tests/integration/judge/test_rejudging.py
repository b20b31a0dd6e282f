"""``gongche rejudge --workers``: however many there are, killed or resumed, the tables are the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.acceptance.program import environment, eventually, gongche
from tests.builders.district import JUDGED, Connection, judged_tables, truncate
from tests.builders.past import judged_past, stored_past

CARS = 9


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_leaves_the_same_tables(
    conn: Connection, database: str, tmp_path: Path, workers: int
) -> None:
    judged_past(conn, database, CARS)
    before = judged_tables(conn)
    truncate(conn, JUDGED)
    ended = gongche("rejudge", "--workers", str(workers), "--format", "json", folder=tmp_path, database_url=database)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert judged_tables(conn) == before
    assert (told["vehicles"], told["new"]) == (CARS, len(before["violations"]))
    assert conn.execute("select count(*) from marks").fetchone() == (0,)


def test_a_worker_killed_in_the_middle_is_replaced(conn: Connection, database: str, tmp_path: Path) -> None:
    judged_past(conn, database, CARS)
    before = judged_tables(conn)
    truncate(conn, JUDGED)
    with psycopg.connect(database) as holding:
        # A vehicle that another holds keeps the run from ending until the worker is dead.
        holding.execute("select from judge_states where vehicle_id = 1 for update")
        run = start(tmp_path, database, "--workers", "2")
        eventually(lambda: len(workers_of(run.pid)) == 2 and waiting(conn) == 1, "never came to the held vehicle")
        killed = workers_of(run.pid)[0]
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: len(set(workers_of(run.pid)) - {killed}) == 2, "no other worker came")
    assert run.wait(60) == 0
    assert judged_tables(conn) == before


def test_a_run_ends_although_a_vehicle_cannot_be_judged(conn: Connection, database: str, tmp_path: Path) -> None:
    """A checkpoint that no version of the program wrote stands for a defect."""
    judged_past(conn, database, CARS)
    conn.execute("update checkpoints set open = '{\"trips\": [[1]]}' where vehicle_id = 3")
    conn.execute(
        "insert into marks (vehicle_id, since)"
        " select vehicle_id, max(cut_at) + interval '1 s' from checkpoints group by vehicle_id"
    )
    ended = gongche("rejudge", "--resume", "--workers", "2", "--format", "json", folder=tmp_path, database_url=database)
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["put_aside"] >= 1
    assert conn.execute("select distinct vehicle_id from marks").fetchall() == [(3,)]


def test_a_run_that_was_killed_is_resumed(conn: Connection, database: str, tmp_path: Path) -> None:
    judged_past(conn, database, CARS)
    before = judged_tables(conn)
    truncate(conn, JUDGED)
    with psycopg.connect(database) as holding:
        holding.execute("select from judge_states where vehicle_id in (1, 2) for update")
        run = start(tmp_path, database, "--workers", "2")
        eventually(lambda: len(workers_of(run.pid)) == 2 and waiting(conn) == 2, "never came to the held vehicles")
        orphans = [psutil.Process(pid) for pid in workers_of(run.pid)]
        run.kill()
        run.wait(60)
        eventually(lambda: not any(alive(orphan) for orphan in orphans), "workers outlive the run")
    ended = gongche("rejudge", "--resume", "--format", "json", folder=tmp_path, database_url=database)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["vehicles"] == 2, "only what was left"
    assert judged_tables(conn) == before


def test_resuming_chooses_nothing(conn: Connection, database: str, tmp_path: Path) -> None:
    stored_past(conn, 1)
    ended = gongche("rejudge", "苏N10000", "--resume", folder=tmp_path, database_url=database)
    assert ended.returncode == 2


def start(folder: Path, dsn: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gongche", "rejudge", *arguments],
        cwd=folder, env=environment(folder, database_url=dsn), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def workers_of(pid: int) -> list[int]:
    """The processes that judge for a run; what Python starts to look after them is none."""
    return [
        child.pid
        for child in psutil.Process(pid).children()
        if alive(child) and "multiprocessing.spawn" in " ".join(child.cmdline())
    ]


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def waiting(conn: Connection) -> int:
    row = conn.execute("select count(distinct vehicle_id) from marks").fetchone()
    assert row is not None
    return int(row[0])
