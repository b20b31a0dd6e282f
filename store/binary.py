"""PostgreSQL's binary formats from and to numpy columns, without a Python loop: COPY streams and arrays.

https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS: a header of 19 bytes, then per row the
number of fields (int16) and per field its length (int32) and its big-endian bytes; a trailer of int16 -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

UNIX_TO_POSTGRES_US = 946_684_800_000_000
"""From 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin."""

_ARRAY_HEAD_BYTES = 20

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


def array_of(sent: bytes, kind: str) -> NDArray[Any]:
    """The column in a one-dimensional array without nulls, as PostgreSQL's ``array_send`` writes it.

    Three int32 (dimensions, whether there are nulls, the element's type), per dimension two more (its length, its
    lower bound), per element its length (int32) and its big-endian bytes. Raises ValueError for any other array.
    """
    dimensions, nulls, _, count, _ = np.frombuffer(sent, ">i4", 5).tolist()
    dtype = np.dtype([("length", ">i4"), ("value", _WIRE[kind])])
    if dimensions != 1 or nulls or len(sent) != _ARRAY_HEAD_BYTES + count * dtype.itemsize:
        raise ValueError(f"not a plain array of {kind}: {dimensions} dimensions, nulls {nulls}, {len(sent)} bytes")
    values = np.frombuffer(sent, dtype, count, _ARRAY_HEAD_BYTES)["value"]
    column = values.astype(np.dtype(_WIRE[kind]).newbyteorder("="))
    return column + UNIX_TO_POSTGRES_US if kind == "timestamptz" else column
