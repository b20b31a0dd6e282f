"""What EMQX's JT/T 808 gateway publishes on ``jt808/{clientid}/{phone}/up``: frames as JSON, number by number.

Source: EMQX, "JT/T 808 Gateway Data Exchange Format" (docs.emqx.com) and emqx_jt808_frame.erl of version 5.x. A
location is put back into the terms of our own gateway, so that a terminal ends in the same positions and the same
tracker through either. Its clock is China's unless the tracker's profile says otherwise.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from ingest.format import Format
from ingest.jt808 import terminal as say
from ingest.jt808.location import Location
from ingest.jt808.payload import FUEL, MILEAGE, OFFSET_CHINA_MIN, SATELLITES, payload_of, tracker_of
from ingest.message import BadElement, Content, Reading, Received, tracker_code
from ingest.payload import read_position, said_in
from ingest.reasons import Reason, UnreadableError

_CONTROL_ANSWER = 0x0500
_LOCATION_AT = {say.LOCATION: None, say.LOCATION_ANSWER: "params", _CONTROL_ANSWER: "location"}
"""Messages that hold one location, and its name in the body; None: it is the body."""

_BASIC = (
    ("alarm", 4),
    ("status", 4),
    ("latitude", 4),
    ("longitude", 4),
    ("altitude", 2),
    ("speed", 2),
    ("direction", 2),
)
"""Names and widths in bytes, in the order of a Location."""
_ITEMS = ((MILEAGE, "mileage", 4), (FUEL, "fuel_meter", 2), (SATELLITES, "gnss_sat_num", 1))
"""The items that become part of a position."""

_MISSING = {"latitude": Reason.MISSING_LAT, "longitude": Reason.MISSING_LON, "time": Reason.MISSING_TS}


def read(message: Received) -> Content:
    """The locations that a message holds; nothing for messages of another kind. Raises UnreadableError."""
    phone = message.topic.split("/")[2]
    said = _object("", said_in(message.payload))
    header, body = _object("header", said.get("header")), said.get("body")
    tracker = _tracker(phone, header.get("phone"))
    kind = header.get("msg_id")
    if type(kind) is not int:
        raise UnreadableError(Reason.UNKNOWN_KIND, reprlib.repr(kind), field="msg_id")
    if kind != say.LOCATION_BATCH and kind not in _LOCATION_AT:
        return Content(tracker, [], [])
    _check_readable(header)
    edition_2019 = header.get("proto_ver") is not None
    if kind == say.LOCATION_BATCH:
        return _batch(tracker, _object("body", body).get("location"), edition_2019)
    name = _LOCATION_AT[kind]
    location = body if name is None else _object("body", body).get(name)
    return Content(tracker, [_reading(location, edition_2019)], [], OFFSET_CHINA_MIN)


FORMAT = Format("emqx_jt808", "jt808/+/+/up", read, lambda _, phone: _tracker(phone, None))


def _tracker(phone: str, told: object) -> str:
    """The tracker's id, from the topic. A frame in the name of another terminal is refused."""
    if not (phone.isascii() and phone.isdecimal()):
        raise UnreadableError(Reason.BAD_TRACKER, ascii(phone[:64]), field="topic")
    tracker = tracker_code(tracker_of(phone))
    if told is not None and (type(told) not in (str, int) or tracker_of(str(told)) != tracker):
        raise UnreadableError(Reason.BAD_TRACKER, reprlib.repr(told), field="phone")
    return tracker


def _check_readable(header: Mapping[str, object]) -> None:
    """EMQX reads ciphertext and later parts of split messages as if they were whole bodies: those mean nothing."""
    if header.get("encrypt") not in (None, 0):
        raise UnreadableError(Reason.ENCRYPTED, reprlib.repr(header["encrypt"]), field="encrypt")
    if header.get("frag_total") not in (None, 0, 1):
        raise UnreadableError(Reason.SPLIT, reprlib.repr(header["frag_total"]), field="frag_total")


def _batch(tracker: str, locations: object, edition_2019: bool) -> Content:
    if type(locations) is not list:
        raise UnreadableError(Reason.NOT_A_LIST, reprlib.repr(locations), field="location")
    if not locations:
        raise UnreadableError(Reason.EMPTY)
    readings: list[Reading] = []
    bad: list[BadElement] = []
    for place, element in enumerate(locations):
        try:
            readings.append(_reading(element, edition_2019))
        except UnreadableError as why:
            bad.append(BadElement(place, element, why))
    return Content(tracker, readings, bad, OFFSET_CHINA_MIN)


def _reading(said: object, edition_2019: bool) -> Reading:
    told = payload_of([_location(_object("location", said))], edition_2019=edition_2019)
    return read_position(said_in(told))


def _location(said: Mapping[str, object]) -> Location:
    basic = [_whole(name, said.get(name), width) for name, width in _BASIC]
    time = said.get("time")
    if time is None:
        raise UnreadableError(_MISSING["time"], field="time")
    if type(time) is not str or len(time) != 12 or not (time.isascii() and time.isdecimal()):
        raise UnreadableError(Reason.BAD_TIME, reprlib.repr(time), field="time")
    extra = said.get("extra")
    told = {} if extra is None else _object("extra", extra)
    items = {
        key: _whole(name, told[name], width).to_bytes(width, "big")
        for key, name, width in _ITEMS
        if told.get(name) is not None
    }
    alarm, status, lat_e6, lon_e6, altitude_m, speed_dkmh, heading_deg = basic
    return Location(alarm, status, lat_e6, lon_e6, altitude_m, speed_dkmh, heading_deg, time, items)


def _whole(name: str, value: object, width: int) -> int:
    """A whole number of so many bytes, as a frame can hold it."""
    if value is None and name in _MISSING:
        raise UnreadableError(_MISSING[name], field=name)
    if type(value) is not int:
        raise UnreadableError(Reason.NOT_A_NUMBER, reprlib.repr(value), field=name)
    if not 0 <= value < 1 << 8 * width:
        raise UnreadableError(Reason.OUT_OF_RANGE, reprlib.repr(value), field=name)
    return value


def _object(name: str, value: object) -> dict[str, Any]:
    if type(value) is not dict:
        raise UnreadableError(Reason.NOT_OBJECT, reprlib.repr(value), field=name)
    return value
