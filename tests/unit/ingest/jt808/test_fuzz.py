"""Damaged frames, a few of the million that ``python -m tests.unit.ingest.jt808.fuzz`` sends."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from ingest.jt808.frame import FRAME_BYTES_MAX, Fault
from ingest.jt808.location import BodyFault
from ingest.jt808.parts import MESSAGES_MAX, PARTS_MAX
from tests.unit.ingest.jt808 import fuzz

A_LOCATION = bytes.fromhex(
    "7e0200003c018876638972 00e5 00000000 00040000 01317a67 06936851 000e 0000 0027 171019193538"
    "0104 00003fb2 0302 0000 2504 00000000 2a02 0000 2b04 00000000 3001 1f 3101 00 ab 7e"
)
"""From EMQX's tests of its JT/T 808 gateway, where what it says is written beside it."""

REAL = fuzz.real_frames() if fuzz.FRAMES.exists() else [A_LOCATION]


def test_whatever_is_done_to_frames_ends_as_a_frame_or_as_a_refusal() -> None:
    tally = fuzz.run(REAL, frames=20_000, seed=1)
    assert tally.frames == 20_000
    assert {f"frame_{fault}" for fault in Fault} <= set(tally.outcomes), "every refusal of frames is reached"
    assert f"body_{BodyFault.SHORT_BODY}" in tally.outcomes
    assert tally.outcomes["positions"] > 500, "damage gets as far as ingest"
    assert tally.held_bytes <= FRAME_BYTES_MAX + MESSAGES_MAX * PARTS_MAX * 1_023


def held_after(frames: int) -> int:
    """Bytes that are held when so many frames were read."""
    fuzz.run(REAL, frames, seed=3)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_what_is_read_is_forgotten() -> None:
    fuzz.run(REAL, frames=500, seed=2)
    tracemalloc.start()
    try:
        one_bytes, ten_bytes = held_after(500), held_after(5_000)
    finally:
        tracemalloc.stop()
    assert ten_bytes - one_bytes < 200_000


def test_the_same_seed_is_the_same_run() -> None:
    assert fuzz.run(REAL, 1_000, seed=5).outcomes == fuzz.run(REAL, 1_000, seed=5).outcomes


def test_a_fault_ends_the_run_with_the_bytes_that_did_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(fuzz, "location_of", fail)
    with pytest.raises(fuzz.UnexpectedError, match=r"ZeroDivisionError: oh\n[0-9a-f]{100}"):
        fuzz.run([A_LOCATION], 2_000, seed=1)
