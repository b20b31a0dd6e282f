"""Gongche's own format: JSON, one position or an array of them, on ``v1/{tracker}/position``.

Needed are ts, lon, lat; everything else may be absent or null. An array is read element by element: its good
elements count, each bad one is put aside with its index. This is the hot path: no object is made for a position.
"""

from __future__ import annotations

import json
import reprlib
from datetime import UTC, datetime, timedelta
from math import isfinite, nan

from pydantic_core import from_json

from fleet.clock import us_of
from fleet.position import ALARMS, Flag
from ingest.format import Format
from ingest.message import DATUMS, NO_DATUM, BadElement, Content, Reading, Received, tracker_code
from ingest.reasons import Reason, UnreadableError

EARLIEST_US = us_of(datetime(2000, 1, 1, tzinfo=UTC))
"""An earlier time is a tracker's clock that was never set."""

LATEST_US = us_of(datetime(2200, 1, 1, tzinfo=UTC))
"""A later time is none. One that is only later than the message came in is a clock that is ahead: told when the
tracker's profile is known (``ingest.assign``)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_LOCAL = _EPOCH.replace(tzinfo=None)
_LOCAL_CHARACTERS = len("1970-01-01T00:00:00")
_MICROSECOND = timedelta(microseconds=1)
_MS_FROM = 10**11
"""An epoch of so many units or more is in milliseconds: in seconds it would be the year 5138."""

_MEASURE_MOST = 1e9
_SATELLITES_MOST = 32_767
"""These are the limits of the columns, not of what is likely: an altitude of -5 km comes with a good place and time,
and a report is evidence as it is. Judging knows what to make of it."""

_OFFSETS_US = {
    f"{sign}{hours:02d}:{minutes:02d}": (1 if sign == "+" else -1) * (60 * hours + minutes) * 60_000_000
    for sign in "+-"
    for hours in range(15)
    for minutes in (0, 15, 30, 45)
}

_DATUM_ROWS = {name: row for row, name in enumerate(DATUMS)}
_decode_json = json.JSONDecoder().decode


def read(message: Received) -> Content:
    """What a message says. Raises UnreadableError when nothing in it can be read."""
    tracker = tracker_code(message.topic.split("/")[1])
    said = said_in(message.payload)
    if type(said) is dict:
        return Content(tracker, [read_position(said)], [])
    if type(said) is not list:
        raise UnreadableError(Reason.NOT_OBJECT, reprlib.repr(said))
    if not said:
        raise UnreadableError(Reason.EMPTY)
    readings: list[Reading] = []
    bad: list[BadElement] = []
    for place, element in enumerate(said):
        try:
            readings.append(read_position(element))
        except UnreadableError as why:
            bad.append(BadElement(place, element, why))
    return Content(tracker, readings, bad)


FORMAT = Format("gongche", "v1/+/position", read, own_topics="v1/{tracker}/#")


def said_in(payload: bytes) -> object:
    """What a payload says as JSON. Raises UnreadableError where it is none."""
    try:
        return from_json(payload, cache_strings="keys")
    except ValueError:
        pass  # Python's own reader takes a little more (lone surrogates, deep nests), and has the last word
    try:
        return _decode_json(payload.decode())
    except (ValueError, RecursionError) as error:
        raise UnreadableError(Reason.NOT_JSON, reprlib.repr(str(error))) from None


def read_position(element: object, latest_us: int = LATEST_US) -> Reading:
    """One position as numbers. Raises UnreadableError, with the field and what stood there, at the first bad value."""
    if type(element) is not dict:
        raise UnreadableError(Reason.NOT_OBJECT, reprlib.repr(element))
    get = element.get

    ts, lon, lat = get("ts"), get("lon"), get("lat")
    ts_us = moment_us(ts)
    if not EARLIEST_US <= ts_us <= latest_us:
        raise UnreadableError(Reason.BAD_TIME, reprlib.repr(ts), field="ts")
    if lon is None and get("encrypted") is True:  # said by the gateway, which keeps what it cannot read
        raise UnreadableError(Reason.ENCRYPTED, reprlib.repr(get("cipher")), field="lon")
    if type(lon) is not float or not -180.0 <= lon <= 180.0:
        lon = _number("lon", lon, -180, 180, Reason.MISSING_LON)
    if type(lat) is not float or not -90.0 <= lat <= 90.0:
        lat = _number("lat", lat, -90, 90, Reason.MISSING_LAT)

    speed_kmh = _measure("speed_kmh", get("speed_kmh"))
    heading_deg = _measure("heading_deg", get("heading_deg"))
    altitude_m = _measure("altitude_m", get("altitude_m"))
    if (satellites := get("satellites")) is None:
        satellites = -1
    elif type(satellites) is not int or not 0 <= satellites <= _SATELLITES_MOST:
        satellites = _number("satellites", satellites, 0, _SATELLITES_MOST, Reason.NOT_A_NUMBER)
    odometer_km = _measure("odometer_km", get("odometer_km"))
    fuel_l = _measure("fuel_l", get("fuel_l"))

    datum = NO_DATUM
    if (stated := get("datum")) is not None:
        datum = _DATUM_ROWS.get(stated, NO_DATUM) if type(stated) is str else NO_DATUM
        if datum == NO_DATUM:
            raise UnreadableError(Reason.UNKNOWN_DATUM, reprlib.repr(stated), field="datum")
    flags = _flags(get("fix"), get("ignition"), get("alarms"))
    if lon == 0.0 and lat == 0.0:  # what a tracker without a fix sends, not a place off Africa
        flags |= _NO_FIX
    return (
        ts_us, lon, lat, speed_kmh, heading_deg, altitude_m, satellites, odometer_km, fuel_l, flags, datum,
    )  # fmt: skip


def moment_us(ts: object) -> int:
    """Microseconds since 1970 of an ISO 8601 text with an offset, or of epoch seconds or milliseconds."""
    if type(ts) is str:
        if (offset_us := _OFFSETS_US.get(ts[-6:])) is not None and (local_us := _local_us(ts[:-6])) is not None:
            return local_us - offset_us
        try:
            moment = datetime.fromisoformat(ts)
            if moment.tzinfo is not None:
                return (moment - _EPOCH) // _MICROSECOND
        except (ValueError, OverflowError):
            raise UnreadableError(Reason.BAD_TIME, reprlib.repr(ts), field="ts") from None
        raise UnreadableError(Reason.NO_OFFSET, reprlib.repr(ts), field="ts")
    if type(ts) is int:  # exactly, whatever its size
        return ts * (1_000 if abs(ts) >= _MS_FROM else 1_000_000)
    if type(ts) is float and isfinite(ts):
        return round(ts * (1e3 if abs(ts) >= _MS_FROM else 1e6))
    if ts is None:
        raise UnreadableError(Reason.MISSING_TS, field="ts")
    raise UnreadableError(Reason.BAD_TIME, reprlib.repr(ts), field="ts")


def _local_us(text: str) -> int | None:
    """Of a date and a time in their usual form; None for other forms, which are looked at whole.

    What nearly all trackers send. Arithmetic with zones takes four times as long.
    """
    if len(text) != _LOCAL_CHARACTERS or text[10] != "T":
        return None
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None:
        return None
    since = local - _EPOCH_LOCAL
    return (since.days * 86_400 + since.seconds) * 1_000_000


def _measure(name: str, value: object) -> float:
    """NaN where it is not reported."""
    if type(value) is float and -_MEASURE_MOST <= value <= _MEASURE_MOST:
        return value
    return nan if value is None else _number(name, value, -_MEASURE_MOST, _MEASURE_MOST, Reason.NOT_A_NUMBER)


def _number(name: str, value: object, least: float, most: float, missing: Reason) -> float:
    """A value that is no float within its range at first sight: a whole number, or unreadable."""
    if value is None:
        raise UnreadableError(missing, field=name)
    if type(value) is int and least <= value <= most:
        return float(value)
    # A bool is an int to Python and a text may look like a number; neither is one to us.
    is_number = type(value) is int or (type(value) is float and isfinite(value))
    reason = Reason.OUT_OF_RANGE if is_number else Reason.NOT_A_NUMBER
    raise UnreadableError(reason, reprlib.repr(value), field=name)


_NO_FIX = int(Flag.NO_FIX)
_ON = int(Flag.IGNITION_ON)
_OFF = int(Flag.IGNITION_OFF)
_ALARM_FLAGS = {name: int(flag) for name, flag in ALARMS.items()}
_OTHER_ALARM = int(Flag.OTHER_ALARM)


def _flags(fix: object, ignition: object, alarms: object) -> int:
    flags = 0
    if fix is not None and not _yes("fix", fix):
        flags = _NO_FIX
    if ignition is not None:
        flags |= _ON if _yes("ignition", ignition) else _OFF
    if alarms is not None:
        if type(alarms) is not list or not all(type(name) is str for name in alarms):
            raise UnreadableError(Reason.NOT_A_LIST, reprlib.repr(alarms), field="alarms")
        for name in alarms:  # an alarm that is not known here is still an alarm
            flags |= _ALARM_FLAGS.get(name, _OTHER_ALARM)
    return flags


def _yes(name: str, value: object) -> bool:
    if value is True or value is False or (type(value) is int and value in (0, 1)):
        return bool(value)
    raise UnreadableError(Reason.NOT_A_BOOLEAN, reprlib.repr(value), field=name)
