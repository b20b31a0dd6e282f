"""Frames: whatever pieces they come in, whatever stands between them, and back to the same bytes."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.jt808.frame import (
    BODY_BYTES_MAX,
    FRAME_BYTES_MAX,
    Deframer,
    Fault,
    Frame,
    FrameError,
    check_of,
    frame_of,
    octets_of,
)

HEARTBEAT_2013 = bytes.fromhex("7e000200001234567890120001897e")
HEARTBEAT_2019 = bytes.fromhex("7e000240000112345678901234567890ffff437e")

u16 = st.integers(0, 0xFFFF)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    version = draw(st.sampled_from([None, 1, 2]))
    parts = draw(st.sampled_from([1, 1, 2, 70]))
    return Frame(
        draw(u16),
        draw(st.text("0123456789", min_size=(n := 12 if version is None else 20), max_size=n)),
        draw(u16),
        draw(st.binary(max_size=200) | st.binary(max_size=40).map(lambda b: b.replace(b"a", b"\x7e\x7d\x02\x01"))),
        version,
        draw(st.sampled_from([0, 0, 1, 7])),
        parts,
        draw(st.integers(1, parts)),
    )


def test_a_heartbeat_of_each_edition() -> None:
    assert frame_of(HEARTBEAT_2013[1:-1]) == Frame(0x0002, "123456789012", 1, b"")
    assert frame_of(HEARTBEAT_2019[1:-1]) == Frame(0x0002, "12345678901234567890", 0xFFFF, b"", 1)


@given(frames())
def test_a_frame_comes_back_from_its_bytes(frame: Frame) -> None:
    octets = octets_of(frame)
    assert octets.count(b"\x7e") == 2
    assert [frame_of(content) for content in Deframer().feed(octets) if isinstance(content, bytes)] == [frame]


@given(st.lists(frames(), max_size=5), st.lists(st.integers(1, 30), min_size=1), st.booleans())
def test_frames_come_whole_in_whatever_pieces_they_arrive(sent: list[Frame], sizes: list[int], shared: bool) -> None:
    stream = b"".join(map(octets_of, sent))
    if shared:  # one flag between two frames, as some terminals send
        stream = stream.replace(b"\x7e\x7e", b"\x7e")
    deframer, got, at = Deframer(), [], 0
    while at < len(stream):
        size = sizes[at % len(sizes)]
        got += deframer.feed(stream[at : at + size])
        at += size
    assert [frame_of(content) for content in got if isinstance(content, bytes)] == sent


@given(st.binary(max_size=300))
def test_the_check_is_all_bytes_by_exclusive_or(octets: bytes) -> None:
    assert check_of(octets) == reduce(xor, octets, 0)


@given(st.lists(st.binary(max_size=4_000), max_size=8))
def test_noise_is_refused_and_never_kept(pieces: list[bytes]) -> None:
    deframer = Deframer()
    for piece in pieces:
        for content in deframer.feed(piece):
            if isinstance(content, bytes):
                with pytest.raises(FrameError):
                    frame_of(content)
        assert len(deframer._rest) <= FRAME_BYTES_MAX


@given(frames(), st.data())
def test_after_anything_wrong_the_next_frame_is_read(frame: Frame, data: st.DataObject) -> None:
    octets = bytearray(octets_of(frame))
    at = data.draw(st.integers(1, len(octets) - 2))
    octets[at] ^= data.draw(st.integers(1, 255))
    got = list(Deframer().feed(b"noise" + bytes(octets) + HEARTBEAT_2013))
    assert isinstance(got[-1], bytes)
    assert frame_of(got[-1]).message_id == 0x0002


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (HEARTBEAT_2013[1:-2] + b"\x88", Fault.BAD_CHECK),
        (bytes.fromhex("00020001123456789012000188"), Fault.BAD_LENGTH),
        (bytes.fromhex("0002000012345678901a000181"), Fault.BAD_TERMINAL),
        (bytes.fromhex("00022000123456789012000100020003a8"), Fault.BAD_PART),
        (bytes.fromhex("00020000"), Fault.SHORT),
        (bytes.fromhex("00020000123456789012000189") + b"\x7d", Fault.BAD_ESCAPE),
        (bytes.fromhex("7d037d01"), Fault.BAD_ESCAPE),
    ],
)
def test_what_is_no_frame_is_refused_with_the_reason(content: bytes, fault: Fault) -> None:
    with pytest.raises(FrameError) as caught:
        frame_of(content)
    assert caught.value.fault == fault


def test_a_frame_without_end_is_given_up() -> None:
    deframer = Deframer()
    got = [error for _ in range(100) for error in deframer.feed(b"\x7e" if not _ else bytes(1_000))]
    assert {error.fault for error in got if isinstance(error, FrameError)} == {Fault.UNFRAMED}
    assert [c for c in deframer.feed(HEARTBEAT_2013) if isinstance(c, bytes)] == [HEARTBEAT_2013[1:-1]]


def test_a_body_that_is_too_long_makes_no_frame() -> None:
    with pytest.raises(ValueError, match="1024"):
        octets_of(Frame(0x0200, "0" * 12, 1, bytes(BODY_BYTES_MAX + 1)))
