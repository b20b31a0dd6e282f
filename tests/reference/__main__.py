"""``python -m tests.reference TRACKS.csv --zones ZONES.geojson``: facts and violations as JSON (docs/reference.md)."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.reference.papers import Papers
from tests.reference.track_file import read_papers, read_tracks, read_zones
from tests.reference.verdicts import Around, Judged, judged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.reference", description="Judge tracks by the definitions.")
    parser.add_argument("tracks", type=Path, help="CSV, perhaps gzipped: ts, lon, lat (WGS-84), speed_kmh, ...")
    parser.add_argument("--vehicle-column", help="column that names the vehicle; without it all rows are of one")
    parser.add_argument("--unit", default="", help="unit of the vehicles, as zones name it")
    parser.add_argument("--zones", type=Path, help="GeoJSON FeatureCollection: name, kind, unit, valid_from, valid_to")
    parser.add_argument("--papers", type=Path, help="JSON: orders, waivers, fittings, the centre's own days, ...")
    said = parser.parse_args()
    papers, days, silences = read_papers(said.papers) if said.papers else ({}, {}, [])
    around = Around(read_zones(said.zones) if said.zones else [], days, silences=silences)
    found = {
        vehicle: written(judged(messages, said.unit, papers.get(vehicle, Papers()), around), around)
        for vehicle, messages in read_tracks(said.tracks, said.vehicle_column).items()
    }
    print(json.dumps(found, ensure_ascii=False, indent=1))


def written(found: Judged, around: Around) -> dict[str, list[Any]]:
    """Plain values, moments as ISO 8601 in UTC."""
    names = {zone.id: zone.name for zone in around.zones}
    visits = [("not_home", "", visit) for visit in found.visits.not_home]
    visits += [("outside", "", visit) for visit in found.visits.outside]
    visits += [("sensitive", names[zone], visit) for zone, own in found.visits.sensitive.items() for visit in own]
    return {
        "trips": [_plain(trip) for trip in found.facts.trips],
        "stops": [_plain(stop) for stop in found.facts.stops],
        "gaps": [_plain(gap) for gap in found.facts.gaps],
        "visits": [{"what": what, "zone": zone, **_plain(visit)} for what, zone, visit in visits],
        "violations": [_plain(verdict) for verdict in found.verdicts],
    }


def _plain(thing: Any) -> dict[str, Any]:
    return {
        name.removesuffix("_us"): (_EPOCH + timedelta(microseconds=value)).isoformat() if name[-3:] == "_us" else value
        for name, value in thing._asdict().items()
    }


if __name__ == "__main__":
    main()
