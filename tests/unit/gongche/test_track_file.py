"""Track files as people have them."""

from __future__ import annotations

import gzip
from math import isnan
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fleet.clock import us_of
from gongche.problem import Problem
from gongche.replaying import read_track
from gongche.track_file import BadRow, Chunk, TrackFile, TrackFileOptions
from ingest.reasons import Reason
from tests.builders.intake import NOON

NOON_US = us_of(NOON)


def read(path: Path, text: str, **options: object) -> Chunk:
    """The only chunk of a file with this text."""
    path.write_bytes(text.encode("utf-8"))
    (chunk,) = TrackFile(path, TrackFileOptions(**options)).chunks()  # type: ignore[arg-type]
    return chunk


@pytest.mark.parametrize(
    "heading",
    ["tracker,ts,lat,lon", "device_id,time,latitude,longitude", "IMEI, Timestamp ,LAT,Lng", "终端号,时间,纬度,经度"],
)
def test_columns_are_found_by_their_usual_names(tmp_path: Path, heading: str) -> None:
    chunk = read(tmp_path / "a.csv", f"{heading}\nT1,2026-10-02T12:00:00+08:00,33.9,118.3\n")
    assert (chunk.trackers, chunk.lines, chunk.bad) == (["T1"], [2], [])
    assert chunk.readings[0][:3] == (NOON_US, 118.3, 33.9)


def test_columns_are_named_by_options(tmp_path: Path) -> None:
    columns = {"tracker": "car", "ts": "when", "lat": "y", "lon": "x", "speed_kmh": "v"}
    chunk = read(tmp_path / "a.csv", "car,x,y,when,v\nT1,118.3,33.9,1790913600,43\n", columns=columns)
    assert chunk.readings[0][:4] == (NOON_US, 118.3, 33.9, 43)


def test_feet_become_metres_and_what_is_empty_was_not_reported(tmp_path: Path) -> None:
    text = "tracker,ts,lat,lon,altitude_ft,speed_kmh\nT1,1790913600,33.9,118.3,1000,\n"
    (reading,) = read(tmp_path / "a.csv", text).readings
    assert reading[5] == pytest.approx(304.8)
    assert isnan(reading[3])


def test_a_gzipped_file_with_a_byte_order_mark_reads_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\ufefftracker,ts,lat,lon\r\nT1,1790913600,33.9,118.3\r\n".encode()))
    (chunk,) = TrackFile(path, TrackFileOptions()).chunks()
    assert chunk.readings[0][0] == NOON_US


@pytest.mark.parametrize("time", ["2026-10-02 12:00:00", "2026/10/02 12:00", "2026-10-02T12:00:00+08:00"])
def test_times_without_an_offset_are_in_the_zone_given(tmp_path: Path, time: str) -> None:
    chunk = read(tmp_path / "a.csv", f"tracker,ts,lat,lon\nT1,{time},33.9,118.3\n", time_zone=ZoneInfo("Asia/Shanghai"))
    assert chunk.readings[0][0] == NOON_US


def test_times_without_an_offset_and_no_zone_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="--time-zone"):
        read(tmp_path / "a.csv", "tracker,ts,lat,lon\nT1,2026-10-02 12:00:00,33.9,118.3\n")


def test_a_missing_column_is_told_with_the_option_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no column for tracker, lat.*--tracker-column, --lat-column.*when, lon"):
        read(tmp_path / "a.csv", "when,lon\n", columns={"ts": "when"})
    with pytest.raises(Problem, match="has no column car"):
        read(tmp_path / "a.csv", "tracker,ts,lat,lon\n", columns={"tracker": "car"})


def test_another_encoding_and_damaged_gzip_are_clear_errors(tmp_path: Path) -> None:
    chinese, damaged = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    chinese.write_bytes("终端号,时间,纬度,经度\n".encode("gb18030"))
    with pytest.raises(Problem, match="--encoding"):
        TrackFile(chinese, TrackFileOptions())
    assert TrackFile(chinese, TrackFileOptions(encoding="gb18030")).columns["ts"] == "时间"
    damaged.write_bytes(gzip.compress(b"tracker,ts,lat,lon\n" + b"T1,1790913600,33.9,118.3\n" * 1000)[:60])
    with pytest.raises(Problem, match="gzip"):
        list(TrackFile(damaged, TrackFileOptions()).chunks())


def test_bad_rows_tell_their_line_and_column_and_the_rest_is_read(tmp_path: Path) -> None:
    text = (
        "id,time,lat,lon,speed_kmh\n"
        "T1,1790913600,33.9,118.3,1\n"
        "T1,1790913601,91,118.3,1\n"
        "T1,1790913602,33.9,,1\n"
        ",1790913603,33.9,118.3,1\n"
        "T1,never,33.9,118.3,1\n"
        "T1,1790913605,33.9,118.3,fast\n"
        "\n"
        "T1,1790913606,33.9\n"
        "T1,1790913607,33.9,118.3,1\n"
    )
    chunk = read(tmp_path / "a.csv", text, columns={"tracker": "id"})
    assert chunk.lines == [2, 10]
    assert [(bad.line, bad.column, bad.reason) for bad in chunk.bad] == [
        (3, "lat", Reason.OUT_OF_RANGE),
        (4, "lon", Reason.MISSING_LON),
        (5, "id", Reason.BAD_TRACKER),
        (6, "time", Reason.BAD_TIME),
        (7, "speed_kmh", Reason.NOT_A_NUMBER),
        (9, "lon", Reason.MISSING_LON),
    ]
    assert isinstance(chunk.bad[0], BadRow)
    assert chunk.bad[0].said == "91.0"


def test_chunks_hold_so_many_rows_and_know_how_much_of_the_file_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("tracker,ts,lat,lon\n" + "".join(f"T1,{1790913600 + i},33.9,118.3\n" for i in range(25)))
    chunks = list(TrackFile(path, TrackFileOptions()).chunks(rows=10))
    assert [len(chunk.readings) for chunk in chunks] == [10, 10, 5]
    assert chunks[-1].bytes_read == path.stat().st_size


def test_a_replay_sends_what_is_wrong_too_and_leaves_out_only_what_has_no_time_or_tracker(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "tracker,ts,lat,lon,altitude_m\nT2,1790913602,33.9,118.3,-1\nT1,1790913601,33.9,1555.6,\n"
        "T1,,33.9,118.3,\n,1790913600,33.9,118.3,\n"
    )
    track = read_track(TrackFile(path, TrackFileOptions()))
    assert [(row.tracker, row.position["lon"]) for row in track.rows] == [("T1", 1555.6), ("T2", 118.3)]
    assert track.rows[1].position["altitude_m"] == -1
    assert track.left_out == 2
