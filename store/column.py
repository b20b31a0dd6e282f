"""Numpy columns as parameters of a query, sent in binary: a list would be written out as text, value by value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format

from store.binary import UNIX_TO_POSTGRES_US, array_bytes

_MINUS_INFINITY_US = -(2**63) + UNIX_TO_POSTGRES_US
"""What PostgreSQL reads as -infinity, in µs since 1970."""


@dataclass(frozen=True, slots=True, eq=False)
class Ints:
    """An ``int[]``."""

    values: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Longs:
    """A ``bigint[]``."""

    values: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """A ``timestamptz[]`` of µs since 1970. What is not after ``none_us`` is before all moments: -infinity."""

    us: NDArray[np.int64]
    none_us: int


class _IntsDumper(Dumper):
    format = Format.BINARY
    oid = 1007

    def dump(self, obj: Ints) -> bytes:
        return array_bytes(obj.values, "int4")


class _LongsDumper(Dumper):
    format = Format.BINARY
    oid = 1016

    def dump(self, obj: Longs) -> bytes:
        return array_bytes(obj.values, "int8")


class _MomentsDumper(Dumper):
    format = Format.BINARY
    oid = 1185

    def dump(self, obj: Moments) -> bytes:
        return array_bytes(np.where(obj.us <= obj.none_us, _MINUS_INFINITY_US, obj.us), "timestamptz")


adapters.register_dumper(Ints, _IntsDumper)
adapters.register_dumper(Longs, _LongsDumper)
adapters.register_dumper(Moments, _MomentsDumper)
