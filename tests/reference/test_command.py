"""The reference as a command on files of one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RING = [[118.39, 33.9], [118.41, 33.9], [118.41, 34.0], [118.39, 34.0], [118.39, 33.9]]


def test_a_track_file_is_judged_by_the_definitions(tmp_path: Path) -> None:
    """From 9:00 on National Day 10 km east in 10 min, then half an hour in a sensitive zone; excused until 9:04."""
    rows = [f"2026-10-01T09:{minute:02}:00+08:00,{118.3 + 0.01 * min(minute, 10)},33.95" for minute in range(40)]
    (tmp_path / "track.csv").write_text("\n".join(["ts,lon,lat", *rows]))
    feature = {
        "properties": {"name": "山庄", "kind": "sensitive"},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    (tmp_path / "zones.geojson").write_text(json.dumps({"features": [feature]}))
    order = {"start": "2026-10-01T08:00:00+08:00", "end": "2026-10-01T09:04:00+08:00"}
    (tmp_path / "papers.json").write_text(json.dumps({"orders": [order]}))
    files = "--zones", str(tmp_path / "zones.geojson"), "--papers", str(tmp_path / "papers.json")
    found = judged(tmp_path / "track.csv", *files)
    assert found["trips"][0] | {"distance_m": 0} == {
        "start": "2026-10-01T01:00:00+00:00",
        "end": "2026-10-01T01:10:00+00:00",
        "distance_m": 0,
        "fixes": 11,
    }
    assert round(found["trips"][0]["distance_m"]) == 9224
    assert found["visits"] == [
        {
            "what": "sensitive",
            "zone": "山庄",
            "start": "2026-10-01T01:09:00+00:00",
            "end": "2026-10-01T01:39:00+00:00",
            "fixes": 31,
        }
    ]
    assert [(v["rule"], v["start"][11:16], v["end"][11:16]) for v in found["violations"]] == [
        ("R06", "01:04", "01:10"),
        ("R10", "01:10", "01:39"),
    ]


def test_speeds_alarms_and_lost_fixes_are_judged_where_the_file_tells_them(tmp_path: Path) -> None:
    """A minute at 130 km/h, ten minutes of an alarm, then half an hour without a fix in which the car drives on."""
    head = "plate,ts,lon,lat,speed_kmh,odometer_km,alarms,fix"
    degrees = 130 / 3.6 * 10 / 92_240  # in ten seconds
    rows = [f"甲,2026-09-22 09:00:{10 * n:02},{118.3 + n * degrees:.7f},33.95,130,,," for n in range(6)]
    rows += [f"甲,2026-09-22 09:{minute:02}:00,118.32,33.95,0,{minute},power_cut sos,1" for minute in range(10, 21)]
    rows += [f"甲,2026-09-22 09:{minute:02}:00,,,,{minute},,0" for minute in range(25, 56)]
    (tmp_path / "track.csv").write_text("\n".join([head, *rows]))
    found = judged(tmp_path / "track.csv", "--vehicle-column", "plate", vehicle="甲")
    assert [(v["rule"], v["start"][11:19], v["end"][11:19]) for v in found["violations"]] == [
        ("R02", "01:00:00", "01:00:50"),
        ("R13", "01:00:00", "01:00:50"),
        ("R15", "01:10:00", "01:20:00"),
        ("R16", "01:25:00", "01:55:00"),
    ]


def judged(track: Path, *options: str, vehicle: str = "") -> dict[str, list[dict[str, Any]]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.reference", str(track), *options],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, list[dict[str, Any]]] = json.loads(ran.stdout)[vehicle]
    return found
