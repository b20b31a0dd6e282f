"""OwnTracks: what its apps, and trackers behind its gateways, publish on ``owntracks/{user}/{device}``.

Source: OwnTracks Booklet, "JSON" (owntracks.org/booklet/tech/json). The tracker's id is ``{user}~{device}``. Speeds are
km/h there as here, times epoch seconds. Of what the topic carries only ``_type: location`` is a position.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from math import isfinite

from ingest.format import Format
from ingest.message import Content, Received, tracker_code
from ingest.payload import read_position, said_in
from ingest.reasons import Reason, UnreadableError

FIX_WITHIN_M = 100
"""A place that is told less exactly (by cell or WLAN, as phones do indoors) is kept, but is no fix."""

BETWEEN = "~"
"""Between user and device in the tracker's id. Not allowed in a user, so that no two topics share an id."""

_OURS_OF = {
    "ts": "tst",
    "lon": "lon",
    "lat": "lat",
    "speed_kmh": "vel",
    "heading_deg": "cog",
    "altitude_m": "alt",
    "odometer_km": "odometer",
    "ignition": "ign",
}
"""Our names and theirs."""

_NO_POSITION = frozenset({
    "beacon", "card", "cmd", "configuration", "dump", "lwt", "request", "status", "steps", "transition", "waypoint",
    "waypoints",
})  # fmt: skip

_PLACE_OF_BEFORE = frozenset({"p", "l", "L"})
"""Triggers that repeat the last known place: a ping, which takes the time of sending, and a lost fix."""
_POWER_CUT = "e"


def tracker_of(user: str, device: str) -> str:
    """The tracker's id. Raises UnreadableError where a topic names none that is its own."""
    if not user or not device or BETWEEN in user:
        raise UnreadableError(Reason.BAD_TRACKER, ascii(f"{user}/{device}"[:64]), field="topic")
    return tracker_code(f"{user}{BETWEEN}{device}")


def read(message: Received) -> Content:
    """The position that a message tells; nothing for what is none. Raises UnreadableError."""
    tracker = tracker_of(*message.topic.split("/")[1:])
    said = said_in(message.payload)
    if type(said) is not dict:
        raise UnreadableError(Reason.NOT_OBJECT, reprlib.repr(said))
    kind = said.get("_type")
    if kind == "encrypted":
        raise UnreadableError(Reason.ENCRYPTED, field="_type")
    if type(kind) is str and kind in _NO_POSITION:
        return Content(tracker, [], [])
    if kind != "location":
        raise UnreadableError(Reason.UNKNOWN_KIND, reprlib.repr(kind), field="_type")
    try:
        return Content(tracker, [read_position(_in_our_words(said))], [])
    except UnreadableError as why:
        raise UnreadableError(why.reason, why.said, field=_OURS_OF.get(why.field, why.field)) from None


FORMAT = Format("owntracks", "owntracks/+/+", read, tracker_of)


def _in_our_words(said: Mapping[str, object]) -> dict[str, object]:
    trigger = said.get("t")
    told = {ours: said.get(theirs) for ours, theirs in _OURS_OF.items()}
    is_of_before = type(trigger) is str and trigger in _PLACE_OF_BEFORE
    told["fix"] = False if is_of_before else _is_exact(said.get("acc"))
    told["alarms"] = ["power_cut"] if trigger == _POWER_CUT else None
    return told


def _is_exact(accuracy_m: object) -> bool | None:
    """Whether a place is told exactly enough to be a fix; None where that is not told."""
    if accuracy_m is None:
        return None
    if (type(accuracy_m) is int) or (type(accuracy_m) is float and isfinite(accuracy_m)):
        return 0 <= accuracy_m <= FIX_WITHIN_M
    raise UnreadableError(Reason.NOT_A_NUMBER, reprlib.repr(accuracy_m), field="acc")
