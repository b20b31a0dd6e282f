"""Which of many fixes lie in which of many zones, at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.grid import Cells
from geofence.outline import Bools, Ints, Outlines, cos_lat, spread
from geofence.squares import BLOCK_BITS, descend
from geofence.zone import Zone

_CHUNK = 1 << 17
_CELL = (1 << BLOCK_BITS) - 1


class Locator:
    """Finds the zones of fixes by a raster that is made once per buffer and choice of zones, and kept.

    A zone's validity in time is not looked at here.
    """

    def __init__(self, zones: Sequence[Zone]) -> None:
        self.zones = tuple(zones)
        self._rasters: dict[tuple[float, tuple[int, ...]], _Raster] = {}
        self._outlines: dict[int, Outlines] = {}

    def pairs(
        self,
        lon_e7: NDArray[Any],
        lat_e7: NDArray[Any],
        buffer_m: float = 0.0,
        zones: Sequence[int] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """All (fix, zone) where the fix lies in the zone grown by ``buffer_m`` metres, its border included.

        ``lon_e7``, ``lat_e7``: whole 1e-7 degrees, WGS-84, shape (n,). ``zones``: indices into ``self.zones``
        to look at; all when None. Gives the fix's row and the zone's index, sorted by zone, then fix. With a
        buffer of 0 the answer is exact; otherwise the distance is measured in the plane at the fix and is right
        to centimetres. Raises ValueError for a buffer that is negative or no number.
        """
        if not 0 <= buffer_m < np.inf:
            raise ValueError(f"a buffer is a number of metres, 0 or more: {buffer_m}")
        chosen = tuple(range(len(self.zones))) if zones is None else tuple(sorted({int(z) for z in zones}))
        if not chosen or len(lon_e7) == 0:
            return np.empty(0, np.int64), np.empty(0, np.int32)
        key = (float(buffer_m), chosen)
        if key not in self._rasters:
            self._rasters[key] = _Raster(Outlines.of([self.zones[z].boundary for z in chosen]), buffer_m)
        fix, zone = self._rasters[key].pairs(lon_e7, lat_e7)
        return fix, np.asarray(chosen, dtype=np.int32)[zone]

    def distance_m(self, zone: int, lon_e7: NDArray[Any], lat_e7: NDArray[Any]) -> NDArray[np.float64]:
        """Metres from fixes to a zone in the plane at each fix; 0 inside it and on its border."""
        if zone not in self._outlines:
            self._outlines[zone] = Outlines.of([self.zones[zone].boundary])
        outlines = self._outlines[zone]
        x, y = lon_e7.astype(np.float64), lat_e7.astype(np.float64)
        away_m = np.full(len(x), np.inf)
        away_m[outlines.contain(np.zeros(len(x), np.int64), x, y)] = 0.0
        for segment in range(len(outlines.ax)) if (away_m > 0).any() else ():
            np.minimum(away_m, outlines.distance_m(np.array([segment]), x, y, cos_lat(y)), out=away_m)
        return away_m


class _Raster:
    def __init__(self, outlines: Outlines, buffer_m: float) -> None:
        self._outlines = outlines
        self._buffer_m = buffer_m
        self._cells = Cells.of(descend(outlines, buffer_m))

    def pairs(self, lon_e7: NDArray[Any], lat_e7: NDArray[Any]) -> tuple[Ints, NDArray[np.int32]]:
        fixes, zones = [], []
        for begin in range(0, len(lon_e7), _CHUNK):
            lon, lat = lon_e7[begin : begin + _CHUNK], lat_e7[begin : begin + _CHUNK]
            fix, zone = self._chunk(lon, lat)
            fixes.append(fix + begin)
            zones.append(zone)
        fix, zone = np.concatenate(fixes), np.concatenate(zones)
        if len(self._outlines.areas) == 1:
            return fix, zone
        # Few zones: 16-bit keys let numpy sort in linear time.
        keys = zone.astype(np.uint16) if len(self._outlines.areas) < 1 << 16 else zone
        order = np.argsort(keys, kind="stable")
        return fix[order], zone[order]

    def _chunk(self, lon: NDArray[Any], lat: NDArray[Any]) -> tuple[Ints, NDArray[np.int32]]:
        cells = self._cells
        kind = self._classes(lon, lat)
        hit = np.flatnonzero(kind)
        kind = kind[hit]
        count = cells.entry_start[kind + 1] - cells.entry_start[kind]
        owner, entry = spread(cells.entry_start[kind], count)
        fix, zone, border = hit[owner], cells.entry_zone[entry], cells.entry_border[entry]
        near = np.flatnonzero(border >= 0)
        if len(near) == 0:
            return fix, zone
        keep = np.ones(len(fix), dtype=bool)
        keep[near] = self._measured(border[near], lon[fix[near]], lat[fix[near]])
        return fix[keep], zone[keep]

    def _classes(self, lon: NDArray[Any], lat: NDArray[Any]) -> NDArray[np.int32]:
        """The class of each fix's cell."""
        cells = self._cells
        x = lon.astype(np.int64) - cells.frame.west
        y = lat.astype(np.int64) - cells.frame.south
        columns, rows = cells.frame.columns(cells.block_bits), cells.frame.rows(cells.block_bits)
        column, row = x >> cells.block_bits, y >> cells.block_bits
        there = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        kind = cells.table[np.where(there, row * columns + column + 1, 0)]
        split = np.flatnonzero(kind < 0)
        if len(split):
            bits = cells.block_bits - BLOCK_BITS
            within = (y[split] >> bits & _CELL) << BLOCK_BITS | (x[split] >> bits & _CELL)
            kind[split] = cells.table[within - kind[split]]
        return kind

    def _measured(self, border: NDArray[np.int32], lon: NDArray[Any], lat: NDArray[Any]) -> Bools:
        """Of fixes in cells that a border passes through: which are inside or near enough."""
        squares = self._cells.border
        x, y = lon.astype(np.float64), lat.astype(np.float64)
        inside = np.zeros(len(border), dtype=bool)
        crossed = np.flatnonzero(squares.crossed[border])
        inside[crossed] = self._outlines.contain(squares.zone[border[crossed]], x[crossed], y[crossed])
        if self._buffer_m == 0:
            return inside
        rest = np.flatnonzero(~inside)
        if len(rest) == 0:
            return inside
        count = squares.segments[border[rest]]
        owner, picked = spread(self._cells.border_start[border[rest]], count)
        x, y = x[rest], y[rest]
        each_m = self._outlines.distance_m(squares.segment[picked], x[owner], y[owner], cos_lat(y)[owner])
        inside[rest] = np.minimum.reduceat(each_m, np.cumsum(count) - count) <= self._buffer_m
        return inside
