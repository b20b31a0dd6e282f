"""Track files, zones and papers as plain files, for the reference: CSV, GeoJSON, JSON."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.reference.days import LOCAL, OwnDay
from tests.reference.facts import Fix
from tests.reference.papers import Order, Papers, Waiver
from tests.reference.places import Zone, area_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_tracks(path: Path, vehicle_column: str | None) -> dict[str, list[Fix]]:
    """Fixes by vehicle from a CSV file (perhaps gzipped) with the columns ts, lon, lat (WGS-84) and the vehicle's.

    Rows whose coordinates are none are left out. Without a vehicle column all rows are of one vehicle.
    """
    tracks: dict[str, list[Fix]] = defaultdict(list)
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            lon, lat = float(row["lon"]), float(row["lat"])
            if abs(lat) <= 90 and abs(lon) <= 180:
                vehicle = row[vehicle_column] if vehicle_column else ""
                tracks[vehicle].append(Fix(us_of(row["ts"]), round(lon * 1e7), round(lat * 1e7)))
    return dict(tracks)


def read_zones(path: Path) -> list[Zone]:
    """From a GeoJSON FeatureCollection in WGS-84, as `gongche import zones` takes it; zones are numbered from 1."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [_zone(number, feature["properties"], feature["geometry"]) for number, feature in enumerate(features, 1)]


def read_papers(path: Path) -> tuple[dict[str, Papers], dict[date, OwnDay]]:
    """``{"orders": [...], "waivers": [...], "days": [...]}``, each with the fields of its noun, moments as ISO 8601."""
    read = json.loads(path.read_text(encoding="utf-8"))
    orders, waivers = read.get("orders", []), read.get("waivers", [])
    papers = {
        vehicle: Papers(
            [_order(order) for order in orders if order.get("vehicle", "") == vehicle],
            [
                Waiver(waiver["kind"], us_of(waiver.get("start")), us_of(waiver.get("end")))
                for waiver in waivers
                if waiver.get("vehicle", "") == vehicle
            ],
        )
        for vehicle in {paper.get("vehicle", "") for paper in [*orders, *waivers]}
    }
    days = {date.fromisoformat(d["day"]): OwnDay(d["is_off"], d.get("festival", "")) for d in read.get("days", [])}
    return papers, days


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
