"""``gongche replay``: publishes a track file over MQTT as the trackers would."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fleet.clock import us_of
from gongche.addresses import find_database, find_tracker_broker
from gongche.commands.output import Format, FormatOption, print_record
from gongche.commands.track_options import (
    DatumOption,
    EncodingOption,
    FileArgument,
    LatColumn,
    LonColumn,
    SpeedColumn,
    TimeColumn,
    TimeZoneOption,
    TrackerColumn,
    open_track_file,
)
from gongche.problem import Problem
from gongche.publish import PublisherRefusedError
from gongche.registering import register_trackers
from gongche.replaying import CONNECTIONS, Pace, Track, read_track
from gongche.replaying import replay as publish
from gongche.settings import Settings
from store.database import connect
from store.errors import store_errors

_SHOW_EVERY = 100


def replay(
    file: FileArgument,
    speed: Annotated[str, typer.Option("--speed", help="So many times as fast as it was, or max · 倍速")] = "1",
    shift_to: Annotated[
        str | None,
        typer.Option("--shift-to", help="New time of the first row: now, or such as 2026-10-02T09:00+08:00 · 起始时间"),
    ] = None,
    tracker_column: TrackerColumn = None,
    ts_column: TimeColumn = None,
    lat_column: LatColumn = None,
    lon_column: LonColumn = None,
    speed_column: SpeedColumn = None,
    datum: DatumOption = None,
    time_zone: TimeZoneOption = None,
    encoding: EncodingOption = "utf-8-sig",
    register: Annotated[
        bool, typer.Option("--register", help="Register unknown trackers with demonstration vehicles · 登记演示车辆")
    ] = False,
    connections: Annotated[
        int, typer.Option("--connections", min=1, help="Most connections; trackers share beyond · 最多连接数")
    ] = CONNECTIONS,
    form: FormatOption = Format.TABLE,
) -> None:
    """Publish a track file over MQTT as its trackers would: QoS 1, one connection each, the original spacing / speed.

    Returns when the broker has acknowledged every message. Exit status 1: some rows have no time or tracker.
    """
    pace = Pace(_speed(speed), _first_us(shift_to))
    track_file = open_track_file(
        file,
        tracker=tracker_column,
        ts=ts_column,
        lat=lat_column,
        lon=lon_column,
        speed=speed_column,
        datum=datum,
        time_zone=time_zone,
        encoding=encoding,
    )
    settings = Settings()
    address = find_tracker_broker(settings)
    track = read_track(track_file)
    registered = asyncio.run(_register(find_database(settings), track)) if register else 0
    began_s = time.monotonic()
    with _bar() as bar:
        task = bar.add_task(file.name, total=len(track.rows))

        def show(published: int) -> None:
            if published % _SHOW_EVERY == 0 or published == len(track.rows):
                bar.update(task, completed=published)

        try:
            acknowledged = asyncio.run(publish(track, address, pace, show, connections))
        except PublisherRefusedError as error:
            raise Problem(
                f"消息服务器拒绝登录，请检查用户名和密码：{error}",
                f"the broker refuses the sign-in; check user and password: {error}",
            ) from error
    summary = {
        "published": len(track.rows),
        "acknowledged": acknowledged,
        "trackers": len(track.trackers),
        "registered": registered,
        "left_out": track.left_out,
        "seconds": round(time.monotonic() - began_s, 3),
    }
    print_record(summary, form=form)
    raise typer.Exit(1 if track.left_out else 0)


async def _register(dsn: str, track: Track) -> int:
    with store_errors():
        async with await connect(dsn, autocommit=True, application="gongche replay") as conn:
            return await register_trackers(conn, track.trackers)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise Problem(f"--speed 应为正数或 max，不是 {text}", f"--speed is a number above 0, or max; not {text}")
    return speed


def _first_us(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "now":
        return time.time_ns() // 1_000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem(
            f"--shift-to 应为 now 或带时区偏移的时间，如 2026-10-02T09:00+08:00，不是 {text}",
            f"--shift-to is now, or a time with its offset such as 2026-10-02T09:00+08:00; not {text}",
        )
    return us_of(moment)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
    )
