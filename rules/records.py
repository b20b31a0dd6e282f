"""Facts as columns that are stored and that rules speak of. ``vehicle`` is a row number, as in rules.facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

R = TypeVar("R", bound="Records")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Spans of vehicles with what is known of each: columns of equal length."""

    vehicle: NDArray[np.int32]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start_us)

    def take(self, rows: Any) -> Self:
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    @classmethod
    def empty(cls) -> Self:
        return cls.of_rows([])

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[Any]]) -> Self:
        """Records from rows of plain numbers, in the order of the columns."""
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(fields(cls))
        dtypes = (cls.column_dtype(f.name) for f in fields(cls))
        return cls(*(np.array(column, dtype) for column, dtype in zip(columns, dtypes, strict=True)))

    def rows(self) -> list[tuple[Any, ...]]:
        """Rows of plain numbers, as :meth:`of_rows` takes them."""
        return list(zip(*(getattr(self, f.name).tolist() for f in fields(self)), strict=True))

    @classmethod
    def column_dtype(cls, name: str) -> type:
        if name.endswith("_us"):
            return np.int64
        return {"distance_m": np.float64, "inferred_s": np.float64, "max_speed_kmh": np.float32}.get(name, np.int32)

    def numbered(self, vehicle: NDArray[np.int32]) -> Self:
        """The same records under other row numbers."""
        return replace(self, vehicle=vehicle.astype(np.int32))

    def key(self) -> NDArray[np.int64]:
        """What two records must share to be one span in two pieces."""
        return self.vehicle.astype(np.int64)

    def also_in(self, others: Self) -> NDArray[np.bool_]:
        """Per record: whether one of the others has its key and its start."""
        keys = np.concatenate((self.key(), others.key()))
        starts_us = np.concatenate((self.start_us, others.start_us))
        order = np.lexsort((starts_us, keys))
        differs = (np.diff(keys[order]) != 0) | (np.diff(starts_us[order]) != 0)
        number = np.zeros(len(order), np.int64)
        number[order[1:]] = np.cumsum(differs)
        return np.isin(number[: len(self)], number[len(self) :])

    def going_on(self, later: Self) -> Self:
        """These records, each fused with the one of the same length of ``later`` that goes on from its end."""
        return replace(self, end_us=later.end_us)


@dataclass(frozen=True, slots=True, eq=False)
class Trips(Records):
    distance_m: NDArray[np.float64]
    fixes: NDArray[np.int32]
    max_speed_kmh: NDArray[np.float32]
    start_lon_e7: NDArray[np.int32]
    start_lat_e7: NDArray[np.int32]
    end_lon_e7: NDArray[np.int32]
    end_lat_e7: NDArray[np.int32]

    def going_on(self, later: Self) -> Self:
        return replace(
            self,
            end_us=later.end_us,
            distance_m=self.distance_m + later.distance_m,
            fixes=self.fixes + later.fixes - 1,
            max_speed_kmh=np.maximum(self.max_speed_kmh, later.max_speed_kmh),
            end_lon_e7=later.end_lon_e7,
            end_lat_e7=later.end_lat_e7,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Stops(Records):
    """``lon_e7``, ``lat_e7``: its first fix. ``inferred_s``: how much of it was inferred from a sleeping tracker."""

    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    fixes: NDArray[np.int32]
    inferred_s: NDArray[np.float64]

    def going_on(self, later: Self) -> Self:
        return replace(
            self,
            end_us=later.end_us,
            fixes=self.fixes + later.fixes - 1,
            inferred_s=self.inferred_s + later.inferred_s,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Gaps(Records):
    """Silence of fixes, and where its two ends lie. ``messages``: how many came meanwhile, of moments without a fix."""

    start_lon_e7: NDArray[np.int32]
    start_lat_e7: NDArray[np.int32]
    end_lon_e7: NDArray[np.int32]
    end_lat_e7: NDArray[np.int32]
    messages: NDArray[np.int32]

    def going_on(self, later: Self) -> Self:
        return replace(
            self,
            end_us=later.end_us,
            end_lon_e7=later.end_lon_e7,
            end_lat_e7=later.end_lat_e7,
            messages=self.messages + later.messages,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Visits(Records):
    """``place``: number of the place asked for (rules.visits.Place) in the list handed over with it.

    ``zone_id``: the zone that was visited; 0 for spans outside all zones of the place.
    """

    place: NDArray[np.int32]
    zone_id: NDArray[np.int32]
    fixes: NDArray[np.int32]

    def key(self) -> NDArray[np.int64]:
        return (self.vehicle.astype(np.int64) << 40) | (self.place.astype(np.int64) << 32) | self.zone_id

    def going_on(self, later: Self) -> Self:
        return replace(self, end_us=later.end_us, fixes=self.fixes + later.fixes - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Signals(Records):
    """``signal``: number of the signal asked for (rules.signals.Signal) in the list handed over with it.

    ``grown_m``: what the odometer grew meanwhile; told of spans without a fix only.
    """

    signal: NDArray[np.int32]
    grown_m: NDArray[np.int32]

    def key(self) -> NDArray[np.int64]:
        return (self.vehicle.astype(np.int64) << 32) | self.signal

    def going_on(self, later: Self) -> Self:
        return replace(self, end_us=later.end_us, grown_m=self.grown_m + later.grown_m)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What is known of the vehicles of one judging."""

    trips: Trips
    stops: Stops
    gaps: Gaps
    visits: Visits
    signals: Signals

    @classmethod
    def empty(cls) -> History:
        return cls(Trips.empty(), Stops.empty(), Gaps.empty(), Visits.empty(), Signals.empty())

    @classmethod
    def concatenate(cls, parts: Sequence[History]) -> History:
        return cls(
            Trips.concatenate([part.trips for part in parts]),
            Stops.concatenate([part.stops for part in parts]),
            Gaps.concatenate([part.gaps for part in parts]),
            Visits.concatenate([part.visits for part in parts]),
            Signals.concatenate([part.signals for part in parts]),
        )


def fused(earlier: R, later: R, vehicle_of_later: NDArray[np.int32] | None = None) -> tuple[R, NDArray[np.bool_]]:
    """``later`` with each record that goes on one of ``earlier`` fused with it, and which of earlier went on.

    A record goes on another when both have the same key and it starts at the other's end. Several records of
    ``later`` may go on the same one. ``vehicle_of_later``: its vehicles, where ``later`` is numbered otherwise.
    """
    went_on = np.zeros(len(earlier), bool)
    if not len(earlier) or not len(later):
        return later, went_on
    later_keys = (later if vehicle_of_later is None else later.numbered(vehicle_of_later)).key()
    order = np.argsort(earlier.key(), kind="stable")
    keys = earlier.key()[order]
    found = np.minimum(np.searchsorted(keys, later_keys), len(keys) - 1)
    row = order[found]
    fits = (keys[found] == later_keys) & (earlier.end_us[row] == later.start_us)
    went_on[row[fits]] = True
    tails = later.take(fits)
    whole = earlier.take(row[fits]).going_on(tails).numbered(tails.vehicle)
    return type(later).concatenate([later.take(~fits), whole]), went_on
