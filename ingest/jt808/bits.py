"""The bits of the alarm and status words of a location (JT/T 808-2019, tables 24 and 25), by name.

Names that :mod:`fleet.position` knows as alarms are the same there; what the 2019 edition changed stands apart.
"""

from __future__ import annotations

_ALARMS_2013 = {
    0: "sos",
    1: "speeding",
    2: "fatigue",
    3: "danger_ahead",
    4: "gnss_fault",
    5: "antenna_cut",
    6: "antenna_short",
    7: "low_voltage",
    8: "power_cut",
    9: "display_fault",
    10: "speech_fault",
    11: "camera_fault",
    12: "card_reader_fault",
    13: "speeding_ahead",
    14: "fatigue_ahead",
    18: "driven_too_long_today",
    19: "overtime_parking",
    20: "area",
    21: "route",
    22: "road_section_time",
    23: "off_route",
    24: "speed_sensor_fault",
    25: "fuel_abnormal",
    26: "theft",
    27: "illegal_ignition",
    28: "illegal_move",
    29: "collision",
    30: "rollover",
    31: "illegal_door_opening",
}
_ALARMS_2019 = {
    **_ALARMS_2013,
    15: "driving_offence",
    16: "tyre_pressure",
    17: "blind_spot",
    29: "collision_ahead",
    30: "rollover_ahead",
}

_STATUS_2013 = {
    0: "ignition",
    1: "fix",
    2: "south",
    3: "west",
    4: "out_of_service",
    5: "encrypted",
    10: "oil_cut",
    11: "circuit_cut",
    12: "door_locked",
    13: "door_1_open",
    14: "door_2_open",
    15: "door_3_open",
    16: "door_4_open",
    17: "door_5_open",
    18: "gps",
    19: "beidou",
    20: "glonass",
    21: "galileo",
}
_STATUS_2019 = {**_STATUS_2013, 6: "braking_ahead", 7: "lane_departure", 22: "moving"}

_LOADS = ("empty", "half_load", "", "full_load")

IGNITION, FIX, SOUTH, WEST, ENCRYPTED = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 5


def alarms_of(word: int, edition_2019: bool = False) -> list[str]:
    """Names of the alarms that are set; a bit without a name is told by its number: ``bit_16``."""
    return _names(word, _ALARMS_2019 if edition_2019 else _ALARMS_2013)


def status_of(word: int, edition_2019: bool = False) -> list[str]:
    """Names of the states that are set; bits 8 and 9 are one number, the load."""
    names = _names(word & ~0x300, _STATUS_2019 if edition_2019 else _STATUS_2013)
    load = _LOADS[(word >> 8) & 3] if word & 0x300 else ""
    return [*names, load] if load else names


def _names(word: int, names: dict[int, str]) -> list[str]:
    return [names.get(bit, f"bit_{bit}") for bit in range(32) if word >> bit & 1] if word else []
