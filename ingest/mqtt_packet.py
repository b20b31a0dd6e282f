"""The MQTT packets that come and go by thousands, many in one piece (MQTT 3.1.1, sections 2.2, 3.3 and 3.4). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

PUBLISH = 0x30
QOS_1 = 0x02
"""In a PUBLISH packet's first byte."""
PUBACK = 0x40
MIDS = 0xFFFF
"""Message ids are 1 to this."""

_KIND, _QOS_2 = 0xF0, 0x04
_PUBACK_HEADER = PUBACK << 8 | 2
_LENGTH_BYTES_MAX = 4
_LENGTH_MAX = 128**_LENGTH_BYTES_MAX - 1


class MalformedError(ValueError):
    """Octets that are no MQTT: the connection is of no more use."""


class Published(NamedTuple):
    """A message that the broker delivers."""

    topic: bytes
    payload: bytes
    mid: int
    """0 with QoS 0."""
    qos: int


@dataclass(slots=True)
class Packets:
    """What a piece of the stream completes, each kind in its order. ``others``: whole packets of other kinds."""

    published: list[Published] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    others: bytes = b""


class Splitter:
    """Cuts a stream from the broker into packets, whatever pieces it comes in; holds at most a packet's beginning."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._needed = 0

    def feed(self, octets: bytes) -> Packets:
        """Raises MalformedError."""
        packets = Packets()
        if self._begun:
            self._begun += octets
            if len(self._begun) < self._needed:
                return packets
            octets, self._begun = bytes(self._begun), bytearray()
        at, size = 0, len(octets)
        while at < size:
            first = octets[at]
            if first == PUBACK and (mids := _acknowledged_at(octets, at)):
                packets.acknowledged += mids
                at += 4 * len(mids)
                continue
            body_at, end = _bounds_of(octets, at)
            if end > size:
                self._begun += octets[at:]
                self._needed = end - at
                break
            if first & _KIND == PUBLISH and not first & _QOS_2:
                packets.published.append(_published_in(octets, first, body_at, end))
            else:
                packets.others += octets[at:end]
            at = end
        return packets


def head_of(topic: str, payload: bytes) -> bytes:
    """A PUBLISH packet of QoS 1 as far as its message id, which two bytes and the payload follow.

    Raises ValueError for a topic that no broker takes: it would end the connection, again at each repetition.
    """
    name = _named(topic)
    length = len(name) + 2 + len(payload)
    if length > _LENGTH_MAX:
        raise ValueError(f"a payload of {len(payload)} bytes is more than a packet holds")
    header = bytearray([PUBLISH | QOS_1])
    while length > 0x7F:
        header.append(length & 0x7F | 0x80)
        length >>= 7
    header.append(length)
    return bytes(header) + name


@lru_cache(maxsize=65_536)
def _named(topic: str) -> bytes:
    """The topic as it stands in a packet, after its length."""
    name = topic.encode()
    if not 0 < len(name) <= MIDS or "+" in topic or "#" in topic or "\0" in topic:
        raise ValueError(f"nothing is published on {topic[:80]!r}: 1 to 65535 bytes without +, # and NUL")
    return len(name).to_bytes(2, "big") + name


def pubacks_of(mids: Sequence[int]) -> bytes:
    """PUBACK packets for these messages, one after the other."""
    packets = np.empty(len(mids), [("header", ">u2"), ("mid", ">u2")])
    packets["header"] = _PUBACK_HEADER
    packets["mid"] = mids
    return packets.tobytes()


def _acknowledged_at(octets: bytes, at: int) -> list[int]:
    """The ids in the PUBACK packets that follow each other from here on."""
    words = np.frombuffer(octets, ">u2", (len(octets) - at) // 4 * 2, at)
    different = np.flatnonzero(words[::2] != _PUBACK_HEADER)
    run = int(different[0]) if different.size else len(words) // 2
    mids: list[int] = words[1 : 2 * run : 2].tolist()
    return mids


def _bounds_of(octets: bytes, at: int) -> tuple[int, int]:
    """Where the packet's body begins and ends; the end is beyond the octets where they do not hold all of it."""
    length, place, size = 0, at + 1, len(octets)
    for shift in range(0, 7 * _LENGTH_BYTES_MAX, 7):
        if place >= size:
            return place, place + 1
        byte = octets[place]
        place += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return place, place + length
    raise MalformedError("a packet's length has more than four bytes")


def _published_in(octets: bytes, first: int, at: int, end: int) -> Published:
    qos = (first & QOS_1) >> 1
    topic_at = at + 2
    topic_end = topic_at + int.from_bytes(octets[at:topic_at], "big")
    payload_at = topic_end + 2 * qos
    if topic_at > end or payload_at > end:
        raise MalformedError("a message's topic is longer than the message")
    mid = int.from_bytes(octets[topic_end:payload_at], "big")
    return Published(octets[topic_at:topic_end], octets[payload_at:end], mid, qos)
