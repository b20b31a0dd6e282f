"""Routes: what orders say of the way: where it leads, and how far it was planned to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.clock import us_of
from fleet.order import Order
from fleet.position import E7
from geofence.distance import distance_m
from geofence.outline import spread
from rules.records import Records, Stops, Trips
from rules.spans import EARLIEST_US, LATEST_US, Spans
from rules.units import Units
from rules.visits import ZoneTable

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

UNKNOWN_M = -1


@dataclass(frozen=True, slots=True, eq=False)
class Routes:
    """Orders that excuse, as columns. A destination's coordinates are whole 1e-7 degrees where ``has_point``."""

    vehicle: NDArray[np.int32]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    has_point: Mask
    lon_e7: NDArray[np.int64]
    lat_e7: NDArray[np.int64]
    zone: NDArray[np.int64]
    """Number of the zone's name among ``zone_names``; -1 for none."""
    planned_m: NDArray[np.int64]
    """UNKNOWN_M where it is not known."""
    zone_names: tuple[str, ...]

    @classmethod
    def of(cls, orders: Iterable[tuple[int, Order]]) -> Routes:
        """``orders``: those that excuse, with the row number of each one's vehicle."""
        names: dict[str, int] = {}
        rows = []
        for row, order in orders:
            span, zone = order.during, order.destination_zone
            point = order.destination_lon is not None and order.destination_lat is not None
            rows.append(
                (
                    row,
                    EARLIEST_US if span.start is None else us_of(span.start),
                    LATEST_US if span.end is None else us_of(span.end),
                    point,
                    round((order.destination_lon or 0) * E7) if point else 0,
                    round((order.destination_lat or 0) * E7) if point else 0,
                    -1 if zone is None else names.setdefault(zone, len(names)),
                    UNKNOWN_M if order.planned_distance_m is None else order.planned_distance_m,
                )
            )
        columns = np.array(rows, np.int64).reshape(-1, 8).T
        vehicle, start_us, end_us, has_point, lon_e7, lat_e7, zone_number, planned_m = columns
        row_of, known = vehicle.astype(np.int32), has_point.astype(bool)
        return cls(row_of, start_us, end_us, known, lon_e7, lat_e7, zone_number, planned_m, tuple(names))

    def meeting(self, records: Records) -> tuple[Index, Index]:
        """(record, route) row by row: those of one vehicle that share time."""
        if not len(records):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        order = np.lexsort((records.start_us, records.vehicle))
        least, most = records.start_us.min() - 1, records.end_us.max() + 1

        def line(vehicle: NDArray[np.int32], us: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.asarray(vehicle * (most - least + 1) + np.clip(us, least, most) - least)

        # Records of one sort follow each other, so both their starts and their ends rise.
        vehicle = records.vehicle[order]
        first = np.searchsorted(line(vehicle, records.end_us[order]), line(self.vehicle, self.start_us), "right")
        behind = np.searchsorted(line(vehicle, records.start_us[order]), line(self.vehicle, self.end_us), "left")
        route, row = spread(first, np.maximum(behind - first, 0))
        return order[row], route


def detours(trips: Trips, routes: Routes, factor: float, over_m: float) -> Spans:
    """Trips that are over so many times as long as planned and over so many metres longer.

    Planned is the sum over all orders that the trip shares time with; unknown if one of them does not say.
    """
    trip, route = routes.meeting(trips)
    planned_m = np.zeros(len(trips), np.int64)
    np.add.at(planned_m, trip, routes.planned_m[route])
    known = np.zeros(len(trips), bool)
    known[trip] = True
    known[trip[routes.planned_m[route] == UNKNOWN_M]] = False
    far = (trips.distance_m > factor * planned_m) & (trips.distance_m > planned_m + over_m)
    found = trips.take(known & far)
    return Spans.of(found.vehicle, found.start_us, found.end_us)


def near_destination(stops: Stops, routes: Routes, within_m: float, table: ZoneTable, units: Units) -> Spans:
    """Of stops, the time of orders whose destination is so near, or is not known.

    Measured from the stop's first fix, to the destination's point and to its zone as it stood then; the nearer one
    counts. A zone of another unit than the vehicle had then is none that is known.
    """
    stop, route = routes.meeting(stops)
    near = routes.has_point[route]
    known = near.copy()
    lon_e7, lat_e7 = stops.lon_e7[stop], stops.lat_e7[stop]
    away_m = distance_m(lon_e7[near], lat_e7[near], routes.lon_e7[route[near]], routes.lat_e7[route[near]])
    near[near] = away_m <= within_m
    at_us = stops.start_us[stop]
    unit = units.at(stops.vehicle[stop], at_us)
    for number, name in enumerate(routes.zone_names):
        asked = np.flatnonzero((routes.zone[route] == number) & ~near)
        for zone in table.rows_named(name) if len(asked) else ():
            counting = asked[table.counts(zone, at_us[asked], unit[asked])]
            known[counting] = True
            near[counting] |= table.locator.distance_m(zone, lon_e7[counting], lat_e7[counting]) <= within_m
    chosen = near | ~known
    stop, route = stop[chosen], route[chosen]
    return Spans.of(
        stops.vehicle[stop],
        np.maximum(stops.start_us[stop], routes.start_us[route]),
        np.minimum(stops.end_us[stop], routes.end_us[route]),
    )
