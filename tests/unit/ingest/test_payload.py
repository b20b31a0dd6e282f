"""Gongche's own payload format, value by value."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleet.clock import us_of
from fleet.position import Flag
from ingest.decode import decode
from ingest.message import NO_DATUM
from ingest.payload import EARLIEST_US, LATEST_US, moment_us, read, read_position, said_in
from ingest.reasons import Reason, UnreadableError, words
from tests.builders.intake import NOON, message, position

NOON_US = us_of(NOON)


def reason_of(payload: object) -> tuple[Reason, str]:
    """Why a message cannot be read."""
    with pytest.raises(UnreadableError) as caught:
        read(message(payload))
    return caught.value.reason, caught.value.detail


def flags_of(**fields: Any) -> int:
    return int(read_position(position(**fields), LATEST_US)[9])


def test_only_time_and_place_are_needed() -> None:
    ts_us, lon, lat, *others, flags, datum = read_position(position(), LATEST_US)
    assert (ts_us, lon, lat, flags, datum) == (NOON_US, 118.3, 33.9, 0, NO_DATUM)
    assert [math.isnan(value) for value in others] == [True, True, True, False, True, True]
    assert others[3] == -1, "satellites"


def test_every_value_has_its_place() -> None:
    told = position(
        speed_kmh=1, heading_deg=2.5, altitude_m=-3, satellites=4, odometer_km=5, fuel_l=6, datum="bd09", hdop=0.9
    )
    assert read_position(told, LATEST_US) == (NOON_US, 118.3, 33.9, 1, 2.5, -3, 4, 5, 6, 0, 2)


def test_an_unlikely_value_costs_no_position() -> None:
    told = position(altitude_m=-5247.01, speed_kmh=-1, heading_deg=655.35)
    assert read_position(told, LATEST_US)[3:6] == (-1, 655.35, -5247.01)


def test_null_is_as_good_as_absent() -> None:
    told = position(speed_kmh=None, fix=None, ignition=None, alarms=None, datum=None)
    assert read_position(told, LATEST_US)[9:] == (0, NO_DATUM)


@pytest.mark.parametrize(
    "ts",
    [
        "2026-10-02T12:00:00+08:00", "2026-10-02T04:00:00Z", "20261002T040000Z", "2026-10-02T04:00:00.000000+00:00",
        1790913600, 1790913600.0, 1790913600000, 1790913600000.0,
    ],
)  # fmt: skip
def test_a_moment_is_iso_8601_with_an_offset_or_an_epoch(ts: object) -> None:
    assert moment_us(ts) == NOON_US


def test_fractions_of_a_second_are_kept_to_the_microsecond() -> None:
    assert moment_us("2026-10-02T12:00:00.123456+08:00") == NOON_US + 123_456
    assert moment_us(1790913600.25) == NOON_US + 250_000
    assert moment_us(1790913600123.5) == NOON_US + 123_500


@pytest.mark.parametrize(
    ("ts", "reason"),
    [
        ("2026-10-02T12:00:00", Reason.NO_OFFSET), ("2026-10-02", Reason.NO_OFFSET), ("noon", Reason.BAD_TIME),
        ("", Reason.BAD_TIME), ("0001-01-01T00:00:00+14:00", Reason.BAD_TIME), (True, Reason.BAD_TIME),
        ([], Reason.BAD_TIME), ("1970-01-01T00:00:00Z", Reason.BAD_TIME), ("2200-01-01T00:00:01Z", Reason.BAD_TIME),
        (0, Reason.BAD_TIME), (-1, Reason.BAD_TIME), (1e300, Reason.BAD_TIME), (10**400, Reason.BAD_TIME),
        ("2026-10-02T23:59:60+08:00", Reason.BAD_TIME), (None, Reason.MISSING_TS),
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused(ts: object, reason: Reason) -> None:
    assert reason_of(position(ts=ts))[0] == reason


def test_times_are_taken_from_2000_to_2200() -> None:
    assert read_position(position(ts=EARLIEST_US // 1_000_000), LATEST_US)[0] == EARLIEST_US
    assert read_position(position(ts=LATEST_US / 1e6), LATEST_US)[0] == LATEST_US
    assert reason_of(position(ts=LATEST_US // 1_000_000 + 1))[0] == Reason.BAD_TIME
    assert reason_of(position(ts=EARLIEST_US // 1_000_000 - 1))[0] == Reason.BAD_TIME


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lat": 91}, Reason.OUT_OF_RANGE), ({"lat": -90.0000001}, Reason.OUT_OF_RANGE),
        ({"lon": 180.5}, Reason.OUT_OF_RANGE), ({"lon": 10**400}, Reason.OUT_OF_RANGE),
        ({"lon": math.nan}, Reason.NOT_A_NUMBER), ({"lat": -math.inf}, Reason.NOT_A_NUMBER),
        ({"lon": "118.3"}, Reason.NOT_A_NUMBER), ({"lat": True}, Reason.NOT_A_NUMBER),
        ({"lat": [33.9]}, Reason.NOT_A_NUMBER), ({"lat": {}}, Reason.NOT_A_NUMBER),
        ({"lon": None}, Reason.MISSING_LON), ({"lat": None}, Reason.MISSING_LAT),
        ({"speed_kmh": "fast"}, Reason.NOT_A_NUMBER), ({"speed_kmh": math.nan}, Reason.NOT_A_NUMBER),
        ({"speed_kmh": 1e300}, Reason.OUT_OF_RANGE), ({"fuel_l": 10**400}, Reason.OUT_OF_RANGE),
        ({"satellites": -1}, Reason.OUT_OF_RANGE), ({"satellites": 32_768}, Reason.OUT_OF_RANGE),
        ({"odometer_km": False}, Reason.NOT_A_NUMBER),
        ({"datum": "mars"}, Reason.UNKNOWN_DATUM), ({"datum": 1}, Reason.UNKNOWN_DATUM),
        ({"fix": "yes"}, Reason.NOT_A_BOOLEAN), ({"ignition": 2}, Reason.NOT_A_BOOLEAN),
        ({"alarms": "sos"}, Reason.NOT_A_LIST), ({"alarms": [1]}, Reason.NOT_A_LIST),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_by_its_name(fields: dict[str, Any], reason: Reason) -> None:
    told, detail = reason_of(position(**fields))
    assert told == reason
    assert detail.startswith(next(iter(fields))) or fields[next(iter(fields))] is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"junk", Reason.NOT_JSON), (b"", Reason.NOT_JSON), (b"\xff\xfe\x00", Reason.NOT_JSON), (b"{", Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON), (b"1" * 10_000, Reason.NOT_JSON), (b"null", Reason.NOT_OBJECT),
        (b"12", Reason.NOT_OBJECT), (b'"text"', Reason.NOT_OBJECT), (b"[]", Reason.EMPTY),
    ],
)  # fmt: skip
def test_a_payload_that_is_no_position_is_refused_whole(payload: bytes, reason: Reason) -> None:
    assert reason_of(payload)[0] == reason


def test_an_array_is_read_element_by_element() -> None:
    content = read(message([position(), [], position(lat=91), position(lon=118.4)]))
    assert [reading[1] for reading in content.readings] == [118.3, 118.4]
    assert [(bad.place, bad.why.reason) for bad in content.bad] == [(1, Reason.NOT_OBJECT), (2, Reason.OUT_OF_RANGE)]


@pytest.mark.parametrize("tracker", ["", "x" * 65, "a\0b"])
def test_a_topic_without_a_tracker_is_refused(tracker: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(message(position(), tracker))
    assert caught.value.reason == Reason.BAD_TRACKER


def test_flags_tell_fix_ignition_and_alarms() -> None:
    assert flags_of(fix=False) == Flag.NO_FIX
    assert flags_of(fix=True, ignition=True) == Flag.IGNITION_ON
    assert flags_of(fix=1, ignition=0) == Flag.IGNITION_OFF
    assert flags_of(alarms=["power_cut", "sos"]) == Flag.POWER_CUT | Flag.SOS
    assert flags_of(alarms=["aliens"]) == Flag.OTHER_ALARM, "unknown is not no"


def test_zero_zero_is_no_fix() -> None:
    assert flags_of(lon=0, lat=0.0) == Flag.NO_FIX
    assert flags_of(lon=0, lat=33.9) == 0


def test_a_topic_of_no_format_and_a_payload_too_long_are_told() -> None:
    reports = decode([message(position())._replace(topic="v2/x"), message(b"x" * 101)], payload_bytes_max=100)
    assert [kept.reason for kept in reports.unreadable] == [Reason.UNKNOWN_TOPIC, Reason.TOO_LARGE]


def test_what_is_too_long_to_be_read_is_kept_whole() -> None:
    (kept,) = decode([message(b"x" * 100_000)], payload_bytes_max=99_999).unreadable
    assert len(kept.payload) == kept.payload_bytes == 100_000


def test_every_reason_has_words_in_both_languages() -> None:
    for reason in Reason:
        said = words(reason)
        assert said != reason.value
        assert not said.isascii()
        assert any(letter.isascii() and letter.isalpha() for letter in said)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
nearly_positions = st.fixed_dictionaries(
    {"ts": st.just(1790913600) | anything, "lon": st.floats(-181, 181) | anything, "lat": st.floats(-91, 91)},
    optional=dict.fromkeys(("speed_kmh", "satellites", "fix", "ignition", "alarms", "datum", "other"), anything),
)


@given(st.binary() | (anything | nearly_positions | st.lists(nearly_positions)).map(lambda v: json.dumps(v).encode()))
@example(b'{"ts": "\\ud800", "lon": 1, "lat": 1}')
@example(b'[{"ts": 1790913600, "lon": 1, "lat": 1, "alarms": ["\\u0000"]}]')
def test_whatever_comes_becomes_positions_or_a_reason_that_can_be_stored(payload: bytes) -> None:
    reports = decode([message(payload)], payload_bytes_max=1_000_000)
    assert len(reports) + len(reports.unreadable) > 0
    assert Reason.DECODER_FAILED not in {kept.reason for kept in reports.unreadable}
    for kept in reports.unreadable:
        assert "\0" not in kept.detail
        kept.detail.encode()  # no half of a surrogate pair
    columns = reports.columns()
    assert (abs(columns[1]) <= 180).all()
    assert (abs(columns[2]) <= 90).all()


def plainly_said(payload: bytes) -> object:
    """By Python's own reader alone; what it refuses is None, which nothing here says."""
    try:
        return json.loads(payload.decode())
    except (ValueError, RecursionError):
        return None


SCRAPS = (
    ["{", "}", "[", "]", ",", ":", '"', "\\", "\\ud83d", "\\u0000", '"ts"', '"a":1', " ", "\n", "\ufeff", "\x01", "车"],
    ["NaN", "Infinity", "-", "+", ".", "e", "1e400", "true", "null", "0", "1", "12345678901234567890123", "1.5e-7"],
)
json_scraps = st.lists(
    st.sampled_from([scrap for scraps in SCRAPS for scrap in scraps]),
    max_size=12,
).map("".join)


@given(json_scraps.map(lambda text: text.encode()) | st.floats().map(lambda value: repr(value).encode()))
@example(b"[" * 5_000 + b"]" * 5_000)
@example(b"[" * 500 + b"]" * 500)
@example(b'{"a":1,"a":2}')
@example(b'"\\ud800"')
@example(b"-0")
@example(b"01")
@example(b"9" * 5_000)
def test_json_is_read_as_python_reads_it(payload: bytes) -> None:
    expected = plainly_said(payload)
    try:
        said = said_in(payload)
    except UnreadableError:
        said = None
    assert repr(said) == repr(expected)  # a number's kind and its sign, and NaN, count too


clocks = st.builds(
    lambda moment, separator, ending: moment.isoformat(sep=separator) + ending,
    st.datetimes() | st.datetimes().map(lambda moment: moment.replace(microsecond=0)),
    st.sampled_from("T t"),
    st.sampled_from(["", "Z", "+08:00", "-03:30", "+08:01", "+0800", "+08", "+23:45", "-00:00", "+08:00+08:00"]),
)


@given(clocks | st.text(alphabet="0123456789T:+-Z.W", min_size=15, max_size=30))
@example("2026-10-02+08:00")
@example("2026-10-02T12+01:00+08:00")
@example("2026-W40-5T12:00:00+08:00")
@example("2026-10-02T24:00:00+08:00")
@example("2026-10-02T12:00:1Z+08:00")
def test_a_moment_is_what_arithmetic_with_zones_makes_of_it(text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        with pytest.raises(UnreadableError):
            moment_us(text)
    else:
        assert moment_us(text) == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
