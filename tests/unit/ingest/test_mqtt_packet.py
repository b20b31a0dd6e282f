"""Packets of the broker, cut out of a stream."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mqtt_packet import MalformedError, Packets, Published, Splitter, head_of, pubacks_of

PINGRESP = b"\xd0\x00"

mids = st.integers(1, 0xFFFF)
topics = st.text(st.characters(exclude_characters="+#\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
published = st.builds(
    Published, topics.map(str.encode), st.one_of(st.binary(max_size=300), st.just(bytes(20_000))), mids, st.just(1)
)
stream = st.lists(st.one_of(published, mids, st.just(PINGRESP)), max_size=30)


def packet_of(told: Published | int | bytes) -> bytes:
    if isinstance(told, Published):
        return head_of(told.topic.decode(), told.payload) + told.mid.to_bytes(2, "big") + told.payload
    return pubacks_of([told]) if isinstance(told, int) else told


def told_by(splitter: Splitter, pieces: list[bytes]) -> Packets:
    together = Packets()
    for piece in pieces:
        packets = splitter.feed(piece)
        together.published += packets.published
        together.acknowledged += packets.acknowledged
        together.others += packets.others
    return together


@given(stream, st.lists(st.integers(1, 400), max_size=40))
def test_a_stream_in_whatever_pieces_gives_its_packets(told: list[Published | int | bytes], sizes: list[int]) -> None:
    octets, pieces = b"".join(map(packet_of, told)), []
    for size in sizes:
        pieces.append(octets[:size])
        octets = octets[size:]
    packets = told_by(Splitter(), [*pieces, octets])
    assert packets.published == [one for one in told if isinstance(one, Published)]
    assert packets.acknowledged == [one for one in told if isinstance(one, int)]
    assert packets.others == b"".join(one for one in told if isinstance(one, bytes))


def test_a_message_of_qos_0_has_no_id() -> None:
    assert Splitter().feed(b"\x30\x05\x00\x01tab").published == [Published(b"t", b"ab", 0, 0)]


def test_a_message_that_came_before_is_read_like_any_other() -> None:
    duplicate = b"\x3a\x06\x00\x01t\x00\x09a"
    assert Splitter().feed(duplicate).published == [Published(b"t", b"a", 9, 1)]


def test_a_message_of_qos_2_is_left_as_it_is() -> None:
    octets = b"\x34\x06\x00\x01t\x00\x09a"
    assert Splitter().feed(octets) == Packets(others=octets)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\x30\xff\xff\xff\xff\x01", id="a length of five bytes"),
        pytest.param(b"\x32\x04\x00\x09ab", id="a topic beyond its packet"),
        pytest.param(b"\x32\x03\x00\x01t", id="no room for an id"),
        pytest.param(b"\x32\x01\x00", id="no room for a topic"),
    ],
)
def test_what_is_no_packet_is_told(octets: bytes) -> None:
    with pytest.raises(MalformedError):
        Splitter().feed(octets)


@given(st.binary(max_size=400))
def test_noise_ends_in_packets_or_a_clear_error(noise: bytes) -> None:
    with suppress(MalformedError):
        Splitter().feed(noise)


@pytest.mark.parametrize("topic", ["", "v1/+/position", "v1/#", "a\0b", "t" * 65_536])
def test_a_topic_that_no_broker_takes_is_refused_before_it_is_sent(topic: str) -> None:
    with pytest.raises(ValueError, match="nothing is published on"):
        head_of(topic, b"")


def test_a_payload_that_no_packet_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="more than a packet holds"):
        head_of("t", bytes(268_435_456))


def test_a_topic_in_chinese_is_measured_in_bytes() -> None:
    assert head_of("车", b"ab") == b"\x32\x09\x00\x03" + "车".encode()
