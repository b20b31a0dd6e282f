"""The digest of the positions that a violation rests on: docs/evidence.md, recomputed by its own lines of Python."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from gongche.judge import judge_until_idle
from tests.builders.district import Connection, arrive, found
from tests.builders.past import SETTINGS, judged_past
from tests.builders.tracks import Fix

DOCUMENT = Path(__file__).parents[3] / "docs" / "evidence.md"


def kept(conn: Connection) -> list[tuple[int, int, datetime, datetime, int, str]]:
    """Id, vehicle, start, end, count and SHA-256 of the violations that stand."""
    rows = conn.execute(
        "select id, vehicle_id, start_at, end_at, positions_count, positions_sha256 from violations"
        " where withdrawn_at is null order by id"
    ).fetchall()
    return [(*row[:5], bytes(row[5]).hex()) for row in rows]


def recomputed(conn: Connection, vehicle: int, start: datetime, end: datetime) -> str:
    """What the document's lines print for what the document's query writes out."""
    text = DOCUMENT.read_text(encoding="utf-8")
    query = re.findall(r"```sql\n(.*?)```", text, re.S)[0].replace("vehicle_id = 1", f"vehicle_id = {vehicle}")
    program = re.findall(r"```python\n(.*?)```", text, re.S)[0]
    with conn.cursor().copy(query.encode()) as copy:
        rows = b"".join(bytes(part) for part in copy)
    return subprocess.run(
        [sys.executable, "-c", program, start.isoformat(), end.isoformat()],
        input=rows.decode(), capture_output=True, text=True, check=True, timeout=60,
    ).stdout.strip()  # fmt: skip


def test_anyone_can_recompute_it_with_the_lines_of_the_document(conn: Connection, database: str) -> None:
    vehicle, *_ = judged_past(conn, database, cars=1)
    conn.execute(
        "update positions set speed_kmh = 61.5, heading_deg = 90, altitude_m = -3.25, satellites = 11,"
        " odometer_km = 45678.9, fuel_l = 32.5, flags = 3 where extract(second from ts) = 0"
    )
    conn.execute("insert into marks (vehicle_id, since) values (%s, '-infinity')", (vehicle,))
    judge_until_idle(database, SETTINGS)
    violations = kept(conn)
    assert len(violations) >= 3
    for _, vehicle_id, start, end, count, sha256 in violations:
        assert count > 10
        assert recomputed(conn, vehicle_id, start, end) == f"{count} {sha256}"


def test_a_late_position_that_changes_nothing_else_changes_the_digest(conn: Connection, database: str) -> None:
    vehicle, *_ = judged_past(conn, database, cars=1)
    before, finds, changes = kept(conn), found(conn), conn.execute("select * from violation_changes").fetchall()
    start, end = next((start, end) for rule, start, end in finds if rule == "R10")
    row = conn.execute(
        "select (extract(epoch from ts) * 1000000)::bigint, lon_e7, lat_e7 from positions"
        " where ts > %s and ts < %s order by ts limit 1", (start, end),
    ).fetchone()  # fmt: skip
    assert row is not None
    arrive(conn, [(vehicle, Fix(row[0] + 1_000_000, row[1], row[2]))])
    judge_until_idle(database, SETTINGS)
    assert found(conn) == finds
    assert conn.execute("select * from violation_changes").fetchall() == changes, "nothing to note in its history"
    for (_, _, start_at, end_at, count, sha256), now in zip(before, kept(conn), strict=True):
        inside = start_at <= start and end <= end_at
        assert now[4] == count + inside
        assert (now[5] != sha256) == inside
    assert conn.execute("select count(*) from violations where evidence_changed").fetchone() == (0,)


def test_a_withdrawn_violation_keeps_the_digest_that_it_had(conn: Connection, database: str) -> None:
    judged_past(conn, database, cars=1)
    before = {row[0]: row[5] for row in kept(conn)}
    conn.execute("delete from positions")
    conn.execute("insert into marks (vehicle_id, since) select id, '-infinity' from vehicles")
    judge_until_idle(database, SETTINGS)
    withdrawn = conn.execute("select id, positions_sha256 from violations where withdrawn_at is not null").fetchall()
    assert {id_: bytes(sha256).hex() for id_, sha256 in withdrawn} == before
