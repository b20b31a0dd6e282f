"""From a location as a terminal sends it to what ingest reads."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.clock import SHANGHAI, us_of
from fleet.position import Flag
from ingest.jt808.bits import alarms_of, status_of
from ingest.jt808.frame import Deframer, frame_of
from ingest.jt808.items import items_of
from ingest.jt808.location import (
    BodyError,
    BodyFault,
    Location,
    answered_location_of,
    batch_octets_of,
    batch_of,
    location_of,
    octets_of,
)
from ingest.jt808.payload import payload_of, topic_of, tracker_of
from ingest.message import Content, Received
from ingest.payload import read
from ingest.reasons import Reason, UnreadableError

NOON = datetime(2026, 10, 2, 12, 0, 5, tzinfo=SHANGHAI)
MILEAGE, FUEL, SATELLITES = 0x01, 0x02, 0x31


def location(
    status: int = 0b11, *, lat_e6: int = 33_950_000, lon_e6: int = 118_330_000, time_bcd: str = "261002120005",
    alarm: int = 0, items: dict[int, bytes] | None = None,
) -> Location:  # fmt: skip
    return Location(alarm, status, lat_e6, lon_e6, 35, 463, 271, time_bcd, items or {})


def taken_in(*locations: Location, offset: str = "+08:00") -> Content:
    payload = payload_of(locations, edition_2019=True, offset=offset)
    return read(Received(topic_of("13812345678"), payload, us_of(NOON)))


def test_a_location_is_a_position() -> None:
    items = {MILEAGE: (123_456).to_bytes(4, "big"), FUEL: (451).to_bytes(2, "big"), SATELLITES: b"\x0b"}
    content = taken_in(location(items=items))
    assert content.tracker == "13812345678"
    (reading,) = content.readings
    assert reading[:9] == (us_of(NOON), 118.33, 33.95, 46.3, 271.0, 35.0, 11.0, 12345.6, 45.1)
    assert reading[9] == Flag.IGNITION_ON


def test_what_is_not_reported_is_unknown() -> None:
    (reading,) = taken_in(location()).readings
    assert (reading[6], math.isnan(reading[7]), math.isnan(reading[8])) == (-1, True, True)


def test_south_and_west_are_negative() -> None:
    (reading,) = taken_in(location(0b1111)).readings
    assert reading[1:3] == (-118.33, -33.95)


def test_without_a_fix_and_with_alarms() -> None:
    (reading,) = taken_in(location(0, alarm=1 << 8 | 1 << 5 | 1 << 31)).readings
    assert reading[9] == Flag.NO_FIX | Flag.IGNITION_OFF | Flag.POWER_CUT | Flag.ANTENNA_CUT | Flag.OTHER_ALARM


def test_a_terminal_that_tells_utc_has_a_profile_that_says_so() -> None:
    (reading,) = taken_in(location(time_bcd="261002040005"), offset="+00:00").readings
    assert reading[0] == us_of(NOON)


@pytest.mark.parametrize("time_bcd", ["000000000000", "261332120005", "26100212ffff"])
def test_a_wrong_clock_is_kept_with_its_reason(time_bcd: str) -> None:
    content = taken_in(location(), location(time_bcd=time_bcd))
    assert (len(content.readings), content.bad[0].why.reason) == (1, Reason.BAD_TIME)


def test_a_place_off_the_earth_is_kept_with_its_reason() -> None:
    content = taken_in(location(lat_e6=116_307_629), location())
    assert content.bad[0].why.reason == Reason.OUT_OF_RANGE


def test_encrypted_coordinates_are_kept_with_their_reason() -> None:
    with pytest.raises(UnreadableError) as caught:
        taken_in(location(0b11 | 1 << 5))
    assert caught.value.reason == Reason.ENCRYPTED


def test_a_tracker_is_the_terminals_number_whatever_the_edition() -> None:
    assert tracker_of("013812345678") == tracker_of("00000000013812345678") == "13812345678"
    assert tracker_of("000000000000") == "0"


@given(
    st.builds(
        Location,
        *[st.integers(0, 2**32 - 1)] * 4,
        *[st.integers(0, 0xFFFF)] * 3,
        st.binary(min_size=6, max_size=6).map(bytes.hex),
        st.dictionaries(st.integers(0, 255), st.binary(max_size=40), max_size=5),
        st.just(b""),
    )
)
def test_whatever_a_terminal_sends_is_read_or_kept(sent: Location) -> None:
    assert location_of(octets_of(sent)) == sent
    content = taken_in(location(), sent)
    assert len(content.readings) + len(content.bad) == 2
    assert len(items_of(sent.items)) == len(sent.items)
    alarms_of(sent.alarm)
    status_of(sent.status)


@given(st.binary(max_size=120))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for reading in (location_of, batch_of, answered_location_of):
        try:
            reading(body)
        except BodyError:
            continue


def test_a_batch_that_claims_more_than_it_holds_gives_the_whole_ones() -> None:
    octets = batch_octets_of([location(), location(items={SATELLITES: b"\x05"})], blind_area=True)
    batch = batch_of(b"\x00\x05" + octets[2:])
    assert (batch.claimed, batch.blind_area, len(batch.locations)) == (5, True, 2)
    assert len(batch_of(octets[:-3]).locations) == 1
    with pytest.raises(BodyError) as caught:
        batch_of(octets[:20])
    assert caught.value.fault == BodyFault.EMPTY_BATCH


def test_an_item_that_is_cut_off_is_told_as_rest() -> None:
    cut = location_of(octets_of(location(items={SATELLITES: b"\x05"})) + b"\x01\x04\x00")
    assert (cut.items, cut.rest) == ({SATELLITES: b"\x05"}, b"\x01\x04\x00")


def test_items_are_told_with_units_and_unknown_ones_as_hex() -> None:
    known = {MILEAGE: b"\0\0\x04\xd2", 0x25: b"\0\0\0\x05", 0x11: b"\x01\0\0\0\x09", 0xE1: b"\xab", FUEL: b"\1"}
    assert items_of(known) == {
        "mileage_km": 123.4,
        "signals": ["low_beam", "right_indicator"],
        "speeding_in": {"kind": "circle", "id": 9},
        "item_e1": "ab",
        "item_02": "01",
    }


def test_every_bit_has_a_name_or_its_number() -> None:
    assert len(set(alarms_of(0xFFFFFFFF, True))) == 32
    assert {"power_cut", "tyre_pressure"} <= set(alarms_of(1 << 8 | 1 << 16, True))
    assert alarms_of(1 << 16) == ["bit_16"]
    assert status_of(0x300 | 1) == ["ignition", "full_load"]
    assert "moving" in status_of(1 << 22, True)


def test_a_location_of_another_maker() -> None:
    """From the tests of go-jt808 (MIT)."""
    line = "7e0200001c0123456789010000000004000000080007203b7d0202633df70138000300632410012359591c7e"
    (content,) = Deframer().feed(bytes.fromhex(line))
    assert isinstance(content, bytes)
    body = frame_of(content).body
    assert location_of(body)[:8] == (0x400, 0x800, 119_552_894, 40_058_359, 312, 3, 99, "241001235959")
