"""PostgreSQL's binary formats from and to numpy columns, without a Python loop: COPY streams, arrays, parameters.

https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS: a header of 19 bytes, then per row the
number of fields (int16) and per field its length (int32) and its big-endian bytes; a trailer of int16 -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

UNIX_TO_POSTGRES_US = 946_684_800_000_000
"""From 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin."""

_HEAD = Struct("!iiiii")
"""Of an array of one dimension."""

_OIDS = {"int4": 23, "int8": 20, "timestamptz": 1184}
"""PostgreSQL's numbers of the types that are sent as arrays."""

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
    return column_of([sent], kind)


def column_of(sent: Sequence[bytes], kind: str) -> NDArray[Any]:
    """The column in such arrays one after the other: read in one go, however many there are."""
    dtype = _element_dtype(kind)
    for part in sent:
        dimensions, nulls, _, count, _ = _HEAD.unpack_from(part)
        if dimensions != 1 or nulls or len(part) != _HEAD.size + count * dtype.itemsize:
            raise ValueError(f"not a plain array of {kind}: {dimensions} dimensions, nulls {nulls}, {len(part)} bytes")
    elements = sent[0][_HEAD.size :] if len(sent) == 1 else b"".join([part[_HEAD.size :] for part in sent])
    values = np.frombuffer(elements, dtype)["value"]
    column = values.astype(np.dtype(_WIRE[kind]).newbyteorder("="))
    return column + UNIX_TO_POSTGRES_US if kind == "timestamptz" else column


def array_bytes(values: NDArray[Any], kind: str) -> bytes:
    """The array of a column, as :func:`column_of` reads it."""
    elements = np.empty(len(values), _element_dtype(kind))
    elements["length"] = np.dtype(_WIRE[kind]).itemsize
    elements["value"] = values - UNIX_TO_POSTGRES_US if kind == "timestamptz" else values
    return _HEAD.pack(1, 0, _OIDS[kind], len(values), 1) + elements.tobytes()


def _element_dtype(kind: str) -> np.dtype[Any]:
    return np.dtype([("length", ">i4"), ("value", _WIRE[kind])])
