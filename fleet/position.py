"""Positions 定位点 as columns: one report each of when, where and how fast; WGS-84, UTC.

Coordinates are whole 1e-7 degrees, so that equality is exact and a repeat is a repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

E7 = 10_000_000


class Flag(IntFlag):
    """What a position carries besides numbers. Stored as one integer; values never change meaning."""

    NO_FIX = 1 << 0
    IGNITION_ON = 1 << 1
    IGNITION_OFF = 1 << 2
    POWER_CUT = 1 << 8
    ANTENNA_CUT = 1 << 9
    ANTENNA_SHORT = 1 << 10
    LOW_VOLTAGE = 1 << 11
    SOS = 1 << 12
    SPEEDING = 1 << 13
    FATIGUE = 1 << 14
    GNSS_FAULT = 1 << 15
    THEFT = 1 << 16
    ILLEGAL_IGNITION = 1 << 17
    ILLEGAL_MOVE = 1 << 18
    FUEL_ABNORMAL = 1 << 19
    OVERTIME_PARKING = 1 << 20
    AREA = 1 << 21
    OFF_ROUTE = 1 << 22
    OTHER_ALARM = 1 << 30


ALARMS: dict[str, Flag] = {flag.name.lower(): flag for flag in Flag if flag.value >= 1 << 8 and flag.name}
"""Alarm names as they stand in a payload and in rules: ``power_cut``, ``antenna_cut``, ..."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Columns of equal length n. NaN (or -1 for satellites) says that the tracker did not report the value.

    Judging wants them in the order of :meth:`in_order`; storing does not care.
    """

    vehicle_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    speed_kmh: NDArray[np.float32]
    heading_deg: NDArray[np.float32]
    altitude_m: NDArray[np.float32]
    satellites: NDArray[np.int16]
    odometer_km: NDArray[np.float64]
    fuel_l: NDArray[np.float32]
    flags: NDArray[np.int32]
    tracker_id: NDArray[np.int32]
    received_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ts_us)

    @classmethod
    def of(
        cls,
        vehicle_id: Any,
        ts_us: Any,
        lon_e7: Any,
        lat_e7: Any,
        *,
        speed_kmh: Any = np.nan,
        heading_deg: Any = np.nan,
        altitude_m: Any = np.nan,
        satellites: Any = -1,
        odometer_km: Any = np.nan,
        fuel_l: Any = np.nan,
        flags: Any = 0,
        tracker_id: Any = 0,
        received_us: Any = 0,
    ) -> Positions:
        """Positions from arrays or sequences; a single value stands for a whole column."""
        n = len(ts_us)

        def column(values: Any, dtype: type) -> NDArray[Any]:
            return np.array(np.broadcast_to(np.asarray(values, dtype=dtype), (n,)))

        return cls(
            column(vehicle_id, np.int32),
            column(ts_us, np.int64),
            column(lon_e7, np.int32),
            column(lat_e7, np.int32),
            column(speed_kmh, np.float32),
            column(heading_deg, np.float32),
            column(altitude_m, np.float32),
            column(satellites, np.int16),
            column(odometer_km, np.float64),
            column(fuel_l, np.float32),
            column(flags, np.int32),
            column(tracker_id, np.int32),
            column(received_us, np.int64),
        )

    @classmethod
    def empty(cls) -> Positions:
        return cls.of(0, np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))

    @classmethod
    def concatenate(cls, parts: Sequence[Positions]) -> Positions:
        if not parts:
            return cls.empty()
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def take(self, rows: NDArray[Any] | slice) -> Positions:
        """The given rows (indices, a mask or a slice)."""
        return Positions(*(getattr(self, f.name)[rows] for f in fields(self)))

    def in_order(self) -> Positions:
        """Sorted by vehicle, time, longitude, latitude: the order in which they are judged."""
        return self.take(np.lexsort((self.lat_e7, self.lon_e7, self.ts_us, self.vehicle_id)))
