"""`gongche replay` into a running broker and ingest: what the file holds is what is stored."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongche.embedded.broker import EmbeddedBroker
from gongche.embedded.postgres import EmbeddedPostgres
from tests.acceptance.program import eventually, gongche
from tests.acceptance.test_chaos import Role

TWIZY = Path(__file__).parents[3] / "shared/data/tracks/twizy_ev_drives.csv.gz"
TRACK = "car,when,lat,lon,speed_kmh\n" + "".join(
    f"D{i % 3},2021-03-29T11:13:{i // 3:02}+01:00,33.98{i},-6.72,{i}\n" for i in range(60)
)


@pytest.fixture
def ingest(postgres_server: EmbeddedPostgres, broker_server: EmbeddedBroker, tmp_path: Path) -> Iterator[Role]:
    ingest = Role("ingest", tmp_path, postgres_server, broker_server)
    ingest.start()
    yield ingest
    ingest.stop()


class Replay:
    """Runs `gongche replay` against these servers."""

    def __init__(self, postgres: EmbeddedPostgres, broker: EmbeddedBroker, folder: Path) -> None:
        self._folder = folder
        self._settings = {
            "database_url": postgres.dsn,
            "mqtt_host": broker.host,
            "mqtt_port": str(broker.port),
            "mqtt_username": broker.tracker_username,
            "mqtt_password": broker.tracker_password,
        }

    def __call__(self, file: Path, *options: str) -> dict[str, float]:
        done = gongche("replay", str(file), *options, "--format", "json", folder=self._folder, **self._settings)
        assert done.returncode == 0, done.stderr
        summary: dict[str, float] = json.loads(done.stdout)
        return summary


@pytest.fixture
def replay(postgres_server: EmbeddedPostgres, broker_server: EmbeddedBroker, tmp_path: Path) -> Replay:
    return Replay(postgres_server, broker_server, tmp_path)


@pytest.mark.usefixtures("ingest")
def test_every_row_of_a_file_is_stored_once_however_often_it_is_replayed(
    replay: Replay, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    (tmp_path / "track.csv").write_text(TRACK)
    options = ("--tracker-column", "car", "--ts-column", "when", "--speed", "max", "--register")
    first = replay(tmp_path / "track.csv", *options)
    assert (first["published"], first["acknowledged"], first["trackers"], first["registered"]) == (60, 60, 3, 3)
    again = replay(tmp_path / "track.csv", *options)
    assert (again["acknowledged"], again["registered"]) == (60, 0)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as conn:
        eventually(lambda: _count(conn, "repeated") == 60, "the second replay came in")
        assert _count(conn, "stored") == 60


@pytest.mark.usefixtures("ingest")
def test_a_replay_can_be_moved_in_time_and_keeps_its_spacing(
    replay: Replay, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    (tmp_path / "track.csv").write_text(TRACK)
    options = ("--tracker-column", "car", "--ts-column", "when", "--speed", "60", "--register")
    replay(tmp_path / "track.csv", *options, "--shift-to", "2026-10-02T09:00+08:00")
    with psycopg.connect(postgres_server.dsn, autocommit=True) as conn:
        eventually(lambda: _count(conn, "stored") == 60, "the replay came in")
        row = conn.execute("select min(ts) = '2026-10-02 01:00+00', max(ts) - min(ts) from positions").fetchone()
        assert row is not None
        assert (row[0], row[1].total_seconds()) == (True, 19)


@pytest.mark.skipif(not TWIZY.exists(), reason=f"the shared tracks are not there: {TWIZY}")
@pytest.mark.usefixtures("ingest")
def test_the_twizy_drives_come_in_whole(replay: Replay, postgres_server: EmbeddedPostgres) -> None:
    with gzip.open(TWIZY, "rt", encoding="utf-8") as file:
        rows = [(row["drive"], row["ts"], abs(float(row["lon"])) <= 180) for row in csv.DictReader(file)]
    possible = {(drive, ts) for drive, ts, possible in rows if possible}
    summary = replay(TWIZY, "--tracker-column", "drive", "--speed", "max", "--register")
    assert (summary["acknowledged"], summary["trackers"], summary["left_out"]) == (len(rows), 17, 0)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as conn:
        eventually(lambda: _count(conn, "stored") + _count(conn, "out_of_range") == len(rows), "the drives came in")
        row = conn.execute("select count(distinct (tracker_id, ts)) from positions").fetchone()
        assert row == (len(possible),)
        kept = conn.execute("select detail from unreadable_messages").fetchall()
        assert len(possible) + len(kept) == len(set(rows)), "three longitudes of 1555.6 are kept aside"


def _count(conn: psycopg.Connection[tuple[object, ...]], outcome: str) -> int:
    row = conn.execute(
        "select coalesce(sum(count), 0)::int from ingest_counts where outcome = %s", (outcome,)
    ).fetchone()
    assert row is not None
    return int(str(row[0]))
