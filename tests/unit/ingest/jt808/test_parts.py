"""Messages in several frames."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ingest.jt808.frame import Frame
from ingest.jt808.parts import MESSAGES_MAX, PARTS_MAX, PATIENCE_S, Assembly, Whole


def parts_of(body: bytes, size: int, first_serial: int = 0xFFFE, message_id: int = 0x0704) -> list[Frame]:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return [
        Frame(message_id, "013812345678", (first_serial + n) & 0xFFFF, piece, None, 0, len(pieces), n + 1)
        for n, piece in enumerate(pieces)
    ]


def fed(frames: Sequence[Frame], assembly: Assembly | None = None, now_s: float = 0.0) -> list[Whole]:
    assembly = assembly or Assembly()
    return [whole for frame in frames if (whole := assembly.add(frame, now_s)) is not None]


def test_a_message_in_one_frame_is_whole() -> None:
    frame = Frame(0x0002, "013812345678", 7, b"")
    assert fed([frame]) == [Whole(frame, (frame,))]


@given(st.binary(min_size=2, max_size=200), st.integers(1, 40), st.randoms())
def test_parts_make_the_message_in_any_order_and_repeated(body: bytes, size: int, chance: object) -> None:
    frames = parts_of(body, max(size, -(-len(body) // PARTS_MAX)))
    if len(frames) == 1:
        return
    shuffled = [*frames[:-1], *frames[:-1]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    (whole,) = fed([*shuffled, frames[-1]])
    assert (whole.message.body, whole.message.serial, whole.message.parts) == (body, 0xFFFE, 1)
    assert whole.frames == tuple(frames)


def test_what_is_never_completed_is_given_up() -> None:
    assembly = Assembly()
    for serial in range(0, 100 * MESSAGES_MAX, 10):
        assert fed(parts_of(b"abcd", 2, serial)[:1], assembly) == []
    assert assembly.given_up == 100 * MESSAGES_MAX // 10 - MESSAGES_MAX
    assert fed(parts_of(b"abcd", 2, 990 * 4)[1:], assembly, PATIENCE_S + 1) == []
    assert assembly.given_up == 100 * MESSAGES_MAX // 10


def test_a_picture_is_not_taken() -> None:
    assembly = Assembly()
    assert fed(parts_of(bytes(PARTS_MAX + 1), 1), assembly) == []
    assert assembly.given_up == PARTS_MAX + 1
