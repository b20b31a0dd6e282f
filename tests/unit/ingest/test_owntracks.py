"""OwnTracks' JSON, as its booklet describes it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleet.clock import us_of
from fleet.position import Flag
from ingest.decode import decode
from ingest.message import NO_DATUM, Received
from ingest.owntracks import read, tracker_of
from ingest.reasons import Reason, UnreadableError
from tests.builders.intake import NOON, RECEIVED_US

NOON_S = us_of(NOON) // 1_000_000


def location(**more: Any) -> dict[str, Any]:
    return {"_type": "location", "tst": NOON_S, "lat": 33.95, "lon": 118.33, "tid": "ph", **more}


def message(payload: object, topic: str = "owntracks/zhang/phone") -> Received:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Received(topic, body, RECEIVED_US)


def reading_of(**more: Any) -> tuple[float, ...]:
    (reading,) = read(message(location(**more))).readings
    return reading


def reason_of(payload: object, topic: str = "owntracks/zhang/phone") -> tuple[Reason, str]:
    with pytest.raises(UnreadableError) as caught:
        read(message(payload, topic))
    return caught.value.reason, caught.value.detail


def test_a_location_is_a_position() -> None:
    content = read(message(location(vel=43, cog=271, alt=35, acc=8, batt=77, conn="m", created_at=NOON_S + 1)))
    assert (content.tracker, content.bad, content.offset_min) == ("zhang~phone", [], None)
    (reading,) = content.readings
    assert reading[:6] == (us_of(NOON), 118.33, 33.95, 43.0, 271.0, 35.0)
    assert (reading[6], math.isnan(reading[7]), math.isnan(reading[8])) == (-1, True, True)
    assert reading[9:] == (0, NO_DATUM)


def test_what_is_not_told_is_unknown() -> None:
    assert [math.isnan(value) for value in reading_of()[3:6]] == [True, True, True]


def test_trackers_behind_a_gateway_tell_mileage_and_ignition() -> None:
    reading = reading_of(odometer=1234.5, ign=True)
    assert (reading[7], reading[9]) == (1234.5, Flag.IGNITION_ON)
    assert reading_of(ign=0)[9] == Flag.IGNITION_OFF
    assert reading_of(t="e")[9] == Flag.POWER_CUT


@pytest.mark.parametrize(("acc", "fix"), [(0, True), (100, True), (100.5, False), (5_000, False), (-1, False)])
def test_a_place_told_too_roughly_is_no_fix(acc: float, fix: bool) -> None:
    assert reading_of(acc=acc)[9] == (0 if fix else Flag.NO_FIX)


@pytest.mark.parametrize(("trigger", "fix"), [("p", False), ("l", False), ("L", False), ("t", True), ("u", True)])
def test_a_place_of_before_is_no_fix(trigger: str, fix: bool) -> None:
    assert reading_of(t=trigger, acc=5)[9] == (0 if fix else Flag.NO_FIX)


@pytest.mark.parametrize("kind", ["lwt", "transition", "waypoint", "waypoints", "steps", "card", "status", "beacon"])
def test_other_kinds_are_no_positions_and_nothing_is_wrong_with_them(kind: str) -> None:
    told = [message({"_type": kind, "tst": NOON_S, "lat": 1, "lon": 1}), message(location())]
    reports = decode(told, 10_000)
    assert (len(reports), reports.without_position, reports.unreadable) == (1, 1, [])
    assert list(reports.trackers) == ["zhang~phone"]


@pytest.mark.parametrize(
    ("payload", "reason", "detail"),
    [
        ({"_type": "encrypted", "data": "nbHT5JpV"}, Reason.ENCRYPTED, ""),
        ({"_type": "teleport"}, Reason.UNKNOWN_KIND, "_type='teleport'"),
        ({"lat": 1, "lon": 1, "tst": NOON_S}, Reason.UNKNOWN_KIND, "_type=None"),
        ({"_type": ["location"]}, Reason.UNKNOWN_KIND, "_type=['location']"),
        ([location()], Reason.NOT_OBJECT, None),
        (b"", Reason.NOT_JSON, None),
        (location(tst=None), Reason.MISSING_TS, ""),
        (location(tst=0), Reason.BAD_TIME, "tst=0"),
        (location(tst=7_258_118_401), Reason.BAD_TIME, "tst=7258118401"),
        (location(lat=None), Reason.MISSING_LAT, ""),
        (location(lon=181), Reason.OUT_OF_RANGE, "lon=181"),
        (location(vel="fast"), Reason.NOT_A_NUMBER, "vel='fast'"),
        (location(acc="good"), Reason.NOT_A_NUMBER, "acc='good'"),
        (location(acc=True), Reason.NOT_A_NUMBER, "acc=True"),
        (location(ign="on"), Reason.NOT_A_BOOLEAN, "ign='on'"),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_by_their_name_for_it(payload: object, reason: Reason, detail: str | None) -> None:
    told, said = reason_of(payload)
    assert told == reason
    assert detail is None or said == detail


@pytest.mark.parametrize(
    "topic", ["owntracks//phone", "owntracks/zhang/", "owntracks/zh~ang/phone", f"owntracks/z/{'x' * 63}"]
)
def test_a_topic_that_names_no_tracker_of_its_own_is_refused(topic: str) -> None:
    assert reason_of(location(), topic)[0] == Reason.BAD_TRACKER


levels = st.text(st.characters(exclude_characters="/+#\0", exclude_categories=["Cs"]), max_size=20)


@given(levels, levels, levels, levels)
def test_two_topics_never_name_the_same_tracker(user: str, device: str, other_user: str, other_device: str) -> None:
    try:
        one, other = tracker_of(user, device), tracker_of(other_user, other_device)
    except UnreadableError:
        return
    assert (one == other) == ((user, device) == (other_user, other_device))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
nearly_locations = st.fixed_dictionaries(
    {
        "_type": st.sampled_from(["location", "lwt", "encrypted"]) | anything,
        "tst": st.just(NOON_S) | anything,
        "lon": st.floats(-181, 181) | anything,
        "lat": st.floats(-91, 91),
    },
    optional=dict.fromkeys(("vel", "cog", "alt", "acc", "t", "ign", "odometer", "other"), anything),
)


@given(st.binary() | (anything | nearly_locations).map(lambda value: json.dumps(value).encode()), levels, levels)
@example(json.dumps(location(t={"a": 1})).encode(), "u", "d")
@example(b'{"_type": "\\ud800"}', "u", "d")
def test_whatever_comes_becomes_positions_or_a_reason_that_can_be_stored(
    payload: bytes, user: str, device: str
) -> None:
    reports = decode([message(payload, f"owntracks/{user}/{device}")], 1_000_000)
    assert len(reports) + len(reports.unreadable) + reports.without_position == 1
    assert Reason.DECODER_FAILED not in {kept.reason for kept in reports.unreadable}
    for kept in reports.unreadable:
        assert "\0" not in kept.detail
        kept.detail.encode()
    columns = reports.columns()
    assert (abs(columns[1]) <= 180).all()
    assert (abs(columns[2]) <= 90).all()
