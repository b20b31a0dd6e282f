"""Track files, zones and papers as plain files, for the reference: CSV, GeoJSON, JSON."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import nan
from pathlib import Path
from typing import Any

from tests.reference.days import LOCAL, OwnDay
from tests.reference.intervals import Intervals, union
from tests.reference.papers import Order, Papers, Waiver
from tests.reference.places import Zone, area_of
from tests.reference.signals import ANTENNA_CUT, ANTENNA_SHORT, NO_FIX, POWER_CUT, Message

ALARMS = {"power_cut": POWER_CUT, "antenna_cut": ANTENNA_CUT, "antenna_short": ANTENNA_SHORT}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_tracks(path: Path, vehicle_column: str | None) -> dict[str, list[Message]]:
    """Messages by vehicle from a CSV file (perhaps gzipped) with the columns ts, lon, lat (WGS-84) and the vehicle's.

    Besides, where they are there: speed_kmh, odometer_km, alarms (their names, apart by spaces), fix (0: none). Rows
    whose coordinates are none are left out. Without a vehicle column all rows are of one vehicle.
    """
    tracks: dict[str, list[Message]] = defaultdict(list)
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            has_fix = row.get("fix") != "0"
            lon, lat = (float(row[name] or (nan if has_fix else 0)) for name in ("lon", "lat"))
            if abs(lat) <= 90 and abs(lon) <= 180:
                speed_kmh, odometer_km = (float(row.get(name) or nan) for name in ("speed_kmh", "odometer_km"))
                flags = sum(ALARMS.get(name, 0) for name in set((row.get("alarms") or "").split()))
                place = us_of(row["ts"]), round(lon * 1e7), round(lat * 1e7)
                vehicle = row[vehicle_column] if vehicle_column else ""
                tracks[vehicle].append(Message(*place, speed_kmh, odometer_km, flags if has_fix else flags | NO_FIX))
    return dict(tracks)


def read_zones(path: Path) -> list[Zone]:
    """From a GeoJSON FeatureCollection in WGS-84, as `gongche import zones` takes it; zones are numbered from 1."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [_zone(number, feature["properties"], feature["geometry"]) for number, feature in enumerate(features, 1)]


def read_papers(path: Path) -> tuple[dict[str, Papers], dict[date, OwnDay], Intervals]:
    """``{"orders": [...], "waivers": [...], "fittings": [...], "days": [...], "silences": [...]}``, each with the
    fields of its noun, moments as ISO 8601. Papers by vehicle, the centre's own days, the silences of the fleet.
    """
    read: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    own: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for noun in ("orders", "waivers", "fittings"):
        for paper in read.get(noun, []):
            own[paper.get("vehicle", "")][noun].append(paper)
    papers = {
        vehicle: Papers(
            [_order(order) for order in of_vehicle["orders"]],
            [Waiver(waiver["kind"], *_span(waiver)) for waiver in of_vehicle["waivers"]],
            fittings=[_span(fitting) for fitting in of_vehicle["fittings"]],
        )
        for vehicle, of_vehicle in own.items()
    }
    days = {date.fromisoformat(d["day"]): OwnDay(d["is_off"], d.get("festival", "")) for d in read.get("days", [])}
    return papers, days, union(_span(silence) for silence in read.get("silences", []))


def _span(said: Mapping[str, Any]) -> tuple[Any, Any]:
    return us_of(said.get("start")), us_of(said.get("end"))


def us_of(text: Any) -> Any:
    """Microseconds since 1970 of an ISO 8601 moment, local where it has no offset; None stays None."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _zone(number: int, said: Mapping[str, Any], geometry: dict[str, Any]) -> Zone:
    if said.get("datum", "wgs84") not in ("wgs84", "cgcs2000"):
        raise SystemExit(f"zone {number}: the reference reads WGS-84 only, not {said['datum']}")
    valid = us_of(said.get("valid_from")), us_of(said.get("valid_to"))
    return Zone(number, said.get("name", str(number)), said["kind"], area_of(geometry), said.get("unit"), *valid)


def _order(said: Mapping[str, Any]) -> Order:
    point = said.get("destination")
    return Order(
        us_of(said["start"]),
        us_of(said["end"]),
        us_of(said.get("filed", said["start"])),
        said.get("approved", True),
        said.get("cancelled", False),
        said.get("destination_zone"),
        said.get("out_of_district", False),
        None if point is None else (round(point[0] * 1e7), round(point[1] * 1e7)),
        said.get("planned_m"),
    )
