"""Locations → Gongche's own payload (``v1/{tracker}/position``). Pure; the hot path of the gateway.

What a terminal sent wrong is sent on as it is, so that ingest keeps it with its reason: a time that is none, a
place off the earth, coordinates that are encrypted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.jt808.bits import ENCRYPTED, FIX, IGNITION, SOUTH, WEST, alarms_of
from ingest.jt808.location import Location

MILEAGE, FUEL, SATELLITES = 0x01, 0x02, 0x31
"""Items of a location that become part of a position."""

OFFSET_CHINA, OFFSET_CHINA_MIN = "+08:00", 480
"""Terminals tell the time of China (JT/T 808-2019, table 23)."""


def tracker_of(terminal: str) -> str:
    """The tracker's id: the terminal's number without the zeros that fill it up to its edition's width."""
    return terminal.lstrip("0") or "0"


def topic_of(tracker: str) -> str:
    return f"v1/{tracker}/position"


def payload_of(locations: Sequence[Location], *, edition_2019: bool, offset: str = OFFSET_CHINA) -> bytes:
    """One location as an object, several as an array. ``offset``: from UTC, of the terminal's clock."""
    return joined([told_of(location, edition_2019=edition_2019, offset=offset) for location in locations])


def joined(told: Sequence[str]) -> bytes:
    """The payload of what ``told_of`` made."""
    return (told[0] if len(told) == 1 else f"[{','.join(told)}]").encode()


def told_of(location: Location, *, edition_2019: bool, offset: str = OFFSET_CHINA) -> str:
    """One location as a JSON object."""
    alarm, status, lat_e6, lon_e6, altitude_m, speed_dkmh, heading_deg, bcd, items, _ = location
    clock = f"{bcd[0:2]}-{bcd[2:4]}-{bcd[4:6]}T{bcd[6:8]}:{bcd[8:10]}:{bcd[10:12]}{offset}"
    parts = [f'{{"ts":"20{clock}"']
    if status & ENCRYPTED:
        parts.append(f'"encrypted":true,"lon":null,"lat":null,"cipher":"{lon_e6:08x}{lat_e6:08x}"')
    else:
        lon = -lon_e6 if status & WEST else lon_e6
        lat = -lat_e6 if status & SOUTH else lat_e6
        parts.append(f'"lon":{lon / 1e6!r},"lat":{lat / 1e6!r}')
    parts.append(
        f'"speed_kmh":{speed_dkmh / 10!r},"heading_deg":{heading_deg},"altitude_m":{altitude_m}'
        f',"ignition":{"true" if status & IGNITION else "false"},"fix":{"true" if status & FIX else "false"}'
    )
    if alarm:
        parts.append('"alarms":["' + '","'.join(alarms_of(alarm, edition_2019)) + '"]')
    if items:
        if len(mileage := items.get(MILEAGE, b"")) == 4:
            parts.append(f'"odometer_km":{int.from_bytes(mileage, "big") / 10!r}')
        if len(fuel := items.get(FUEL, b"")) == 2:
            parts.append(f'"fuel_l":{int.from_bytes(fuel, "big") / 10!r}')
        if len(satellites := items.get(SATELLITES, b"")) == 1:
            parts.append(f'"satellites":{satellites[0]}')
    return ",".join(parts) + "}"
