"""`gongche import positions` into a real database, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

HEADING = "tracker,time,lat,lon,speed_kmh\n"
GOOD = [f"T{1 + i % 2},2026-10-02T12:{i:02}:00+08:00,33.9,118.3,{i}\n" for i in range(60)]


def import_positions(folder: Path, database: str, text: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit status, and what the command says in JSON."""
    (folder / "track.csv").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "gongche", "import", "positions", "track.csv", "--format", "json", *options],
        cwd=folder,
        env={**os.environ, "GONGCHE_DATABASE_URL": database},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_same_file_twice_changes_nothing(database: str, tmp_path: Path) -> None:
    status, first = import_positions(tmp_path, database, HEADING + "".join(GOOD), "--register")
    assert (status, first["stored"], first["repeated"], first["bad"]) == (0, 60, 0, [])
    with psycopg.connect(database, autocommit=True) as conn:
        marks = conn.execute("select count(*) from marks").fetchone()
        status, second = import_positions(tmp_path, database, HEADING + "".join(reversed(GOOD)))
        assert (status, second["stored"], second["repeated"]) == (0, 0, 60)
        assert conn.execute("select count(*) from marks").fetchone() == marks, "nothing new, nothing to judge"
        assert conn.execute("select count(*), count(distinct vehicle_id) from positions").fetchone() == (60, 2)


def test_good_rows_go_in_and_bad_ones_come_back(database: str, tmp_path: Path) -> None:
    import_positions(tmp_path, database, HEADING + GOOD[0], "--register")
    text = HEADING + GOOD[2] + "T1,2026-10-02T12:00:30+08:00,91,118.3,1\n" + GOOD[1] + GOOD[4]
    status, told = import_positions(tmp_path, database, text)
    assert (status, told["stored"], told["rows"]) == (1, 2, 4)
    assert [(bad["line"], bad["column"], bad["reason"], bad["value"]) for bad in told["bad"]] == [
        (3, "lat", "out_of_range", "91.0"),
        (4, "tracker", "unknown_tracker", "T2"),
    ]


def test_positions_in_gcj02_are_converted(database: str, tmp_path: Path) -> None:
    import_positions(tmp_path, database, HEADING + GOOD[0], "--register", "--datum", "gcj02")
    with psycopg.connect(database) as conn:
        row = conn.execute("select lon_e7, lat_e7 from positions").fetchone()
    assert row is not None
    assert 0.003e7 < 118.3e7 - row[0] < 0.008e7, "GCJ-02 lies east of WGS-84 there, by some 500 m"


def test_the_file_says_the_unit_of_its_speeds_and_the_profile_the_datum(database: str, tmp_path: Path) -> None:
    import_positions(tmp_path, database, HEADING + GOOD[0], "--register")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("insert into tracker_models (model, datum, speed_factor) values ('M', 'gcj02', 3.6)")
        conn.execute("update trackers set model = 'M'")
        import_positions(tmp_path, database, HEADING + GOOD[10])
        rows = conn.execute("select speed_kmh, lon_e7 < 1182970000 from positions order by ts").fetchall()
    assert rows == [(0.0, False), (10.0, True)]
