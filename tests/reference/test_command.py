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
    found = judged(tmp_path / "track.csv", tmp_path / "zones.geojson", tmp_path / "papers.json")
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


def judged(track: Path, zones: Path, papers: Path) -> dict[str, list[dict[str, Any]]]:
    arguments = [str(track), "--zones", str(zones), "--papers", str(papers)]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.reference", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    found: dict[str, list[dict[str, Any]]] = json.loads(ran.stdout)[""]
    return found
