"""Real JT/T 808 frames against the decoder: ``python -m tests.frames FRAMES.jsonl`` prints what became of them.

One JSON object a line: ``src``, ``hex`` and, where somebody else's test says so, ``expected`` (field names as in
jt808-server's tests). A frame is decoded, or refused with a reason; what is decoded must be what is expected.
``decoded`` is somebody else's quick reading, a hint where no test says anything: counted where ours agrees, refusals
included, and printed where it does not.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.jt808.bits import SOUTH, WEST
from ingest.jt808.frame import Deframer, Fault, Frame, FrameError, frame_of
from ingest.jt808.location import BodyError, Location, answered_location_of, batch_of, location_of
from ingest.jt808.terminal import authentication_of, registration_of


def outcome_of(octets: bytes, expected: Mapping[str, Any] | None) -> tuple[str, list[str]]:
    """``decoded``, or the reason of the refusal; and in what it differs from what is expected."""
    contents = list(Deframer().feed(octets))
    if len(contents) != 1:
        return f"{len(contents)} frames", []
    try:
        content = contents[0]
        if isinstance(content, FrameError):
            raise content
        frame = frame_of(content)
    except FrameError as error:
        return error.fault, ["refused"] if expected and expected.get("verified") else []
    try:
        told = _header(frame) | _body(frame)
    except BodyError as error:
        return error.fault, ["refused"] if expected else []
    return "decoded", _differences(told, expected or {})


def _header(frame: Frame) -> dict[str, Any]:
    return {"messageId": frame.message_id, "clientId": frame.terminal, "serialNo": frame.serial}


def _body(frame: Frame) -> dict[str, Any]:
    told: dict[str, Any] = {}
    match 0 if frame.parts > 1 or frame.encryption else frame.message_id:
        case 0x0100:
            said = registration_of(frame)
            names = ("provinceId", "cityId", "makerId", "deviceModel", "deviceId", "plateColor", "plateNo")
            told = dict(zip(names, said, strict=True))
        case 0x0102:
            told = dict(zip(("token", "imei", "softwareVersion"), authentication_of(frame), strict=True))
        case 0x0200:
            told = _location(location_of(frame.body))
        case 0x0201:
            serial, location = answered_location_of(frame.body)
            told = {"responseSerialNo": serial} | _location(location)
        case 0x0704:
            batch = batch_of(frame.body)
            items = [_location(location) for location in batch.locations]
            told = {"total": batch.claimed, "type": int(batch.blind_area), "items": items}
    return told


def _location(location: Location) -> dict[str, Any]:
    bcd = location.time_bcd
    told = {
        "warnBit": location.alarm,
        "statusBit": location.status,
        "latitude": location.lat_e6,
        "longitude": location.lon_e6,
        "altitude": location.altitude_m,
        "speed": location.speed_dkmh,
        "direction": location.heading_deg,
        "deviceTime": f"20{bcd[:2]}-{bcd[2:4]}-{bcd[4:6]}T{bcd[6:8]}:{bcd[8:10]}:{bcd[10:12]}",
    }
    wholes = {str(key): int.from_bytes(octets, "big") for key, octets in location.items.items() if len(octets) <= 4}
    return told | {"attributes": wholes}


def _differences(told: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in told.items():
        if name not in expected:
            continue
        wanted = expected[name]
        if name == "items":
            pairs = zip(value, wanted, strict=True) if len(value) == len(wanted) else [({"n": len(value)}, {"n": 0})]
            found += [f"{name}: {difference}" for one, other in pairs for difference in _differences(one, other)]
        elif name == "attributes":
            simple = {key: number for key, number in wanted.items() if isinstance(number, int)}
            found += [
                f"item {key}: {value.get(key)} != {number}"
                for key, number in simple.items()
                if value.get(key) != number
            ]
        elif value != wanted:
            found.append(f"{name}: {value!r} != {wanted!r}")
    return found


def _hinted(hint: Mapping[str, Any] | None, octets: bytes, outcome: str) -> str:
    """In what another reading differs; empty where the two agree."""
    if hint is None:
        return "" if outcome == Fault.SHORT else outcome
    if outcome != "decoded":
        lengths_differ = hint["body_len"] != hint["body_len_hdr"]
        agrees = {Fault.BAD_CHECK: not hint["checksum_ok"], Fault.BAD_LENGTH: lengths_differ}.get(Fault(outcome), False)
        return "" if agrees else outcome
    content = next(iter(Deframer().feed(octets)))
    assert isinstance(content, bytes)
    frame = frame_of(content)
    ours: dict[str, Any] = {
        "msg": f"{frame.message_id:04x}",
        "v2019": frame.version is not None,
        "phone": frame.terminal,
        "serial": frame.serial,
        "body_len": len(frame.body),
    }
    theirs = {name: hint[name] for name in ours}
    places = [hint["loc"]] if "loc" in hint else hint.get("locs", [])
    if places:
        ours["places"] = [_place(location) for location in _locations(frame)]
        theirs["places"] = [{name: place[name] for name in ("lat", "lon", "speed_kmh", "dir")} for place in places]
    return "; ".join(f"{name} {ours[name]} != {theirs[name]}" for name in ours if ours[name] != theirs[name])


def _locations(frame: Frame) -> Sequence[Location]:
    if frame.message_id == 0x0704:
        return batch_of(frame.body).locations
    return [location_of(frame.body) if frame.message_id == 0x0200 else answered_location_of(frame.body)[1]]


def _place(location: Location) -> dict[str, float]:
    south, west = location.status & SOUTH, location.status & WEST
    return {
        "lat": (-location.lat_e6 if south else location.lat_e6) / 1e6,
        "lon": (-location.lon_e6 if west else location.lon_e6) / 1e6,
        "speed_kmh": location.speed_dkmh / 10,
        "dir": location.heading_deg,
    }


def main(file: Path) -> int:
    """Prints the table by source; how many frames differ from what is expected."""
    table: dict[str, Counter[str]] = {}
    differing = 0
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        row = json.loads(line)
        octets = bytes.fromhex(row["hex"])
        outcome, differences = outcome_of(octets, row.get("expected"))
        counts = table.setdefault(row["src"], Counter())
        counts[outcome] += 1
        counts["as expected"] += bool(row.get("expected")) and not differences
        if hint := _hinted(row.get("decoded"), octets, outcome):
            print(f"line {number} ({row['src']}), read otherwise: {hint}")
        counts["as hinted"] += not hint
        differing += bool(differences)
        if differences:
            print(f"line {number} ({row['src']}): {'; '.join(differences)}")
    outcomes = sorted({name for counts in table.values() for name in counts})
    print("\t".join(["source", "frames", *outcomes]))
    for source, counts in sorted(table.items()):
        frames = sum(count for name, count in counts.items() if not name.startswith("as "))
        print("\t".join([source, str(frames), *(str(counts[name]) for name in outcomes)]))
    return differing


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
