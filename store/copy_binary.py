"""PostgreSQL's binary COPY format for rows of fixed width, from and to numpy columns without a Python loop.

https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS: a header of 19 bytes, then per row the
number of fields (int16) and per field its length (int32) and its big-endian bytes; a trailer of int16 -1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

UNIX_TO_POSTGRES_US = 946_684_800_000_000
"""From 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin."""

_WIRE = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float4": ">f4", "float8": ">f8", "timestamptz": ">i8"}


def _row_dtype(types: Sequence[str]) -> np.dtype[Any]:
    names: list[tuple[str, str]] = [("fields", ">i2")]
    for number, name in enumerate(types):
        names += [(f"length{number}", ">i4"), (f"value{number}", _WIRE[name])]
    return np.dtype(names)


def encode(columns: Sequence[NDArray[Any]], types: Sequence[str]) -> bytes:
    """The COPY stream of columns of equal length. ``types``: PostgreSQL's names; timestamptz takes µs since 1970."""
    dtype = _row_dtype(types)
    rows = np.empty(len(columns[0]), dtype)
    rows["fields"] = len(types)
    for number, (column, name) in enumerate(zip(columns, types, strict=True)):
        rows[f"length{number}"] = np.dtype(_WIRE[name]).itemsize
        rows[f"value{number}"] = column - UNIX_TO_POSTGRES_US if name == "timestamptz" else column
    return HEADER + rows.tobytes() + TRAILER


def decode(stream: bytes, types: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """The columns of a COPY stream none of whose fields is null. Raises ValueError for any other stream."""
    dtype = _row_dtype(list(types.values()))
    body = memoryview(stream)[len(HEADER) : len(stream) - len(TRAILER)]
    if not stream.startswith(HEADER[:11]) or not stream.endswith(TRAILER) or len(body) % dtype.itemsize:
        raise ValueError(f"not a COPY stream of rows of {dtype.itemsize} bytes: {len(stream)} bytes")
    rows = np.frombuffer(body, dtype)
    columns: dict[str, NDArray[Any]] = {}
    for number, (column, name) in enumerate(types.items()):
        width = np.dtype(_WIRE[name]).itemsize
        if not (rows[f"length{number}"] == width).all():
            raise ValueError(f"column {column} holds nulls")
        values = rows[f"value{number}"].astype(np.dtype(_WIRE[name]).newbyteorder("="))
        columns[column] = values + UNIX_TO_POSTGRES_US if name == "timestamptz" else values
    return columns
