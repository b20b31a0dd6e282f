"""Options of the commands that read track files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from gongche.problem import Problem
from gongche.track_file import TrackFile, TrackFileOptions

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, or CSV in gzip · 轨迹文件")
]
TrackerColumn = Annotated[str | None, typer.Option("--tracker-column", help="Heading of the tracker's id · 终端列")]
TimeColumn = Annotated[str | None, typer.Option("--ts-column", help="Heading of the time · 时间列")]
LatColumn = Annotated[str | None, typer.Option("--lat-column", help="Heading of the latitude · 纬度列")]
LonColumn = Annotated[str | None, typer.Option("--lon-column", help="Heading of the longitude · 经度列")]
SpeedColumn = Annotated[str | None, typer.Option("--speed-column", help="Heading of the speed in km/h · 速度列")]
DatumOption = Annotated[
    str | None, typer.Option("--datum", help="wgs84, gcj02 or bd09; default: as the tracker's profile says · 坐标系")
]
TimeZoneOption = Annotated[
    str | None, typer.Option("--time-zone", help="Zone of times without an offset, such as Asia/Shanghai · 时区")
]
EncodingOption = Annotated[str, typer.Option("--encoding", help="Of the text, such as gb18030 · 编码")]


def open_track_file(
    path: Path,
    *,
    tracker: str | None,
    ts: str | None,
    lat: str | None,
    lon: str | None,
    speed: str | None,
    datum: str | None,
    time_zone: str | None,
    encoding: str,
) -> TrackFile:
    """The file with its columns found; Problem says what is missing."""
    named = {"tracker": tracker, "ts": ts, "lat": lat, "lon": lon, "speed_kmh": speed}
    columns = {name: column for name, column in named.items() if column is not None}
    return TrackFile(path, TrackFileOptions(columns, datum, zone_of(time_zone), encoding))


def zone_of(name: str | None) -> ZoneInfo | None:
    """The time zone of a name; Problem when there is none."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Problem(
            f"未知时区 {name}，如 Asia/Shanghai", f"unknown time zone {name}; such as Asia/Shanghai"
        ) from None
