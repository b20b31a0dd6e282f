"""PostgreSQL's binary formats. That the server reads and writes them is shown by every test that judges."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from store.binary import UNIX_TO_POSTGRES_US, array_of, encode


def sent(values: list[int], *, dimensions: int = 1, nulls: int = 0) -> bytes:
    head = struct.pack("!iiiii", dimensions, nulls, 23, len(values), 1)
    return head + b"".join(struct.pack("!ii", 4, value) for value in values)


def test_rows_are_fields_with_their_lengths_between_header_and_trailer() -> None:
    stream = encode([np.array([7]), np.array([UNIX_TO_POSTGRES_US + 5])], ["int4", "timestamptz"])
    assert stream[:19] == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    assert stream[19:-2] == struct.pack("!hiiiq", 2, 4, 7, 8, 5)
    assert stream[-2:] == b"\xff\xff"


def test_no_rows_are_a_header_and_a_trailer() -> None:
    assert len(encode([np.zeros(0)], ["float8"])) == 21


def test_an_array_is_its_values() -> None:
    assert array_of(sent([1, -2, 3]), "int4").tolist() == [1, -2, 3]


@pytest.mark.parametrize("other", [sent([1], dimensions=2), sent([1], nulls=1), sent([1]) + b"!", sent([1])[:-1]])
def test_any_other_array_is_refused(other: bytes) -> None:
    with pytest.raises(ValueError, match="not a plain array"):
        array_of(other, "int4")
