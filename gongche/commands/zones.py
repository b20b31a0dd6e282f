"""``gongche zones``: the zones as files for map programs, and for importing again (docs/import.md)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from geofence.datum import Datum
from gongche.addresses import find_database
from gongche.commands.output import json_text
from gongche.exports.zones import geojson_of, kml_of, valid_at
from gongche.imports.cells import CellError, moment_of_text
from gongche.problem import Problem
from gongche.settings import Settings
from store.database import connect
from store.errors import store_errors
from store.zones import ToldZone, zones_told

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Zones as files · 围栏")


class FileFormat(StrEnum):
    GEOJSON = "geojson"
    KML = "kml"


@app.callback()
def _group() -> None:
    """Zones as files · 围栏."""


@app.command("export")
def export(
    datum: Annotated[Datum, typer.Option("--datum", help="Of the coordinates that are written · 坐标系")],
    form: Annotated[FileFormat, typer.Option("--format", help="· 格式")] = FileFormat.GEOJSON,
    at: Annotated[
        str | None, typer.Option("--at", help="Only versions that hold at this local day or time · 时点")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="Where to; else printed · 输出文件")
    ] = None,
) -> None:
    """Write zones, all versions of them unless --at, as GeoJSON or KML · 导出围栏."""
    settings = Settings()
    try:
        moment = None if at is None else moment_of_text("--at", at, settings.zone)
    except CellError as error:
        raise Problem(f"--at {error.zh}", f"--at {error.en}") from None
    found = asyncio.run(_read(find_database(settings)))
    wanted = found if moment is None else valid_at(found, moment)
    if form is FileFormat.KML:
        text = kml_of(wanted, datum, settings.zone)
    else:
        text = json_text(geojson_of(wanted, datum, settings.zone)) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


async def _read(dsn: str) -> Sequence[ToldZone]:
    with store_errors():
        async with await connect(dsn, autocommit=True, application="gongche zones") as conn:
            return await zones_told(conn)
