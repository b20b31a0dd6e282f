"""``gongche import positions``: loads history from a track file."""

from __future__ import annotations

import asyncio
import sys

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gongche.addresses import find_database
from gongche.commands.output import Format, FormatOption, print_record, print_rows
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
from gongche.doing import file_told, record
from gongche.imports.positions import PositionsReport, import_positions
from gongche.registering import register_trackers
from gongche.settings import Settings
from gongche.track_file import TrackFile
from store.database import connect
from store.errors import store_errors

_SHOWN = 50


def positions(
    file: FileArgument,
    tracker_column: TrackerColumn = None,
    ts_column: TimeColumn = None,
    lat_column: LatColumn = None,
    lon_column: LonColumn = None,
    speed_column: SpeedColumn = None,
    datum: DatumOption = None,
    time_zone: TimeZoneOption = None,
    encoding: EncodingOption = "utf-8-sig",
    register: bool = typer.Option(False, "--register", help="Register unknown trackers with demonstration vehicles."),
    form: FormatOption = Format.TABLE,
) -> None:
    """CSV: tracker, time, lat, lon, and optionally speed, heading, altitude... · 历史定位.

    Good rows go in, bad ones come back with line, column and reason. The same file again changes nothing.
    """
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
    report = asyncio.run(_import(find_database(Settings()), track_file, register))
    if form is Format.JSON:
        print_record(report.as_json(), form=form)
    else:
        _print_tables(report)
    raise typer.Exit(report.exit_status)


async def _import(dsn: str, file: TrackFile, register: bool) -> PositionsReport:
    with store_errors():
        async with await connect(dsn, autocommit=True, application="gongche import") as conn:
            if register:
                codes = {code: None for chunk in file.chunks() for code in chunk.trackers}
                await register_trackers(conn, list(codes))
            # Before the first of its many transactions: nothing comes in that is not told.
            await record(conn, "import_file", "positions", file_told(file.path))
            with _bar() as bar:
                task = bar.add_task(file.path.name, total=file.bytes, rows=0)
                return await import_positions(
                    conn, file, lambda report, read: bar.update(task, completed=read, rows=report.rows)
                )


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} 行 rows"),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
    )


def _print_tables(report: PositionsReport) -> None:
    told = report.as_json()
    bad = told.pop("bad")
    if bad:
        headings = {"line": "行 line", "column": "列 column", "value": "值 value", "words": "原因 reason"}
        print_rows(bad[:_SHOWN], headings=headings, form=Format.TABLE)
        if len(bad) > _SHOWN:
            more = len(bad) - _SHOWN
            typer.echo(f"另有 {more} 行，见 --format json / {more} more rows: --format json shows them")
    print_record({**told, "bad": len(bad)}, form=Format.TABLE)
