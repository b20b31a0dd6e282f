"""Reports + fittings → positions of vehicles, in WGS-84; and the messages that belong to no vehicle yet. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.clock import MINUTE_US, moment_of
from fleet.fitting import Fittings
from fleet.message import UnassignedMessage, UnreadableMessage
from fleet.position import E7, Positions
from geofence.datum import to_wgs84
from ingest.message import DATUMS
from ingest.reasons import Reason, UnreadableError
from ingest.reports import Reports, unreadable_message

CLOCK_AHEAD_US = 10 * MINUTE_US
"""Nobody reports from the future: a time so much later than that of receipt is a wrong clock. What it would be judged
by (hours, papers) is not to be had from it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction stores: every position or message that came in is in exactly one of these."""

    positions: Positions
    unassigned: Sequence[UnassignedMessage]
    unreadable: Sequence[UnreadableMessage]
    without_position: int = 0
    """Messages of kinds that hold no position: nothing to store, counted."""


def assign(reports: Reports, fittings: Fittings) -> Batch:
    """Gives each position the vehicle that its tracker was fitted to at the position's time.

    ``fittings`` are those of ``reports.trackers``, in their order.
    """
    if not len(reports):
        return Batch(Positions.empty(), [], reports.unreadable, reports.without_position)
    columns = reports.columns()
    message_rows, tracker_rows = reports.message_rows(), reports.tracker_rows()
    if (offsets_min := reports.offsets_min()) is not None:
        columns[0] = by_their_clocks(columns[0], offsets_min, tracker_rows, fittings)
    columns[3] *= np.array(fittings.speed_factor, np.float64)[tracker_rows]
    received_us = np.array([message.received_us for message in reports.messages], np.int64)[message_rows]
    unreadable: Sequence[UnreadableMessage] = reports.unreadable
    # Of a tracker that is not registered nobody knows yet what its clock shows: its messages wait.
    ahead = (columns[0] - received_us > CLOCK_AHEAD_US) & (fittings.tracker_id[tracker_rows] >= 0)
    if ahead.any():
        unreadable = [*unreadable, *_ahead(reports, message_rows[ahead], columns[0][ahead])]
        columns, message_rows = columns[:, ~ahead], message_rows[~ahead]
        tracker_rows, received_us = tracker_rows[~ahead], received_us[~ahead]
    positions, known = to_positions(columns, tracker_rows, received_us, fittings)
    ts_us = columns[0].astype(np.int64)
    unassigned = _unassigned(reports, fittings, message_rows[~known], tracker_rows[~known], ts_us[~known])
    return Batch(positions, unassigned, unreadable, reports.without_position)


def _ahead(
    reports: Reports, message_rows: NDArray[np.int64], ts_us: NDArray[np.float64]
) -> Iterator[UnreadableMessage]:
    """One entry a message that tells of the future, told by the first such position."""
    rows, first, counts = np.unique(message_rows, return_index=True, return_counts=True)
    for row, position, count in zip(rows.tolist(), first.tolist(), counts.tolist(), strict=True):
        said = f"{moment_of(int(ts_us[position])).isoformat()}, {count}"
        why = UnreadableError(Reason.CLOCK_AHEAD, said, field="ts")
        yield unreadable_message(reports.messages[row], why)


def by_their_clocks(
    ts_us: NDArray[np.float64],
    offsets_min: NDArray[np.float64],
    tracker_rows: NDArray[np.int64],
    fittings: Fittings,
) -> NDArray[np.float64]:
    """Times read with a presumed distance from UTC → times by the trackers' profiles. NaN: a time that needs none."""
    profile_min = np.array(fittings.utc_offset_min, np.float64)[tracker_rows]
    return ts_us + np.nan_to_num(offsets_min - profile_min) * MINUTE_US


def to_positions(
    columns: NDArray[np.float64],
    tracker_rows: NDArray[np.int64],
    received_us: NDArray[np.int64],
    fittings: Fittings,
) -> tuple[Positions, NDArray[np.bool_]]:
    """Readings as columns (11, n), their trackers' rows (n,) and times of receipt (n,) → positions; which have one."""
    ts_us = columns[0].astype(np.int64)
    vehicle_id = fittings.vehicles_at(tracker_rows, ts_us)
    known = vehicle_id >= 0
    columns, tracker_row = columns[:, known], tracker_rows[known]
    lon_deg, lat_deg = _in_wgs84(columns[1], columns[2], _datum_rows(columns[10], tracker_row, fittings))
    positions = Positions.of(
        vehicle_id[known],
        ts_us[known],
        np.rint(lon_deg * E7),
        np.rint(lat_deg * E7),
        speed_kmh=columns[3],
        heading_deg=columns[4],
        altitude_m=columns[5],
        satellites=columns[6],
        odometer_km=columns[7],
        fuel_l=columns[8],
        flags=columns[9],
        tracker_id=fittings.tracker_id[tracker_row],
        received_us=received_us[known],
    )
    return positions, known


def _datum_rows(stated: NDArray[np.float64], tracker_row: NDArray[np.int64], fittings: Fittings) -> NDArray[np.int64]:
    """The datum of each position: what its message states, else what its tracker's profile does."""
    profile = np.array([DATUMS.index(datum) for datum in fittings.datum], np.int64)
    return np.where(stated >= 0, stated.astype(np.int64), profile[tracker_row])


def _in_wgs84(
    lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64], datum_rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees as reported → degrees of WGS-84. (0, 0) is no place and stays as it is, whatever its datum."""
    lon_deg, lat_deg = lon_deg.copy(), lat_deg.copy()
    is_place = (lon_deg != 0.0) | (lat_deg != 0.0)
    for row in set(datum_rows[is_place].tolist()) - {DATUMS.index("wgs84")}:
        chosen = is_place & (datum_rows == row)
        lon_deg[chosen], lat_deg[chosen] = to_wgs84(lon_deg[chosen], lat_deg[chosen], DATUMS[row])
    return lon_deg, lat_deg


def _unassigned(
    reports: Reports,
    fittings: Fittings,
    message_rows: NDArray[np.int64],
    tracker_rows: NDArray[np.int64],
    ts_us: NDArray[np.int64],
) -> list[UnassignedMessage]:
    """One entry a message, told by the first of its positions that belongs to no vehicle."""
    codes = list(reports.trackers)
    entries = []
    # A message's positions stand one after the other.
    rows, first, counts = np.unique(message_rows, return_index=True, return_counts=True)
    for row, position, count in zip(rows.tolist(), first.tolist(), counts.tolist(), strict=True):
        message, tracker_row = reports.messages[row], tracker_rows[position]
        known = fittings.tracker_id[tracker_row] >= 0
        entries.append(
            UnassignedMessage(
                tracker=codes[tracker_row],
                ts_us=int(ts_us[position]),
                waiting_us=tuple(np.unique(ts_us[position : position + count]).tolist()),
                topic=message.topic,
                payload=message.payload,
                payload_sha256=hashlib.sha256(message.payload).digest(),
                reason=Reason.NOT_FITTED if known else Reason.UNKNOWN_TRACKER,
                received_us=message.received_us,
                positions=count,
            )
        )
    return entries
