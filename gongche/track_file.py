"""Track files: CSV with a heading, one position a row, perhaps gzipped; read in chunks, whatever their length.

Columns are found by common names or named by options. A row is checked exactly as a message is (ingest.payload).
"""

from __future__ import annotations

import csv
import gzip
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from fleet.clock import DAY_US
from gongche.problem import Problem
from ingest.message import DATUMS, Reading, tracker_code
from ingest.payload import read_position
from ingest.reasons import Reason, UnreadableError

_NAMES: Mapping[str, tuple[str, ...]] = {
    "tracker": ("tracker", "tracker_id", "device", "device_id", "imei", "terminal", "终端", "终端号", "终端编号"),
    "ts": ("ts", "time", "timestamp", "datetime", "gps_time", "时间", "定位时间"),
    "lat": ("lat", "latitude", "纬度"),
    "lon": ("lon", "lng", "long", "longitude", "经度"),
    "speed_kmh": ("speed_kmh", "speed_km_h", "gps_speed_kmh"),
    "heading_deg": ("heading_deg", "heading", "bearing", "course", "方向"),
    "altitude_m": ("altitude_m", "altitude", "elevation_m", "altitude_ft"),
    "satellites": ("satellites", "sats", "卫星数"),
    "odometer_km": ("odometer_km", "mileage_km", "里程"),
    "fuel_l": ("fuel_l",),
}
"""A field's usual headings, the best first. A speed without its unit is not guessed."""

_NEEDED = ("tracker", "ts", "lat", "lon")
_FACTORS = {"altitude_ft": 0.3048}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: where, which column, why, and what stood there. ``line`` counts from 1, the heading.

    ``element`` is the row as a payload has it: what a tracker that reports this would send.
    """

    line: int
    column: str
    reason: Reason
    said: str
    tracker: str = ""
    element: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Chunk:
    """Rows in the order of the file; the good ones as parallel lists. ``bytes_read`` is of the file on disk."""

    lines: list[int] = field(default_factory=list)
    trackers: list[str] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class TrackFileOptions:
    """``columns`` names the file's heading of a field; ``time_zone`` is that of times without an offset."""

    columns: Mapping[str, str] = field(default_factory=dict)
    datum: str | None = None
    time_zone: ZoneInfo | None = None
    encoding: str = "utf-8-sig"


class TrackFile:
    """A track file whose heading was read. Raises Problem when the file or a needed column is missing."""

    def __init__(self, path: Path, options: TrackFileOptions) -> None:
        self.path = path
        self.bytes = path.stat().st_size
        self._options = options
        with path.open("rb") as raw, _problems(path, options), self._text(raw) as text:
            heading = next(csv.reader(text), [])
        self.columns = _found(path, heading, options.columns)
        self._places = {name: heading.index(column) for name, column in self.columns.items()}
        self._factors = {
            name: _FACTORS[_plain(column)] for name, column in self.columns.items() if _plain(column) in _FACTORS
        }
        if options.datum is not None and options.datum not in DATUMS:
            raise Problem(
                f"未知坐标系 {options.datum}，应为 {', '.join(DATUMS)} 之一",
                f"unknown datum {options.datum}; state one of {', '.join(DATUMS)}",
            )

    def chunks(self, rows: int = 20_000) -> Iterator[Chunk]:
        """The file's rows, so many at a time."""
        latest_us = time.time_ns() // 1_000 + DAY_US
        with self.path.open("rb") as raw, _problems(self.path, self._options), self._text(raw) as text:
            reader = csv.reader(text)
            next(reader, None)
            chunk = Chunk()
            for cells in reader:
                if cells:
                    self._read(reader.line_num, cells, latest_us, chunk)
                if len(chunk.lines) + len(chunk.bad) >= rows:
                    chunk.bytes_read = raw.tell()
                    yield chunk
                    chunk = Chunk()
            chunk.bytes_read = self.bytes
            yield chunk

    def _text(self, raw: BinaryIO) -> io.TextIOWrapper:
        plain = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
        return io.TextIOWrapper(plain, encoding=self._options.encoding, newline="")

    def _read(self, line: int, cells: list[str], latest_us: int, chunk: Chunk) -> None:
        told = {name: cells[place].strip() for name, place in self._places.items() if place < len(cells)}
        tracker = told.pop("tracker", "")
        element = self._element(told)
        try:
            tracker_code(tracker)
            reading = read_position(element, latest_us)
        except UnreadableError as why:
            if why.reason is Reason.NO_OFFSET and line == 2:
                raise _no_offset(self.path, self.columns["ts"], why.said) from None
            column = self.columns.get(why.field, why.field)
            chunk.bad.append(BadRow(line, column, why.reason, why.said, tracker, element))
            return
        chunk.lines.append(line)
        chunk.trackers.append(tracker)
        chunk.readings.append(reading)

    def _element(self, told: Mapping[str, str]) -> dict[str, object]:
        element: dict[str, object] = {name: _number(text) for name, text in told.items()}
        element["ts"] = _moment(told.get("ts", ""), self._options.time_zone)
        for name, factor in self._factors.items():
            value = element.get(name)
            element[name] = value * factor if isinstance(value, float) else value
        if self._options.datum is not None:
            element["datum"] = self._options.datum
        return element


def _found(path: Path, heading: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """The heading of each field: the one named by an option, or the best of its common names."""
    plain = {_plain(column): column for column in reversed(heading)}
    found = {}
    for name, usual in _NAMES.items():
        if name in named:
            if named[name] not in heading:
                raise Problem(
                    f"{path} 没有列 {named[name]}；它的列：{', '.join(heading)}",
                    f"{path} has no column {named[name]}; its columns: {', '.join(heading)}",
                )
            found[name] = named[name]
        elif column := next((plain[each] for each in usual if each in plain), None):
            found[name] = column
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        options = ", ".join(f"--{name}-column" for name in missing)
        raise Problem(
            f"{path} 缺少 {', '.join(missing)} 列，请用 {options} 指明；它的列：{', '.join(heading)}",
            f"{path}: no column for {', '.join(missing)}; name it with {options}. Its columns: {', '.join(heading)}",
        )
    return found


def _plain(column: str) -> str:
    return column.strip().lower()


def _number(text: str) -> object:
    """The number that stands there; None for nothing; other text as it is, to be refused by its name."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _moment(text: str, zone: ZoneInfo | None) -> object:
    """A time as a payload has it: an epoch, or ISO 8601 with an offset (that of ``zone`` where none is given)."""
    if not text:
        return None
    number = _number(text)
    if not isinstance(number, str):
        return number
    iso = text.replace("/", "-")
    if zone is None:
        return iso
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return iso if moment.tzinfo is not None else moment.replace(tzinfo=zone).isoformat()


def _no_offset(path: Path, column: str, said: str) -> Problem:
    return Problem(
        f"{path} 的时间（{column} 列，如 {said}）没有时区偏移，请用 --time-zone 指明，如 Asia/Shanghai",
        f"{path}: times (column {column}, such as {said}) have no UTC offset; give --time-zone, such as Asia/Shanghai",
    )


@contextmanager
def _problems(path: Path, options: TrackFileOptions) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise Problem(
            f"{path} 不是 {options.encoding} 编码，请用 --encoding 指明，如 gb18030",
            f"{path} is not in {options.encoding}; name its encoding with --encoding, such as gb18030",
        ) from None
    except (gzip.BadGzipFile, EOFError) as error:
        raise Problem(f"{path} 的 gzip 数据已损坏：{error}", f"{path} is damaged gzip data: {error}") from None
    except csv.Error as error:
        raise Problem(f"{path} 不是有效的 CSV：{error}", f"{path} is no CSV: {error}") from None
