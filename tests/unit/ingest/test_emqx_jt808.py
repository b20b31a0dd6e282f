"""The JSON of EMQX's JT/T 808 gateway, as its documents and its own tests have it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleet.clock import SHANGHAI, us_of
from fleet.position import Flag
from ingest.decode import decode
from ingest.emqx_jt808 import read
from ingest.jt808.frame import Deframer, frame_of
from ingest.jt808.location import Location, octets_of
from ingest.jt808.location import location_of as location_in
from ingest.jt808.payload import payload_of, topic_of, tracker_of
from ingest.message import Content, Received
from ingest.payload import read as read_ours
from ingest.reasons import Reason, UnreadableError

NOON = datetime(2026, 10, 2, 12, 0, 5, tzinfo=SHANGHAI)
PHONE = "018876638972"
TOPIC = f"jt808/{PHONE}/{PHONE}/up"

# A frame, and the JSON that EMQX makes of it (its emqx_jt808_parser_SUITE, the case of a location report).
FRAME = bytes.fromhex(
    "7e0200003c018876638972 00e5 00000000 00040000 01317a67 06936851 000e 0000 0027 171019193538"
    "0104 00003fb2 0302 0000 2504 00000000 2a02 0000 2b04 00000000 3001 1f 3101 00 ab 7e"
)
TOLD = {
    "header": {"msg_id": 512, "encrypt": 0, "len": 60, "msg_sn": 229, "phone": PHONE},
    "body": {
        "alarm": 0, "status": 262144, "latitude": 20019815, "longitude": 110323793, "altitude": 14, "speed": 0,
        "direction": 39, "time": "171019193538",
        "extra": {"mileage": 16306, "speed": 0, "rssi": 31, "gnss_sat_num": 0, "signal": {"low_beam": 0},
                  "io_status": {"deep_sleep": 0, "sleep": 0}, "analog": {"ad0": 0, "ad1": 0}},
    },
}  # fmt: skip


def location(**more: Any) -> dict[str, Any]:
    basic = {
        "alarm": 0, "status": 0b11, "latitude": 33_950_000, "longitude": 118_330_000, "altitude": 35, "speed": 463,
        "direction": 271, "time": "261002120005",
    }  # fmt: skip
    return basic | more


def told(body: object, msg_id: object = 0x0200, **header: Any) -> dict[str, Any]:
    return {"header": {"msg_id": msg_id, "encrypt": 0, "len": 1, "msg_sn": 1, "phone": PHONE, **header}, "body": body}


def message(payload: object, topic: str = TOPIC) -> Received:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Received(topic, body, us_of(NOON))


def taken_in(payload: object, topic: str = TOPIC) -> Content:
    return read(message(payload, topic))


def reason_of(payload: object, topic: str = TOPIC) -> tuple[Reason, str]:
    with pytest.raises(UnreadableError) as caught:
        taken_in(payload, topic)
    return caught.value.reason, caught.value.detail


def test_a_terminal_is_the_same_through_emqx_and_through_our_gateway() -> None:
    (content,) = Deframer().feed(FRAME)
    assert isinstance(content, bytes)
    frame = frame_of(content)
    payload = payload_of([location_in(frame.body)], edition_2019=False)
    ours = read_ours(Received(topic_of(tracker_of(frame.terminal)), payload, us_of(NOON)))
    theirs = taken_in(TOLD)
    assert theirs.tracker == ours.tracker == "18876638972"
    assert repr(theirs.readings) == repr(ours.readings), "as text, in which NaN is NaN"


def test_a_location_is_a_position() -> None:
    content = taken_in(told(location(extra={"mileage": 123_456, "fuel_meter": 451, "gnss_sat_num": 11})))
    (reading,) = content.readings
    assert reading[:9] == (us_of(NOON), 118.33, 33.95, 46.3, 271.0, 35.0, 11.0, 12345.6, 45.1)
    assert reading[9] == Flag.IGNITION_ON
    assert content.offset_min == 480, "the message does not say in which zone"


@pytest.mark.parametrize(("status", "lon", "lat"), [(0b0010, 118.33, 33.95), (0b0110, 118.33, -33.95),
                                                    (0b1010, -118.33, 33.95), (0b1110, -118.33, -33.95)])  # fmt: skip
def test_hemispheres_are_bits_of_the_status(status: int, lon: float, lat: float) -> None:
    (reading,) = taken_in(told(location(status=status))).readings
    assert reading[1:3] == (lon, lat)


def test_alarms_are_flags_in_either_edition() -> None:
    def flags(**header: Any) -> float:
        (reading,) = taken_in(told(location(alarm=1 << 8), **header)).readings
        return reading[9]

    assert flags() == flags(proto_ver=1) == Flag.IGNITION_ON | Flag.POWER_CUT


def test_an_answer_to_a_query_or_to_a_control_is_a_position() -> None:
    assert len(taken_in(told({"seq": 7, "params": location()}, 0x0201)).readings) == 1
    assert len(taken_in(told({"seq": 7, "location": location()}, 0x0500)).readings) == 1


def test_a_batch_is_read_element_by_element() -> None:
    batch = [location(), location(time="261332120005"), 7, location(longitude=118_340_000)]
    content = taken_in(told({"type": 1, "length": 4, "location": batch}, 0x0704))
    assert [reading[1] for reading in content.readings] == [118.33, 118.34]
    assert [(bad.place, bad.why.reason) for bad in content.bad] == [(1, Reason.BAD_TIME), (2, Reason.NOT_OBJECT)]
    assert content.offset_min == 480


@pytest.mark.parametrize("msg_id", [0x0001, 0x0104, 0x0301, 0x0702, 0x0800, 0x0900, 0x1205])
def test_other_messages_are_no_positions_and_nothing_is_wrong_with_them(msg_id: int) -> None:
    unknown = {"unknown_id": True, "data": "AAAA"}
    reports = decode([message(told(unknown, msg_id)), message(told({}, msg_id, frag_total=3, frag_sn=2))], 10_000)
    assert (len(reports), reports.without_position, reports.unreadable) == (0, 2, [])


@pytest.mark.parametrize(
    ("payload", "reason", "detail"),
    [
        (told(location(status=0b100011)), Reason.ENCRYPTED, None),
        (told(location(), encrypt=1), Reason.ENCRYPTED, "encrypt=1"),
        (told(location(), frag_total=3, frag_sn=1), Reason.SPLIT, "frag_total=3"),
        (told(location(), phone="013800138000"), Reason.BAD_TRACKER, "phone='013800138000'"),
        (told(location(), phone=["1"]), Reason.BAD_TRACKER, "phone=['1']"),
        (told(location(), "0200"), Reason.UNKNOWN_KIND, "msg_id='0200'"),
        (told(location(), True), Reason.UNKNOWN_KIND, "msg_id=True"),
        (told(None), Reason.NOT_OBJECT, "location=None"),
        (told({}, 0x0704), Reason.NOT_A_LIST, "location=None"),
        (told({"location": []}, 0x0704), Reason.EMPTY, ""),
        (told({}, 0x0201), Reason.NOT_OBJECT, "location=None"),
        ({"body": location()}, Reason.NOT_OBJECT, "header=None"),
        ([told(location())], Reason.NOT_OBJECT, None),
        (b"", Reason.NOT_JSON, None),
        (told(location(time="171332120005")), Reason.BAD_TIME, None),
        (told(location(time="000000000000")), Reason.BAD_TIME, None),
        (told(location(time="26100212000:")), Reason.BAD_TIME, "time='26100212000:'"),
        (told(location(time=261002120005)), Reason.BAD_TIME, "time=261002120005"),
        (told(location(time=None)), Reason.MISSING_TS, ""),
        (told(location(latitude=None)), Reason.MISSING_LAT, ""),
        (told(location(longitude=None)), Reason.MISSING_LON, ""),
        (told(location(latitude=95_000_000)), Reason.OUT_OF_RANGE, "lat=95.0"),
        (told(location(latitude=1 << 32)), Reason.OUT_OF_RANGE, f"latitude={1 << 32}"),
        (told(location(latitude=-1)), Reason.OUT_OF_RANGE, "latitude=-1"),
        (told(location(status=None)), Reason.NOT_A_NUMBER, "status=None"),
        (told(location(speed="46.3")), Reason.NOT_A_NUMBER, "speed='46.3'"),
        (told(location(extra=[])), Reason.NOT_OBJECT, "extra=[]"),
        (told(location(extra={"mileage": 1.5})), Reason.NOT_A_NUMBER, "mileage=1.5"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_their_name_for_it(payload: object, reason: Reason, detail: str | None) -> None:
    why, said = reason_of(payload)
    assert why == reason
    assert detail is None or said == detail


@pytest.mark.parametrize("phone", ["", "x1", "1" * 65, "١٢٣"])
def test_a_topic_without_a_number_is_refused(phone: str) -> None:
    assert reason_of(TOLD, f"jt808/{phone}/{phone}/up")[0] == Reason.BAD_TRACKER


@pytest.mark.parametrize("phone", ["18876638972", "00000000018876638972", 18876638972])
def test_the_number_is_that_of_the_topic_whatever_zeros_fill_it_up(phone: object) -> None:
    assert taken_in(told(location(), phone=phone)).tracker == "18876638972"


words = st.integers(0, 0xFFFF)
dwords = st.integers(0, 0xFFFF_FFFF)


@given(dwords, dwords, st.integers(0, 90_000_000), st.integers(0, 180_000_000), words, words, words, st.booleans())
def test_whatever_a_frame_can_say_is_the_same_through_both_gateways(
    alarm: int, status: int, lat_e6: int, lon_e6: int, altitude_m: int, speed_dkmh: int, heading_deg: int, is_2019: bool
) -> None:
    sent = Location(alarm, status, lat_e6, lon_e6, altitude_m, speed_dkmh, heading_deg, "261002120005", {})
    ours = payload_of([location_in(octets_of(sent))], edition_2019=is_2019)
    theirs = location(
        alarm=alarm, status=status, latitude=lat_e6, longitude=lon_e6, altitude=altitude_m, speed=speed_dkmh,
        direction=heading_deg,
    )  # fmt: skip
    header = {"proto_ver": 1} if is_2019 else {}
    found = [
        decode([received], 10_000)
        for received in (Received(topic_of("18876638972"), ours, us_of(NOON)), message(told(theirs, **header)))
    ]
    assert repr(found[0].columns()) == repr(found[1].columns())
    assert [kept.reason for kept in found[0].unreadable] == [kept.reason for kept in found[1].unreadable]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
fields = dict.fromkeys(("alarm", "status", "latitude", "longitude", "altitude", "speed", "direction", "time", "extra"))
nearly_locations = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, anything)).map(lambda few: location(**few))
nearly_messages = st.builds(
    lambda msg_id, body, header: {"header": {"msg_id": msg_id, **header}, "body": body},
    st.sampled_from([0x0200, 0x0201, 0x0500, 0x0704, 0x0002]) | anything,
    nearly_locations
    | st.fixed_dictionaries({"params": nearly_locations | anything})
    | st.fixed_dictionaries({"location": nearly_locations | st.lists(nearly_locations | anything)})
    | anything,
    st.fixed_dictionaries({}, optional=dict.fromkeys(("phone", "encrypt", "frag_total", "proto_ver"), anything)),
)


@given(
    st.binary() | (anything | nearly_messages).map(lambda value: json.dumps(value).encode()),
    st.just(PHONE) | st.text(st.characters(exclude_characters="/+#\0", exclude_categories=["Cs"]), max_size=30),
)
@example(json.dumps(told(location(), phone="\ud800")).encode(), PHONE)
@example(json.dumps(told(location(), encrypt=[])).encode(), PHONE)
def test_whatever_comes_becomes_positions_or_a_reason_that_can_be_stored(payload: bytes, phone: str) -> None:
    reports = decode([message(payload, f"jt808/c/{phone}/up")], 1_000_000)
    assert len(reports) + len(reports.unreadable) + reports.without_position > 0
    assert Reason.DECODER_FAILED not in {kept.reason for kept in reports.unreadable}
    for kept in reports.unreadable:
        assert "\0" not in kept.detail
        kept.detail.encode()
    columns = reports.columns()
    assert (abs(columns[1]) <= 180).all()
    assert (abs(columns[2]) <= 90).all()
