"""Workbooks as offices make them, a line each; and what has to be done to a file from outside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl


def workbook(path: Path, *rows: Sequence[Any], title: str = "台账", more: Callable[[Any], None] | None = None) -> Path:
    """A workbook of one worksheet. ``more`` does something to the worksheet before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if more is not None:
        more(sheet)
    book.save(path)
    return path


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same archive with one of its parts changed, as another program would have written it."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    path.write_bytes(made.getvalue())
    return path
