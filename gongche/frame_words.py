"""JT/T 808 frames in words, for people who look for what a terminal really sent."""

from __future__ import annotations

from typing import Any

from ingest.jt808 import terminal as say
from ingest.jt808.bits import alarms_of, status_of
from ingest.jt808.frame import Deframer, Frame, FrameError, frame_of
from ingest.jt808.items import items_of
from ingest.jt808.location import BodyError, Location, answered_location_of, batch_of, location_of
from ingest.jt808.payload import tracker_of


def told_of(octets: bytes) -> list[dict[str, Any]]:
    """One record a frame; what is none has the reason under ``refused``."""
    told: list[dict[str, Any]] = []
    for content in Deframer().feed(octets):
        try:
            if isinstance(content, FrameError):
                raise content
            told.append(_frame(frame_of(content)))
        except FrameError as error:
            told.append({"refused": str(error.fault), "octets": error.octets.hex()})
    return told or [{"refused": "no frame"}]


def _frame(frame: Frame) -> dict[str, Any]:
    told: dict[str, Any] = {
        "message": f"0x{frame.message_id:04x}",
        "tracker": tracker_of(frame.terminal),
        "edition": "2013" if frame.version is None else f"2019 ({frame.version})",
        "serial": frame.serial,
    }
    if frame.parts > 1:
        return told | {"part": f"{frame.part}/{frame.parts}", "body": frame.body.hex()}
    try:
        return told | _body(frame)
    except BodyError as error:
        return told | {"refused": str(error.fault), "body": frame.body.hex()}


def _body(frame: Frame) -> dict[str, Any]:
    edition_2019 = frame.version is not None
    told: dict[str, Any] = {"body": frame.body.hex()}
    match frame.message_id:
        case say.REGISTER:
            told = say.registration_of(frame)._asdict()
        case say.AUTHENTICATE:
            told = say.authentication_of(frame)._asdict()
        case say.LOCATION:
            told = _location(location_of(frame.body), edition_2019)
        case say.LOCATION_ANSWER:
            told = _location(answered_location_of(frame.body)[1], edition_2019)
        case say.LOCATION_BATCH:
            batch = batch_of(frame.body)
            told = {
                "claimed": batch.claimed,
                "blind_area": batch.blind_area,
                "locations": [_location(location, edition_2019) for location in batch.locations],
            }
    return told


def _location(location: Location, edition_2019: bool) -> dict[str, Any]:
    told = {
        "time": location.time_bcd,
        "lon": location.lon_e6 / 1e6,
        "lat": location.lat_e6 / 1e6,
        "speed_kmh": location.speed_dkmh / 10,
        "heading_deg": location.heading_deg,
        "altitude_m": location.altitude_m,
        "alarms": alarms_of(location.alarm, edition_2019),
        "status": status_of(location.status, edition_2019),
        **items_of(location.items),
    }
    return told | ({"rest": location.rest.hex()} if location.rest else {})
