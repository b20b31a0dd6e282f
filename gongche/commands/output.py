"""How a command prints data: a table for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

Row = Mapping[str, object]


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs · 输出格式")]


def print_rows(rows: Iterable[Row], *, headings: Mapping[str, str], form: Format) -> None:
    """Print rows of one kind: in JSON an array of objects with all keys, else a table.

    ``headings`` names the columns of the table, in order: key of the row → what stands above it.
    """
    if form is Format.JSON:
        _print_json([dict(row) for row in rows])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings.values():
        table.add_column(heading)
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key in headings))
    _console().print(table)


def print_record(record: Row, *, form: Format) -> None:
    """Print one object: in JSON as it is, else as lines of name and value; inner objects are indented."""
    if form is Format.JSON:
        _print_json(dict(record))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, cell in _lines(record, depth=0):
        table.add_row(name, cell)
    _console().print(table)


def json_text(value: object) -> str:
    """JSON as commands print it: moments in ISO 8601 with offset, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain, allow_nan=False)


def _print_json(value: object) -> None:
    sys.stdout.write(json_text(value) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value.isoformat()}")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    raise TypeError(f"not for JSON: {type(value).__name__}")


def _lines(record: Row, depth: int) -> Iterable[tuple[str, str]]:
    for key, value in record.items():
        name = "  " * depth + key
        if isinstance(value, Mapping):
            yield name, ""
            yield from _lines(value, depth + 1)
        else:
            yield name, _cell(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_cell, value))
    return str(value)


def _console() -> Console:
    # A pipe gets whole lines: a width of 80 would cut what grep looks for. Data is not markup.
    width = None if sys.stdout.isatty() else 10_000
    return Console(highlight=False, markup=False, emoji=False, width=width)
