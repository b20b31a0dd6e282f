"""Frames of JT/T 808: 0x7e, header, body, check byte, 0x7e; with 0x7d escapes. Bytes ↔ frames. Pure.

Layout: JT/T 808-2019, section 4.4; the 2013 edition has a shorter header without the version byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from struct import Struct
from typing import NamedTuple

FLAG = b"\x7e"
BODY_BYTES_MAX = 1023
"""The length in a header has ten bits."""
FRAME_BYTES_MAX = 2 * (21 + BODY_BYTES_MAX + 1)
"""Between two flags, when every byte is escaped."""

_LENGTH = 0x03FF
_ENCRYPTION = 0x1C00
_SPLIT = 0x2000
_VERSIONED = 0x4000

_START = Struct(">HH")
_SERIAL = Struct(">H")
_PART = Struct(">HH")

_FOLDS = tuple(
    tuple((8 << place, (1 << (8 << place)) - 1) for place in reversed(range(places)))
    for places in range(FRAME_BYTES_MAX.bit_length() + 1)
)
"""By the bits that the last byte's place takes: each fold's width in bits, and the mask of the lower half."""


class Fault(StrEnum):
    """Why bytes are no frame. Counted; a code never changes meaning."""

    UNFRAMED = "unframed"
    """Bytes outside flags, or more than a frame can hold without a flag."""
    BAD_ESCAPE = "bad_escape"
    SHORT = "short"
    """Fewer bytes than a header and a check byte."""
    BAD_CHECK = "bad_check"
    BAD_LENGTH = "bad_length"
    """The body is not as long as its header says."""
    BAD_TERMINAL = "bad_terminal"
    """The terminal's number is not made of decimal digits."""
    BAD_PART = "bad_part"
    """A part of a split message that says it is none of its parts."""


class FrameError(ValueError):
    """Bytes that are no frame. ``octets``: what stood between the flags, still escaped."""

    def __init__(self, fault: Fault, octets: bytes) -> None:
        self.fault = fault
        self.octets = octets
        super().__init__(f"{fault}: {octets[:64].hex()}{'…' if len(octets) > 64 else ''}")


class Frame(NamedTuple):
    """One frame, or a message put together of several. ``part`` counts from 1; a message in one has ``parts`` 1."""

    message_id: int
    terminal: str
    """The terminal's number as it stands in the header: 12 digits, 20 since 2019."""
    serial: int
    body: bytes
    version: int | None = None
    """None before 2019; then the version byte."""
    encryption: int = 0
    parts: int = 1
    part: int = 1


class Deframer:
    """Cuts a stream into what stands between flags, whatever pieces it comes in. Never holds more than one frame.

    A flag that ends one frame may begin the next one. After bytes that are no frame it goes on at the next flag.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._synchronised = False

    def feed(self, octets: bytes) -> Iterator[bytes | FrameError]:
        """What the bytes complete: the escaped content of each frame, or a FrameError for what cannot be one."""
        if not self._synchronised:
            noise, flag, octets = octets.partition(FLAG)
            if noise:
                yield FrameError(Fault.UNFRAMED, noise)
            if not flag:
                return
            self._synchronised = True
        *whole, self._rest = (self._rest + octets).split(FLAG)
        for content in whole:
            if len(content) > FRAME_BYTES_MAX:
                yield FrameError(Fault.UNFRAMED, content)
            elif content:
                yield content
        if len(self._rest) > FRAME_BYTES_MAX:
            rest, self._rest, self._synchronised = self._rest, b"", False
            yield FrameError(Fault.UNFRAMED, rest)


def frame_of(content: bytes) -> Frame:
    """The frame in what stood between two flags. Raises FrameError."""
    octets = _unescaped(content)
    if len(octets) < 13:
        raise FrameError(Fault.SHORT, content)
    if check_of(octets):
        raise FrameError(Fault.BAD_CHECK, content)
    message_id, attributes = _START.unpack_from(octets)
    versioned = bool(attributes & _VERSIONED)
    number_at, serial_at = (5, 15) if versioned else (4, 10)
    body_at = serial_at + (6 if attributes & _SPLIT else 2)
    if len(octets) - 1 - body_at != attributes & _LENGTH:
        raise FrameError(Fault.BAD_LENGTH, content)
    terminal = octets[number_at:serial_at].hex()
    if not terminal.isdecimal():
        raise FrameError(Fault.BAD_TERMINAL, content)
    parts, part = _PART.unpack_from(octets, serial_at + 2) if attributes & _SPLIT else (1, 1)
    if not 1 <= part <= parts:
        raise FrameError(Fault.BAD_PART, content)
    return Frame(
        message_id,
        terminal,
        _SERIAL.unpack_from(octets, serial_at)[0],
        octets[body_at:-1],
        octets[4] if versioned else None,
        (attributes & _ENCRYPTION) >> 10,
        parts,
        part,
    )


def octets_of(frame: Frame) -> bytes:
    """The frame as it goes over the line, flags included."""
    attributes = len(frame.body) | (frame.encryption << 10)
    if len(frame.body) > BODY_BYTES_MAX:
        raise ValueError(f"a body of {len(frame.body)} bytes does not go into one frame")
    number = bytes.fromhex(frame.terminal)
    if frame.version is not None:
        attributes |= _VERSIONED
        number = bytes([frame.version]) + number
    split = b""
    if frame.parts > 1:
        attributes |= _SPLIT
        split = _PART.pack(frame.parts, frame.part)
    octets = _START.pack(frame.message_id, attributes) + number + _SERIAL.pack(frame.serial) + split + frame.body
    octets += bytes([check_of(octets)])
    return FLAG + octets.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + FLAG


def check_of(octets: bytes) -> int:
    """All bytes by exclusive or: 0 for a frame with its right check byte. Folded in halves, as one big number."""
    places = max(0, len(octets) - 1).bit_length()
    if places >= len(_FOLDS):  # more than a frame
        return check_of(octets[: len(octets) // 2]) ^ check_of(octets[len(octets) // 2 :])
    folded = int.from_bytes(octets, "little")
    for width, mask in _FOLDS[places]:
        folded = (folded >> width) ^ (folded & mask)
    return folded


def _unescaped(content: bytes) -> bytes:
    if b"\x7d" not in content:
        return content
    octets = content.replace(b"\x7d\x02", b"\x7e")
    if content.count(b"\x7d") != content.count(b"\x7d\x01") + content.count(b"\x7d\x02"):
        raise FrameError(Fault.BAD_ESCAPE, content)
    return octets.replace(b"\x7d\x01", b"\x7d")
