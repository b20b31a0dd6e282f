"""Additional items of a location (JT/T 808-2019, table 27) as values with units; unknown ones as hex. For people.

Judging uses mileage, fuel and satellites only (:mod:`ingest.jt808.payload`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_SIGNALS = (
    "low_beam",
    "high_beam",
    "right_indicator",
    "left_indicator",
    "brake",
    "reverse",
    "fog_lamp",
    "position_lamp",
    "horn",
    "air_conditioning",
    "neutral",
    "retarder",
    "abs",
    "heater",
    "clutch",
)
_AREA_KINDS = {0: "any", 1: "circle", 2: "rectangle", 3: "polygon", 4: "road_section"}


def items_of(items: Mapping[int, bytes]) -> dict[str, Any]:
    """Names and values; an item that is unknown, or not of its width, is ``item_e1`` with its bytes in hex."""
    told: dict[str, Any] = {}
    for key, octets in items.items():
        reader = _READERS.get(key)
        if reader is None or len(octets) not in reader[1]:
            told[f"item_{key:02x}"] = octets.hex()
        else:
            told[reader[0]] = reader[2](octets)
    return told


def _whole(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _tenths(octets: bytes) -> float:
    return _whole(octets) / 10


def _signed(octets: bytes) -> int:
    return int.from_bytes(octets, "big", signed=True)


def _area(octets: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": _AREA_KINDS.get(octets[0], octets[0])}
    if len(octets) >= 5:
        told["id"] = _whole(octets[1:5])
    if len(octets) == 6:
        told["leaving"] = bool(octets[5])
    return told


def _section(octets: bytes) -> dict[str, Any]:
    return {"id": _whole(octets[:4]), "seconds": _whole(octets[4:6]), "too_long": bool(octets[6])}


def _named_bits(names: tuple[str, ...]) -> Callable[[bytes], list[str]]:
    return lambda octets: [name for bit, name in enumerate(names) if _whole(octets) >> bit & 1]


def _analogue(octets: bytes) -> dict[str, int]:
    return {"ad0": _whole(octets[2:]), "ad1": _whole(octets[:2])}


_READERS: dict[int, tuple[str, tuple[int, ...], Callable[[bytes], Any]]] = {
    0x01: ("mileage_km", (4,), _tenths),
    0x02: ("fuel_l", (2,), _tenths),
    0x03: ("recorder_speed_kmh", (2,), _tenths),
    0x04: ("alarm_event_to_confirm", (2,), _whole),
    0x05: ("tyre_pressures_pa", (30,), list),
    0x06: ("cabin_temperature_c", (2,), _signed),
    0x11: ("speeding_in", (1, 5), _area),
    0x12: ("area_crossed", (6,), _area),
    0x13: ("section_driven", (7,), _section),
    0x25: ("signals", (4,), _named_bits(_SIGNALS)),
    0x2A: ("io", (2,), _named_bits(("deep_sleep", "sleep"))),
    0x2B: ("analogue", (4,), _analogue),
    0x30: ("radio_signal", (1,), _whole),
    0x31: ("satellites", (1,), _whole),
}
"""Id: name, the widths that are right, how it is read."""
