"""Locations: the bodies of 0x0200 (one), 0x0704 (a batch) and 0x0201 (an answer to a query). Pure.

JT/T 808-2019, tables 23 to 27 and 76 to 78. Numbers as they are sent: whole units, nothing rounded.
"""

from __future__ import annotations

from enum import StrEnum
from struct import Struct
from typing import NamedTuple

_BASIC = Struct(">IIIIHHH6s")
_BATCH = Struct(">HB")
_LENGTH = Struct(">H")
BASIC_BYTES = 28


class BodyFault(StrEnum):
    """Why a body cannot be read."""

    SHORT_BODY = "short_body"
    EMPTY_BATCH = "empty_batch"
    UNKNOWN_RESULT = "unknown_result"


class BodyError(ValueError):
    """A body that does not hold what it must."""

    def __init__(self, fault: BodyFault, detail: str = "") -> None:
        self.fault = fault
        super().__init__(f"{fault}: {detail}" if detail else str(fault))


class Location(NamedTuple):
    """One location as sent. ``time_bcd``: twelve hex digits, yymmddhhmmss if the clock is right.

    ``items``: additional items by id, values as bytes; ``rest``: what stood after the last whole item.
    """

    alarm: int
    status: int
    lat_e6: int
    lon_e6: int
    altitude_m: int
    speed_dkmh: int
    """Tenths of km/h."""
    heading_deg: int
    time_bcd: str
    items: dict[int, bytes]
    rest: bytes = b""


class LocationBatch(NamedTuple):
    """A batch as sent. ``claimed``: how many locations it says it holds; it may hold fewer."""

    claimed: int
    blind_area: bool
    locations: list[Location]


def location_of(body: bytes) -> Location:
    """The location in the body of a 0x0200. Raises BodyError when it is too short to be one."""
    if len(body) < BASIC_BYTES:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(body)} < {BASIC_BYTES} bytes")
    alarm, status, lat_e6, lon_e6, altitude_m, speed_dkmh, heading_deg, time_bcd = _BASIC.unpack_from(body)
    items: dict[int, bytes] = {}
    at, end = BASIC_BYTES, len(body)
    while end - at >= 2:
        after = at + 2 + body[at + 1]
        if after > end:
            break
        items[body[at]] = body[at + 2 : after]
        at = after
    return Location(
        alarm, status, lat_e6, lon_e6, altitude_m, speed_dkmh, heading_deg, time_bcd.hex(), items, body[at:]
    )  # fmt: skip


def batch_of(body: bytes) -> LocationBatch:
    """The batch in the body of a 0x0704: the locations that are whole. Raises BodyError when none is."""
    if len(body) < _BATCH.size:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(body)} < {_BATCH.size} bytes")
    claimed, kind = _BATCH.unpack_from(body)
    locations = []
    at, end = _BATCH.size, len(body)
    while end - at >= _LENGTH.size:
        start = at + _LENGTH.size
        at = start + _LENGTH.unpack_from(body, at)[0]
        if at > end:
            break
        if at - start >= BASIC_BYTES:
            locations.append(location_of(body[start:at]))
    if not locations:
        raise BodyError(BodyFault.EMPTY_BATCH, f"claims {claimed}")
    return LocationBatch(claimed, kind == 1, locations)


def answered_location_of(body: bytes) -> tuple[int, Location]:
    """The serial number of the query and the location in the body of a 0x0201. Raises BodyError."""
    if len(body) < _LENGTH.size:
        raise BodyError(BodyFault.SHORT_BODY, f"{len(body)} < {_LENGTH.size + BASIC_BYTES} bytes")
    return _LENGTH.unpack_from(body)[0], location_of(body[_LENGTH.size :])


def octets_of(location: Location) -> bytes:
    """The body of a 0x0200 with this location."""
    basic = _BASIC.pack(*location[:7], bytes.fromhex(location.time_bcd))
    return basic + b"".join(bytes([key, len(value)]) + value for key, value in location.items.items()) + location.rest


def batch_octets_of(locations: list[Location], *, blind_area: bool = False) -> bytes:
    """The body of a 0x0704 with these locations."""
    bodies = [octets_of(location) for location in locations]
    return _BATCH.pack(len(bodies), blind_area) + b"".join(_LENGTH.pack(len(body)) + body for body in bodies)
